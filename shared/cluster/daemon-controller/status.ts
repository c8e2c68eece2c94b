import type { DaemonSetStatus } from "../daemon-set.ts";
import type { Node } from "../node.ts";
import type { Pod } from "../pod.ts";
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

export type JudgedStatusQuestion = StatusQuestion & {
  /** Names of the nodes that are eligible, where somebody has judged them already. */
  readonly running?: ReadonlySet<string>;
};

type Counters = { -readonly [K in keyof DaemonSetStatus]: DaemonSetStatus[K] };

function countRunning(counters: Counters, pods: readonly Pod[], question: StatusQuestion): void {
  counters.desired += 1;
  const [judged] = pods.toSorted(byAge);
  if (!judged) return;
  counters.current += 1;
  const { set, now, version } = question;
  if (isReady(judged)) counters.ready += 1;
  if (isAvailable(judged, { minReadySeconds: set.minReadySeconds, now, version }))
    counters.available += 1;
  if (isPodUpdated(judged, set, question.updatedHash) === "yes") counters.updated += 1;
}

/**
 * The counters that the controller would write now.
 * Mirrors daemon_controller.go, updateDaemonSetStatus: only existing nodes count, on each the first pod by age is judged, and
 * misscheduled counts nodes, not pods.
 */
export function recomputeStatus(question: JudgedStatusQuestion): DaemonSetStatus {
  const counters: Counters = {
    desired: 0,
    current: 0,
    ready: 0,
    available: 0,
    updated: 0,
    misscheduled: 0,
    unavailable: 0,
    observedGeneration: question.set.generation,
  };
  const byNode = podsByNode(question.pods);
  const { running } = question;
  const judge = runnerIn(question);
  const runs = (node: Node): boolean =>
    running === undefined ? judge(node).run === "yes" : running.has(node.name);
  for (const node of question.nodes) {
    const pods = byNode.get(node.name) ?? [];
    if (runs(node)) countRunning(counters, pods, question);
    else if (pods.length > 0) counters.misscheduled += 1;
  }
  counters.unavailable = counters.desired - counters.available;
  return counters;
}
