import type { Node } from "./node.ts";

export const KARPENTER_POOL = "karpenter.sh/nodepool";
/** The second was before Karpenter 0.32. */
export const KARPENTER_POOLS = [KARPENTER_POOL, "karpenter.sh/provisioner-name"];
/** Groups of a cloud that put a new machine in the place of one that was ended. */
export const MANAGED_GROUPS = [
  "eks.amazonaws.com/nodegroup",
  "alpha.eksctl.io/nodegroup-name",
  "cloud.google.com/gke-nodepool",
  "kubernetes.azure.com/agentpool",
  "agentpool",
  "kops.k8s.io/instancegroup",
];

/** Labels by which autoscalers and clouds name a group of like nodes, the one that owns the node's life first. */
const POOL_LABELS = [...KARPENTER_POOLS, ...MANAGED_GROUPS, "node.kubernetes.io/instance-type"];

/** The name of the node's pool, else its instance type, else "". */
export function poolOf({ labels }: Pick<Node, "labels">): string {
  for (const label of POOL_LABELS) {
    const name = labels.get(label);
    if (name !== undefined && name !== "") return name;
  }
  return "";
}
