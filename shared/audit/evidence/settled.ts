import type { Instant } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { DaemonSetView } from "#shared/audit/facts.ts";
import { onceForAll } from "#shared/audit/engine/once-a-moment.ts";
import { later } from "#shared/audit/phrase.ts";

const newest = (times: Iterable<Instant | undefined>): Instant | undefined => {
  let last: Instant | undefined;
  for (const time of times) last = later(last, time);
  return last;
};

const changedPod = ({ createdAt, deletionAt, status }: Pod): Instant | undefined =>
  newest([createdAt, deletionAt, ...status.conditions.map(({ transitionAt }) => transitionAt)]);

const changedNode = ({ createdAt, deletionAt, conditions, taints }: Node): Instant | undefined =>
  newest([
    createdAt,
    deletionAt,
    ...conditions.map(({ transitionAt }) => transitionAt),
    ...taints.map(({ timeAdded }) => timeAdded),
  ]);

/** Of any node; asked once for all DaemonSets. */
const nodesChanged = onceForAll(({ nodes }) => newest(nodes.map(({ node }) => changedNode(node))));

/**
 * The last moment at which something that the controller counts is known to have changed: a pod, a node, the DaemonSet, an
 * event of it. Labels, and taints put on with kubectl, leave no time behind.
 */
export function lastChange(view: DaemonSetView): Instant | undefined {
  const { daemonSet, pods, revisions, facts } = view;
  return newest([
    daemonSet.createdAt,
    ...pods.map(changedPod),
    nodesChanged(facts),
    ...revisions.map(({ createdAt }) => createdAt),
    ...facts.eventsOf(daemonSet.uid).map(({ lastAt, firstAt }) => lastAt ?? firstAt),
  ]);
}
