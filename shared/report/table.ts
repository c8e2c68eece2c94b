import { printable } from "#shared/cluster/printable.ts";
import { findingLine, findingLines, type Show } from "./finding-lines.ts";
import { nodeMap } from "./node-map.ts";
import { painter, type Paint } from "./paint.ts";
import { headline, missingText } from "./headline.ts";
import type { AuditReport, ReportDaemonSet } from "./report.ts";
import { columns, plural, wrap, type Column } from "./text-layout.ts";

export type TableOptions = {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  readonly wide?: boolean;
};

const DAEMON_SETS_SHOWN = 30;
const INFO_SHOWN = 12;

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
    ...(wide && report.placements ? [placementLines(report, show)] : []),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headLines(report: AuditReport, { paint, width }: Show): readonly string[] {
  const { cluster, at } = report;
  const version = cluster.version === null ? "version unknown" : printable(cluster.version);
  const first = `${paint("strong", printable(cluster.name))} · Kubernetes ${version} · ${at}`;
  const tone = report.summary.gaps > 0 ? "critical" : "good";
  const [share = "", ...rest] = headline(report);
  return [
    first,
    "",
    paint(tone, share),
    ...rest.flatMap((line) => wrap(line, width)),
    ...missingText(report).flatMap((line) => wrap(line, width).map((one) => paint("warning", one))),
  ];
}

const COLUMNS: readonly Column<ReportDaemonSet>[] = [
  { head: "NAMESPACE", cell: ({ namespace }) => printable(namespace) },
  { head: "DAEMONSET", cell: ({ name }) => printable(name) },
  { head: "INTENDED", cell: ({ intended }) => String(intended), right: true },
  { head: "COVERED", cell: ({ covered }) => String(covered), right: true },
  { head: "GAPS", cell: ({ gaps }) => String(gaps), right: true },
  { head: "STARTING", cell: ({ starting }) => String(starting), right: true },
  { head: "UNKNOWN", cell: ({ unknown }) => String(unknown), right: true },
  { head: "OUTDATED", cell: ({ outdated }) => String(outdated), right: true },
];
const WIDE_COLUMNS: readonly Column<ReportDaemonSet>[] = [
  { head: "MISPLACED", cell: ({ misplaced }) => String(misplaced), right: true },
  { head: "ELIGIBLE", cell: ({ eligible }) => String(eligible), right: true },
  { head: "EXCLUDED", cell: ({ excluded }) => String(excluded), right: true },
  { head: "ROLE", cell: ({ role }) => printable(role) },
  { head: "STRATEGY", cell: ({ updateStrategy }) => printable(updateStrategy) },
];

/** Worst first; a long list of healthy ones is cut, never one with a gap. */
function daemonSetLines(report: AuditReport, { paint, wide }: Show): readonly string[] {
  const sorted = report.daemonSets.toSorted(
    (a, b) => b.gaps - a.gaps || b.unknown - a.unknown || b.starting - a.starting,
  );
  const troubled = sorted.filter(({ gaps, unknown, starting }) => gaps + unknown + starting > 0);
  const shown = wide ? sorted : sorted.slice(0, Math.max(DAEMON_SETS_SHOWN, troubled.length));
  const { head, lines } = columns(shown, wide ? [...COLUMNS, ...WIDE_COLUMNS] : COLUMNS);
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
  const left = info.length - INFO_SHOWN;
  return [
    ...urgent.map((finding) => findingLines(finding, show)),
    [
      ...info.slice(0, INFO_SHOWN).map((finding) => findingLine(finding, show)),
      ...(left > 0 ? [show.paint("faint", `and ${left} more of level info`)] : []),
    ],
  ];
}

function closingLines(report: AuditReport, { paint, wide }: Show): readonly string[] {
  const ignored = report.findings.filter((finding) => finding.ignored !== undefined).length;
  const { critical, warning, info } = report.summary.findings;
  const counts = [
    paint(critical > 0 ? "critical" : "faint", `${critical} critical`),
    paint(warning > 0 ? "warning" : "faint", plural(warning, "warning")),
    paint("faint", `${info} info`),
    ...(ignored > 0 ? [paint("faint", `${ignored} ignored by the configuration`)] : []),
  ];
  const more = wide
    ? ""
    : paint("faint", "   -o wide: every node and fix   explain node/NAME: one node");
  return [counts.join(" · ") + more];
}

function placementLines(report: AuditReport, { paint }: Show): readonly string[] {
  const { head, lines } = columns(report.placements ?? [], [
    { head: "DAEMONSET", cell: ({ daemonSet }) => printable(daemonSet) },
    { head: "NODE", cell: ({ node }) => printable(node) },
    { head: "VERDICT", cell: ({ verdict }) => verdict },
    { head: "CAUSE", cell: ({ cause = "" }) => printable(cause) },
    { head: "REASON", cell: ({ reason }) => printable(reason) },
  ]);
  return [paint("strong", head), ...lines];
}
