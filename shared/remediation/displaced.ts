import type { DaemonSetView, NodeView } from "#shared/audit/facts.ts";
import { shortages } from "#shared/cluster/fit.ts";
import { controllerOf } from "#shared/cluster/metadata.ts";
import { isTerminal, type Pod } from "#shared/cluster/pod.ts";
import type { PodDisruptionBudget } from "#shared/cluster/policy.ts";
import type { Amounts } from "#shared/cluster/quantity.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { roomOf } from "#shared/cluster/room.ts";
import { matchesLabelSelector } from "#shared/cluster/selector.ts";
import { podCost } from "./price.ts";

export type Displaced =
  | { readonly possible: true; readonly pods: readonly Pod[] }
  | { readonly possible: false; readonly because: string };

/**
 * The cheapest set of pods whose going lets one pod of the daemon onto the node: few before many, low priority
 * before high, small before large. Only pods that a controller makes anew elsewhere and that nobody protected.
 */
export function cheapestSet(view: DaemonSetView, node: NodeView): Displaced {
  const wanted = podCost(view);
  const bound = node.pods.filter((pod) => !isTerminal(pod));
  const { version } = view.facts.cluster;
  const lacks = (without: ReadonlySet<Pod>): boolean =>
    shortages(
      wanted,
      roomOf(
        node.node,
        bound.filter((pod) => !without.has(pod) && !isOwn(pod, view)),
        { version },
      ),
    ).length > 0;
  if (!lacks(new Set())) return { possible: true, pods: [] };
  const candidates = movable(node, bound).toSorted(cheapFirst(version));
  if (lacks(new Set(candidates)))
    return {
      possible: false,
      because:
        candidates.length === 0
          ? "no pod there may be moved"
          : "all pods that may be moved hold too little",
    };
  const single = candidates.find((pod) => !lacks(new Set([pod])));
  if (single !== undefined) return { possible: true, pods: [single] };
  return { possible: true, pods: withoutSpare(untilEnough(candidates, lacks), lacks) };
}

type Lacks = (without: ReadonlySet<Pod>) => boolean;

function untilEnough(candidates: readonly Pod[], lacks: Lacks): readonly Pod[] {
  const chosen: Pod[] = [];
  for (const pod of candidates) {
    if (!lacks(new Set(chosen))) break;
    chosen.push(pod);
  }
  return chosen;
}

/** A pod taken early may be needless once a larger one is taken too: the dearest are tried first. */
function withoutSpare(chosen: readonly Pod[], lacks: Lacks): readonly Pod[] {
  const kept = new Set(chosen);
  for (const pod of chosen.toReversed()) {
    kept.delete(pod);
    if (lacks(kept)) kept.add(pod);
  }
  return chosen.filter((pod) => kept.has(pod));
}

/** The daemon's own pods that wait for this node hold nothing there yet. */
const isOwn = (pod: Pod, { daemonSet }: DaemonSetView): boolean =>
  controllerOf(pod)?.uid === daemonSet.uid;

function cheapFirst(version: Parameters<typeof podRequests>[1]) {
  const size = (amounts: Amounts): bigint => amounts.get("memory") ?? 0n;
  return (a: Pod, b: Pod): number =>
    (a.spec.priority ?? 0) - (b.spec.priority ?? 0) ||
    Number(size(podRequests(a, version)) - size(podRequests(b, version))) ||
    (a.name < b.name ? -1 : 1);
}

/** Kinds whose pods stay on their node, or are nobody's to make anew. */
const STAYS: ReadonlySet<string | undefined> = new Set([undefined, "DaemonSet", "Node"]);

function movable({ facts }: NodeView, pods: readonly Pod[]): readonly Pod[] {
  const budgets = new Map(facts.cluster.PodDisruptionBudget.map((pdb) => [pdb, allowed(pdb)]));
  return pods.filter((pod) => {
    if (STAYS.has(controllerOf(pod)?.kind) || pod.doNotDisrupt || pod.deletionAt !== undefined)
      return false;
    const covering = [...budgets.keys()].filter((pdb) => covers(pdb, pod));
    if (covering.some((pdb) => (budgets.get(pdb) ?? 0) <= 0)) return false;
    for (const pdb of covering) budgets.set(pdb, (budgets.get(pdb) ?? 0) - 1);
    return true;
  });
}

const allowed = ({ disruptionsAllowed }: PodDisruptionBudget): number => disruptionsAllowed;

/** An operator that we do not know protects: better one pod too few than an outage. */
const covers = (pdb: PodDisruptionBudget, pod: Pod): boolean =>
  pdb.namespace === pod.namespace &&
  !pdb.disruptedPods.has(pod.name) &&
  matchesLabelSelector(pdb.selector, pod.labels) !== "no";
