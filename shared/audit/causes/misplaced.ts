import { daemonSetCause, type Hit } from "#shared/audit/cause.ts";
import { whyExcluded, type Excluded } from "#shared/audit/evidence/exclusions.ts";
import type { DaemonSetView, PlacementView } from "#shared/audit/facts.ts";
import { counted, listed, span } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import {
  addTolerations,
  distinctTaints,
  type TaintText,
} from "#shared/audit/evidence/tolerations.ts";
import { isTerminating } from "#shared/cluster/daemon-controller/pods-by-node.ts";
import { type Instant, splitKey } from "#shared/cluster/metadata.ts";
import { isTerminal, type Pod } from "#shared/cluster/pod.ts";
import { showTaint } from "#shared/cluster/taints.ts";

type Evidence = {
  readonly daemonSet: string;
  /** What keeps new pods off; empty where it is a label. */
  readonly taints: readonly TaintText[];
  readonly pods: number;
  readonly nodes: number;
  /** Nodes that are cordoned, or whose whole pool carries the taint: somebody empties them. */
  readonly draining: number;
  /** For how long; null where the taints do not say when they were put there. */
  readonly seconds: number | null;
  /** Longer than a drain takes. */
  readonly steady: boolean;
};

/** A pod on its way out is no news, and a bound one that may not stay is deleted at the next sync (manage). */
const lingers = (pod: Pod, { shouldContinue }: PlacementView): boolean =>
  !isTerminating(pod) && !isTerminal(pod) && (shouldContinue !== "no" || pod.spec.nodeName === "");

type Astray = Excluded & { readonly placement: PlacementView; readonly pods: readonly Pod[] };

/** Only nodes that are well and stay: what is true of a silent or leaving node is told by the node. */
function astray(view: DaemonSetView): readonly Astray[] {
  return view.placements().flatMap((placement) => {
    const { pods, eligible, intended, node } = placement;
    if (pods.length === 0 || eligible === "yes" || intended !== "no") return [];
    if (node.phase.name !== "steady") return [];
    const lingering = pods.filter((pod) => lingers(pod, placement));
    if (lingering.length === 0) return [];
    const why = whyExcluded(placement);
    return why.by === "machine" ? [] : [{ ...why, placement, pods: lingering }];
  });
}

const partOf = ({ by, taints }: Astray): string =>
  by === "taints" ? (taints[0]?.key ?? "") : "node labels";

/** Of the taints that say when they were put there, the oldest. kubectl's do not say it. */
const taintedSince = (group: readonly Astray[]): Instant | undefined =>
  group
    .flatMap(({ taints }) => taints.flatMap(({ timeAdded }) => timeAdded ?? []))
    .reduce<Instant | undefined>(
      (first, time) => (first === undefined || time < first ? time : first),
      undefined,
    );

/** Pools of which every node carries one of the taints. */
function emptiedPools(view: DaemonSetView, group: readonly Astray[]): ReadonlySet<string> {
  const keys = new Set(group.flatMap(({ taints }) => taints.map(({ key }) => key)));
  const pools = new Set(group.map(({ node }) => node.pool));
  pools.delete("");
  for (const { node, pool } of view.facts.nodes)
    if (pools.has(pool) && !node.taints.some(({ key }) => keys.has(key))) pools.delete(pool);
  return pools;
}

function hitOf(view: DaemonSetView, group: readonly Astray[]): Hit<Evidence> {
  const since = taintedSince(group);
  const age = since === undefined ? undefined : Math.max(0, view.facts.at - since);
  const emptied = emptiedPools(view, group);
  return {
    part: group[0] === undefined ? "" : partOf(group[0]),
    since,
    nodes: group.map(({ node }) => node.node.name),
    evidence: {
      daemonSet: view.key,
      taints: distinctTaints(group.flatMap(({ taints }) => taints)),
      pods: group.reduce((sum, { pods }) => sum + pods.length, 0),
      nodes: group.length,
      draining: group.filter(({ node }) => node.node.unschedulable || emptied.has(node.pool))
        .length,
      seconds: age === undefined ? null : Math.round(age / 1000),
      steady: age !== undefined && age > view.facts.policy.grace.steadyMisplaced * 1000,
    },
  };
}

/** Pods stay where no new one would be made: a NoSchedule taint came after them, or a label went while they were Pending. */
export const misplaced = daemonSetCause<Evidence>({
  code: "misplaced",
  group: "eligibility",
  severity: "info",
  scope: "daemonSet",
  doc: {
    title: "daemon pods run on nodes that they no longer qualify for",
    what: "A lasting NoSchedule taint was put on nodes after the pods were made. The controller lets such pods stay and makes no new ones: while a pool is being emptied that is as it should be, and it ends by itself. When it lasts, these nodes lose the daemon with the next update or eviction, and nobody will have decided so. Kubernetes counts them as misscheduled and leaves them out of desired, so coverage looks full.",
    proof: [
      "kubectl get node NODE -o jsonpath='{.spec.taints}{\"\\n\"}{.spec.unschedulable}'",
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.spec.tolerations}{\"\\n\"}{.status.numberMisscheduled}'",
    ],
    fix: [
      "While the nodes are being emptied, do nothing.",
      "If the daemon belongs on these nodes, add the toleration.",
      "If it does not, delete the pods: the controller makes no new ones there.",
    ],
    usualAdvice:
      "The alert on numberMisscheduled fires for every NotReady node too, because its taint takes it out of desired; those are no misplaced pods. Cordoning alone misplaces nothing: every daemon tolerates it.",
    sources: [
      "pkg/controller/daemon/daemon_controller.go, nodeShouldRunDaemonPod and podsShouldBeOnNode",
      "https://github.com/prometheus-operator/runbooks/issues/55",
    ],
  },
  find(view) {
    if (view.daemonSet.inferred) return [];
    const groups = Map.groupBy(astray(view), partOf);
    return [...groups.values()].map((group) => hitOf(view, group));
  },
  explain({ taints, pods, nodes, draining, seconds, steady }) {
    const by = taints.length === 0 ? "node labels" : `taint ${listed(taints.map(showTaint))}`;
    const since = seconds === null ? "" : ` for ${span(seconds * 1000)}`;
    const drains = draining === nodes ? "; it looks like a drain" : "";
    const hint = steady ? "; too long for a drain" : drains;
    return `${counted(pods, "pod")} on ${counted(nodes, "node")} that ${by} would keep new ones from${since}${hint}`;
  },
  remedies: (evidence, { nodes }) => remediesOf(evidence, nodes),
});

function remediesOf(
  { daemonSet, taints, draining, nodes: all, steady }: Evidence,
  nodes: readonly string[],
): readonly RemedyCall[] {
  if (draining === all && !steady)
    return [{ action: "wait", why: "the nodes are being emptied, and the pods go with them" }];
  const { namespace, name } = splitKey(daemonSet);
  return [
    ...addTolerations(daemonSet, taints, nodes),
    {
      action: "look",
      command: ["kubectl", "-n", namespace, "get", "pods", "-o", "wide"],
      why: `which pods of ${name} are there; delete those that should not be, for no new ones are made`,
    },
  ];
}
