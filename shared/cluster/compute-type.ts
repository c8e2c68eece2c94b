import type { Node } from "./node.ts";

/** Who runs the machine, which decides which daemons are built in and who repairs it. */
export type ComputeType = {
  readonly name: "ec2" | "fargate" | "virtual" | "auto" | "hybrid" | "standard";
  /** Daemons cannot run there at all: the node is outside coverage. */
  readonly outsideCoverage: boolean;
};

/** Written by EKS on Fargate, Auto Mode and hybrid nodes; ordinary EC2 nodes have no such label. */
export const EKS_COMPUTE_TYPE = "eks.amazonaws.com/compute-type";

const FARGATE: ComputeType = { name: "fargate", outsideCoverage: true };
const VIRTUAL: ComputeType = { name: "virtual", outsideCoverage: true };
const AUTO: ComputeType = { name: "auto", outsideCoverage: false };
const HYBRID: ComputeType = { name: "hybrid", outsideCoverage: false };
const EC2: ComputeType = { name: "ec2", outsideCoverage: false };
const STANDARD: ComputeType = { name: "standard", outsideCoverage: false };

const BY_LABEL: ReadonlyMap<string, ComputeType> = new Map([
  ["fargate", FARGATE],
  ["auto", AUTO],
  ["hybrid", HYBRID],
]);

/** virtual-kubelet labels its nodes so, and taints them with this key, whatever provider stands behind. */
const isVirtual = ({ labels, taints }: Pick<Node, "labels" | "taints">): boolean =>
  labels.get("type") === "virtual-kubelet" ||
  taints.some(({ key }) => key === "virtual-kubelet.io/provider");

/** A compute type that EKS adds later is no reason to leave the node out. */
export function computeTypeOf(node: Pick<Node, "labels" | "taints" | "providerId">): ComputeType {
  const told = BY_LABEL.get(node.labels.get(EKS_COMPUTE_TYPE) ?? "");
  if (told) return told;
  if (isVirtual(node)) return VIRTUAL;
  return node.providerId.startsWith("aws://") ? EC2 : STANDARD;
}
