import type { DaemonSetStatus } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { isAvailable, isReady } from "./available.ts";
import type { ControllerView } from "./manage.ts";
import { byAge, podsByNode } from "./pods-by-node.ts";
import { isPodUpdated } from "./revisions.ts";
import { runnerIn } from "./should-run.ts";

export type StatusQuestion = ControllerView & {
  readonly nodes: readonly Node[];
  /** All pods of the DaemonSet. */
  readonly pods: readonly Pod[];
};

/** An existing node as the counters see it. */
export type CountedNode = {
  readonly runs: boolean;
  /** Pods of the DaemonSet that belong to it, in the order of byAge. */
  readonly pods: readonly Pod[];
};

type Counters = { -readonly [K in keyof DaemonSetStatus]: DaemonSetStatus[K] };

function countRunning(counters: Counters, judged: Pod | undefined, view: ControllerView): void {
  counters.desired += 1;
  if (!judged) return;
  counters.current += 1;
  const { set, now, version } = view;
  if (isReady(judged)) counters.ready += 1;
  if (isAvailable(judged, { minReadySeconds: set.minReadySeconds, now, version }))
    counters.available += 1;
  if (isPodUpdated(judged, set, view.updatedHash) === "yes") counters.updated += 1;
}

/**
 * The counters that the controller would write now, of nodes that somebody has judged.
 * Mirrors daemon_controller.go, updateDaemonSetStatus: only existing nodes count, on each the first pod by age is judged, and
 * misscheduled counts nodes, not pods.
 */
export function countStatus(nodes: Iterable<CountedNode>, view: ControllerView): DaemonSetStatus {
  const counters: Counters = {
    desired: 0,
    current: 0,
    ready: 0,
    available: 0,
    updated: 0,
    misscheduled: 0,
    unavailable: 0,
    observedGeneration: view.set.generation,
  };
  for (const { runs, pods } of nodes) {
    if (runs) countRunning(counters, pods[0], view);
    else if (pods.length > 0) counters.misscheduled += 1;
  }
  counters.unavailable = counters.desired - counters.available;
  return counters;
}

export function recomputeStatus(question: StatusQuestion): DaemonSetStatus {
  const byNode = podsByNode(question.pods);
  const judge = runnerIn(question);
  const nodes = question.nodes.map((node) => ({
    runs: judge(node).run === "yes",
    pods: (byNode.get(node.name) ?? []).toSorted(byAge),
  }));
  return countStatus(nodes, question);
}
