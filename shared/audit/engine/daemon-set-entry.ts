import { targetNodeName } from "#shared/cluster/affinity.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import {
  byAge,
  isTerminating,
  podsByNode,
} from "#shared/cluster/daemon-controller/pods-by-node.ts";
import {
  currentHash,
  isPodUpdated,
  revisionsOf,
} from "#shared/cluster/daemon-controller/revisions.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import { keyOf, type Instant } from "#shared/cluster/metadata.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { ClusterFacts, DaemonSetView, PlacementView, Role } from "#shared/audit/facts.ts";
import { later } from "#shared/audit/phrase.ts";
import { podBag } from "./pod-bag.ts";
import { cameWithNode } from "#shared/audit/evidence/rollout-nodes.ts";

const NO_PODS: readonly Pod[] = [];

/** One DaemonSet with its pods by the node they belong to. Its parts change; its view stays the same object. */
export type DaemonSetEntry = {
  readonly view: DaemonSetView;
  readonly set: DaemonSet;
  /** In the order in which upstream's status loop looks at them. */
  podsOn(node: string): readonly Pod[];
  putPod(pod: Pod): void;
  removePod(pod: Pod): void;
};

export type DaemonSetParts = {
  readonly set: DaemonSet;
  readonly role: Role;
  readonly pods: readonly Pod[];
  readonly revisions: Cluster["ControllerRevision"];
  readonly facts: () => ClusterFacts;
  readonly placements: () => readonly PlacementView[];
};

/** Owned pods under the node they belong to; a pod that names no single node is in no placement. */
function filed(pods: readonly Pod[]): Map<string, readonly Pod[]> {
  return new Map(
    [...podsByNode(pods)].map(([node, there]) => [
      node,
      there.length === 1 ? there : there.toSorted(byAge),
    ]),
  );
}

/** When a pod was last replaced, while older revisions remain: as long as it is not long ago, the rollout moves. */
function movedAt(view: DaemonSetView): Instant | undefined {
  const living = view.pods.filter((pod) => !isTerminating(pod));
  if (!living.some((pod) => view.isUpdated(pod) === "no")) return undefined;
  const times = living.flatMap((pod) => {
    const target = targetNodeName(pod);
    const node = "nodeName" in target ? view.facts.node(target.nodeName) : undefined;
    const isStep = view.isUpdated(pod) === "yes" && !(node && cameWithNode(pod, node));
    return isStep && pod.createdAt !== undefined ? [pod.createdAt] : [];
  });
  return times.reduce<Instant | undefined>((a, b) => later(a, b), undefined);
}

export function daemonSetEntry(parts: DaemonSetParts): DaemonSetEntry {
  const { set, role } = parts;
  const bag = podBag(parts.pods);
  const byNode = filed(parts.pods);
  const revisions = revisionsOf(set, parts.revisions);
  const hash = currentHash(set, parts.revisions);
  let moved: { readonly at: Instant | undefined } | undefined;

  const refile = (pod: Pod, change: (there: readonly Pod[]) => readonly Pod[]): void => {
    const target = targetNodeName(pod);
    if (!("nodeName" in target)) return;
    const next = change(byNode.get(target.nodeName) ?? NO_PODS);
    const [there] = [...podsByNode(next).values()];
    if (there === undefined) byNode.delete(target.nodeName);
    else byNode.set(target.nodeName, there.toSorted(byAge));
  };
  const takeOut = (pod: Pod): void => {
    const before = bag.find(pod);
    bag.remove(pod);
    if (before) refile(before, (there) => there.filter((one) => one !== before));
  };

  const view: DaemonSetView = {
    get facts() {
      return parts.facts();
    },
    daemonSet: set,
    key: keyOf(set),
    role,
    get pods() {
      return bag.list();
    },
    revisions,
    currentHash: hash,
    isUpdated: (pod) => isPodUpdated(pod, set, hash),
    rolloutMovedAt() {
      moved ??= { at: movedAt(view) };
      return moved.at;
    },
    placements: parts.placements,
  };
  return {
    view,
    set,
    podsOn: (node) => byNode.get(node) ?? NO_PODS,
    putPod(pod) {
      takeOut(pod);
      bag.put(pod);
      refile(pod, (there) => [...there, pod]);
      moved = undefined;
    },
    removePod(pod) {
      takeOut(pod);
      moved = undefined;
    },
  };
}
