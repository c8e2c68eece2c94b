import { wasNeverReady } from "#shared/cluster/node-phase.ts";
import type { Condition, Node, Taint } from "#shared/cluster/node.ts";
import { conditionOf } from "#shared/cluster/pod.ts";
import type { TransientTaint } from "#shared/cluster/transient-taint.ts";
import type { NodeView } from "#shared/audit/facts.ts";
import { counted, kept, quoted } from "#shared/audit/phrase.ts";

/** Daemons that are meant to be on the node, "namespace/name", sorted. */
export const daemonsMeant = (view: NodeView): readonly string[] =>
  view
    .placements()
    .filter(({ intended }) => intended === "yes")
    .map(({ daemonSet }) => daemonSet.key)
    .toSorted();

/** "1 daemon is", "9 daemons are". */
export const daemonsAre = (daemons: readonly string[]): string =>
  `${counted(daemons.length, "daemon")} ${daemons.length === 1 ? "is" : "are"}`;

export type Said = { readonly reason: string; readonly message: string };

/** What a condition says of itself, as evidence. */
export const saidBy = (condition: Condition | undefined): Said => ({
  reason: condition?.reason ?? "",
  message: kept(condition?.message ?? ""),
});

/** "KubeletNotReady: PLEG is not healthy", or as much of it as there is. */
export const saying = ({ reason, message }: Said): string =>
  [reason, quoted(message)].filter((part) => part !== "").join(": ");

export const readyCondition = (node: Pick<Node, "conditions">): Condition | undefined =>
  conditionOf(node, "Ready");

/** It was up once and is not now. A node that daemons never run on concerns no daemon. */
export const wentDark = ({ compute, phase, node }: NodeView): boolean =>
  !compute.outsideCoverage && phase.name === "dark" && !wasNeverReady(node);

/** Taints of the node that will pass for this reason. Mere preferences keep nobody away, so they are left out. */
export const passingTaints = (view: NodeView, reason: TransientTaint): readonly Taint[] =>
  view.node.taints.filter(
    (taint) => taint.effect !== "PreferNoSchedule" && view.transient(taint) === reason,
  );
