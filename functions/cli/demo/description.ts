/**
 * A believable production cluster: some 40 nodes in seven pools, eight DaemonSets, and the troubles that keep
 * people up at night. Everything the demo shows follows from this page; `objects.ts` spells it out as Kubernetes would.
 */

/** The demo always plays at this moment. */
export const AT = Date.parse("2026-11-20T12:00:00Z");
export const KUBERNETES = "v1.33.5";

export type Pool = {
  readonly name: string;
  readonly nodes: number;
  readonly machine: string;
  readonly arch: "amd64" | "arm64";
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
  readonly gpus?: number;
  readonly taint?: { readonly key: string; readonly value: string; readonly effect: string };
  readonly karpenter?: boolean;
  readonly fargate?: boolean;
};

const FARGATE = "eks.amazonaws.com/compute-type";

// prettier-ignore
export const POOLS: readonly Pool[] = [
  { name: "system", nodes: 3, machine: "m6i.large", arch: "amd64", cpu: "1930m", memory: "7100Mi", pods: 29,
    taint: { key: "CriticalAddonsOnly", value: "true", effect: "NoSchedule" } },
  { name: "general", nodes: 18, machine: "m6i.xlarge", arch: "amd64", cpu: "3920m", memory: "15000Mi", pods: 58, karpenter: true },
  { name: "memory", nodes: 6, machine: "r6i.2xlarge", arch: "amd64", cpu: "7910m", memory: "63400Mi", pods: 58, karpenter: true },
  { name: "spot", nodes: 5, machine: "c6a.large", arch: "amd64", cpu: "1930m", memory: "3200Mi", pods: 29, karpenter: true },
  { name: "arm", nodes: 4, machine: "m7g.large", arch: "arm64", cpu: "1930m", memory: "7100Mi", pods: 29, karpenter: true },
  { name: "gpu", nodes: 4, machine: "g5.2xlarge", arch: "amd64", cpu: "7910m", memory: "31000Mi", pods: 58, gpus: 1,
    taint: { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" } },
  { name: "fargate", nodes: 2, machine: "", arch: "amd64", cpu: "2", memory: "4096Mi", pods: 1, fargate: true,
    taint: { key: FARGATE, value: "fargate", effect: "NoSchedule" } },
];

export type Daemon = {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly requests: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
  readonly priority?: readonly [className: string, value: number];
  readonly hostNetwork?: boolean;
  readonly hostPort?: number;
  readonly updates?: "OnDelete";
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations: readonly Readonly<Record<string, string>>[];
  readonly notOnFargate?: boolean;
};

const ALL_TAINTS = [{ operator: "Exists" }];
const NO_SCHEDULE = [{ operator: "Exists", effect: "NoSchedule" }];
const NODE_CRITICAL = ["system-node-critical", 2_000_001_000] as const;

// prettier-ignore
export const DAEMONS: readonly Daemon[] = [
  { namespace: "kube-system", name: "aws-node", image: "amazon-k8s-cni:v1.20.4", requests: { cpu: "50m" }, priority: NODE_CRITICAL,
    hostNetwork: true, tolerations: ALL_TAINTS, notOnFargate: true },
  { namespace: "kube-system", name: "kube-proxy", image: "kube-proxy:v1.33.5", requests: { cpu: "100m" }, priority: NODE_CRITICAL,
    hostNetwork: true, tolerations: ALL_TAINTS, notOnFargate: true },
  { namespace: "kube-system", name: "ebs-csi-node", image: "aws-ebs-csi-driver:v1.50.1", requests: { cpu: "30m", memory: "120Mi" },
    priority: NODE_CRITICAL, tolerations: ALL_TAINTS, notOnFargate: true },
  { namespace: "kube-system", name: "nvidia-device-plugin", image: "k8s-device-plugin:v0.18.0", requests: { cpu: "50m", memory: "64Mi" },
    priority: NODE_CRITICAL, updates: "OnDelete", nodeSelector: { "acme.example/pool": "gpu" }, tolerations: ALL_TAINTS },
  // No priority, and nobody told it of the GPU pool: the two commonest faults of a log agent.
  { namespace: "logging", name: "fluent-bit", image: "fluent-bit:4.2.0", requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "256Mi" },
    tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }], notOnFargate: true },
  { namespace: "monitoring", name: "node-exporter", image: "node-exporter:v1.10.2", requests: { cpu: "50m", memory: "64Mi" },
    priority: ["daemons", 100_000_000], hostNetwork: true, hostPort: 9100, tolerations: NO_SCHEDULE, notOnFargate: true },
  { namespace: "observability", name: "otel-agent", image: "otel-agent:0.140.0", requests: { cpu: "100m", memory: "200Mi" },
    limits: { memory: "400Mi" }, priority: ["daemons", 100_000_000], tolerations: NO_SCHEDULE, notOnFargate: true },
  // Tolerates everything, Fargate too; requests nothing; no better priority than any workload; its vendor builds for amd64 only.
  { namespace: "security", name: "runtime-sensor", image: "runtime-sensor:7.2", requests: {}, tolerations: ALL_TAINTS },
];

