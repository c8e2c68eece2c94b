import type { Event } from "#shared/cluster/policy.ts";
import type { PlacementView } from "#shared/audit/facts.ts";

/**
 * How often the DaemonSet controller found a failed pod on this node and deleted it, as far as events still tell:
 * daemon_controller.go, "Found failed daemon pod %s/%s on node %s, will try to kill it". Each names one pod.
 */
export const failedPodEvents = ({ facts, daemonSet, node }: PlacementView): readonly Event[] =>
  facts
    .eventsOf(daemonSet.daemonSet.uid)
    .filter(
      ({ reason, message }) =>
        reason === "FailedDaemonPod" && message.includes(` on node ${node.node.name},`),
    );

/** Pods that failed there and are still in front of us, or are told of by events: each once. */
export function failedPodCount(view: PlacementView): number {
  const events = failedPodEvents(view);
  const told = events.reduce((sum, { count }) => sum + Math.max(1, count), 0);
  const untold = view.pods.filter(
    (pod) =>
      pod.status.phase === "Failed" &&
      !events.some(({ message }) => message.includes(`/${pod.name} on node `)),
  ).length;
  return told + untold;
}
