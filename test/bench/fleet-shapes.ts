import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Taint } from "#shared/cluster/node.ts";
import type { NodeSelectorTerm } from "#shared/cluster/selector.ts";
import type { Toleration } from "#shared/cluster/pod.ts";
import { labels, resources, taint, tolerate, TOLERATE_ALL, container } from "../fixtures/build.ts";

/** Nodes of one pool look alike; `share` is out of 100. */
export type Pool = {
  readonly name: string;
  readonly share: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
};

const pool = (
  name: string,
  share: number,
  parts: { readonly labels?: Pool["labels"]; readonly taints?: Pool["taints"] } = {},
): Pool => ({ name, share, labels: parts.labels ?? {}, taints: parts.taints ?? [] });

/** Eight pools in three zones: 24 kinds of node. */
export const ZONES = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];
export const POOLS: readonly Pool[] = [
  pool("general", 40),
  pool("arm", 15, { labels: { "kubernetes.io/arch": "arm64" } }),
  pool("spot", 15, { labels: { "karpenter.sh/capacity-type": "spot" } }),
  pool("batch", 10, { taints: [taint("dedicated", "NoSchedule", "batch")] }),
  pool("gpu", 6, {
    labels: { "nvidia.com/gpu.present": "true" },
    taints: [taint("nvidia.com/gpu", "NoSchedule", "present")],
  }),
  pool("database", 6, {
    labels: { role: "database" },
    taints: [taint("dedicated", "NoExecute", "database")],
  }),
  pool("ingress", 4, { taints: [taint("dedicated", "NoSchedule", "ingress")] }),
  pool("windows", 4, {
    labels: { "kubernetes.io/os": "windows" },
    taints: [taint("os", "NoSchedule", "windows")],
  }),
];

const need = (key: string, operator: string, ...values: readonly string[]) => ({
  key,
  operator,
  values,
});
const term = (...matchExpressions: readonly ReturnType<typeof need>[]): NodeSelectorTerm => ({
  matchExpressions,
  matchFields: [],
});

const LINUX = labels({ "kubernetes.io/os": "linux" });
/** What charts list when they do not tolerate everything. */
const DEDICATED: readonly Toleration[] = [
  tolerate("dedicated", "NoSchedule", "batch"),
  tolerate("dedicated", "NoSchedule", "ingress"),
  tolerate("dedicated", "NoExecute", "database"),
  tolerate("nvidia.com/gpu", "NoSchedule"),
  tolerate("CriticalAddonsOnly"),
  tolerate("node-role.kubernetes.io/control-plane", "NoSchedule"),
];

type Shape = Partial<Omit<DaemonSet["template"], "containers">>;
const affine = (...terms: readonly NodeSelectorTerm[]): Shape => ({
  requiredNodeAffinity: { terms },
});

/** Where the daemons of real clusters ask to be, the common ones more than once. */
export const SHAPES: readonly Shape[] = [
  { nodeSelector: LINUX, tolerations: [TOLERATE_ALL] },
  {
    ...affine(
      term(
        need("kubernetes.io/os", "In", "linux"),
        need("kubernetes.io/arch", "In", "amd64", "arm64"),
        need("eks.amazonaws.com/compute-type", "NotIn", "fargate", "hybrid"),
      ),
    ),
    tolerations: [TOLERATE_ALL],
  },
  { nodeSelector: LINUX, tolerations: DEDICATED },
  { nodeSelector: LINUX },
  {
    ...affine(
      term(need("type", "DoesNotExist"), need("kubernetes.io/os", "In", "linux")),
      term(need("type", "NotIn", "virtual-kubelet"), need("kubernetes.io/os", "In", "linux")),
    ),
    tolerations: DEDICATED,
  },
  { nodeSelector: labels({ "kubernetes.io/arch": "amd64" }), tolerations: [TOLERATE_ALL] },
  {
    ...affine(term(need("topology.kubernetes.io/zone", "In", ...ZONES.slice(0, 2)))),
    tolerations: DEDICATED,
  },
  {
    nodeSelector: labels({ "nvidia.com/gpu.present": "true" }),
    tolerations: [tolerate("nvidia.com/gpu", "NoSchedule")],
  },
  {
    nodeSelector: labels({ "kubernetes.io/os": "windows" }),
    tolerations: [tolerate("os", "NoSchedule", "windows")],
  },
  { ...affine(term(need("role", "Exists"))), tolerations: DEDICATED },
];

export const AGENT = container({
  requests: resources({ cpu: "50m", memory: "64Mi" }),
  limits: resources({ memory: "128Mi" }),
});
