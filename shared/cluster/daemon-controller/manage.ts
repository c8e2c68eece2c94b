import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import { scaledUp } from "#shared/cluster/int-or-percent.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Version } from "#shared/cluster/version.ts";
import { isAvailable, isReady } from "./available.ts";
import { byAge, isTerminating, podsByNode } from "./pods-by-node.ts";
import { HASH_LABEL } from "./revisions.ts";
import { runnerIn, type ShouldRunOptions } from "./should-run.ts";

/** One look of the controller at one DaemonSet. */
export type ControllerView = {
  readonly set: DaemonSet;
  readonly now: Instant;
  readonly updatedHash: string;
  readonly version: Version | undefined;
  readonly options?: ShouldRunOptions;
};

export type NodeQuestion = ControllerView & {
  readonly node: Node;
  /** Pods of the DaemonSet that belong to the node. */
  readonly pods: readonly Pod[];
  /** The controller waits before it deletes another failed pod here. */
  readonly inBackoff: boolean;
};

export type Managed = {
  readonly create: boolean;
  /** Names, in the order in which the controller asks for them. */
  readonly delete: readonly string[];
};

/** daemonset_util.go, AllowsSurge: what maxSurge comes to of one node, so that "1%" surges too. */
export function allowsSurge({ updateStrategy }: Pick<DaemonSet, "updateStrategy">): boolean {
  if (updateStrategy.type !== "RollingUpdate") return false;
  return (scaledUp(updateStrategy.maxSurge, 1) ?? 0) > 0;
}

const names = (pods: readonly Pod[]): readonly string[] => pods.map(({ name }) => name);

/** With surge one old and one new pod may stand side by side until the new one is available. */
function prunedSurge(live: readonly Pod[], question: NodeQuestion): readonly Pod[] {
  const isNew = (pod: Pod): boolean => pod.labels.get(HASH_LABEL) === question.updatedHash;
  const fresh = live.find(isNew);
  const old = live.find((pod) => !isNew(pod));
  const excess = live.filter((pod) => pod !== fresh && pod !== old);
  if (!fresh || !old) return excess;
  const { set, now, version } = question;
  const replaced =
    !isReady(old) || isAvailable(fresh, { minReadySeconds: set.minReadySeconds, now, version });
  return replaced ? [...excess, old] : excess;
}

function continued(question: NodeQuestion, pods: readonly Pod[], run: boolean): Managed {
  const present = pods.filter((pod) => !isTerminating(pod));
  // The first one starts the back-off of this node, in which the others already wait.
  const failed = present.filter(({ status }) => status.phase === "Failed").slice(0, 1);
  const done = present.filter(({ status }) => status.phase === "Succeeded");
  const live = present
    .filter(({ status }) => status.phase !== "Failed" && status.phase !== "Succeeded")
    .toSorted(byAge);
  const ended = names([...(question.inBackoff ? [] : failed), ...done]);
  if (!allowsSurge(question.set))
    return { create: false, delete: [...ended, ...names(live.slice(1))] };
  if (live.length <= 1) return { create: live.length === 0 && run, delete: ended };
  return { create: false, delete: [...ended, ...names(prunedSurge(live, question))] };
}

/**
 * What the controller creates and deletes on one node in one sync.
 * Mirrors pkg/controller/daemon/daemon_controller.go, podsShouldBeOnNode. Where it cannot be told whether a pod should run,
 * nothing is created and nothing deleted.
 */
export function manageNode(question: NodeQuestion): Managed {
  const { run, continue: stay } = runnerIn(question)(question.node);
  const pods = podsByNode(question.pods).get(question.node.name) ?? [];
  if (run === "yes" && pods.length === 0) return { create: true, delete: [] };
  if (stay === "yes") return continued(question, pods, run === "yes");
  if (stay === "unknown") return { create: false, delete: [] };
  return { create: false, delete: names(pods.filter((pod) => !isTerminating(pod))) };
}

/** Pods that nobody bound and whose node does not exist: the controller deletes those, pod GC the bound ones. */
export const unscheduledWithoutNode = (
  pods: readonly Pod[],
  nodes: readonly Pick<Node, "name">[],
): readonly string[] => {
  const known = new Set(nodes.map(({ name }) => name));
  return [...podsByNode(pods)]
    .filter(([nodeName]) => !known.has(nodeName))
    .flatMap(([, lost]) => names(lost.filter(({ spec }) => spec.nodeName === "")));
};
