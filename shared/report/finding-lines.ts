import { printable } from "#shared/cluster/printable.ts";
import type { Paint } from "./paint.ts";
import { subjectText, type ReportFinding, type ReportRemedy } from "./report.ts";
import { age, plural, some, wrap } from "./text-layout.ts";

export type Show = {
  readonly at: string;
  readonly width: number;
  readonly paint: Paint;
  /** Every node, every proof, every remedy. */
  readonly wide: boolean;
};

const INDENT = "          ";
const NODES_SHOWN = 3;
const PROOFS_SHOWN = 2;

/** A finding as a paragraph: what, where, since when; why; what to do and its price; on which nodes. */
export function findingLines(finding: ReportFinding, show: Show): readonly string[] {
  return [
    heading(finding, show),
    ...indented(printable(finding.summary), show),
    ...proofs(finding, show),
    ...remedyLines(finding.remedies, show),
    ...nodeLines(finding, show),
    ...ignoredLines(finding, show),
  ];
}

/** One line, for what needs nobody today. */
export function findingLine(finding: ReportFinding, { paint, width }: Show): string {
  const head = `${paint(finding.severity, "info".padEnd(INDENT.length))}${finding.cause}  `;
  const text = `${printable(subjectText(finding))}: ${printable(finding.summary)}`;
  return head + printable(text, Math.max(30, width - INDENT.length - finding.cause.length - 2));
}

function heading(finding: ReportFinding, { paint, at }: Show): string {
  const word = finding.ignored === undefined ? finding.severity.toUpperCase() : "IGNORED";
  const parts = [
    paint("strong", printable(finding.cause)),
    printable(subjectText(finding)),
    ...(finding.nodes.length > 0 ? [plural(finding.nodes.length, "node")] : []),
    ...(finding.since === null ? [] : [`for ${age(finding.since, at)}`]),
  ];
  const tone = finding.ignored === undefined ? finding.severity : "faint";
  return paint(tone, word.padEnd(INDENT.length)) + parts.join("   ");
}

const indented = (text: string, { width }: Show, label = ""): readonly string[] =>
  wrap(text, Math.max(30, width - INDENT.length - label.length)).map(
    (line, at) => INDENT + (at === 0 ? label : " ".repeat(label.length)) + line,
  );

/** Proof that only repeats the summary is left out. */
function proofs(finding: ReportFinding, show: Show): readonly string[] {
  const sentences = finding.evidence.map(({ sentence, node }) =>
    node === undefined || sentence.includes(node) ? sentence : `${node}: ${sentence}`,
  );
  const news = [...new Set(sentences)].filter((sentence) => !finding.summary.includes(sentence));
  const most = show.wide ? news.length : PROOFS_SHOWN;
  const left = news.length - most;
  return [
    ...news.slice(0, most).flatMap((sentence) => indented(printable(sentence), show, "why   ")),
    ...(left > 0 ? [show.paint("faint", `${INDENT}      and ${left} more like it`)] : []),
  ];
}

function remedyLines(remedies: readonly ReportRemedy[], show: Show): readonly string[] {
  const shown = show.wide ? remedies : remedies.slice(0, 1);
  return shown.flatMap((remedy, at) => {
    const said = [remedy.summary, remedy.price, remedy.limit].filter((text) => text !== undefined);
    return [
      ...indented(
        said.map((text) => printable(text)).join("; "),
        show,
        at === 0 ? "fix   " : "or    ",
      ),
      ...commandLines(remedy.command).map((line) => `${INDENT}      ${show.paint("info", line)}`),
    ];
  });
}

/** Never wrapped: it is there to be copied. */
const commandLines = (command: string | undefined): readonly string[] =>
  command === undefined ? [] : command.split("\n").map((line) => printable(line));

function nodeLines(finding: ReportFinding, show: Show): readonly string[] {
  if (finding.nodes.length === 0) return [];
  const names = finding.nodes.map((name) => printable(name));
  if (names.length === 1 && finding.subject.kind === "Node") return [];
  return indented(some(names, show.wide ? names.length : NODES_SHOWN), show, "on    ");
}

function ignoredLines({ ignored }: ReportFinding, show: Show): readonly string[] {
  if (ignored === undefined) return [];
  const until = ignored.until === null ? "" : ` until ${ignored.until}`;
  return indented(`ignored${until}: ${printable(ignored.reason)}`, show);
}
