import { printable } from "#shared/cluster/printable.ts";
import type { Paint, Tone } from "./paint.ts";
import type { ReportNode } from "./report.ts";
import { displayWidth, padEnd, plural } from "./text-layout.ts";

/** One symbol a node. A digit is the number of daemons that the node lacks. */
type Mark = { readonly symbol: string; readonly tone: Tone; readonly rank: number };

const MARKS = {
  gap: { tone: "critical", rank: 6 },
  dark: { symbol: "D", tone: "dark", rank: 5 },
  unknown: { symbol: "?", tone: "warning", rank: 4 },
  starting: { symbol: "o", tone: "info", rank: 3 },
  leaving: { symbol: "~", tone: "info", rank: 2 },
  covered: { symbol: "·", tone: "good", rank: 1 },
  outside: { symbol: "-", tone: "faint", rank: 0 },
} as const;

const MEANINGS: readonly (readonly [symbol: RegExp, meaning: string])[] = [
  [/·/, "· all covered"],
  [/[1-9]/, "1-9 daemons missing"],
  [/\+/, "+ ten or more"],
  [/D/, "D dark"],
  [/\?/, "? unknown"],
  [/o/, "o starting"],
  [/~/, "~ leaving"],
  [/-/, "- nothing to run"],
];

/** Of the symbols that these nodes have. */
export const legend = (nodes: readonly ReportNode[]): string => meanings(nodes).join("   ");

function meanings(nodes: readonly ReportNode[]): readonly string[] {
  const symbols = nodes.map((node) => markOf(node).symbol).join("");
  return MEANINGS.filter(([symbol]) => symbol.test(symbols)).map(([, meaning]) => meaning);
}

/** A title with the legend behind it, as far as the line goes, and below it. No meaning is broken. */
function titleLines(
  title: string,
  nodes: readonly ReportNode[],
  { width, paint }: { readonly width: number; readonly paint: Paint },
): readonly string[] {
  const lines = [{ head: paint("strong", title), used: title.length, texts: [] as string[] }];
  for (const text of meanings(nodes)) {
    const last = lines.at(-1);
    if (last && last.used + 3 + text.length <= width) {
      last.texts.push(text);
      last.used += 3 + text.length;
    } else lines.push({ head: "", used: 3 + text.length, texts: [text] });
  }
  return lines.map(
    ({ head, texts }) => head + paint("faint", texts.map((text) => `   ${text}`).join("")),
  );
}

export function markOf(node: ReportNode): Mark {
  if (node.outsideCoverage) return MARKS.outside;
  if (node.phase === "dark" || node.phase === "stopped") return MARKS.dark;
  if (node.gaps > 0) {
    const symbol = node.gaps > 9 ? "+" : String(node.gaps);
    return { ...MARKS.gap, symbol, rank: MARKS.gap.rank + node.gaps };
  }
  if (node.unknown > 0) return MARKS.unknown;
  if (node.phase === "leaving") return MARKS.leaving;
  if (node.starting > 0) return MARKS.starting;
  return node.intended === 0 ? MARKS.outside : MARKS.covered;
}

/** Above this many nodes a symbol stands for several, and shows the worst of them: nothing is ever shrunk away. */
const MOST_SYMBOLS = 600;
const WIDEST_LABEL = 28;

/** Nodes by pool, as many symbols a line as fit. */
export function nodeMap(
  nodes: readonly ReportNode[],
  { width, paint }: { readonly width: number; readonly paint: Paint },
): readonly string[] {
  const pools = Map.groupBy(nodes, ({ pool }) => pool);
  const each = Math.max(1, Math.ceil(nodes.length / MOST_SYMBOLS));
  const labels = new Map(
    [...pools].map(([pool, members]) => [pool, labelOf(pool, members.length)] as const),
  );
  const indent = Math.max(0, ...[...labels.values()].map(displayWidth));
  const room = Math.max(10, width - indent - 2);
  const title = each === 1 ? "NODES by pool" : `NODES by pool, a symbol is the worst of ${each}`;
  const lines = [...titleLines(title, nodes, { width, paint })];
  for (const [pool, members] of pools) {
    const marks = worstOf(members.map(markOf), each);
    chunk(marks, room).forEach((row, at) => {
      const label = padEnd(at === 0 ? (labels.get(pool) ?? "") : "", indent);
      lines.push(`${label}  ${paintRow(row, paint)}`);
    });
  }
  return lines;
}

/** Neighbours of one tone share one escape sequence: fifty symbols would be a kilobyte otherwise. */
function paintRow(row: readonly Mark[], paint: Paint): string {
  const runs: { tone: Tone; text: string }[] = [];
  for (const { tone, symbol } of row) {
    const last = runs.at(-1);
    if (last?.tone === tone) last.text += symbol;
    else runs.push({ tone, text: symbol });
  }
  return runs.map(({ tone, text }) => paint(tone, text)).join("");
}

const labelOf = (pool: string, size: number): string =>
  `${printable(pool === "" ? "(no pool)" : pool, WIDEST_LABEL)} ${plural(size, "node")}`;

const worstOf = (marks: readonly Mark[], each: number): readonly Mark[] =>
  chunk(marks, each).map((few) =>
    few.reduce((worst, mark) => (mark.rank > worst.rank ? mark : worst)),
  );

function chunk<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const chunks: T[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}
