import { controllerOf } from "#shared/cluster/metadata.ts";
import { isTerminal } from "#shared/cluster/pod.ts";
import type { ClusterFacts, DaemonSetView } from "#shared/audit/facts.ts";
import { onceForAll } from "#shared/audit/engine/once-a-moment.ts";
import { priorityOf } from "./place.ts";

/** pkg/apis/scheduling/types.go: built in, there even where no class was read. */
const SYSTEM: ReadonlyMap<string, number> = new Map([
  ["system-node-critical", 2_000_001_000],
  ["system-cluster-critical", 2_000_000_000],
]);

/**
 * The priority that a pod without a class gets: of several global defaults the lowest value counts. undefined: the classes
 * were not read. Mirrors plugin/pkg/admission/priority, getDefaultPriorityClass.
 */
export function defaultPriority(facts: ClusterFacts): number | undefined {
  if (!facts.seen("PriorityClass")) return undefined;
  const values = facts.cluster.PriorityClass.flatMap(({ globalDefault, value }) =>
    globalDefault ? [value] : [],
  );
  return values.length === 0 ? 0 : Math.min(...values);
}

/** The priority that the next pod of the template gets; undefined where that cannot be told. */
export function templatePriority({ daemonSet, facts }: DaemonSetView): number | undefined {
  const name = daemonSet.template.priorityClassName;
  if (name === "") return defaultPriority(facts);
  return SYSTEM.get(name) ?? facts.cluster.PriorityClass.find((one) => one.name === name)?.value;
}

/** The highest value that a class of one's own may have. */
const HIGHEST_OWN = 1_000_000_000;

/** The highest priority among pods that are neither daemons nor static, below the system's own: what workloads have here. */
export const workloadPriority = onceForAll(({ cluster }) =>
  cluster.Pod.reduce((highest, pod) => {
    const priority = priorityOf(pod);
    if (priority <= highest || priority > HIGHEST_OWN || isTerminal(pod)) return highest;
    const kind = controllerOf(pod)?.kind;
    return kind === "DaemonSet" || kind === "Node" ? highest : priority;
  }, 0),
);
