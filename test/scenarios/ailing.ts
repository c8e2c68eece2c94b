import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Condition, Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { ago, condition, daemonPod, daemonSet, taint } from "../fixtures/build.ts";
import { crashing, notUp, waitingContainer } from "../fixtures/placement.ts";
import { claimOf, karpenterNode, managedNode, some } from "../fixtures/pools.ts";
import { fleet, healthy, USUAL } from "./fleet.ts";

/** The pair that the node controller sets by the Ready condition. */
const pair = (key: string, timeAdded: Instant) => [
  { ...taint(`node.kubernetes.io/${key}`), timeAdded },
  { ...taint(`node.kubernetes.io/${key}`, "NoExecute"), timeAdded },
];

const without = (node: Node, type: string): readonly Condition[] =>
  node.conditions.filter((one) => one.type !== type);

/** The kubelet stopped reporting: Ready Unknown, both taints. Give `silent` to the fleet for its lease. */
export const unreachable = (node: Node, since: Instant): Node => ({
  ...node,
  taints: [...node.taints, ...pair("unreachable", since)],
  conditions: [
    ...without(node, "Ready"),
    condition("Ready", "Unknown", {
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
      transitionAt: since,
    }),
  ],
});

/** The kubelet speaks and says that it is not well. */
export const notReady = (node: Node, since: Instant, message = "PLEG is not healthy"): Node => ({
  ...node,
  taints: [...node.taints, ...pair("not-ready", since)],
  conditions: [
    ...without(node, "Ready"),
    condition("Ready", "False", { reason: "KubeletNotReady", message, transitionAt: since }),
  ],
});

export const NO_CNI =
  "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";

/**
 * What is left of a daemon pod on a dead node: phase Running and containers ready as the kubelet last said, Ready False as the
 * node controller overwrote it (MarkPodsNotReady).
 */
export function lastKnown(set: DaemonSet, node: Node, since: Instant): Pod {
  const pod = healthy(set, node);
  const conditions = pod.status.conditions.map((one) =>
    one.type === "Ready" ? { ...one, status: "False", transitionAt: since } : one,
  );
  return { ...pod, status: { ...pod.status, conditions } };
}

/** Bound, and its kubelet has started nothing yet. */
export const creating = (set: DaemonSet, node: Node, createdAt: Instant): Pod =>
  daemonPod(set, node.name, {
    createdAt,
    status: {
      phase: "Pending",
      conditions: [
        condition("PodScheduled", "True", { transitionAt: createdAt }),
        condition("PodReadyToStartContainers", "False", { transitionAt: createdAt }),
        condition("Ready", "False", { reason: "ContainersNotReady", transitionAt: createdAt }),
      ],
      containers: [waitingContainer("ContainerCreating")],
      startedAt: createdAt,
      hasIP: false,
    },
  });

/** The kubelet ended it, or would not have it. */
export const failed = (set: DaemonSet, node: Node, reason: string): Pod =>
  daemonPod(set, node.name, {
    createdAt: ago(5),
    status: { phase: "Failed", reason, conditions: [], containers: [], startedAt: ago(5) },
  });

/** A node of Karpenter's that an autoscaler empties since `since`: some of its daemons fail and come back, one is gone. */
export function emptied(key: string, since: Instant, value = ""): Cluster {
  const node = karpenterNode("old-1", {
    taints: [{ ...taint(key, "NoSchedule", value), timeAdded: since }],
  });
  return fleet({
    nodes: [...some(8, "general", karpenterNode), node],
    sets: USUAL,
    there: (set, on) => {
      if (on !== node) return undefined;
      return set.name === "fluent-bit" ? [] : [failed(set, node, "NodeShutdown")];
    },
    NodeClaim: [{ ...claimOf(node), deletionAt: since }],
  });
}

/** One node beside five ordinary ones, on which `lacking` has no pod. */
export const beside = (node: Node, { sets = USUAL, lacking, ...more }: Beside = {}): Cluster =>
  fleet({
    nodes: [...some(5, "worker", managedNode), node],
    sets,
    there: (set, on) => (set === lacking && on === node ? [] : undefined),
    ...more,
  });
type Beside = Partial<Cluster> & {
  readonly sets?: readonly DaemonSet[];
  readonly lacking?: DaemonSet;
};

export const steady = some(6, "worker", managedNode);
export const agent = daemonSet("agent", { namespace: "monitoring" });

/** Killed for its memory a minute ago, and not for the first time. */
export const killedNow = (set: DaemonSet, node: Node): Pod =>
  daemonPod(set, node.name, {
    createdAt: ago(3 * 86_400),
    status: notUp({
      containers: [crashing({ reason: "OOMKilled", exitCode: 137 }, { restarts: 12 })],
    }),
  });

/** All is well but the agent on one node, which is as `make` makes it. */
export const oneOf = (make: (set: DaemonSet, node: Node) => Pod): Cluster =>
  fleet({
    nodes: steady,
    sets: [...USUAL, agent],
    there: (set, node) =>
      set === agent && node.name === "worker-3" ? [make(set, node)] : undefined,
  });
