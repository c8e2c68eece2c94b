import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { askCluster, askDaemonSet, askNode, askService, type Answers } from "./ask.ts";
import type { Audit } from "./audit.ts";
import { liveFacts, type LiveFacts, type Moved, type Seat, type SetSeat } from "./live-facts.ts";
import type { JudgedPlacement } from "./placement-entry.ts";
import type { AuditPolicy } from "./policy.ts";

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

/** What is known of one node and its placements, until the node is touched. */
type NodeAnswers = { readonly ofNode: Answers; readonly ofPlacements: Answers };

const NONE: Answers = { occurrences: [], unanswered: [] };

export function liveAudit(cluster: Cluster, policy: AuditPolicy): LiveAudit {
  const live = liveFacts(cluster, policy);
  const nodes = new Map<Seat, NodeAnswers>();
  const sets = new Map<number, Answers>();

  /** Why a pod is not up depends on how the other pods of its DaemonSet are: its gaps elsewhere are asked again. */
  function touch(seats: readonly Seat[], more: readonly SetSeat[]): void {
    const concerned = new Set([...more, ...seats.flatMap(concernedOn)]);
    for (const seat of seats) nodes.delete(seat);
    for (const set of concerned) {
      sets.delete(set.index);
      for (const seat of live.forgetGaps(set)) nodes.delete(seat);
    }
  }

  const concernedOn = (seat: Seat): readonly SetSeat[] =>
    live.sets.filter((set) => concerns(live, set, seat));
  const moved = ({ seats, sets: owners }: Moved): true => {
    touch(seats, owners);
    return true;
  };

  return {
    apply(change) {
      switch (change.kind) {
        case "Node": {
          const seat = live.seatOf(change.object.name);
          if (seat === undefined) return false;
          const before = concernedOn(seat);
          live.putNode(change.object);
          touch([seat], before);
          return true;
        }
        case "Pod":
          return moved(live.putPod(change.object));
        case "Pod gone":
          return moved(live.removePod(change.object));
        case "DaemonSet": {
          if (!live.putDaemonSet(change.object)) return false;
          nodes.clear();
          sets.clear();
          return true;
        }
        case "time":
          touch(live.setTime(change.at), []);
          timePasses(live, nodes);
          sets.clear();
          return true;
      }
    },
    audit() {
      const ofNodes = live.seats.map((seat) => known(nodes, seat, () => answersOf(live, seat)));
      const ofSets = live.sets.map((set) =>
        known(sets, set.index, () => askDaemonSet(set.entry.view)),
      );
      const { facts } = live;
      const all = [
        ...ofNodes.flatMap(({ ofPlacements, ofNode }) => [ofPlacements, ofNode]),
        ...ofSets,
        ...facts.services.map(askService),
        askCluster(facts),
      ].filter((answers) => answers !== NONE);
      return {
        facts,
        occurrences: all.flatMap(({ occurrences }) => occurrences),
        unanswered: all.flatMap(({ unanswered }) => unanswered),
      };
    },
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

function answersOf(live: LiveFacts, seat: Seat): NodeAnswers {
  const placements = live.sets.map((set) => live.placement(set, seat));
  return { ofPlacements: ofPlacements(placements), ofNode: orNone(askNode(seat.entry.view)) };
}

function ofPlacements(placements: readonly JudgedPlacement[]): Answers {
  const occurrences = placements.flatMap((placement) => placement.occurrence() ?? []);
  const unanswered = placements.flatMap((placement) => placement.unanswered());
  return orNone({ occurrences, unanswered });
}

/** Most nodes have nothing to tell: one shared nothing for all of them. */
const orNone = (answers: Answers): Answers =>
  answers.occurrences.length === 0 && answers.unanswered.length === 0 ? NONE : answers;

/** What is covered stays so while only time goes on; everything else may have run out of its grace. */
function timePasses(live: LiveFacts, nodes: Map<Seat, NodeAnswers>): void {
  for (const seat of live.seats) {
    const waiting = seat.placements.some((placement) => placement?.isOpen() === true);
    if (waiting || nodes.get(seat)?.ofNode !== NONE) {
      nodes.delete(seat);
      seat.placements = [];
      for (const set of live.sets) set.row = undefined;
    }
  }
}
