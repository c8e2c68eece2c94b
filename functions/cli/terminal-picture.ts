/** What a terminal showed, as an SVG: characters with the colours of `shared/report/paint.ts`, on a dark ground. */

type Style = { readonly fill: string; readonly bold: boolean };
type Run = Style & { readonly text: string };

const PLAIN: Style = { fill: "#d0d7de", bold: false };
/** By SGR code: colours as terminals with a dark ground show them. */
const STYLES: ReadonlyMap<string, Style> = new Map([
  ["0", PLAIN],
  ["1", { fill: "#f0f6fc", bold: true }],
  ["2", { fill: "#8b949e", bold: false }],
  ["1;31", { fill: "#ff7b72", bold: true }],
  ["33", { fill: "#e3b341", bold: false }],
  ["36", { fill: "#79c0ff", bold: false }],
  ["32", { fill: "#7ee787", bold: false }],
  ["35", { fill: "#d2a8ff", bold: false }],
]);

const CELL = 8.4;
const LINE = 19;
const MARGIN = 18;
const BAR = 34;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
]);
const escaped = (text: string): string =>
  text.replaceAll(/[&<>]/g, (character) => ESCAPES.get(character) ?? character);

/** A line cut where its colour changes, and where the picture ends: commands to copy are longer than any terminal. */
function runsOf(line: string, columns: number): readonly Run[] {
  const runs: Run[] = [];
  let style = PLAIN;
  let left = columns;
  // oxlint-disable-next-line no-control-regex
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    const code = part.startsWith("\u001b[") ? part.slice(2, -1) : undefined;
    if (code !== undefined) style = STYLES.get(code) ?? PLAIN;
    else if (part !== "" && left > 0) {
      runs.push({ ...style, text: part.length > left ? `${part.slice(0, left - 1)}…` : part });
      left -= part.length;
    }
  }
  return runs;
}

function drawn(runs: readonly Run[], at: number): string {
  const spans = runs.map(
    ({ fill, bold, text }) =>
      `<tspan fill="${fill}"${bold ? ' font-weight="700"' : ""}>${escaped(text)}</tspan>`,
  );
  return `<text x="${MARGIN}" y="${BAR + MARGIN + at * LINE}" xml:space="preserve">${spans.join("")}</text>`;
}

/** `text` may carry SGR colours; it is not wrapped. */
export function terminalPicture(text: string, title: string, columns: number): string {
  const lines = text.replace(/\n$/, "").split("\n");
  const width = Math.ceil(columns * CELL + 2 * MARGIN);
  const height = BAR + MARGIN + lines.length * LINE;
  const lights = ["#ff5f56", "#ffbd2e", "#27c93f"].map(
    (fill, at) => `<circle cx="${20 + at * 20}" cy="17" r="6" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...lights,
    `<text x="${width / 2}" y="22" fill="#8b949e" font-family="system-ui, sans-serif" font-size="13" text-anchor="middle">${escaped(title)}</text>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`,
    ...lines.map((line, at) => drawn(runsOf(line, columns), at)),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}
