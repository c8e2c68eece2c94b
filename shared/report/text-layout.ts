import { printable } from "#shared/cluster/printable.ts";

const ASCII = /^[\x20-\x7e]*$/;
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
const NO_WIDTH = /\p{M}/u;

/** Columns a terminal gives to text that is already printable and not yet painted. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text)
    width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

export const padEnd = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - displayWidth(text)));

const padStart = (text: string, width: number): string =>
  " ".repeat(Math.max(0, width - displayWidth(text))) + text;

/** Breaks at spaces only: a name longer than the width stays whole, so that it can be copied. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  // A count stays on the line of what it counts, and an age on that of "old" or "ago".
  for (const word of text.split(/(?<!\b\d+[smhd]?) /)) {
    if (line === "") line = word;
    else if (displayWidth(line) + 1 + displayWidth(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** No sensible name is longer, and one that is hides all around it: it ends in "…". -o wide has it whole. */
export const LONGEST_NAME = 128;
/** An image with its registry and digest is shorter. */
const LONGEST_WORD = 200;

export const cutWords = (text: string, longest = LONGEST_WORD): string =>
  text
    .split(" ")
    .map((word) => printable(word, longest))
    .join(" ");

export type Column<Row> = {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** Numbers stand to the right, as people add them up. */
  readonly right?: boolean;
};

/**
 * As kubectl prints: upper-case heads, three spaces between, no rules, the last column not padded. Where that is wider than
 * `width`, two spaces; no more is done, since a cut name cannot be copied.
 */
export function columns<Row>(
  rows: readonly Row[],
  layout: readonly Column<Row>[],
  width = Infinity,
): { readonly head: string; readonly lines: readonly string[] } {
  const cells = rows.map((row) => layout.map(({ cell }) => cell(row)));
  const widths = layout.map(({ head }, at) =>
    cells.reduce((most, row) => Math.max(most, displayWidth(row[at] ?? "")), head.length),
  );
  const gaps = layout.length - 1;
  const all = widths.reduce((sum, one) => sum + one, 0);
  const gap = " ".repeat(all + 3 * gaps <= width ? 3 : 2);
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, at) => {
        const width = widths[at] ?? 0;
        if (layout[at]?.right === true) return padStart(text, width);
        return at === texts.length - 1 ? text : padEnd(text, width);
      })
      .join(gap);
  return { head: line(layout.map(({ head }) => head)), lines: cells.map(line) };
}

/** "3 nodes", "1 node". */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** "a, b, c and 4 more". */
export function some(names: readonly string[], most: number): string {
  const rest = names.length - most;
  // "and 1 more" would take the place of the name itself.
  if (rest <= 1) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${rest} more`;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
] as const;

/** Like kubectl's AGE, with one finer step for the first two of each unit: "45s", "95m", "30h", "12d". Rounded as sentences round. */
export function age(since: string, at: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(at) - Date.parse(since)) / 1000));
  for (const [unit, size] of UNITS) {
    if (seconds >= 2 * size) return `${Math.round(seconds / size)}${unit}`;
  }
  return `${seconds}s`;
}