export type Workload = {
  readonly namespace: string;
  readonly name: string;
  readonly pool: string;
  /** Numbers of the nodes, from 1; all of the pool when left away. */
  readonly on?: readonly number[];
  readonly each: number;
  readonly requests: Readonly<Record<string, string>>;
  readonly critical?: boolean;
  readonly hostPort?: number;
};

// prettier-ignore
export const WORKLOADS: readonly Workload[] = [
  { namespace: "kube-system", name: "coredns", pool: "system", each: 1, requests: { cpu: "100m", memory: "70Mi" }, critical: true },
  { namespace: "shop", name: "storefront", pool: "general", each: 4, requests: { cpu: "500m", memory: "1Gi" } },
  { namespace: "search", name: "index", pool: "memory", each: 5, requests: { cpu: "1", memory: "12Gi" }, critical: true },
  // Fills three of the six up to 176Mi, which is less than a log agent wants.
  { namespace: "search", name: "cache", pool: "memory", on: [2, 4, 5], each: 1, requests: { cpu: "200m", memory: "1400Mi" }, critical: true },
  // With the six other daemons, 29 pods: as many as the machine has addresses for.
  { namespace: "batch", name: "worker", pool: "spot", on: [1, 3], each: 23, requests: { cpu: "20m", memory: "60Mi" } },
  { namespace: "shop", name: "recommender", pool: "arm", each: 2, requests: { cpu: "400m", memory: "1Gi" } },
  { namespace: "ml", name: "inference", pool: "gpu", each: 1, requests: { cpu: "4", memory: "20Gi", "nvidia.com/gpu": "1" } },
  { namespace: "legacy", name: "metrics-proxy", pool: "general", on: [7], each: 1, requests: { cpu: "50m", memory: "64Mi" }, hostPort: 9100 },
  { namespace: "shop", name: "mailer", pool: "fargate", each: 1, requests: { cpu: "250m", memory: "512Mi" } },
];

/** What is wrong, by node. Ages are minutes before AT. */
export type Trouble =
  | { readonly is: "does-not-fit"; readonly message: string; readonly minutes: number }
  | { readonly is: "image-pull"; readonly message: string; readonly minutes: number }
  | {
      readonly is: "crash";
      readonly exitCode: number;
      readonly reason: string;
      readonly message: string;
      readonly restarts: number;
      readonly minutes: number;
    }
  | { readonly is: "old-revision" };

export type TroubleAt = {
  readonly daemon: string;
  readonly pool: string;
  readonly on: readonly number[];
  readonly trouble: Trouble;
};

const all = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);

// prettier-ignore
export const TROUBLES: readonly TroubleAt[] = [
  { daemon: "fluent-bit", pool: "memory", on: [2, 4, 5], trouble: { is: "does-not-fit", message: "Insufficient memory", minutes: 4400 } },
  { daemon: "runtime-sensor", pool: "spot", on: [1, 3], trouble: { is: "does-not-fit", message: "Too many pods", minutes: 190 } },
  { daemon: "node-exporter", pool: "general", on: [7], trouble: { is: "does-not-fit", message: "node(s) didn't have free ports for the requested pod ports", minutes: 8700 } },
  { daemon: "runtime-sensor", pool: "fargate", on: all(2), trouble: { is: "does-not-fit", message: "Too many pods", minutes: 20_000 } },
  { daemon: "runtime-sensor", pool: "arm", on: all(4), trouble: { is: "crash", exitCode: 255, reason: "Error", message: "exec /opt/sensor: exec format error", restarts: 412, minutes: 2100 } },
  { daemon: "ebs-csi-node", pool: "general", on: [11], trouble: { is: "image-pull", message: "failed to pull and unpack image: unexpected status 401 Unauthorized", minutes: 65 } },
  { daemon: "fluent-bit", pool: "general", on: [4], trouble: { is: "crash", exitCode: 137, reason: "OOMKilled", message: "", restarts: 37, minutes: 240 } },
  { daemon: "nvidia-device-plugin", pool: "gpu", on: [1, 3], trouble: { is: "old-revision" } },
  { daemon: "otel-agent", pool: "general", on: all(17).slice(6), trouble: { is: "old-revision" } },
  { daemon: "otel-agent", pool: "spot", on: all(5), trouble: { is: "old-revision" } },
];

/** Nodes that are not simply Ready. */
export type NodeState = "silent" | "stuck-startup-taint" | "booting" | "leaving";
export const NODE_STATES: ReadonlyMap<
  string,
  { readonly state: NodeState; readonly minutes: number }
> = new Map([
  ["general-9", { state: "silent", minutes: 47 }],
  ["general-12", { state: "stuck-startup-taint", minutes: 95 }],
  ["general-18", { state: "booting", minutes: 1 }],
  ["spot-5", { state: "leaving", minutes: 3 }],
]);

/** The image changed three hours ago; the silent node eats the budget of one, so the rollout stands still. */
export const ROLLOUTS: ReadonlyMap<string, number> = new Map([
  ["otel-agent", 180],
  ["nvidia-device-plugin", 11_000],
]);
