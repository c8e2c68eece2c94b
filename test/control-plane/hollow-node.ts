import type { Api, Play } from "./hollow-behaviour.ts";

/** A node to play: sizes as Kubernetes writes them. */
export type HollowNode = {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly { key: string; value?: string; effect: string }[];
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly os?: string;
  readonly arch?: string;
  /** What the kubelet reports from the first moment on, where it is not that all is well. */
  readonly conditions?: Readonly<Record<string, string>>;
  /** What it says while it is not Ready. */
  readonly trouble?: string;
  /** What daemon pods that ask for nothing else do on this node only. */
  readonly play?: Play;
};

/** A node as its kubelet knows it. */
export type NodeState = {
  readonly spec: HollowNode;
  silent: boolean;
  /** Seconds by which its clock is ahead. */
  skew: number;
  /** By type: what was last reported, and since when. */
  readonly conditions: Map<string, { readonly status: string; readonly since: string }>;
};

const DEFAULT_ALLOCATABLE = { cpu: "4", memory: "16Gi", "ephemeral-storage": "100Gi", pods: "110" };
const PRESSURES = ["MemoryPressure", "DiskPressure", "PIDPressure"] as const;

/** RFC 3339 by the clock of the node, in seconds as Kubernetes writes most times. */
export const instant = (state: NodeState, agoSeconds = 0): string =>
  `${precise(state, agoSeconds).slice(0, 19)}Z`;

/** In microseconds, as Leases are written. */
export const precise = ({ skew }: NodeState, agoSeconds = 0): string =>
  new Date(Date.now() + (skew - agoSeconds) * 1000).toISOString().replace("Z", "000Z");

export function setCondition(state: NodeState, type: string, status: string): void {
  if (state.conditions.get(type)?.status === status) return;
  state.conditions.set(type, { status, since: instant(state) });
}

export function newNode(spec: HollowNode): NodeState {
  const state: NodeState = { spec, silent: false, skew: 0, conditions: new Map() };
  const first = { Ready: "True", ...Object.fromEntries(PRESSURES.map((type) => [type, "False"])) };
  for (const [type, status] of Object.entries({ ...first, ...spec.conditions }))
    setCondition(state, type, status);
  return state;
}

export const reportedReady = ({ conditions }: NodeState): string =>
  conditions.get("Ready")?.status ?? "True";

export function nodeBody(spec: HollowNode): Api {
  const labels = {
    "kubernetes.io/hostname": spec.name,
    "kubernetes.io/os": spec.os ?? "linux",
    "kubernetes.io/arch": spec.arch ?? "amd64",
    ...spec.labels,
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: spec.name, labels },
    spec: spec.taints === undefined ? {} : { taints: spec.taints },
  };
}

function wordsOf(type: string, status: string, { trouble }: HollowNode): Api {
  if (type !== "Ready") return { reason: "Kubelet" };
  return status === "True"
    ? { reason: "KubeletReady", message: "kubelet is posting ready status" }
    : { reason: "KubeletNotReady", message: trouble ?? "container runtime is down" };
}

const machine = (spec: HollowNode): Api => ({
  machineID: spec.name,
  systemUUID: spec.name,
  bootID: spec.name,
  kernelVersion: "hollow",
  osImage: "hollow",
  containerRuntimeVersion: "hollow://1",
  kubeletVersion: "v1.37.2",
  kubeProxyVersion: "",
  operatingSystem: spec.os ?? "linux",
  architecture: spec.arch ?? "amd64",
});

export function nodeStatus(state: NodeState): Api {
  const { spec } = state;
  const amounts = { ...DEFAULT_ALLOCATABLE, ...spec.allocatable };
  const now = instant(state);
  return {
    capacity: amounts,
    allocatable: amounts,
    nodeInfo: machine(spec),
    conditions: [...state.conditions].map(([type, { status, since }]) => ({
      type,
      status,
      ...wordsOf(type, status, spec),
      lastHeartbeatTime: now,
      lastTransitionTime: since,
    })),
  };
}
