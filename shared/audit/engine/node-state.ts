import type { Instant } from "#shared/cluster/metadata.ts";
import { nodePhase, startOf, type NodePhase } from "#shared/cluster/node-phase.ts";
import type { Node, Taint } from "#shared/cluster/node.ts";
import type { Lease, NodeClaim, NodePool } from "#shared/cluster/policy.ts";
import { transientTaint, type TransientTaint } from "#shared/cluster/transient-taint.ts";
import { traitsOf, type NodeTraits } from "./eligibility.ts";
import type { AuditPolicy, Grace } from "#shared/audit/policy.ts";

/** What the judgement of one node needs beside the node itself. */
export type NodeSurroundings = {
  readonly policy: AuditPolicy;
  readonly at: Instant;
  readonly lease: Lease | undefined;
  /** Of all leases: lists of one dump are read at different moments. */
  readonly newestRenewal: Instant | undefined;
  readonly claim: NodeClaim | undefined;
  readonly pool: NodePool | undefined;
};

/** How long a node of this operating system may take to start its daemons, in seconds: Windows images are gigabytes. */
export const startGrace = ({ os }: Pick<Node, "os">, grace: Grace): number =>
  os === "windows" ? Math.max(grace.windowsNodeStart, grace.nodeStart) : grace.nodeStart;

/** The longest that start-up taints may make a node "still starting"; after it they are trouble, not youth. */
const longestStart = (node: Pick<Node, "os">, grace: Grace): number =>
  Math.max(startGrace(node, grace), grace.nodeNeverReady, grace.startupTaint);

/** Which taints of `node` will pass. Karpenter's pool says which ones its young nodes carry. */
function transientOf(
  node: Node,
  { policy, at, pool }: Pick<NodeSurroundings, "policy" | "at" | "pool">,
): (taint: Taint) => TransientTaint | undefined {
  const extra = {
    startup: [...policy.startupTaints, ...(pool?.startupTaints.map(({ key }) => key) ?? [])],
    leaving: policy.leavingTaints,
  };
  const start = startOf(node);
  const young = start === undefined || at - start < longestStart(node, policy.grace) * 1000;
  return (taint) => transientTaint(taint, extra, young);
}

export type JudgedNodeState = {
  readonly traits: NodeTraits;
  readonly phase: NodePhase;
  readonly transient: (taint: Taint) => TransientTaint | undefined;
};

export function nodeState(node: Node, around: NodeSurroundings): JudgedNodeState {
  const transient = transientOf(node, around);
  const { lease, newestRenewal, claim, at, policy } = around;
  return {
    transient,
    traits: traitsOf(node, (taint) => transient(taint) !== undefined),
    phase: nodePhase({
      node,
      lease,
      newestRenewal,
      claim,
      at,
      transient,
      young: startGrace(node, policy.grace),
      longestStart: longestStart(node, policy.grace),
    }),
  };
}
