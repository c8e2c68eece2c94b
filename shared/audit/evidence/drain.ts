import { controllerOf, keyOf } from "#shared/cluster/metadata.ts";
import { isTerminal, type Pod } from "#shared/cluster/pod.ts";
import type { PodDisruptionBudget } from "#shared/cluster/policy.ts";
import { matchesLabelSelector } from "#shared/cluster/selector.ts";
import type { NodeView } from "#shared/audit/facts.ts";

/** Pods that a drain moves: bound, not ended, and neither a daemon nor a static pod's mirror. */
export const workloadsOn = ({ pods }: NodeView): readonly Pod[] =>
  pods.filter((pod) => {
    const kind = controllerOf(pod)?.kind;
    return !isTerminal(pod) && kind !== "DaemonSet" && kind !== "Node";
  });

/** A pod that a drain waits for, and why. */
export type Held = { readonly pod: string; readonly why: string };

/** Who keeps a drain of the node from ending, in the order of the pods. */
export function heldOn(view: NodeView): readonly Held[] {
  const budgets = view.facts.cluster.PodDisruptionBudget.filter(
    ({ disruptionsAllowed }) => disruptionsAllowed <= 0,
  );
  return workloadsOn(view).flatMap((pod) => {
    const why = holds(pod, view, budgets);
    return why === undefined ? [] : [{ pod: keyOf(pod), why }];
  });
}

function holds(
  pod: Pod,
  { facts }: NodeView,
  budgets: readonly PodDisruptionBudget[],
): string | undefined {
  if (pod.deletionAt !== undefined)
    return facts.at - pod.deletionAt > facts.policy.grace.terminating * 1000
      ? "it was deleted and does not end"
      : undefined;
  if (pod.doNotDisrupt) return "it asks not to be disrupted";
  const budget = budgets.find(
    (one) =>
      one.namespace === pod.namespace &&
      !one.disruptedPods.has(pod.name) &&
      matchesLabelSelector(one.selector, pod.labels) === "yes",
  );
  return budget && `PodDisruptionBudget ${budget.name} allows no disruption`;
}
