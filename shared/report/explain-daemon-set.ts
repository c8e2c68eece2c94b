import type { DaemonSetView } from "#shared/audit/facts.ts";
import { podSpecOf } from "#shared/cluster/pod-of-template.ts";
import type { PodSpec, Toleration } from "#shared/cluster/pod.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import type { NodeSelector, Requirement } from "#shared/cluster/selector.ts";
import { ownerOf } from "#shared/remediation/owner.ts";
import { amountsText } from "#shared/remediation/price.ts";
import { reachOf } from "./explain-reach.ts";
import { rolloutOf } from "./explain-rollout.ts";
import { common } from "./explanation.ts";
import type { DaemonSetExplanation, NodeGroup, PoolRow } from "./explanation.ts";
import { orNull, reasonOf } from "./make-report.ts";
import type { ReportFinding } from "./report.ts";

/** One DaemonSet: where, why not elsewhere, how it is reached, how its rollout stands. */
export function explainDaemonSet(
  view: DaemonSetView,
  findings: readonly ReportFinding[],
): DaemonSetExplanation {
  const { daemonSet, facts, role } = view;
  const spec = podSpecOf(daemonSet.template);
  const owner = ownerOf(daemonSet);
  return {
    ...common(facts, findings),
    kind: "DaemonSetExplanation",
    namespace: daemonSet.namespace,
    name: daemonSet.name,
    role,
    createdAt: orNull(daemonSet.createdAt),
    inferred: daemonSet.inferred,
    requests: amountsText(podRequests({ spec }, facts.cluster.version)),
    priority: priorityText(view),
    rules: rulesOf(daemonSet.template),
    pools: poolRows(view),
    groups: nodeGroups(view),
    reach: reachOf(view),
    rollout: rolloutOf(view),
    owner: owner === undefined ? null : { name: owner.name, where: owner.where },
  };
}

/** A template names a class; its value stands in the pods, or in the class. */
function priorityText({ daemonSet, pods, facts }: DaemonSetView): string {
  const { priorityClassName, priority } = daemonSet.template;
  const value =
    priority ??
    pods.find(({ spec }) => spec.priority !== undefined)?.spec.priority ??
    facts.cluster.PriorityClass.find(({ name }) => name === priorityClassName)?.value;
  if (priorityClassName === "") return value === undefined || value === 0 ? "none" : String(value);
  return value === undefined ? priorityClassName : `${priorityClassName} (${value})`;
}

function rulesOf(template: PodSpec): readonly string[] {
  const { nodeName, nodeSelector, requiredNodeAffinity, tolerations } = template;
  const labels = [...nodeSelector].map(([key, value]) => `${key}=${value}`);
  return [
    ...(nodeName === "" ? [] : [`only on node ${nodeName} (nodeName)`]),
    ...(labels.length === 0 ? [] : [`only where ${labels.join(" and ")} (nodeSelector)`]),
    ...(requiredNodeAffinity === undefined
      ? []
      : [`only where ${affinityText(requiredNodeAffinity)} (required node affinity)`]),
    ...(nodeName === "" && labels.length === 0 && requiredNodeAffinity === undefined
      ? ["on every node, by labels"]
      : []),
    tolerations.length === 0
      ? "tolerates no taint but those that Kubernetes adds for every DaemonSet"
      : `tolerates ${tolerations.map(tolerationText).join(", ")}`,
  ];
}

const affinityText = ({ terms }: NodeSelector): string =>
  terms.length === 0
    ? "nothing matches"
    : terms
        .map(({ matchExpressions, matchFields }) =>
          [...matchExpressions, ...matchFields].map(requirementText).join(" and "),
        )
        .join(", or ");

const requirementText = ({ key, operator, values }: Requirement): string =>
  values.length === 0 ? `${key} ${operator}` : `${key} ${operator} ${values.join(", ")}`;

function tolerationText({ key, operator, value, effect, seconds }: Toleration): string {
  const every = key === "" && operator === "Exists";
  const what = every ? "every taint" : operator === "Exists" ? key : `${key}=${value}`;
  const of = effect === "" ? "" : every ? ` of effect ${effect}` : `:${effect}`;
  return `${what}${of}${seconds === undefined ? "" : ` for ${seconds} s`}`;
}

type Counts = { -readonly [K in keyof PoolRow]: PoolRow[K] };
const COUNTED = {
  covered: "covered",
  starting: "starting",
  gap: "gaps",
  unknown: "unknown",
  misplaced: "misplaced",
  excluded: undefined,
} as const;

function poolRows(view: DaemonSetView): readonly PoolRow[] {
  const rows = new Map<string, Counts>();
  for (const placement of view.placements()) {
    const { pool } = placement.node;
    const row = rows.get(pool) ?? emptyRow(pool);
    rows.set(pool, row);
    row.nodes += 1;
    if (placement.intended === "yes") row.intended += 1;
    const field = COUNTED[placement.verdict().says];
    if (field !== undefined) row[field] += 1;
  }
  return [...rows.values()].toSorted((a, b) => (a.pool < b.pool ? -1 : 1));
}

const emptyRow = (pool: string): Counts => ({
  pool,
  nodes: 0,
  intended: 0,
  covered: 0,
  starting: 0,
  gaps: 0,
  unknown: 0,
  misplaced: 0,
});

const ORDER = ["gap", "unknown", "starting", "misplaced", "excluded"];

/** One group a cause; where there is none, one a reason: "excluded" has as many as there are taints. */
function nodeGroups(view: DaemonSetView): readonly NodeGroup[] {
  const told = view
    .placements()
    .map((placement) => ({ placement, verdict: placement.verdict() }))
    .filter(({ verdict }) => verdict.says !== "covered")
    .map(({ placement, verdict }) => ({
      node: placement.node.node.name,
      says: verdict.says,
      cause: verdict.cause,
      reason: reasonOf(placement),
    }));
  const groups = Map.groupBy(told, ({ says, cause, reason }) =>
    JSON.stringify([says, cause ?? reason]),
  );
  return [...groups.values()]
    .flatMap(([first, ...rest]) => (first === undefined ? [] : [{ first, all: [first, ...rest] }]))
    .map(({ first, all }) => ({
      verdict: first.says,
      ...(first.cause !== undefined && { cause: first.cause }),
      reason: first.reason,
      sameReason: all.every(({ reason }) => reason === first.reason),
      nodes: all.map(({ node }) => node),
    }))
    .toSorted(
      (a, b) =>
        ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || b.nodes.length - a.nodes.length,
    );
}
