import type { Occurrence } from "#shared/audit/audit.ts";
import type { Severity } from "#shared/audit/cause.ts";
import type { ClusterFacts, Role } from "#shared/audit/facts.ts";
import type { AuditPolicy } from "#shared/audit/policy.ts";

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };
export const worse = (a: Severity, b: Severity): Severity => (RANK[a] >= RANK[b] ? a : b);

/** Without these a node cannot do its work: one node without them is an outage of that node. */
const NODE_ITSELF: ReadonlySet<Role> = new Set<Role>(["cni", "csi", "kube-proxy", "dns"]);

/** From this share of its nodes on, and from this many, a daemon is down rather than missing here and there. */
const WIDE_SHARE = 0.5;
const WIDE_NODES = 3;

/** Annotation `dsaudit.dev/severity` of a DaemonSet: how grave its alarms are. */
const SEVERITY_ANNOTATION = "severity";
const NAMED: ReadonlyMap<string, Severity> = new Map([
  ["info", "info"],
  ["warning", "warning"],
  ["critical", "critical"],
]);

export type Weighing = {
  /** Of one finding; not empty. */
  readonly occurrences: readonly Occurrence[];
  readonly nodes: readonly string[];
  readonly daemonSets: readonly string[];
  /** All of them follow from something else that is told. */
  readonly symptom: boolean;
};

/**
 * What people say of a cause wins, then what the occurrence says, then the cause. Info stays info (risks, reports, and what
 * follows from something else that is told): whoever calls a daemon critical means its gaps, not every remark about it. A
 * warning is as grave as the annotation says, else as what the daemons are for and how many nodes lack them.
 */
export function severityOf(weighing: Weighing, facts: ClusterFacts): Severity {
  const told = configured(weighing, facts.policy);
  if (told !== undefined) return told;
  const own = weighing.occurrences
    .map(({ severity, cause }) => severity ?? cause.severity)
    .reduce(worse, "info");
  if (weighing.symptom || own === "info") return "info";
  return annotated(weighing, facts) ?? (isGrave(weighing, facts) ? "critical" : own);
}

function configured({ occurrences }: Weighing, policy: AuditPolicy): Severity | undefined {
  const [first] = occurrences;
  if (first === undefined) return undefined;
  return policy.severities.get(first.code) ?? policy.severities.get(first.cause.code);
}

/** Of several DaemonSets the gravest word counts, and only if each has one. */
function annotated({ daemonSets }: Weighing, facts: ClusterFacts): Severity | undefined {
  const words = daemonSets.map((key) =>
    NAMED.get(facts.daemonSet(key)?.daemonSet.annotations.get(SEVERITY_ANNOTATION) ?? ""),
  );
  const [first] = words;
  if (first === undefined || words.includes(undefined)) return undefined;
  return words.reduce<Severity>((gravest, word) => worse(gravest, word ?? "info"), first);
}

function isGrave({ occurrences, daemonSets, nodes }: Weighing, facts: ClusterFacts): boolean {
  if (occurrences[0]?.where.scope !== "placement") return false;
  return daemonSets.some((key) => {
    const view = facts.daemonSet(key);
    if (view === undefined) return false;
    if (NODE_ITSELF.has(view.role)) return true;
    if (nodes.length < WIDE_NODES) return false;
    const intended = view.placements().filter((placement) => placement.intended === "yes").length;
    return nodes.length >= intended * WIDE_SHARE;
  });
}
