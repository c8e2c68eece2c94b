import { targetNodeName } from "#shared/cluster/affinity.ts";
import { isAvailable } from "#shared/cluster/daemon-controller/available.ts";
import { isTerminating } from "#shared/cluster/daemon-controller/pods-by-node.ts";
import {
  rollingUpdate,
  type RollingUpdate,
} from "#shared/cluster/daemon-controller/rolling-update.ts";
import type { ControllerRevision } from "#shared/cluster/daemon-set.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { isTerminal, type Pod } from "#shared/cluster/pod.ts";
import type { CannotTell } from "#shared/audit/cause.ts";
import type { DaemonSetView, PlacementView } from "#shared/audit/facts.ts";
import { onceAMoment } from "#shared/audit/engine/once-a-moment.ts";
import { later } from "#shared/audit/phrase.ts";

/** The controller works on it: the object was seen and is not being deleted. */
export const isWorkedOn = ({ daemonSet }: DaemonSetView): boolean =>
  !daemonSet.inferred && daemonSet.deletionAt === undefined;

/** Pods that are neither ending nor ended, by whether the newest template made them. */
export type PodsByRevision = {
  readonly updated: readonly Pod[];
  readonly outdated: readonly Pod[];
  /** Which revision is the current one cannot be told, so neither can theirs. */
  readonly unclear: readonly Pod[];
};

export const podsByRevision = onceAMoment((view): PodsByRevision => {
  const found = { updated: [] as Pod[], outdated: [] as Pod[], unclear: [] as Pod[] };
  const listOf = { yes: found.updated, no: found.outdated, unknown: found.unclear };
  for (const pod of view.pods)
    if (!isTerminating(pod) && !isTerminal(pod)) listOf[view.isUpdated(pod)].push(pod);
  return found;
});

export const currentRevision = ({
  revisions,
  currentHash,
}: DaemonSetView): ControllerRevision | undefined =>
  currentHash === undefined ? undefined : revisions.findLast(({ hash }) => hash === currentHash);

export const nodeNameOf = (pod: Pod): string => {
  const target = targetNodeName(pod);
  return "nodeName" in target ? target.nodeName : "";
};

/** A moment at which the newest pod was made; undefined when none carries a time. */
export const newestOf = (pods: readonly Pod[]): Instant | undefined =>
  pods.reduce<Instant | undefined>((newest, { createdAt }) => later(newest, createdAt), undefined);

/**
 * The latest moment that is known to lie before the change of the template, or at it. A revision that comes back keeps its
 * age, but no pod of the one between is made after the change.
 */
export const changedAt = (view: DaemonSetView): Instant | undefined =>
  later(currentRevision(view)?.createdAt, newestOf(podsByRevision(view).outdated));

/** A rolling update that is under way. */
export type Rollout = {
  readonly view: DaemonSetView;
  /** What the controller would do next. */
  readonly update: RollingUpdate;
  /** Pods of older revisions on nodes where the controller keeps one. */
  readonly left: readonly Pod[];
  readonly updated: readonly Pod[];
  readonly changedAt: Instant | undefined;
  readonly placementOn: (node: string) => PlacementView | undefined;
};

/**
 * undefined: nothing is being rolled out. A reboot, a drain or a new node is no rollout, however many pods are missing
 * (openshift/library-go#2033): only pods of an older template are.
 */
export const rolloutOf = onceAMoment((view): Rollout | CannotTell | undefined => {
  if (!isWorkedOn(view) || view.daemonSet.updateStrategy.type !== "RollingUpdate") return undefined;
  const { outdated, unclear } = podsByRevision(view);
  if (unclear.length > 0) return unlessAllIsWell(view);
  return outdated.length === 0 ? undefined : underWay(view);
});

/** Where every node has an available pod, the controller has nothing to wait for, whatever the revisions are. */
function unlessAllIsWell(view: DaemonSetView): CannotTell | undefined {
  const { facts, daemonSet } = view;
  const at = {
    minReadySeconds: daemonSet.minReadySeconds,
    now: facts.at,
    version: facts.cluster.version,
  };
  const isUp = (pod: Pod): boolean => !isTerminating(pod) && isAvailable(pod, at);
  const well = view
    .placements()
    .every(({ eligible, pods }) => pods.some(isUp) || (eligible !== "yes" && pods.length === 0));
  return well ? undefined : { cannotTell: unclearBecause(view) };
}

export const unclearBecause = ({ facts }: DaemonSetView): string =>
  facts.seen("ControllerRevision")
    ? "the controller has not looked at the newest template yet, so which pods are outdated is not known"
    : "ControllerRevisions were not read, so which pods are outdated is not known";

/** Outdated pods where the controller keeps one; the rest is leaving its nodes anyway, and no update reaches it. */
export const leftToUpdate = onceAMoment((view): readonly Pod[] => {
  const { outdated } = podsByRevision(view);
  if (outdated.length === 0) return [];
  const kept = placementsByNode(view);
  return outdated.filter((pod) => (kept.get(nodeNameOf(pod))?.eligible ?? "no") !== "no");
});

const placementsByNode = onceAMoment(
  (view): ReadonlyMap<string, PlacementView> =>
    new Map(view.placements().map((placement) => [placement.node.node.name, placement])),
);

function underWay(view: DaemonSetView): Rollout | CannotTell | undefined {
  const { facts, daemonSet, pods, currentHash } = view;
  const left = leftToUpdate(view);
  if (left.length === 0 || currentHash === undefined) return undefined;
  if (!facts.seen("Pod") || !facts.seen("Node"))
    return {
      cannotTell: "not all pods and nodes were read, so who uses up the budget is not known",
    };
  const placements = placementsByNode(view);
  const running = [...placements].flatMap(([name, { eligible }]) =>
    eligible === "yes" ? [name] : [],
  );
  const update = rollingUpdate({
    set: daemonSet,
    pods,
    nodes: facts.cluster.Node,
    now: facts.at,
    version: facts.cluster.version,
    updatedHash: currentHash,
    running: new Set(running),
  });
  if (update === undefined)
    return { cannotTell: "the controller cannot work out its next step, and neither can we" };
  return {
    view,
    update,
    left,
    updated: podsByRevision(view).updated,
    changedAt: changedAt(view),
    placementOn: (node) => placements.get(node),
  };
}
