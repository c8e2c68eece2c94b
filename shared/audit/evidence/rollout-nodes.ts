import { isTerminating } from "#shared/cluster/daemon-controller/pods-by-node.ts";
import { isReady } from "#shared/cluster/daemon-controller/available.ts";
import type { RolloutNode } from "#shared/cluster/daemon-controller/rolling-update.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { conditionOf, isTerminal, type Pod } from "#shared/cluster/pod.ts";
import { failedPodCount } from "./failed-pods.ts";
import type { NodeView, PlacementView } from "#shared/audit/facts.ts";
import { startGrace } from "#shared/audit/engine/node-state.ts";
import { later } from "#shared/audit/phrase.ts";
import { newestOf, nodeNameOf, type Rollout } from "./rollout.ts";

/** Why a node uses up a part of the budget. */
export type BudgetUse =
  /** The machine: nothing is known of its pods, is switched off, goes, starts, or has no Node object any more. */
  | "dark"
  | "stopped"
  | "leaving"
  | "booting"
  | "gone"
  /** The pods: the old one does not go, none is there, the new one has no place, has failed, is not up, not long enough. */
  | "terminating"
  | "no-pod"
  | "unscheduled"
  | "ended"
  | "not-available"
  | "settling"
  | "crowded";

/**
 * Did the machine go down before the new revision came to it? Then the revision is innocent, and the advice is the opposite
 * (kubernetes#117658). "": the machine is up.
 */
export type Order = "before" | "after" | "unclear" | "";

export type BudgetUser = {
  readonly node: string;
  readonly use: BudgetUse;
  readonly order: Order;
  /** When the machine went down, at the latest. */
  readonly downAt: Instant | undefined;
  /** When its pod of the new revision was made. */
  readonly replacedAt: Instant | undefined;
  /** Code of the cause of the gap there; "" where none is known. */
  readonly cause: string;
};

/** What counts as one node without an available pod: see rolling-update.ts, withoutSurge. */
const USES: ReadonlySet<RolloutNode["state"]> = new Set<RolloutNode["state"]>([
  "crowded",
  "empty",
  "both",
  "new-unavailable",
  "old-unavailable",
]);

function usesBudget({ update: { maxSurge, delete: going } }: Rollout, on: RolloutNode): boolean {
  if (maxSurge === 0) return USES.has(on.state);
  const replaced = on.old !== undefined && going.includes(on.old.name);
  return on.state === "crowded" || (on.state === "both" && !replaced);
}

/** The nodes that use up the budget of an update: with maxUnavailable those without an available pod, with maxSurge those with two. */
export const budgetUsers = (rollout: Rollout): readonly BudgetUser[] =>
  rollout.update.nodes.filter((on) => usesBudget(rollout, on)).map((on) => userOf(rollout, on));

function userOf(rollout: Rollout, on: RolloutNode): BudgetUser {
  const placement = rollout.placementOn(on.node);
  const replacedAt = on.fresh?.createdAt;
  if (placement === undefined)
    return { node: on.node, use: "gone", order: "", downAt: undefined, replacedAt, cause: "" };
  const { node } = placement;
  const down = downBetween(node);
  return {
    node: on.node,
    use: ofMachine(node) ?? ofPods(on, placement),
    order: down === undefined ? "" : orderOf(down, on.fresh),
    downAt: down?.to,
    replacedAt,
    cause: placement.verdict().cause ?? "",
  };
}

const ofMachine = ({ phase }: NodeView): BudgetUse | undefined =>
  phase.name === "steady" ? undefined : phase.name;

function ofPods({ state, fresh }: RolloutNode, placement: PlacementView): BudgetUse {
  if (state === "crowded") return "crowded";
  if (fresh === undefined) return placement.pods.some(isTerminating) ? "terminating" : "no-pod";
  if (isTerminal(fresh)) return "ended";
  if (fresh.spec.nodeName === "") return "unscheduled";
  return isReady(fresh) ? "settling" : "not-available";
}

type Between = { readonly from: Instant; readonly to: Instant };

/** Kubelets renew their Lease every 10 s; it went down in the 10 s after the last one (kubelet, NodeLeaseDurationSeconds / 4). */
const RENEWAL = 10_000;
/** Without a Lease, node_lifecycle_controller.go noticed 40 to 50 s after the last word, in a round of 5 s. */
const NOTICED = [60_000, 40_000] as const;

/** When a machine that is down went down, as closely as that can be told; undefined for one that is up. */
export function downBetween({ node, phase, lease }: NodeView): Between | undefined {
  if (phase.name !== "dark" && phase.name !== "stopped") return undefined;
  const renewed = lease?.renewedAt;
  if (phase.silent === true && renewed !== undefined)
    return { from: renewed, to: renewed + RENEWAL };
  const changed = conditionOf(node, "Ready")?.transitionAt ?? phase.since;
  if (changed === undefined) return { from: -Infinity, to: Infinity };
  return phase.silent === true
    ? { from: changed - NOTICED[0], to: changed - NOTICED[1] }
    : { from: changed, to: changed };
}

/** Where no new pod was ever bound, the new revision never ran. */
export function orderOf({ from, to }: Between, fresh: Pod | undefined): Order {
  if (fresh === undefined || fresh.spec.nodeName === "") return "before";
  if (fresh.createdAt === undefined) return "unclear";
  if (to < fresh.createdAt) return "before";
  return from >= fresh.createdAt ? "after" : "unclear";
}

/** Made because its node came, not because an older pod went. */
export function cameWithNode(pod: Pod, { node, facts }: NodeView): boolean {
  const age = (pod.createdAt ?? Infinity) - (node.createdAt ?? -Infinity);
  return age < startGrace(node, facts.policy.grace) * 1000;
}

/** Made again and again: the newest of many tries is no step forward. */
export const isOfLoop = (pod: Pod, placement: PlacementView): boolean =>
  !isReady(pod) && failedPodCount(placement) > 1;

/**
 * When the update last moved: a pod was replaced, or one that goes has used up its grace. Not the share of nodes but the
 * nodes themselves: pods of new nodes and the tries of an evict loop change the count and not the set (kubernetes-mixin#625).
 */
export function movedAt({ view, updated, changedAt, placementOn }: Rollout): Instant | undefined {
  const steps = updated.filter((pod) => {
    const placement = placementOn(nodeNameOf(pod));
    return (
      placement === undefined || !(cameWithNode(pod, placement.node) || isOfLoop(pod, placement))
    );
  });
  const gone = view.pods.map(({ deletionAt }) => deletionAt).reduce(later, undefined);
  return later(later(changedAt, newestOf(steps)), gone);
}
