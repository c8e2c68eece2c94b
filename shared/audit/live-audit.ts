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

  /**
   * Beside what stands on the nodes themselves: why a pod is not up depends on the other pods of its DaemonSet, and whether
   * one finds a place may depend on any pod (affinity, volumes), so those that wait are asked again after every change.
   */
  function touch(seats: readonly Seat[], changed: readonly SetSeat[]): void {
    for (const seat of seats) nodes.delete(seat);
    const own = new Set(changed);
    const forgotten = live.forget(
      (view, set) => own.has(set) || view.pod === undefined || view.pod.spec.nodeName === "",
    );
    for (const seat of forgotten) nodes.delete(seat);
    for (const set of [...changed, ...seats.flatMap(concernedOn)]) sets.delete(set.index);
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
          const { os, arch } = seat.entry.view.node;
          live.putNode(change.object);
          const moves = os !== change.object.os || arch !== change.object.arch;
          touch([seat], moves ? live.sets : []);
          // A DaemonSet that does not want the node may still ask when a node last changed (status-disagrees).
          sets.clear();
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
          for (const seat of live.setTime(change.at)) nodes.delete(seat);
          for (const seat of live.forget(() => true)) nodes.delete(seat);
          for (const [seat, { ofNode }] of nodes) if (ofNode !== NONE) nodes.delete(seat);
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
