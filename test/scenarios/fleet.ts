import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet, DaemonSetStatus } from "#shared/cluster/daemon-set.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import { conditionOf, type Pod, type PodSpec } from "#shared/cluster/pod.ts";
import type { Lease } from "#shared/cluster/policy.ts";
import {
  ago,
  cluster,
  condition,
  container,
  daemonPod,
  daemonSet,
  labels,
  metadata,
  pod,
  podStatus,
  resources,
  tolerate,
  TOLERATE_ALL,
} from "../fixtures/build.ts";

/** Status of a pod that came up ten seconds after `born` and has been well since. */
export function upSince(born: Instant): ReturnType<typeof podStatus> {
  const up = born + 10_000;
  const at = (type: string) => condition(type, "True", { transitionAt: up });
  const [container] = podStatus().containers;
  return podStatus({
    conditions: ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map(at),
    containers: container ? [{ ...container, state: { type: "running", startedAt: up } }] : [],
    startedAt: born,
  });
}

/** A daemon pod that was made as soon as both its node and its DaemonSet were there, or when `born` says. */
export function healthy(set: DaemonSet, node: Node, born?: Instant): Pod {
  const made = Math.max(node.createdAt ?? 0, set.createdAt ?? 0) + 5_000;
  const createdAt = born ?? made;
  return daemonPod(set, node.name, { createdAt, status: upSince(createdAt) });
}

const DEFAULT_KEYS = /^node\.kubernetes\.io\/(?:unschedulable|(?:disk|memory|pid)-pressure)$/;

/** Rough on purpose, and not the rules under test: labels by equality, affinity by NotIn, tolerations by key. */
function belongs({ template }: DaemonSet, { labels, taints }: Node): boolean {
  const { nodeSelector, tolerations, requiredNodeAffinity } = template;
  const out = requiredNodeAffinity?.terms.flatMap(({ matchExpressions }) => matchExpressions) ?? [];
  return (
    [...nodeSelector].every(([key, value]) => labels.get(key) === value) &&
    out.every(({ key, values }) => !values.includes(labels.get(key) ?? "")) &&
    taints.every(
      ({ key, effect }) =>
        effect === "PreferNoSchedule" ||
        DEFAULT_KEYS.test(key) ||
        tolerations.some((one) => one.key === "" || one.key === key),
    )
  );
}

const lease = (name: string, renewedAt: Instant): Lease => ({
  ...metadata({ name, namespace: "kube-node-lease" }),
  renewedAt,
  holder: name,
});

export type Fleet = {
  readonly nodes: readonly Node[];
  readonly sets: readonly DaemonSet[];
  /** What is there instead of the healthy pod of `set` on `node`; undefined leaves that one. */
  readonly there?: (set: DaemonSet, node: Node) => readonly Pod[] | undefined;
  /** Pods beside the daemons'. */
  readonly pods?: readonly Pod[];
  /** Nodes whose kubelet last renewed its lease so many seconds ago; all others are fresh. */
  readonly silent?: Readonly<Record<string, number>>;
} & Omit<Partial<Cluster>, "Node" | "DaemonSet" | "Pod">;

/** A cluster in which every daemon is well wherever it belongs, but for what the test says; counters agree with it. */
export function fleet({ nodes, sets, there, pods = [], silent = {}, ...more }: Fleet): Cluster {
  const own = (set: DaemonSet): readonly Pod[] =>
    nodes.flatMap((node) => there?.(set, node) ?? (belongs(set, node) ? [healthy(set, node)] : []));
  const ofSets = sets.map((set) => ({ set, pods: own(set) }));
  return cluster({
    Lease: nodes.map(({ name }) => lease(name, ago(silent[name] ?? 4))),
    ...more,
    Node: nodes,
    DaemonSet: ofSets.map(({ set, pods: its }) => counted(set, its, nodes)),
    Pod: [...ofSets.flatMap((one) => one.pods), ...pods],
  });
}

