import { OUR_PREFIX } from "./metadata.ts";
import type { Taint } from "./node.ts";

/**
 * Why a taint will pass: "lifecycle" is kept by Kubernetes itself, "startup" goes when the node is set up, "leaving" means that
 * the node goes, "own" is ours. undefined: it is there to stay.
 */
export type TransientTaint = "startup" | "leaving" | "lifecycle" | "own";

/** Keys that a team adds to the built-in lists; a trailing * is a prefix. */
export type TransientKeys = {
  readonly startup: readonly string[];
  readonly leaving: readonly string[];
};
export const NO_TRANSIENT_KEYS: TransientKeys = { startup: [], leaving: [] };

const LIFECYCLE = [
  "node.kubernetes.io/not-ready",
  "node.kubernetes.io/unreachable",
  "node.kubernetes.io/unschedulable",
  "node.kubernetes.io/disk-pressure",
  "node.kubernetes.io/memory-pressure",
  "node.kubernetes.io/pid-pressure",
];
const STARTUP = [
  "node.kubernetes.io/network-unavailable",
  "node.cloudprovider.kubernetes.io/uninitialized",
  "node.cluster.x-k8s.io/uninitialized",
  "karpenter.sh/unregistered",
  "startup-taint.cluster-autoscaler.kubernetes.io/*",
  "ignore-taint.cluster-autoscaler.kubernetes.io/*",
  "readiness.k8s.io/*",
  "node.cilium.io/agent-not-ready",
  "cni.istio.io/not-ready",
  "ebs.csi.aws.com/agent-not-ready",
  "efs.csi.aws.com/agent-not-ready",
  // One a daemon, named after it; it may come back when that is down.
  "nidhogg.uswitch.com/*",
];
const LEAVING = [
  "ToBeDeletedByClusterAutoscaler",
  "DeletionCandidateOfClusterAutoscaler",
  "karpenter.sh/disrupted",
  // Before Karpenter 1.0.
  "karpenter.sh/disruption",
  "aws-node-termination-handler/*",
  "node.kubernetes.io/out-of-service",
  "node.cloudprovider.kubernetes.io/shutdown",
];
/** cluster-autoscaler ignores them when it sizes a node; ours are among them. */
const OURS = [`${OUR_PREFIX}*`, "status-taint.cluster-autoscaler.kubernetes.io/dsaudit-*"];

const listed = (keys: readonly string[], key: string): boolean =>
  keys.some((one) => (one.endsWith("*") ? key.startsWith(one.slice(0, -1)) : one === key));

/** Keys of vendors' gates end like this by custom; only a young node makes that a start-up gate. */
const looksLikeGate = (key: string): boolean => /(?:not-ready|uninitialized)$/.test(key);

export function transientTaint(
  { key }: Pick<Taint, "key">,
  extra: TransientKeys = NO_TRANSIENT_KEYS,
  youngNode = false,
): TransientTaint | undefined {
  if (listed(OURS, key)) return "own";
  if (LIFECYCLE.includes(key)) return "lifecycle";
  if (listed(STARTUP, key) || listed(extra.startup, key)) return "startup";
  if (listed(LEAVING, key) || listed(extra.leaving, key)) return "leaving";
  return youngNode && looksLikeGate(key) ? "startup" : undefined;
}
