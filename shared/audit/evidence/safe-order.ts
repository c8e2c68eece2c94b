import { isReady } from "#shared/cluster/daemon-controller/available.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { ClusterFacts, NodeView } from "#shared/audit/facts.ts";
import { nodeNameOf } from "./rollout.ts";

const CONTROL_PLANE = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];
const ZONE = "topology.kubernetes.io/zone";

/** Where least is lost comes first; a dead node comes last, since nothing happens there before its kubelet is back. */
function rank(pod: Pod, node: NodeView | undefined): number {
  if (node === undefined || node.phase.name === "dark" || node.phase.name === "stopped") return 3;
  if (!isReady(pod)) return 0;
  return CONTROL_PLANE.some((label) => node.node.labels.has(label)) ? 2 : 1;
}

/**
 * In which order to replace pods of a DaemonSet by hand: those that do not work anyway, then ordinary nodes, then the
 * control plane; within these one zone after the other, so that no zone loses two in a row where others have some left.
 */
export function safeOrder(pods: readonly Pod[], facts: ClusterFacts): readonly Pod[] {
  const seated = pods
    .map((pod) => {
      const name = nodeNameOf(pod);
      const node = facts.node(name);
      return { pod, name, rank: rank(pod, node), zone: node?.node.labels.get(ZONE) ?? "" };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  const byRank = Map.groupBy(seated, (one) => one.rank);
  return [...byRank]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([, alike]) => inTurn(Map.groupBy(alike, ({ zone }) => zone)))
    .map(({ pod }) => pod);
}

/** One of each list, the longest lists first, then the next of each. */
function inTurn<T>(lists: ReadonlyMap<string, readonly T[]>): readonly T[] {
  const ordered = [...lists]
    .toSorted(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
    .map(([, list]) => list);
  const rounds = Array.from({ length: ordered[0]?.length ?? 0 }, (_, round) => round);
  return rounds.flatMap((round) => ordered.flatMap((list) => list.slice(round, round + 1)));
}
