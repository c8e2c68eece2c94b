import { printable } from "#shared/cluster/printable.ts";
import { subjectText, type AuditReport, type ReportFinding } from "./report.ts";
import { plural, some } from "./text-layout.ts";

/** The report in two or three sentences, worst cause included: what a reader who stops here must know. */
export function headline(report: AuditReport): readonly string[] {
  const { summary, complete } = report;
  const unsure = summary.unknown > 0 || !complete;
  const lacking = report.nodes.filter(({ gaps }) => gaps > 0).length;
  return [
    shareOf(report),
    lacking === 0
      ? `No node lacks a daemon${unsure ? " as far as can be told" : ""}.`
      : `${lacking} of ${plural(summary.nodes, "node")} ${lacking === 1 ? "lacks" : "lack"} at least one daemon.${worst(report)}`,
    ...leftOut(report),
  ];
}

const KEPT_OFF: ReadonlySet<string> = new Set(["excluded-by-taint", "excluded-by-affinity"]);
const NAMED = 2;

/** By Kubernetes' word nothing is wrong there, so the share of what is covered does not show it: it must be said. */
function leftOut({ findings }: AuditReport): readonly string[] {
  const kept = findings.filter(
    ({ cause, ignored }) => ignored === undefined && KEPT_OFF.has(cause),
  );
  const more = kept.length - NAMED;
  return [
    ...kept
      .slice(0, NAMED)
      .map(
        (finding) =>
          `Kept off nodes: ${printable(`${finding.daemonSets[0] ?? ""}, ${finding.summary}`)}.`,
      ),
    ...(more > 0 ? [`Kept off nodes: ${more} more, told below.`] : []),
  ];
}

function shareOf({ summary, complete }: AuditReport): string {
  const { coveragePercent, covered, intended, gaps, starting, unknown } = summary;
  if (coveragePercent === null)
    return complete
      ? "Nothing to cover: no DaemonSet intends any node."
      : "Coverage cannot be told.";
  return [
    `${coveragePercent} % covered: ${covered} of ${intended} daemon pods are where they should be`,
    plural(gaps, "gap"),
    ...(starting > 0 ? [`${starting} starting`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ].join(" · ");
}

function worst({ findings }: AuditReport): string {
  const first = findings.find(
    ({ ignored, nodes, severity }) =>
      ignored === undefined && severity !== "info" && nodes.length > 0,
  );
  return first === undefined ? "" : ` Worst: ${worstText(first)}.`;
}

const worstText = (finding: ReportFinding): string =>
  `${finding.cause}, ${printable(subjectText(finding))}${finding.subject.kind === "Node" ? "" : ` on ${plural(finding.nodes.length, "node")}`}`;

/** What was not read, what could not be taken as it stood, and that both count as unknown. */
export function missingText(report: AuditReport, most = Infinity): readonly string[] {
  const odd = oddities(report);
  const rest = report.notSeen.filter((kind) => kind !== "");
  return [
    ...(report.complete ? [] : ["INCOMPLETE: nodes, pods and DaemonSets were not all read."]),
    ...(rest.length > 0 ? [`Not read, so unknown where it matters: ${some(rest, most)}.`] : []),
    ...(odd > 0 ? [`The input is odd in ${plural(odd, "place")}: see "problems" in -o json.`] : []),
  ];
}

/** Beyond the first thousand they are counted only; how the cluster was reached is told elsewhere. */
const oddities = ({ problems }: AuditReport): number =>
  problems
    .filter(({ code }) => !code.startsWith("kubeconfig."))
    .reduce((sum, { code, value }) => sum + (code === "problems.more" ? Number(value) : 1), 0);
