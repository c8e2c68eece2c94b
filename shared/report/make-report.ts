import type { Severity } from "#shared/audit/cause.ts";
import type { ClusterFacts, DaemonSetView, NodeView, PlacementView } from "#shared/audit/facts.ts";
import type { VerdictName } from "#shared/audit/verdict.ts";
import type { Cluster, Kind } from "#shared/cluster/cluster.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Answer } from "#shared/cluster/selector.ts";
import type { Finding } from "#shared/findings/finding.ts";
import { remedyOf } from "#shared/remediation/remedy.ts";
import type {
  AuditReport,
  ReportDaemonSet,
  ReportFinding,
  ReportNode,
  ReportPlacement,
} from "./report.ts";

/** Without these three no coverage can be told. */
const CORE: ReadonlySet<Kind> = new Set<Kind>(["Node", "Pod", "DaemonSet"]);
const RANK: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };

/** The one value that every renderer shows. `placements` adds the row of each DaemonSet on each node. */
export function makeReport(
  facts: ClusterFacts,
  findings: readonly Finding[],
  options: { readonly placements?: boolean } = {},
): AuditReport {
  const { cluster } = facts;
  const daemonSets = facts.daemonSets.map(daemonSetRow);
  return {
    apiVersion: "dsaudit/v1",
    kind: "AuditReport",
    cluster: { name: cluster.name, version: cluster.version?.text ?? null },
    at: rfc3339(facts.at),
    complete: isComplete(cluster),
    notSeen: [...new Set(cluster.notSeen.map(({ kind }) => kind))],
    notSeenBecause: cluster.notSeen.map(({ kind, why, detail }) => ({ kind, why, detail })),
    problems: cluster.problems.map((problem) => ({ ...problem })),
    summary: summaryOf(facts, daemonSets, findings),
    daemonSets,
    nodes: facts.nodes.map(nodeRow).toSorted(byPool),
    findings: findings.toSorted(worstFirst).map((finding) => findingRow(finding, facts)),
    ...(options.placements === true && {
      placements: facts.daemonSets.flatMap((set) => set.placements().map(placementRow)),
    }),
  };
}

export const isComplete = (cluster: Pick<Cluster, "notSeen">): boolean =>
  !cluster.notSeen.some(({ kind }) => CORE.has(kind));

/** Instants come from objects; a year beyond four digits would not be RFC 3339 any more. */
export function rfc3339(at: Instant): string {
  const clamped = Math.min(Math.max(at, Date.UTC(0, 0, 1)), Date.UTC(9999, 11, 31, 23, 59, 59));
  return new Date(clamped).toISOString().replace(".000Z", "Z");
}

/**
 * Rounded down to hundredths, so that 100 means every one; what cannot be told counts against it.
 * undefined rather than 100 when there is nothing to cover.
 */
export function coveragePercent(covered: number, of: number): number | null {
  return of === 0 ? null : Math.floor((covered * 10_000) / of) / 100;
}

type Counts = Readonly<Record<VerdictName | "intended" | "eligible" | "outdated", number>>;

function countPlacements(placements: readonly PlacementView[]): Counts {
  const counts = {
    intended: 0,
    eligible: 0,
    outdated: 0,
    covered: 0,
    starting: 0,
    gap: 0,
    excluded: 0,
    misplaced: 0,
    unknown: 0,
  };
  for (const placement of placements) {
    counts[placement.verdict().says] += 1;
    if (placement.intended === "yes") counts.intended += 1;
    if (placement.eligible === "yes") counts.eligible += 1;
    const { pod } = placement;
    if (pod !== undefined && placement.daemonSet.isUpdated(pod) === "no") counts.outdated += 1;
  }
  return counts;
}

function daemonSetRow(view: DaemonSetView): ReportDaemonSet {
  const { daemonSet } = view;
  const { gap, ...counts } = countPlacements(view.placements());
  const strategy = daemonSet.updateStrategy;
  return {
    namespace: daemonSet.namespace,
    name: daemonSet.name,
    ...counts,
    gaps: gap,
    updateStrategy: strategy.type === "other" ? strategy.name : strategy.type,
    role: view.role,
  };
}

