import type { Node } from "./node.ts";

/** Labels by which autoscalers and clouds name a group of like nodes, the one that owns the node's life first. */
const POOL_LABELS = [
  "karpenter.sh/nodepool",
  // Before Karpenter 0.32.
  "karpenter.sh/provisioner-name",
  "eks.amazonaws.com/nodegroup",
  "alpha.eksctl.io/nodegroup-name",
  "cloud.google.com/gke-nodepool",
  "kubernetes.azure.com/agentpool",
  "agentpool",
  "kops.k8s.io/instancegroup",
  "node.kubernetes.io/instance-type",
];

/** The name of the node's pool, else its instance type, else "". */
export function poolOf({ labels }: Pick<Node, "labels">): string {
  for (const label of POOL_LABELS) {
    const name = labels.get(label);
    if (name !== undefined && name !== "") return name;
  }
  return "";
}
