import { bytesOf, LIMITS, type WrittenRow } from "#shared/states/tell/pack.ts";

/** What a row leaves out because it would be too large; each word includes those before it. */
export type Cut = "grouped" | "messages" | "events" | undefined;

const STEPS: readonly Cut[] = [undefined, "grouped", "messages", "events"];

/** Does it go into an event of its own? Most need no look at their bytes: a UTF-16 unit is at most three. */
function fits(row: WrittenRow): boolean {
  const texts = [row.json(row.classes.map((_, at) => at)), ...row.classes];
  const units = texts.reduce((sum, { length }) => sum + length + 1, 0);
  if (3 * units <= LIMITS.one) return true;
  return texts.reduce((sum, text) => sum + bytesOf(text) + 1, 0) <= LIMITS.one - 64;
}

/** The row that says most and fits; else the one that says least. */
export function fitting(make: (cut: Cut) => WrittenRow): WrittenRow {
  for (const cut of STEPS) {
    const row = make(cut);
    if (cut === STEPS.at(-1) || fits(row)) return row;
  }
  return make("events");
}

const LONGEST = 120;

/** Texts under `message` are cut where there is no room for them. */
export function shortened<T>(json: T, cut: Cut): T {
  if (cut === undefined || cut === "grouped") return json;
  const text = JSON.stringify(json, (key, value: unknown) =>
    key === "message" && typeof value === "string" ? value.slice(0, LONGEST) : value,
  );
  // The same shape with shorter texts.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(text) as T;
}
