import type { Instant, Metadata } from "./metadata.ts";
import type { ResourceList } from "./quantity.ts";

/** Effects that Kubernetes knows; any other string is kept and answered with "cannot tell". */
export type Taint = {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
  readonly timeAdded: Instant | undefined;
};

/** Shared by nodes, pods: `status` is "True", "False", "Unknown" or a word we do not know. */
export type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly transitionAt: Instant | undefined;
};

export type Node = Metadata & {
  readonly unschedulable: boolean;
  readonly providerId: string;
  readonly taints: readonly Taint[];
  readonly conditions: readonly Condition[];
  readonly allocatable: ResourceList;
  readonly capacity: ResourceList;
  readonly kubeletVersion: string;
  /** status.nodeInfo.operatingSystem and .architecture: "linux", "windows" · "amd64", "arm64" … */
  readonly os: string;
  readonly arch: string;
  /** karpenter.sh/do-not-disrupt or cluster-autoscaler's scale-down-disabled was set to "true". */
  readonly doNotDisrupt: boolean;
};
