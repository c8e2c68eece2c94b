import { isReady } from "#shared/cluster/daemon-controller/available.ts";
import { controllerOf, type Instant } from "#shared/cluster/metadata.ts";
import { conditionOf, type Pod } from "#shared/cluster/pod.ts";
import type { NodeView, PlacementView, ServiceView } from "#shared/audit/facts.ts";
import { later } from "#shared/audit/phrase.ts";
import { cameWithNode } from "./rollout-nodes.ts";
import { podsByRevision } from "./rollout.ts";

/** A node whose clients of a node-local Service reach nobody. */
export type DeadEnd = {
  readonly node: NodeView;
  /** Running pods of the node that are no daemons: whoever of them uses the Service gets no answer. */
  readonly clients: number;
  /** Some daemon behind the Service is meant to be on the node. */
  readonly intended: boolean;
  /** Its pod is being replaced by an update. */
  readonly rolling: boolean;
  /** From when on there was no endpoint, at the latest. */
  readonly since: Instant | undefined;
};

/** pkg/proxy/topology.go, CategorizeEndpoints: the ready ones of the node, else those that end and still serve, else none. */
export const servedNodes = ({ slices }: ServiceView): ReadonlySet<string> =>
  new Set(
    slices.flatMap(({ endpoints }) =>
      endpoints
        .filter(({ ready, serving, terminating }) => ready || (serving && terminating))
        .map(({ nodeName }) => nodeName),
    ),
  );

/** Static pods are the node's own, daemons are no users of each other that could be told from here. */
const isClient = (pod: Pod): boolean => {
  const kind = controllerOf(pod)?.kind;
  return (
    pod.status.phase === "Running" &&
    pod.deletionAt === undefined &&
    kind !== "DaemonSet" &&
    kind !== "Node"
  );
};

/** A pod that reads Ready while the slices do not have it: the lists are of different moments, until that lasts. */
function isLag({ pod, facts }: PlacementView): boolean {
  if (pod === undefined || !isReady(pod)) return false;
  const since = conditionOf(pod.status, "Ready")?.transitionAt;
  return since === undefined || facts.at - since < facts.policy.grace.podStart * 1000;
}

/**
 * A rolling update took the old pod away. A pod that came with its node, or that somebody deleted or evicted, is a start
 * like any other; the last pod of an update is told from it by the age of the revision.
 */
function isReplaced({ daemonSet, pods, node, facts }: PlacementView): boolean {
  const { daemonSet: set, revisions } = daemonSet;
  if (set.updateStrategy.type !== "RollingUpdate" || revisions.length < 2) return false;
  const underWay = podsByRevision(daemonSet).outdated.length > 0;
  if (pods.length === 0) return underWay;
  const changed = revisions.at(-1)?.createdAt;
  const justOver =
    changed !== undefined && facts.at - changed < facts.policy.grace.rolloutStuck * 1000;
  return pods.some((pod) =>
    pod.deletionAt === undefined
      ? daemonSet.isUpdated(pod) === "yes" && (underWay || justOver) && !cameWithNode(pod, node)
      : daemonSet.isUpdated(pod) === "no",
  );
}

const lostAt = ({ pods }: PlacementView): Instant | undefined =>
  pods
    .map((pod) => later(pod.createdAt, conditionOf(pod.status, "Ready")?.transitionAt))
    .reduce(later, undefined);

/**
 * Is the node without an answer, and not only because it or its daemon is just starting? A start is excused, an update is
 * not: it takes an answer away that was there.
 */
function deadEndOn(placements: readonly PlacementView[]): DeadEnd | undefined {
  const [first] = placements;
  if (first === undefined || first.node.phase.name !== "steady") return undefined;
  if (first.node.compute.outsideCoverage || placements.some(isLag)) return undefined;
  const wanted = placements.filter(({ intended }) => intended === "yes");
  const rolling = wanted.some(isReplaced);
  const excused = wanted.some((one) => {
    const { says } = one.verdict();
    return says === "unknown" || (says === "starting" && !isReplaced(one));
  });
  const clients = excused ? 0 : first.node.pods.filter(isClient).length;
  if (clients === 0) return undefined;
  return {
    node: first.node,
    clients,
    intended: wanted.length > 0,
    rolling,
    since: wanted.map(lostAt).reduce(later, undefined),
  };
}

/** The nodes on which clients of a Service with a Local policy find no endpoint. */
export function deadEnds(view: ServiceView): readonly DeadEnd[] {
  const served = servedNodes(view);
  const byNode = Map.groupBy(
    view.daemonSets
      .flatMap((set) => set.placements())
      .filter(({ node, intended }) => intended !== "unknown" && !served.has(node.node.name)),
    ({ node }) => node.node.name,
  );
  return [...byNode.values()].flatMap((placements) => deadEndOn(placements) ?? []);
}
