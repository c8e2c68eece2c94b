import { KUBERNETES, type Pool } from "./description.ts";
import { before, digest, LONG, uidOf, type KubernetesObject } from "./object.ts";

export type DemoNode = {
  readonly name: string;
  readonly pool: Pool;
  readonly number: number;
  readonly state: "steady" | "silent" | "stuck-startup-taint" | "booting" | "leaving";
  /** Since when it is in that state. */
  readonly minutes: number;
};

const taint = (key: string, effect: string, minutes?: number): Taint => ({
  key,
  effect,
  ...(minutes !== undefined && { timeAdded: before(minutes) }),
});
type Taint = { readonly key: string; readonly effect: string; readonly value?: string };

export function taintsOf({ pool, state, minutes }: DemoNode): readonly Taint[] {
  const own = pool.taint ? [pool.taint] : [];
  switch (state) {
    case "silent":
      return [
        ...own,
        taint("node.kubernetes.io/unreachable", "NoSchedule", minutes),
        taint("node.kubernetes.io/unreachable", "NoExecute", minutes),
      ];
    case "stuck-startup-taint":
      return [...own, taint("ebs.csi.aws.com/agent-not-ready", "NoExecute")];
    case "booting":
      return [
        ...own,
        taint("node.kubernetes.io/not-ready", "NoSchedule"),
        taint("node.kubernetes.io/not-ready", "NoExecute", minutes),
      ];
    case "leaving":
      return [...own, taint("karpenter.sh/disrupted", "NoSchedule")];
    case "steady":
      return own;
  }
}

export function nodeObject(node: DemoNode): KubernetesObject {
  const { name, pool, number, state, minutes } = node;
  const zone = `eu-central-1${"abc"[number % 3] ?? "a"}`;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      uid: uidOf(`node/${name}`),
      creationTimestamp: before(birthOf(node)),
      ...(state === "leaving" && {
        deletionTimestamp: before(minutes),
        finalizers: ["karpenter.sh/termination"],
      }),
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": pool.arch,
        "topology.kubernetes.io/region": "eu-central-1",
        "topology.kubernetes.io/zone": zone,
        "acme.example/pool": pool.name,
        ...poolLabels(pool, state),
      },
    },
    spec: { providerID: `aws:///${zone}/i-0${digest(name).slice(0, 16)}`, taints: taintsOf(node) },
    status: statusOf(node),
  };
}

function statusOf(node: DemoNode): object {
  const { cpu, memory, pods, gpus, arch } = node.pool;
  const resources = {
    cpu,
    memory,
    "ephemeral-storage": "80Gi",
    pods: String(pods),
    ...(gpus !== undefined && { "nvidia.com/gpu": String(gpus) }),
  };
  return {
    capacity: resources,
    allocatable: resources,
    conditions: conditionsOf(node),
    nodeInfo: {
      kubeletVersion: `${KUBERNETES}-eks-113cf36`,
      operatingSystem: "linux",
      architecture: arch,
    },
  };
}

function poolLabels(pool: Pool, state: DemoNode["state"]): Readonly<Record<string, string>> {
  if (pool.fargate === true) return { "eks.amazonaws.com/compute-type": "fargate" };
  const machine = { "node.kubernetes.io/instance-type": pool.machine };
  if (pool.karpenter !== true) return { ...machine, "eks.amazonaws.com/nodegroup": pool.name };
  return {
    ...machine,
    "karpenter.sh/nodepool": pool.name,
    "karpenter.sh/registered": "true",
    ...(state !== "booting" && { "karpenter.sh/initialized": "true" }),
  };
}

const birthOf = ({ state, minutes, number }: DemoNode): number =>
  state === "booting" || state === "stuck-startup-taint" ? minutes + 1 : LONG - number;

function conditionsOf(node: DemoNode): readonly object[] {
  const { state, minutes } = node;
  const born = birthOf(node);
  const healthy = (type: string, reason: string): object => ({
    type,
    status: state === "silent" ? "Unknown" : "False",
    reason: state === "silent" ? "NodeStatusUnknown" : reason,
    message: state === "silent" ? "Kubelet stopped posting node status." : "",
    lastTransitionTime: before(state === "silent" ? minutes : born),
  });
  return [
    healthy("MemoryPressure", "KubeletHasSufficientMemory"),
    healthy("DiskPressure", "KubeletHasNoDiskPressure"),
    healthy("PIDPressure", "KubeletHasSufficientPID"),
    {
      type: "Ready",
      ...readyOf(state),
      lastTransitionTime: before(state === "silent" ? minutes : born),
    },
  ];
}

function readyOf(state: DemoNode["state"]): object {
  if (state === "silent") {
    return {
      status: "Unknown",
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
    };
  }
  if (state === "booting") {
    return {
      status: "False",
      reason: "KubeletNotReady",
      message: "container runtime network not ready: cni plugin not initialized",
    };
  }
  return { status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" };
}

/** A kubelet renews its lease every ten seconds; a silent one stopped. */
export const leaseObject = ({ name, state, minutes }: DemoNode): KubernetesObject => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name, namespace: "kube-node-lease", creationTimestamp: before(LONG) },
  spec: {
    holderIdentity: name,
    leaseDurationSeconds: 40,
    renewTime: state === "silent" ? before(minutes + 1) : before(0.1),
  },
});

export const csiNodeObject = ({ name }: DemoNode): KubernetesObject => ({
  apiVersion: "storage.k8s.io/v1",
  kind: "CSINode",
  metadata: { name, creationTimestamp: before(LONG) },
  spec: {
    drivers: [
      { name: "ebs.csi.aws.com", nodeID: name, topologyKeys: [], allocatable: { count: 26 } },
    ],
  },
});
