import { printable } from "#shared/cluster/printable.ts";
import { showAmount } from "#shared/cluster/quantity.ts";
import type { Check, Explanation } from "./explanation.ts";
import { findingLine, findingLines, type Show } from "./finding-lines.ts";
import type { Tone } from "./paint.ts";
import type { ReportFinding } from "./report.ts";
import { age, displayWidth, padEnd, wrap } from "./text-layout.ts";

type Lines = readonly string[];

/** What an explanation is about, and of which cluster and moment. */
export function titleLines(
  what: string,
  { cluster, at }: Explanation,
  { paint, width }: Show,
): Lines {
  const title = printable(what);
  const where = [cluster.name, cluster.version ?? "", at].filter((word) => word !== "");
  const place = printable(where.join(" · "));
  const fits = displayWidth(title) + 3 + displayWidth(place) <= width;
  return fits
    ? [`${paint("strong", title)}${paint("faint", `   ${place}`)}`]
    : [paint("strong", title), paint("faint", place)];
}

/** A head and what stands under it; nothing where there is nothing. */
export const section = (head: string, lines: Lines, { paint }: Show): Lines =>
  lines.length === 0 ? [] : [paint("strong", printable(head)), ...lines];

const INDENT = "  ";
export const under = (text: string, { width }: Show, indent = INDENT): Lines =>
  wrap(printable(text), Math.max(30, width - indent.length)).map((line) => indent + line);

/** "  yes   taint a:NoSchedule: tolerated" */
export function checkLines(checks: readonly Check[], show: Show): Lines {
  return checks.flatMap(({ check, holds, says }) => {
    const word = holds === null ? "?" : holds ? "yes" : "no";
    const tone: Tone = holds === null ? "warning" : holds ? "good" : "critical";
    const [first = "", ...rest] = under(`${check}: ${says}`, show, " ".repeat(8));
    return [`${INDENT}${show.paint(tone, padEnd(word, 4))}  ${first.trimStart()}`, ...rest];
  });
}

const TONES: ReadonlyMap<string, Tone> = new Map([
  ["gap", "critical"],
  ["unknown", "warning"],
  ["starting", "info"],
  ["misplaced", "info"],
  ["covered", "good"],
  ["excluded", "faint"],
]);
export const verdictTone = (verdict: string): Tone => TONES.get(verdict) ?? "strong";

export const shown = (resource: string, amount: string): string =>
  showAmount(resource, BigInt(amount));

export const count = (amount: number): string => (amount === 0 ? "-" : String(amount));

export const since = (at: string | null, { at: now }: Show): string =>
  at === null ? "" : age(at, now);

const OTHERS_SHOWN = 10;

/** Its own findings as paragraphs with every fix; what is mainly about something else in a line each. */
export function findingSection(
  findings: readonly ReportFinding[],
  show: Show,
  isOwn: (finding: ReportFinding) => boolean,
): readonly Lines[] {
  const others = findings.filter((finding) => !isOwn(finding));
  const told = show.wide ? others : others.slice(0, OTHERS_SHOWN);
  const left = others.length - told.length;
  return [
    ...findings.filter(isOwn).map((finding) => findingLines(finding, { ...show, fixes: true })),
    [
      ...told.map((finding) => findingLine(finding, show)),
      ...(left > 0 ? [show.paint("faint", `and ${left} more (-o wide)`)] : []),
    ],
  ];
}
