import { computeTypeOf, type ComputeType } from "#shared/cluster/compute-type.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import {
  runnerIn,
  type JudgedNode,
  type ShouldRun,
} from "#shared/cluster/daemon-controller/should-run.ts";
import type { Labels } from "#shared/cluster/metadata.ts";
import type { Node, Taint } from "#shared/cluster/node.ts";
import type { Answer } from "#shared/cluster/selector.ts";
import type { Version } from "#shared/cluster/version.ts";
import type { Role } from "#shared/audit/facts.ts";

/** The two questions of a placement, without its pods. */
export type Eligibility = {
  readonly eligible: Answer;
  readonly shouldContinue: Answer;
  readonly intended: Answer;
  /** For people, why not; empty when all is yes. */
  readonly because: string;
};

/** A node as eligibility sees it. */
export type NodeTraits = {
  readonly node: JudgedNode;
  readonly compute: ComputeType;
  /** The taints that are there to stay. The node's own list when none is transient. */
  readonly lasting: readonly Taint[];
};

/** A DaemonSet as eligibility sees it, compiled once. */
export type Placer = {
  readonly set: DaemonSet;
  readonly role: Role;
  readonly run: (node: JudgedNode) => ShouldRun;
  /** Label keys that its namespace asks for, on OpenShift. */
  readonly namespaceKeys: readonly string[];
};

export function placerOf(
  set: DaemonSet,
  role: Role,
  cluster: {
    readonly version: Version | undefined;
    readonly namespaceSelector?: Labels | undefined;
  },
): Placer {
  const { version, namespaceSelector } = cluster;
  return {
    set,
    role,
    run: runnerIn({ set, version, options: { namespaceSelector } }),
    namespaceKeys: [...(namespaceSelector?.keys() ?? [])],
  };
}

export function traitsOf(node: Node, isTransient: (taint: Taint) => boolean): NodeTraits {
  const lasting = node.taints.some(isTransient)
    ? node.taints.filter((taint) => !isTransient(taint))
    : node.taints;
  return { node, compute: computeTypeOf(node), lasting };
}

/** Roles whose work the machine does itself, by who runs it: a chart that leaves such nodes out is right to. */
const AUTO_BUILT_IN: ReadonlySet<Role> = new Set(["cni", "kube-proxy", "dns"]);
const AUTO_BUILT_IN_NAMES = new Set([
  "ebs-csi-node",
  "ebs-csi-node-windows",
  "eks-pod-identity-agent",
  "nvidia-device-plugin-daemonset",
]);

/** Why the node's kind forbids the daemon, whatever its rules say; undefined where it does not. */
export function forbiddenBy(
  compute: ComputeType,
  { set, role }: Pick<Placer, "role"> & { readonly set: Pick<DaemonSet, "name"> },
): string | undefined {
  switch (compute.name) {
    case "fargate":
      return "Fargate runs no daemon pods";
    case "virtual":
      return "a virtual node runs no daemon pods";
    case "auto":
      return AUTO_BUILT_IN.has(role) || AUTO_BUILT_IN_NAMES.has(set.name)
        ? "EKS Auto Mode has it built in"
        : undefined;
    case "hybrid":
      return set.name === "aws-node" ? "the VPC CNI does not run on hybrid nodes" : undefined;
    case "ec2":
    case "standard":
      return undefined;
  }
}

/** No DaemonSet object was seen: where a pod is, its controller wanted one; of other nodes nothing is known. */
const INFERRED: Eligibility = {
  eligible: "unknown",
  shouldContinue: "unknown",
  intended: "unknown",
  because: "no DaemonSet object was read, only pods of it",
};
export const INFERRED_WITH_POD: Eligibility = {
  eligible: "yes",
  shouldContinue: "yes",
  intended: "yes",
  because: "",
};

/** Eligible: the controller would keep a pod there now. Intended: it would once what passes has passed, and the machine can. */
export function eligibilityOf(placer: Placer, traits: NodeTraits): Eligibility {
  if (placer.set.inferred) return INFERRED;
  const { node, lasting } = traits;
  const now = placer.run(node);
  const later =
    lasting === node.taints
      ? now
      : placer.run({ name: node.name, labels: node.labels, taints: lasting });
  const forbidden = forbiddenBy(traits.compute, placer);
  return {
    eligible: now.run,
    shouldContinue: now.continue,
    intended: forbidden === undefined ? later.run : "no",
    because: later.run === "yes" && forbidden !== undefined ? forbidden : now.because,
  };
}
