import type { NodeView } from "#shared/audit/facts.ts";
import { KARPENTER_POOLS, MANAGED_GROUPS } from "#shared/cluster/pool.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";

/** Who gave the node its machine, and so who can take it away. */
export type MachineKeeper = "auto" | "karpenter" | "managed-group" | "own-hardware";

/** What a node's own trouble has to say about its machine, as evidence. */
export type MachineEvidence = {
  readonly keeper: MachineKeeper;
  /** Who will repair it and has not had its time yet; "" when nobody will, or that time is over. */
  readonly repairedBy: string;
};

function keeperOf({ compute, node }: NodeView): MachineKeeper {
  // Auto Mode's nodes carry Karpenter's labels too; a hybrid node is a machine of one's own in an EKS cluster.
  if (compute.name === "auto") return "auto";
  if (compute.name === "hybrid") return "own-hardware";
  if (KARPENTER_POOLS.some((label) => node.labels.has(label))) return "karpenter";
  return MANAGED_GROUPS.some((label) => node.labels.has(label)) ? "managed-group" : "own-hardware";
}

type Repairer = {
  readonly by: string;
  /** Milliseconds after which it should have acted. */ readonly within: number;
};

const MINUTE = 60_000;
const AWS: Repairer = { by: "AWS (EKS Auto Mode)", within: Infinity };
const KARPENTER: Repairer = {
  by: "Karpenter (30 min, where its node repair is on)",
  within: 30 * MINUTE,
};
const GKE: Repairer = { by: "GKE (about 10 min, where auto-repair is on)", within: 15 * MINUTE };
/** It waits 10 min, then reboots, reimages and redeploys in turn. */
const AKS: Repairer = { by: "AKS (about 10 min, then up to 3 rounds)", within: 30 * MINUTE };

/** Whether EKS auto repair is on for a managed node group cannot be seen from inside the cluster, so it is nobody here. */
function repairerOf(view: NodeView): Repairer | undefined {
  const keeper = keeperOf(view);
  if (keeper === "auto") return AWS;
  if (keeper === "karpenter") return KARPENTER;
  const { labels } = view.node;
  if (labels.has("cloud.google.com/gke-nodepool")) return GKE;
  return labels.has("kubernetes.azure.com/agentpool") ? AKS : undefined;
}

/** `troubledFor` in milliseconds: from when the repairer's clock runs. */
export function machineEvidence(view: NodeView, troubledFor: number): MachineEvidence {
  const repairer = repairerOf(view);
  const itsTime = repairer !== undefined && troubledFor < repairer.within;
  return { keeper: keeperOf(view), repairedBy: itsTime ? repairer.by : "" };
}

/** Stand back while somebody's clock runs; after it repair the node, or end its machine and never the Node object first. */
export function machineRemedies(
  node: string,
  { keeper, repairedBy }: MachineEvidence,
): readonly RemedyCall[] {
  if (repairedBy !== "") return [{ action: "repair-node", node, by: repairedBy }];
  return [{ action: "repair-node", node, by: "" }, ...endMachine(node, keeper)];
}

/** Nothing where AWS runs the machine. */
export const endMachine = (node: string, keeper: MachineKeeper): readonly RemedyCall[] =>
  keeper === "auto" ? [] : [{ action: "end-machine", node, by: keeper }];
