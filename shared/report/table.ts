import { printable } from "#shared/cluster/printable.ts";
import { alikeLines, findingBrief, findingLine, findingLines, type Show } from "./finding-lines.ts";
import { nodeMap } from "./node-map.ts";
import { painter, type Paint, type Tone } from "./paint.ts";
import { headline, missingText } from "./headline.ts";
import type { AuditReport, ReportDaemonSet, ReportFinding, ReportPlacement } from "./report.ts";
import { columns, cutWords, LONGEST_NAME, plural, wrap, type Column } from "./text-layout.ts";

export type TableOptions = {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  readonly wide?: boolean;
};

const DAEMON_SETS_SHOWN = 30;
/** Told as paragraphs, then a line each: a terminal is no place for a thousand findings. */
const TOLD = 25;
const NAMED = 40;
const INFO_SHOWN = 12;
const KINDS_SHOWN = 5;

/** The report for a terminal. Ends with a newline. */
export function renderTable(report: AuditReport, options: TableOptions): string {
  const { width, wide = false } = options;
  const show: Show = { at: report.at, width, wide, paint: painter(options.color) };
  const parts = [
    headLines(report, show),
    nodeMap(report.nodes, show),
    daemonSetLines(report, show),
    ...findingParts(report, show),
    closingLines(report, show),
    ...(report.placements ? [placementLines(report.placements, show)] : []),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headLines(report: AuditReport, { paint, width, wide }: Show): readonly string[] {
  const { cluster, at } = report;
  const version = cluster.version === null ? "version unknown" : printable(cluster.version);
  const name = cluster.name === "" ? "unnamed cluster" : printable(cluster.name);
  const [share = "", ...rest] = headline(report);
  const missing = missingText(report, wide ? undefined : KINDS_SHOWN);
  return [
    `${paint("strong", name)} · Kubernetes ${version} · ${at}`,
    "",
    ...wrap(share, width).map((line) => paint(toneOf(report), line)),
    ...rest.flatMap((line) => wrap(wide ? line : cutWords(line, LONGEST_NAME), width)),
    ...missing.flatMap((line) => wrap(line, width).map((one) => paint("warning", one))),
  ];
}

/** Green is said only of what was seen. */
function toneOf({ complete, summary: { gaps, unknown } }: AuditReport): Tone {
  if (gaps > 0) return "critical";
  return complete && unknown === 0 ? "good" : "warning";
}

/** Zeros are many and say nothing: what is not zero should be seen. */
const number = (head: string, of: (row: ReportDaemonSet) => number): Column<ReportDaemonSet> => ({
  head,
  cell: (row) => (of(row) === 0 ? "-" : String(of(row))),
  right: true,
});

const COLUMNS: readonly Column<ReportDaemonSet>[] = [
  { head: "COVERED", cell: ({ covered, intended }) => `${covered}/${intended}`, right: true },
  number("GAPS", ({ gaps }) => gaps),
  number("STARTING", ({ starting }) => starting),
  number("UNKNOWN", ({ unknown }) => unknown),
  number("OUTDATED", ({ outdated }) => outdated),
];
const WIDE_COLUMNS: readonly Column<ReportDaemonSet>[] = [
  number("MISPLACED", ({ misplaced }) => misplaced),
  number("ELIGIBLE", ({ eligible }) => eligible),
  number("EXCLUDED", ({ excluded }) => excluded),
  { head: "ROLE", cell: ({ role }) => printable(role) },
  { head: "STRATEGY", cell: ({ updateStrategy }) => printable(updateStrategy) },
];

/** Worst first; a long list of healthy ones is cut, never one with a gap. */
function daemonSetLines(report: AuditReport, { paint, wide, width }: Show): readonly string[] {
  const sorted = report.daemonSets.toSorted(
    (a, b) => b.gaps - a.gaps || b.unknown - a.unknown || b.starting - a.starting,
  );
  const troubled = sorted.filter(({ gaps, unknown, starting }) => gaps + unknown + starting > 0);
  const shown = wide ? sorted : sorted.slice(0, Math.max(DAEMON_SETS_SHOWN, troubled.length));
  const longest = wide ? undefined : LONGEST_NAME;
  const named: Column<ReportDaemonSet> = {
    head: "DAEMONSET",
    cell: ({ namespace, name }) => printable(`${namespace}/${name}`, longest),
  };
  const layout = [named, ...COLUMNS, ...(wide ? WIDE_COLUMNS : [])];
  const { head, lines } = columns(shown, layout, width);
  const tinted = lines.map((line, at) => tint(line, shown[at], paint));
  const left = sorted.length - shown.length;
  return [
    paint("strong", head),
    ...tinted,
    ...(left > 0 ? [paint("faint", `and ${left} more without a gap (-o wide shows them)`)] : []),
  ];
}

function tint(line: string, row: ReportDaemonSet | undefined, paint: Paint): string {
  if (row === undefined) return line;
  if (row.gaps > 0) return paint("critical", line);
  return row.unknown + row.starting > 0 ? paint("warning", line) : line;
}

function findingParts(report: AuditReport, show: Show): readonly (readonly string[])[] {
  const counted = report.findings.filter(({ ignored }) => ignored === undefined);
  const urgent = counted.filter(({ severity }) => severity !== "info");
  if (show.wide) return report.findings.map((finding) => findingLines(finding, show));
  const info = counted.filter(({ severity }) => severity === "info");
  return [
    ...urgent.slice(0, TOLD).map((finding) => findingLines(finding, show)),
    oneLiners(urgent.slice(TOLD), NAMED, show),
    infoLines(info, show),
  ];
}

/** From so many of a cause on, one entry tells all. */
const ALIKE = 3;

function infoLines(info: readonly ReportFinding[], show: Show): readonly string[] {
  const entries = [...Map.groupBy(info, ({ cause }) => cause).values()].flatMap((alike) =>
    alike.length >= ALIKE
      ? [alikeLines(alike, show)]
      : alike.map((finding) => findingBrief(finding, show)),
  );
  const left = entries.length - INFO_SHOWN;
  return [
    ...entries.slice(0, INFO_SHOWN).flat(),
    ...(left > 0 ? [show.paint("faint", `and ${left} more (-o wide: all of them)`)] : []),
  ];
}

function oneLiners(
  findings: readonly ReportFinding[],
  most: number,
  show: Show,
): readonly string[] {
  const left = findings.length - most;
  return [
    ...findings.slice(0, most).map((finding) => findingLine(finding, show)),
    ...(left > 0 ? [show.paint("faint", `and ${left} more (-o wide: all of them)`)] : []),
  ];
}

function closingLines(report: AuditReport, { paint, wide, width }: Show): readonly string[] {
  const ignored = report.findings.filter((finding) => finding.ignored !== undefined).length;
  const { critical, warning, info } = report.summary.findings;
  const counts = [
    paint(critical > 0 ? "critical" : "faint", `${critical} critical`),
    paint(warning > 0 ? "warning" : "faint", plural(warning, "warning")),
    paint("faint", `${info} info`),
    ...(ignored > 0 ? [paint("faint", `${ignored} ignored by the configuration`)] : []),
  ];
  const more = wide ? [] : wrap(MORE, width).map((line) => paint("faint", line));
  return [counts.join(" · "), ...more];
}

const MORE = "-o wide: every node and fix · explain node/NAME, ds/NS/NAME · causes CODE";

/** Where all is as it should be a row says nothing: only -o wide has those too. */
function placementLines(
  placements: readonly ReportPlacement[],
  { paint, wide }: Show,
): readonly string[] {
  const told = placements.filter(
    ({ verdict }) => wide || (verdict !== "covered" && verdict !== "excluded"),
  );
  const left = placements.length - told.length;
  const longest = wide ? undefined : LONGEST_NAME;
  const { head, lines } = columns(told, [
    { head: "DAEMONSET", cell: ({ daemonSet }) => printable(daemonSet, longest) },
    { head: "NODE", cell: ({ node }) => printable(node, longest) },
    { head: "VERDICT", cell: ({ verdict }) => verdict },
    { head: "CAUSE", cell: ({ cause = "" }) => printable(cause) },
    { head: "REASON", cell: ({ reason }) => printable(reason) },
  ]);
  return [
    paint("strong", head),
    ...lines,
    ...(left > 0 ? [paint("faint", `and ${left} that are covered or excluded (-o wide)`)] : []),
  ];
}
