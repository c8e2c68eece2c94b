import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Lease, NodeClaim, NodePool } from "#shared/cluster/policy.ts";
import { KARPENTER_POOL, poolOf } from "#shared/cluster/pool.ts";
import type { Amounts } from "#shared/cluster/quantity.ts";
import { holdsRoom, sumOfRequests } from "#shared/cluster/room.ts";
import { medianRenewal } from "#shared/audit/evidence/clocks.ts";
import type { NodeTraits } from "./eligibility.ts";
import type { ClusterFacts, NodeView, PlacementView } from "#shared/audit/facts.ts";
import { nodeState, type JudgedNodeState, type NodeSurroundings } from "./node-state.ts";
import { later } from "#shared/audit/phrase.ts";
import { podBag } from "./pod-bag.ts";
import type { AuditPolicy } from "#shared/audit/policy.ts";

/** Everything about a node that other objects hold, found once. */
export type Surroundings = {
  of(node: Node): NodeSurroundings;
};

export function surroundingsOf(
  cluster: Cluster,
  policy: AuditPolicy,
  at: () => Instant,
): Surroundings {
  const leases = new Map<string, Lease>(
    cluster.Lease.filter(
      ({ namespace }) => namespace === "" || namespace === "kube-node-lease",
    ).map((lease) => [lease.name, lease]),
  );
  const claims = new Map<string, NodeClaim>(
    cluster.NodeClaim.map((claim) => [claim.nodeName, claim]),
  );
  const pools = new Map<string, NodePool>(cluster.NodePool.map((pool) => [pool.name, pool]));
  // One clock that is ahead would make every other lease look old.
  const withLeases = cluster.Node.map((node) => ({ node, lease: leases.get(node.name) }));
  const newestRenewal = medianRenewal(withLeases) ?? newestOf([...leases.values()]);
  return {
    of: (node) => ({
      policy,
      at: at(),
      lease: leases.get(node.name),
      newestRenewal,
      claim: claims.get(node.name),
      pool: pools.get(node.labels.get(KARPENTER_POOL) ?? ""),
    }),
  };
}

const newestOf = (leases: readonly Lease[]): Instant | undefined =>
  leases.reduce<Instant | undefined>(
    (newest, { renewedAt }) => later(newest, renewedAt),
    undefined,
  );

/** One node with its pods. Its parts change; its view stays the same object. */
export type NodeEntry = {
  readonly view: NodeView;
  readonly traits: NodeTraits;
  put(node: Node): void;
  putPod(pod: Pod): void;
  removePod(pod: Pod): void;
  /** Judged anew for another moment; true when its phase is another one, or other taints are there to stay. */
  tick(): boolean;
};

export type NodeParts = {
  readonly node: Node;
  readonly pods: readonly Pod[];
  readonly around: Surroundings;
  readonly facts: () => ClusterFacts;
  readonly placements: () => readonly PlacementView[];
};

/** Fargate and virtual nodes have no pool of machines: what they are is the name that people look for. */
const poolNameOf = (node: Node, { traits: { compute } }: JudgedNodeState): string =>
  poolOf(node) || (compute.outsideCoverage ? compute.name : "");

export function nodeEntry(parts: NodeParts): NodeEntry {
  const { around, facts } = parts;
  let { node } = parts;
  let state = nodeState(node, around.of(node));
  let pool = poolNameOf(node, state);
  const bag = podBag(parts.pods);
  let used: Amounts | undefined;
  const view: NodeView = {
    get facts() {
      return facts();
    },
    get node() {
      return node;
    },
    get phase() {
      return state.phase;
    },
    get compute() {
      return state.traits.compute;
    },
    get pool() {
      return pool;
    },
    get pods() {
      return bag.list();
    },
    get lease() {
      return around.of(node).lease;
    },
    transient: (taint) => state.transient(taint),
    get lasting() {
      return state.traits.lasting;
    },
    used() {
      used ??= sumOfRequests(bag.list().filter(holdsRoom), facts().cluster.version);
      return used;
    },
    placements: parts.placements,
  };
  return {
    view,
    get traits() {
      return state.traits;
    },
    put(next) {
      node = next;
      state = nodeState(next, around.of(next));
      pool = poolNameOf(next, state);
    },
    putPod(pod) {
      bag.put(pod);
      used = undefined;
    },
    removePod(pod) {
      bag.remove(pod);
      used = undefined;
    },
    tick() {
      const before = state;
      state = nodeState(node, around.of(node));
      return (
        before.phase.name !== state.phase.name ||
        before.phase.because !== state.phase.because ||
        before.traits.lasting.length !== state.traits.lasting.length
      );
    },
  };
}