function nodeRow(view: NodeView): ReportNode {
  const { intended, covered, starting, gap, misplaced, unknown } = countPlacements(
    view.placements(),
  );
  return {
    name: view.node.name,
    pool: view.pool,
    phase: view.phase.name,
    outsideCoverage: view.compute.outsideCoverage,
    intended,
    covered,
    starting,
    gaps: gap,
    misplaced,
    unknown,
  };
}

function summaryOf(
  facts: ClusterFacts,
  rows: readonly ReportDaemonSet[],
  findings: readonly Finding[],
): AuditReport["summary"] {
  const total = (field: "intended" | "covered" | "starting" | "gaps" | "unknown"): number =>
    rows.reduce((sum, row) => sum + row[field], 0);
  const [covered, starting, gaps, unknown] = [
    total("covered"),
    total("starting"),
    total("gaps"),
    total("unknown"),
  ];
  const counted = findings.filter((finding) => finding.ignored === undefined);
  const of = (severity: Severity): number =>
    counted.filter((finding) => finding.severity === severity).length;
  return {
    nodes: facts.nodes.length,
    daemonSets: rows.length,
    intended: total("intended"),
    covered,
    starting,
    gaps,
    unknown,
    coveragePercent: coveragePercent(covered, covered + starting + gaps + unknown),
    findings: { critical: of("critical"), warning: of("warning"), info: of("info") },
  };
}

export function findingRow(finding: Finding, facts: ClusterFacts): ReportFinding {
  const { subject, ignored } = finding;
  return {
    id: finding.id,
    cause: finding.cause,
    severity: finding.severity,
    subject: {
      kind: subject.kind,
      ...(subject.namespace !== "" && { namespace: subject.namespace }),
      name: subject.name,
    },
    daemonSets: [...finding.daemonSets],
    nodes: [...finding.nodes],
    since: orNull(finding.since),
    summary: finding.summary,
    evidence: finding.evidence.map(({ facts: values, ...said }) => ({
      ...said,
      facts: values,
    })),
    remedies: finding.remedies.map((call) => remedyOf(call, facts)),
    ...(ignored && { ignored: { reason: ignored.reason, until: orNull(ignored.until) } }),
  };
}

export const orNull = (at: Instant | undefined): string | null =>
  at === undefined ? null : rfc3339(at);

const ANSWERS: Readonly<Record<Answer, boolean | null>> = { yes: true, no: false, unknown: null };

function placementRow(view: PlacementView): ReportPlacement {
  const verdict = view.verdict();
  return {
    daemonSet: view.daemonSet.key,
    node: view.node.node.name,
    eligible: ANSWERS[view.eligible],
    shouldContinue: ANSWERS[view.shouldContinue],
    intended: ANSWERS[view.intended],
    verdict: verdict.says,
    ...(verdict.cause !== undefined && { cause: verdict.cause }),
    ...(view.pod && { pod: view.pod.name }),
    reason: reasonOf(view),
  };
}

/** What is to be said of a placement, in a clause. */
export const reasonOf = (view: PlacementView): string => view.verdict().reason || view.because;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byPool = (a: ReportNode, b: ReportNode): number =>
  compare(a.pool, b.pool) || compare(a.name, b.name);

/** Ignored ones last, then by severity, then by reach; a name decides between equals, so that two runs agree. */
export const worstFirst = (a: Finding, b: Finding): number =>
  Number(a.ignored !== undefined) - Number(b.ignored !== undefined) ||
  RANK[a.severity] - RANK[b.severity] ||
  b.nodes.length - a.nodes.length ||
  compare(a.cause, b.cause) ||
  compare(a.subject.namespace, b.subject.namespace) ||
  compare(a.subject.name, b.subject.name) ||
  compare(a.id, b.id);
