import { isReady } from "#shared/cluster/daemon-controller/available.ts";
import { podStage } from "#shared/cluster/pod-state.ts";
import { conditionOf, type Pod } from "#shared/cluster/pod.ts";
import type { RolloutNode } from "#shared/cluster/daemon-controller/rolling-update.ts";
import type { ClusterFacts, NodeView, PlacementView } from "#shared/audit/facts.ts";
import { startGrace } from "#shared/audit/engine/node-state.ts";
import { onceAMoment } from "#shared/audit/engine/once-a-moment.ts";
import { cameWithNode, downBetween, isOfLoop, orderOf } from "./rollout-nodes.ts";
import { rolloutOf, type Rollout } from "./rollout.ts";

/** A node that got the newest revision in exchange for an older one. */
type Updated = {
  readonly node: NodeView;
  readonly placement: PlacementView;
  readonly fresh: Pod;
};

/** What speaks against the newest revision. */
export type Suspicion = {
  readonly rollout: Rollout;
  /** Went down soon after the new pod came; empty where that may be chance. */
  readonly down: readonly Updated[];
  /** Healthy nodes on which the new pod does not come up; empty where most new pods do. */
  readonly failing: readonly Updated[];
  /** Nodes whose pod was replaced. */
  readonly replaced: number;
  /** New pods that are Ready, on new nodes too. */
  readonly well: number;
};

/**
 * The new revision is what breaks: the machines that got it went down after they got it, or its pods do not come up on
 * healthy nodes where those of the older one are well. undefined: nothing speaks against it, or nothing is rolled out.
 */
export const suspectOf = onceAMoment((view): Suspicion | undefined => {
  const rollout = rolloutOf(view);
  if (rollout === undefined || "cannotTell" in rollout) return undefined;
  const replaced = rollout.update.nodes.flatMap((on) => updatedOn(on, rollout));
  const well = rollout.updated.filter(isReady).length;
  const down = notByChance(replaced, rollout);
  const failing = notOfTheNode(replaced, rollout);
  const mostFail = failing.length > well && oldOnesAreWell(rollout) ? failing : [];
  if (down.length === 0 && mostFail.length === 0) return undefined;
  return { rollout, down, failing: mostFail, replaced: replaced.length, well };
});

function updatedOn({ node: name, fresh }: RolloutNode, rollout: Rollout): readonly Updated[] {
  const placement = rollout.placementOn(name);
  if (placement === undefined || fresh === undefined || fresh.spec.nodeName === "") return [];
  const { node } = placement;
  return cameWithNode(fresh, node) ? [] : [{ node, placement, fresh }];
}

/** How soon after its new pod came a machine must go down to be told from one that dies some day. */
const SOON = 3_600_000;
/** So many machines, or this share of those that got the revision, do not die within that time by chance. */
const MANY = 3;
const SHARE = 1 / 20;

function wentDownSoon({ node, fresh }: Updated, { at, policy }: ClusterFacts): boolean {
  const between = downBetween(node);
  if (between === undefined || fresh.createdAt === undefined) return false;
  // A machine that was switched off did not fail.
  return (
    node.phase.name === "dark" &&
    orderOf(between, fresh) === "after" &&
    between.from - fresh.createdAt <= SOON &&
    at - between.to >= policy.grace.nodeNotReady * 1000
  );
}

/** A zone that fails takes nodes of both revisions: then the revision is not what they have in common. */
function notByChance(replaced: readonly Updated[], rollout: Rollout): readonly Updated[] {
  const down = replaced.filter((one) => wentDownSoon(one, rollout.view.facts));
  if (down.length < MANY && down.length < replaced.length * SHARE) return [];
  const others = rollout.update.nodes.filter(({ fresh }) => fresh === undefined);
  const othersDown = others.filter(({ node }) => wentDownSince(rollout.placementOn(node), rollout));
  const apart = down.length * others.length > 2 * othersDown.length * replaced.length;
  return apart ? down : [];
}

function wentDownSince(placement: PlacementView | undefined, { changedAt }: Rollout): boolean {
  const between = placement && downBetween(placement.node);
  return between !== undefined && between.to >= (changedAt ?? -Infinity);
}

const PRESSURES = ["DiskPressure", "MemoryPressure", "PIDPressure"];
const isPressed = ({ node }: NodeView): boolean =>
  PRESSURES.some((type) => conditionOf(node, type)?.status === "True");

/** The kubelet took the pod and its containers do not come up: no matter of room, network, volumes or a dead machine. */
const FAILS = new Set<ReturnType<typeof podStage>["stage"]>(["initialising", "running"]);

const notOfTheNode = (replaced: readonly Updated[], { view }: Rollout): readonly Updated[] => {
  const { at, policy } = view.facts;
  return replaced.filter(({ node, placement, fresh }) => {
    const patience = Math.max(
      policy.grace.podStart,
      isWindows(node) ? startGrace(node.node, policy.grace) : 0,
    );
    return (
      node.phase.name === "steady" &&
      !isPressed(node) &&
      !isReady(fresh) &&
      FAILS.has(podStage(fresh, at).stage) &&
      at - (fresh.createdAt ?? at) > patience * 1000 &&
      !isOfLoop(fresh, placement)
    );
  });
};

const isWindows = ({ node }: NodeView): boolean => node.os === "windows";

/** What ails the old ones too is no fault of the new revision. */
function oldOnesAreWell({ update }: Rollout): boolean {
  const olds = update.nodes.flatMap(({ old }) => (old === undefined ? [] : [old]));
  return olds.filter(isReady).length * 2 > olds.length;
}
