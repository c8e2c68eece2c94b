import type { Instant } from "./metadata.ts";

/**
 * Where a node is in its life. Decides whether a gap may alert.
 * booting: young, or carries start-up taints. leaving: being removed. dark: kubelet silent or NotReady.
 * stopped: the machine is off and its Node object stays.
 */
export type NodePhase = {
  readonly name: "booting" | "steady" | "leaving" | "dark" | "stopped";
  readonly since: Instant | undefined;
  /** For people: "taint karpenter.sh/disrupted", "kubelet silent since …". */
  readonly because: string;
};
