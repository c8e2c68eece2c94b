/** What a benchmark measured: one value a round, and what it should be at most. */
export type Figure = {
  readonly figure: string;
  readonly values: readonly number[];
  /** At most. */
  readonly goal: number;
};

export type Summary = {
  readonly bench: string;
  readonly figure: string;
  /** The median: one slow round of a shared machine does not move it. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly goal: number;
  readonly ok: boolean;
};

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError("no values, no median");
  return (lower + upper) / 2;
}

export function summaryOf(bench: string, { figure, values, goal }: Figure): Summary {
  const value = median(values);
  return {
    bench,
    figure,
    value,
    min: Math.min(...values),
    max: Math.max(...values),
    goal,
    ok: value <= goal,
  };
}

/** Three digits that count: 0.00123, 12.3, 1,234. */
export function short(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

/** "audit-full  eligibility cold / naive  0.12  (0.11–0.13 of 7)  goal ≤ 0.2  ok" */
export const lineOf = ({ bench, figure, value, min, max, goal, ok }: Summary): string =>
  [
    bench.padEnd(11),
    figure.padEnd(58),
    short(value).padStart(8),
    `(${short(min)}–${short(max)})`.padEnd(20),
    `goal ≤ ${short(goal)}`.padEnd(13),
    ok ? "ok" : "missed",
  ].join("  ");