/** The counters that the controller would have written, unless the test wrote its own. */
function counted(set: DaemonSet, pods: readonly Pod[], nodes: readonly Node[]): DaemonSet {
  const { status } = set;
  if (status.desired + status.current + status.misscheduled > 0) return set;
  const desired = nodes.filter((node) => belongs(set, node)).length;
  const ready = pods.filter(
    (one) => conditionOf(one.status, "Ready")?.status === "True" && one.deletionAt === undefined,
  ).length;
  const full: DaemonSetStatus = {
    ...status,
    desired,
    current: new Set(pods.map(({ name }) => name)).size,
    ready,
    available: ready,
    updated: pods.filter((one) => one.labels.get("controller-revision-hash") === "r1").length,
    unavailable: Math.max(0, desired - ready),
  };
  return { ...set, status: full };
}

const asking = (cpu: string, memory: string, parts: Parameters<typeof container>[0] = {}) => [
  container({ requests: resources({ cpu, memory }), ...parts }),
];

const CRITICAL: Partial<PodSpec> = {
  tolerations: [TOLERATE_ALL],
  priority: 2_000_001_000,
  priorityClassName: "system-node-critical",
};

/** Node affinity as EKS' add-ons have it: no pod on these compute types. */
export const notOn = (...computeTypes: readonly string[]): Partial<PodSpec> => ({
  requiredNodeAffinity: {
    terms: [
      {
        matchExpressions: [
          { key: "eks.amazonaws.com/compute-type", operator: "NotIn", values: computeTypes },
        ],
        matchFields: [],
      },
    ],
  },
  nodeSelector: labels({ "kubernetes.io/os": "linux" }),
});

/** The daemons that nearly every EKS cluster has, with the requests, tolerations and affinity of their charts. */
export const awsNode = daemonSet("aws-node", {
  template: {
    ...CRITICAL,
    ...notOn("fargate", "hybrid", "auto"),
    hostNetwork: true,
    containers: asking("50m", "0"),
  },
});
export const kubeProxy = daemonSet("kube-proxy", {
  template: {
    ...CRITICAL,
    ...notOn("fargate", "auto"),
    hostNetwork: true,
    containers: asking("100m", "0"),
  },
});
export const ebsCsiNode = daemonSet("ebs-csi-node", {
  template: {
    ...CRITICAL,
    ...notOn("fargate", "hybrid", "auto"),
    containers: asking("30m", "120Mi"),
  },
});
export const fluentBit = daemonSet("fluent-bit", {
  namespace: "logging",
  template: { containers: asking("50m", "64Mi") },
});
export const nodeExporter = daemonSet("node-exporter", {
  namespace: "monitoring",
  template: {
    tolerations: [tolerate("", "NoSchedule")],
    containers: asking("20m", "32Mi"),
  },
});
export const USUAL: readonly DaemonSet[] = [
  awsNode,
  kubeProxy,
  ebsCsiNode,
  fluentBit,
  nodeExporter,
];

/** A workload's pod, bound to `nodeName` for a month, that its ReplicaSet would make anew elsewhere. */
export const workload = (
  name: string,
  nodeName: string,
  parts: {
    readonly cpu?: string;
    readonly memory?: string;
    readonly priority?: number;
    readonly createdAt?: Instant;
    readonly spec?: Partial<PodSpec>;
  } = {},
): Pod =>
  pod(name, {
    namespace: "shop",
    labels: new Map([["app", name.replace(/-\d+$/, "")]]),
    owners: [
      { kind: "ReplicaSet", name: name.replace(/-\d+$/, ""), uid: "rs-1", controller: true },
    ],
    ...(parts.createdAt !== undefined && {
      createdAt: parts.createdAt,
      status: upSince(parts.createdAt),
    }),
    spec: {
      nodeName,
      priority: parts.priority ?? 0,
      containers: asking(parts.cpu ?? "10m", parts.memory ?? "16Mi"),
      ...parts.spec,
    },
  });
