import type { Audit } from "#shared/audit/audit.ts";
import type { DaemonSetView, PlacementView } from "#shared/audit/facts.ts";
import { recomputeStatus } from "#shared/cluster/daemon-controller/status.ts";
import { isTerminating } from "#shared/cluster/daemon-controller/pods-by-node.ts";
import { targetNodeName } from "#shared/cluster/affinity.ts";
import { preempt } from "#shared/cluster/preemption.ts";
import { placeWanted } from "#shared/audit/evidence/place.ts";
import { hostPortsOf, portConflicts } from "#shared/cluster/host-ports.ts";
import { shortages } from "#shared/cluster/fit.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Room } from "#shared/cluster/room.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { parseSchedulerMessage, type SchedulerReason } from "#shared/cluster/scheduler-message.ts";
import type { Version } from "#shared/cluster/version.ts";

/** What was compared, and where the real cluster said something else. */
export type Compared = {
  placements: number;
  waiting: number;
  misplaced: number;
  readonly differences: string[];
};

export const nothingCompared = (): Compared => ({
  placements: 0,
  waiting: 0,
  misplaced: 0,
  differences: [],
});

const sorted = (names: Iterable<string>): string => [...new Set(names)].toSorted().join(" ");

/** Where the real controller has put a pod, or wants one: each of its pods names its node. */
const wantedBy = (set: DaemonSetView): readonly string[] =>
  set.pods
    .filter((pod) => !isTerminating(pod))
    .flatMap((pod) => {
      const target = targetNodeName(pod);
      return "nodeName" in target ? [target.nodeName] : [];
    });

const nodesWhere = (set: DaemonSetView, test: (one: PlacementView) => boolean): string[] =>
  set
    .placements()
    .filter(test)
    .map(({ node }) => node.node.name);

/** Eligible and misplaced together are the nodes of the real pods, each as many as the real status counts. */
function compareSet(set: DaemonSetView, seen: Compared): void {
  const { daemonSet, facts } = set;
  const say = (what: string, ours: unknown, theirs: unknown): void => {
    if (ours !== theirs)
      seen.differences.push(`${set.key}: ${what}: we say ${String(ours)}, it is ${String(theirs)}`);
  };
  const eligible = nodesWhere(set, (one) => one.eligible === "yes");
  const misplaced = nodesWhere(set, (one) => one.verdict().says === "misplaced");
  say("nodes with a pod", sorted([...eligible, ...misplaced]), sorted(wantedBy(set)));
  const { observedGeneration, ...theirs } = daemonSet.status;
  say("generation", daemonSet.generation, observedGeneration);
  say("eligible", eligible.length, theirs.desired);
  say("misplaced", misplaced.length, theirs.misscheduled);
  const { observedGeneration: _, ...ours } = recomputeStatus({
    set: daemonSet,
    nodes: facts.nodes.map(({ node }) => node),
    pods: set.pods,
    now: facts.at,
    updatedHash: set.currentHash ?? "",
    version: facts.cluster.version,
  });
  say("counters", JSON.stringify(ours), JSON.stringify(theirs));
  seen.placements += eligible.length;
  seen.misplaced += misplaced.length;
}

type Name = string;
const nameOf = (reason: SchedulerReason): Name =>
  reason.says === "insufficient" ? `insufficient-${reason.resource}` : reason.says;

/** In the order in which the scheduler's filters look, and our catalogue asks. */
const rank = (name: Name): number => {
  const place = ["host-port", "too-many-pods", "cpu", "memory", "ephemeral-storage"].findIndex(
    (one) => name.endsWith(one),
  );
  return place < 0 ? 9 : place;
};
const inOrder = (names: Iterable<Name>): readonly Name[] =>
  [...new Set(names)].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));

/** What the scheduler would say of this pod on a node with this room: NodePorts ends it before Fit is asked. */
export function refusals(
  pod: Pick<Pod, "spec">,
  room: Room,
  version: Version | undefined,
): readonly Name[] {
  if (portConflicts(hostPortsOf(pod.spec, version), room.hostPorts).length > 0)
    return ["host-port"];
  return inOrder(
    shortages(podRequests(pod, version), room).map(({ resource }) =>
      resource === "pods" ? "too-many-pods" : `insufficient-${resource}`,
    ),
  );
}

/** What the scheduler said of the one node that is real for a pinned pod. */
export function saidBy(message: string): readonly Name[] {
  const parsed = parseSchedulerMessage(message);
  const clauses = parsed?.clauses ?? [];
  return inOrder(clauses.map(({ reason }) => nameOf(reason)).filter((name) => name !== "plugins"));
}

const scheduledCondition = (pod: Pod): string =>
  pod.status.conditions.find(({ type }) => type === "PodScheduled")?.message ?? "";

const codeOf = (name: Name): string => (name === "host-port" ? "host-port-conflict" : name);

/** A daemon pod that waits: for the reasons that we find, first the cause that we name, and nobody could be preempted. */
function compareWaiting(view: PlacementView, seen: Compared): void {
  const place = placeWanted(view);
  if (place === undefined) return;
  const { facts, node, daemonSet } = view;
  const { version } = facts.cluster;
  const where = `${daemonSet.key} on ${node.node.name}`;
  const theirs = saidBy(scheduledCondition(place.pod));
  const ours = refusals(place.pod, place.room, version);
  if (theirs.join() !== ours.join())
    seen.differences.push(
      `${where} waits: we say ${ours.join()}, the scheduler ${scheduledCondition(place.pod)}`,
    );
  const { cause } = view.verdict();
  const [first] = ours;
  if (first !== undefined && cause !== codeOf(first))
    seen.differences.push(`${where} waits for ${first}, and the verdict names ${cause}`);
  const outcome = preempt({
    spec: place.pod.spec,
    priority: place.priority,
    node: node.node,
    podsOnNode: node.pods,
    pdbs: facts.cluster.PodDisruptionBudget,
    version,
    self: place.pod,
    nominated: facts.nominatedFor(node.node.name),
  });
  if (outcome.possible)
    seen.differences.push(
      `${where} waits, and we would preempt ${outcome.victims.map(({ name }) => name).join()}`,
    );
  seen.waiting += 1;
}

/** All that one settled cluster shows, against the audit of it. */
export function compare(audit: Audit, pools: ReadonlySet<string>, seen: Compared): void {
  for (const set of audit.facts.daemonSets) {
    if (!pools.has(set.daemonSet.namespace)) continue;
    compareSet(set, seen);
    for (const view of set.placements()) compareWaiting(view, seen);
  }
}
