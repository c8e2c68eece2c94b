import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import {
  askCluster,
  askDaemonSet,
  askNeighbours,
  askNode,
  askService,
  type Answers,
} from "./ask.ts";
import type { Audit } from "#shared/audit/audit.ts";
import { claimsOf } from "#shared/audit/evidence/claims.ts";
import { liveFacts, type LiveFacts, type Moved, type Seat, type SetSeat } from "./live-facts.ts";
import type { AuditPolicy } from "#shared/audit/policy.ts";

/** A change of one object. What other kinds say reaches every placement: audit the new cluster instead. */
export type Change =
  | { readonly kind: "Node"; readonly object: Node }
  | { readonly kind: "Pod"; readonly object: Pod }
  | { readonly kind: "DaemonSet"; readonly object: DaemonSet }
  | { readonly kind: "Pod gone"; readonly object: Pick<Pod, "namespace" | "name"> }
  | { readonly kind: "time"; readonly at: Instant };

/** An audit that follows its cluster: after a change only what the change touches is judged again. */
export type LiveAudit = {
  /** false: a node or DaemonSet that was not there before; audit the new cluster instead. */
  apply(change: Change): boolean;
  audit(): Audit;
};

const NONE: Answers = { occurrences: [], unanswered: [] };

/** What was answered and still holds. */
type Memory = {
  readonly nodes: Map<Seat, Answers>;
  /** Of the placements of a node. */
  readonly placements: Map<Seat, Answers>;
  /** Of a DaemonSet, by index: what its own pods decide, and what depends on who else is on its nodes. */
  readonly own: Map<number, Answers>;
  readonly neighbours: Map<number, Answers>;
};

type State = { readonly live: LiveFacts; readonly memory: Memory };

export function liveAudit(cluster: Cluster, policy: AuditPolicy): LiveAudit {
  const live = liveFacts(cluster, policy);
  const memory: Memory = {
    nodes: new Map(),
    placements: new Map(),
    own: new Map(),
    neighbours: new Map(),
  };
  const state: State = { live, memory };
  return {
    apply: (change) => apply(change, state),
    audit: () => audit(state),
  };
}

function apply(change: Change, state: State): boolean {
  const { live } = state;
  switch (change.kind) {
    case "Node":
      return nodeChanged(change.object, state);
    case "Pod":
      touch(live.putPod(change.object), state);
      return true;
    case "Pod gone":
      touch(live.removePod(change.object), state);
      return true;
    case "DaemonSet":
      return daemonSetChanged(change.object, state);
    case "time":
      timePassed(change.at, state);
      return true;
  }
}

function forgetSeat({ nodes, placements }: Memory, seat: Seat): void {
  nodes.delete(seat);
  placements.delete(seat);
}

function forgetSets({ own, neighbours }: Memory): void {
  own.clear();
  neighbours.clear();
}

/** Whether it finds a place depends on pods that may be anywhere: on who else has its claim, or stands in its zone. */
const looksBeyondItsNode = (pod: Pod): boolean =>
  pod.spec.nodeName === "" &&
  (pod.spec.requiredPodAntiAffinity.length > 0 || claimsOf(pod).length > 0);

/**
 * Beside what stands on the nodes themselves: why a pod is not up depends on the other pods of its DaemonSet, and for some
 * on any pod. What is said of a DaemonSet depends on its own pods, and on why those that are not up are not.
 */
function touch({ seats, sets }: Moved, { live, memory }: State): void {
  const changed = new Set(sets);
  const forgotten = live.forget(
    (view, set) => changed.has(set) || (view.pod !== undefined && looksBeyondItsNode(view.pod)),
  );
  for (const seat of [...seats, ...forgotten.seats]) forgetSeat(memory, seat);
  for (const { index } of [...sets, ...forgotten.sets]) memory.own.delete(index);
  for (const set of live.sets)
    if (changed.has(set) || seats.some((seat) => concerns(live, set, seat)))
      memory.neighbours.delete(set.index);
}

function nodeChanged(node: Node, state: State): boolean {
  const { live, memory } = state;
  const seat = live.seatOf(node.name);
  if (seat === undefined) return false;
  const { os, arch } = seat.entry.view.node;
  live.putNode(node);
  const moves = os !== node.os || arch !== node.arch;
  touch({ seats: [seat], sets: moves ? live.sets : [] }, state);
  // A DaemonSet that does not want the node may still ask when a node last changed (status-disagrees).
  forgetSets(memory);
  return true;
}

/** A node that is steady, has no taint and nothing to tell has nothing that could run out of time. */
const isPlain = ({ entry: { view } }: Seat): boolean =>
  view.phase.name === "steady" && view.node.taints.length === 0;

/** What was said of nodes that have something to tell, or that may have it with the time or for another DaemonSet. */
function forgetRestless({ nodes }: Memory): void {
  for (const [seat, answers] of nodes) if (answers !== NONE || !isPlain(seat)) nodes.delete(seat);
}

/** Its own placements, and DaemonSets beside it, which may be meant for the nodes that it leaves out (siblings.ts). */
function daemonSetChanged(set: DaemonSet, { live, memory }: State): boolean {
  if (!live.putDaemonSet(set)) return false;
  memory.placements.clear();
  forgetRestless(memory);
  for (const { index, entry } of live.sets) {
    if (entry.set.namespace !== set.namespace) continue;
    memory.own.delete(index);
    memory.neighbours.delete(index);
  }
  return true;
}

function timePassed(at: Instant, { live, memory }: State): void {
  for (const seat of live.setTime(at)) forgetSeat(memory, seat);
  for (const seat of live.forget(() => true).seats) forgetSeat(memory, seat);
  forgetRestless(memory);
  forgetSets(memory);
}

function audit({ live, memory }: State): Audit {
  const ofNodes = live.seats.flatMap((seat) => [
    known(memory.placements, seat, () => ofPlacements(live, seat)),
    known(memory.nodes, seat, () => orNone(askNode(seat.entry.view))),
  ]);
  const ofSets = live.sets.flatMap(({ index, entry: { view } }) => [
    known(memory.own, index, () => orNone(askDaemonSet(view))),
    known(memory.neighbours, index, () => orNone(askNeighbours(view))),
  ]);
  const { facts } = live;
  const all = [...ofNodes, ...ofSets, ...facts.services.map(askService), askCluster(facts)].filter(
    (answers) => answers !== NONE,
  );
  return {
    facts,
    occurrences: all.flatMap(({ occurrences }) => occurrences),
    unanswered: all.flatMap(({ unanswered }) => unanswered),
  };
}

function known<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** A DaemonSet that has nothing on a node and wants nothing there does not care what happens to it. */
function concerns(live: LiveFacts, set: SetSeat, seat: Seat): boolean {
  const { intended, eligible, pods } = live.placement(set, seat);
  return intended !== "no" || eligible !== "no" || pods.length > 0;
}

function ofPlacements(live: LiveFacts, seat: Seat): Answers {
  const placements = live.sets.map((set) => live.placement(set, seat));
  const occurrences = placements.flatMap((placement) => placement.occurrence() ?? []);
  const unanswered = placements.flatMap((placement) => placement.unanswered());
  return orNone({ occurrences, unanswered });
}

/** Most nodes have nothing to tell: one shared nothing for all of them. */
const orNone = (answers: Answers): Answers =>
  answers.occurrences.length === 0 && answers.unanswered.length === 0 ? NONE : answers;
