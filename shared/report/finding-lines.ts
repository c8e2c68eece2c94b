import { printable } from "#shared/cluster/printable.ts";
import type { Paint } from "./paint.ts";
import { proofsOf } from "./proofs.ts";
import { subjectText, type ReportFinding, type ReportRemedy } from "./report.ts";
import { age, cutWords, displayWidth, LONGEST_NAME, plural, some, wrap } from "./text-layout.ts";

export type Show = {
  readonly at: string;
  readonly width: number;
  readonly paint: Paint;
  /** Every node, every proof, every remedy. */
  readonly wide: boolean;
  /** Every remedy, though not every node. */
  readonly fixes?: boolean;
  /** In front of every line; ten blanks, below the words of a heading, without it. */
  readonly indent?: string;
};

const INDENT = "          ";
const NODES_SHOWN = 3;
const PROOFS_SHOWN = 2;
const ALIKE_SHOWN = 6;
const BRIEF_LINES = 3;

/** A finding as a paragraph: what, where, since when; why; what to do and its price; on which nodes. */
export function findingLines(finding: ReportFinding, show: Show): readonly string[] {
  return [
    ...heading(finding, show),
    ...indented(printable(finding.summary), show),
    ...proofs(finding, show),
    ...remedyLines(finding.remedies, show),
    ...nodeLines(finding, show),
    ...ignoredLines(finding, show),
  ];
}

/** What and where, no more: for what needs nobody today. */
export function findingBrief(finding: ReportFinding, show: Show): readonly string[] {
  const room = BRIEF_LINES * (show.width - INDENT.length);
  return [
    ...heading(finding, show, finding.severity),
    ...indented(printable(finding.summary, show.wide ? undefined : room), show),
  ];
}

/** Several of one cause that need nobody today: their subjects say it all, but where that is the cluster each time. */
export function alikeLines(findings: readonly ReportFinding[], show: Show): readonly string[] {
  const [first] = findings;
  if (first === undefined) return [];
  const { severity, cause, subject } = first;
  const ofCluster = subject.kind === "Cluster";
  const count = plural(findings.length, ofCluster ? "time" : subject.kind);
  const head = show.paint(severity, severity.padEnd(INDENT.length));
  return [
    `${head}${show.paint("strong", printable(cause))}  ${count}`,
    ...(ofCluster ? summaryLines(findings, show) : nameLines(findings, show)),
  ];
}

function nameLines(findings: readonly ReportFinding[], show: Show): readonly string[] {
  const names = findings.map((finding) =>
    shortName(subjectText(finding).replace(/^\w+ /, ""), show),
  );
  return indented(some(names, show.wide ? names.length : ALIKE_SHOWN), show);
}

function summaryLines(findings: readonly ReportFinding[], show: Show): readonly string[] {
  const shown = findings.slice(0, ALIKE_SHOWN);
  const left = findings.length - shown.length;
  const room = Math.max(30, show.width - INDENT.length);
  return [
    ...shown.map(({ summary }) => INDENT + printable(summary, room)),
    ...(left > 0 ? [show.paint("faint", `${INDENT}and ${left} more (-o wide: all of them)`)] : []),
  ];
}

const shortName = (name: string, { wide }: Show): string =>
  printable(name, wide ? undefined : LONGEST_NAME);

/** One line, for one of very many. */
export function findingLine(finding: ReportFinding, { paint, width }: Show): string {
  const { severity, nodes } = finding;
  const head = severity.padEnd(INDENT.length);
  const cause = `${printable(finding.cause)}  `;
  const reach = nodes.length > 1 ? `, ${nodes.length} nodes` : "";
  const text = `${subjectText(finding)}${reach}: ${finding.summary}`;
  const room = Math.max(30, width - INDENT.length - displayWidth(cause));
  return paint(severity, head) + cause + printable(text, room);
}

function heading(
  finding: ReportFinding,
  show: Show,
  severity = finding.severity.toUpperCase(),
): readonly string[] {
  const { paint, at, width } = show;
  const word = finding.ignored === undefined ? severity : "IGNORED";
  const tone = finding.ignored === undefined ? finding.severity : "faint";
  const cause = printable(finding.cause);
  const rest = [
    shortName(subjectText(finding), show),
    ...(finding.nodes.length > 0 && finding.subject.kind !== "Node"
      ? [plural(finding.nodes.length, "node")]
      : []),
    ...(finding.since === null ? [] : [`for ${age(finding.since, at)}`]),
  ].join("  ");
  const first = paint(tone, word.padEnd(INDENT.length)) + paint("strong", cause);
  return INDENT.length + displayWidth(cause) + 2 + displayWidth(rest) <= width
    ? [`${first}  ${rest}`]
    : [first, INDENT + rest];
}

function indented(text: string, show: Show, label = ""): readonly string[] {
  const { width, wide, indent = INDENT } = show;
  const room = Math.max(30, width - indent.length - label.length);
  return wrap(wide ? text : cutWords(text), room).map(
    (line, at) => indent + (at === 0 ? label : " ".repeat(label.length)) + line,
  );
}

function proofs(finding: ReportFinding, show: Show): readonly string[] {
  const news = proofsOf(finding, NODES_SHOWN);
  const most = show.wide ? news.length : PROOFS_SHOWN;
  const left = news.length - most;
  return [
    ...news.slice(0, most).flatMap((sentence) => indented(printable(sentence), show, "why   ")),
    ...(left > 0 ? [show.paint("faint", `${INDENT}      and ${left} more like it`)] : []),
  ];
}

export function remedyLines(remedies: readonly ReportRemedy[], show: Show): readonly string[] {
  const { indent = INDENT, wide, fixes = false } = show;
  // One of each kind: of an eviction on each of a hundred nodes the first shows how.
  const kinds = Map.groupBy(remedies, ({ action }) => action);
  const firsts = remedies.filter((remedy) => kinds.get(remedy.action)?.[0] === remedy);
  const shown = wide ? remedies : fixes ? firsts : remedies.slice(0, 1);
  const left = fixes ? remedies.length - shown.length : 0;
  const more = `${indent}      and ${left} more like these, for other nodes (-o wide)`;
  const lines = shown.flatMap((remedy, at) => {
    const said = [remedy.summary, remedy.price, remedy.limit].filter((text) => text !== undefined);
    return [
      ...indented(
        said.map((text) => printable(text)).join("; "),
        show,
        at === 0 ? "fix   " : "or    ",
      ),
      ...commandLines(remedy.command).map((line) => `${indent}      ${show.paint("info", line)}`),
    ];
  });
  return left > 0 ? [...lines, show.paint("faint", more)] : lines;
}

/** Never wrapped: it is there to be copied. */
const commandLines = (command: string | undefined): readonly string[] =>
  command === undefined ? [] : command.split("\n").map((line) => printable(line));

function nodeLines(finding: ReportFinding, show: Show): readonly string[] {
  if (finding.nodes.length === 0) return [];
  const names = finding.nodes.map((name) => shortName(name, show));
  if (names.length === 1 && finding.subject.kind === "Node") return [];
  return indented(some(names, show.wide ? names.length : NODES_SHOWN), show, "on    ");
}

function ignoredLines({ ignored }: ReportFinding, show: Show): readonly string[] {
  if (ignored === undefined) return [];
  const until = ignored.until === null ? "" : ` until ${ignored.until}`;
  return indented(`ignored${until}: ${printable(ignored.reason)}`, show);
}
