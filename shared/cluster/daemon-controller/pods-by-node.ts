import { targetNodeName } from "#shared/cluster/affinity.ts";
import { isTerminal, type Pod } from "#shared/cluster/pod.ts";

/** daemon_controller.go, podByCreationTimestampAndPhase: bound first, then older, then by name. */
export function byAge(a: Pod, b: Pod): number {
  const bound = Number(b.spec.nodeName !== "") - Number(a.spec.nodeName !== "");
  if (bound !== 0) return bound;
  const age = (a.createdAt ?? -Infinity) - (b.createdAt ?? -Infinity);
  if (!Number.isNaN(age) && age !== 0) return age;
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

export const isTerminating = (pod: Pick<Pod, "deletionAt">): boolean =>
  pod.deletionAt !== undefined;

/** A pod that has ended and is being deleted is nobody's business any more (getNodesToDaemonPods). */
const isCounted = (pod: Pod): boolean => !(isTerminal(pod) && isTerminating(pod));

/** Owned pods by the node they belong to. Pods that name no single node are in no count of the controller. */
export function podsByNode(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (!isCounted(pod)) continue;
    const target = targetNodeName(pod);
    if (!("nodeName" in target)) continue;
    const there = byNode.get(target.nodeName);
    if (there) there.push(pod);
    else byNode.set(target.nodeName, [pod]);
  }
  return byNode;
}
