import { targetNodeName } from "#shared/cluster/affinity.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import { controllerOf, keyOf, type Instant } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { daemonSetEntry, type DaemonSetEntry } from "./daemon-set-entry.ts";
import { INFERRED_WITH_POD, placerOf, type Eligibility, type Placer } from "./eligibility.ts";
import type { ClusterFacts, ServiceView } from "#shared/audit/facts.ts";
import { lookUps, serviceViews } from "./look-ups.ts";
import { classify, type Classified } from "./node-classes.ts";
import { nodeEntry, surroundingsOf, type NodeEntry } from "./node-entry.ts";
import { placementView, type JudgedPlacement } from "./placement-entry.ts";
import { podBag } from "./pod-bag.ts";
import type { AuditPolicy } from "#shared/audit/policy.ts";
import { roleOf } from "#shared/audit/roles.ts";

/** The facts of a cluster that can change. Whoever holds a view of a node or a DaemonSet sees what is true now. */
export type LiveFacts = {
  readonly facts: ClusterFacts;
  readonly seats: readonly Seat[];
  readonly sets: readonly SetSeat[];
  placement(set: SetSeat, seat: Seat): JudgedPlacement;
  seatOf(node: string): Seat | undefined;
  /** false where it is a new one: then the lists themselves are others. */
  putNode(node: Node): boolean;
  putPod(pod: Pod): Moved;
  removePod(pod: Pick<Pod, "namespace" | "name">): Moved;
  /** false where it is a new one. */
  putDaemonSet(set: DaemonSet): boolean;
  /** Open placements that `which` names are judged anew; of which DaemonSets, those included that were so already. */
  forget(which: (view: JudgedPlacement, set: SetSeat) => boolean): Moved;
  /** Nodes whose phase is another one by then. */
  setTime(at: Instant): readonly Seat[];
};

/** A node, its class, and its placements by index of the DaemonSet: holes where nobody looked yet. */
export type Seat = {
  readonly entry: NodeEntry;
  readonly index: number;
  placements: (JudgedPlacement | undefined)[];
};
/** Where something is another now: on these nodes, and these DaemonSets have another pod. */
export type Moved = { readonly seats: readonly Seat[]; readonly sets: readonly SetSeat[] };

export type SetSeat = {
  readonly index: number;
  readonly entry: DaemonSetEntry;
  readonly placer: Placer;
  row: readonly JudgedPlacement[] | undefined;
};

export function liveFacts(given: Cluster, policy: AuditPolicy): LiveFacts {
  const bag = podBag(given.Pod);
  const look = lookUps(given);
  /** Placements that were judged and are neither covered nor excluded; some of them replaced since. */
  const open = new Map<JudgedPlacement, { readonly set: SetSeat; readonly seat: Seat }>();
  let at = given.at;
  const around = surroundingsOf(given, policy, () => at);
  const current = (): ClusterFacts => facts;
  const bound = Map.groupBy(given.Pod, ({ spec }) => spec.nodeName);
  const owned = Map.groupBy(given.Pod, (pod) => controllerOf(pod)?.uid ?? "");
  const seats: Seat[] = given.Node.map((node, index) => ({
    index,
    placements: [],
    entry: nodeEntry({
      node,
      pods: bound.get(node.name) ?? [],
      around,
      facts: current,
      placements: () => sets.map((set) => placement(set, seatAt(index))),
    }),
  }));
  const byName = new Map(seats.map((seat) => [seat.entry.view.node.name, seat]));
  const sets: SetSeat[] = given.DaemonSet.map((set, index) =>
    seatOf(set, index, owned.get(set.uid) ?? []),
  );
  const byUid = new Map(sets.map((set) => [set.entry.set.uid, set.index]));
  const byKey = new Map(sets.map((set) => [set.entry.view.key, set.index]));
  const nodeViews = seats.map(({ entry }) => entry.view);
  let setViews = sets.map(({ entry }) => entry.view);
  let services: readonly ServiceView[] | undefined;
  let classified = classesNow();
  let facts = factsNow();

  function seatAt(index: number): Seat {
    const seat = seats[index];
    if (seat === undefined) throw new RangeError(`no node ${index}`);
    return seat;
  }

  function seatOf(set: DaemonSet, index: number, pods: readonly Pod[]): SetSeat {
    const role = roleOf(set, policy);
    const namespaceSelector = look.namespaceSelector(set.namespace);
    const seat: SetSeat = {
      index,
      placer: placerOf(set, role, { version: given.version, namespaceSelector }),
      row: undefined,
      entry: daemonSetEntry({
        set,
        role,
        pods: set.uid === "" ? [] : pods,
        revisions: given.ControllerRevision,
        facts: current,
        placements: () => rowOf(seat),
      }),
    };
    return seat;
  }

  function classesNow(): Classified {
    return classify(
      sets.map(({ placer }) => placer),
      seats.map(({ entry }) => entry.traits),
    );
  }

  /** The views stay the same; a new object tells whoever remembers things of a moment that the moment has passed. */
  function factsNow(): ClusterFacts {
    let nodeList: readonly Node[] | undefined;
    const cluster: Cluster = {
      ...given,
      at,
      DaemonSet: sets.map(({ entry }) => entry.set),
      get Node() {
        nodeList ??= seats.map(({ entry }) => entry.view.node);
        return nodeList;
      },
      get Pod() {
        return bag.list();
      },
    };
    return {
      cluster,
      policy,
      at,
      seen: (kind) => look.seen(kind),
      nodes: nodeViews,
      daemonSets: setViews,
      get services() {
        services ??= serviceViews(given, setViews, current);
        return services;
      },
      node: (name) => byName.get(name)?.entry.view,
      daemonSet: (key) => sets[byKey.get(key) ?? -1]?.entry.view,
      eventsOf: (uid) => look.eventsOf(uid),
      nominatedFor: (node) =>
        bag.nominated().filter(({ status }) => status.nominatedNodeName === node),
    };
  }

  function rowOf(set: SetSeat): readonly JudgedPlacement[] {
    set.row ??= seats.map((seat) => placement(set, seat));
    return set.row;
  }

  function eligibilityOn({ index, placer }: SetSeat, seat: Seat, hasPods: boolean): Eligibility {
    if (placer.set.inferred && hasPods) return INFERRED_WITH_POD;
    const ofNode = classified.ofNodes[seat.index];
    if (ofNode === undefined) throw new RangeError(`no class of node ${seat.index}`);
    return classified.classes.eligibility(index, seat.entry.traits, ofNode);
  }

  function placement(set: SetSeat, seat: Seat): JudgedPlacement {
    const known = seat.placements[set.index];
    if (known) return known;
    const pods = set.entry.podsOn(seat.entry.view.node.name);
    const made = placementView({
      daemonSet: set.entry.view,
      node: seat.entry.view,
      eligibility: eligibilityOn(set, seat, pods.length > 0),
      pods,
      facts: current,
      opened: (view) => void open.set(view, { set, seat }),
    });
    seat.placements[set.index] = made;
    return made;
  }

  /** Everything that was judged on the node is judged anew. */
  function reset(seat: Seat): Seat {
    seat.placements = [];
    for (const set of sets) set.row = undefined;
    return seat;
  }

  function movePod(before: Pod | undefined, after: Pod | undefined): Moved {
    const pods = [before, after].filter((pod) => pod !== undefined);
    const touched = pods.flatMap(placesOf).flatMap((name) => byName.get(name) ?? []);
    const owners = pods.flatMap((pod) => ownerOf(pod) ?? []);
    if (before) unfile(before);
    if (after) file(after);
    facts = factsNow();
    return { seats: [...new Set(touched)].map(reset), sets: owners };
  }

  function unfile(pod: Pod): void {
    byName.get(pod.spec.nodeName)?.entry.removePod(pod);
    ownerOf(pod)?.entry.removePod(pod);
    bag.remove(pod);
  }
  function file(pod: Pod): void {
    byName.get(pod.spec.nodeName)?.entry.putPod(pod);
    ownerOf(pod)?.entry.putPod(pod);
    bag.put(pod);
  }
  function ownerOf(pod: Pod): SetSeat | undefined {
    const uid = controllerOf(pod)?.uid ?? "";
    return uid === "" ? undefined : sets[byUid.get(uid) ?? -1];
  }

  return {
    get facts() {
      return facts;
    },
    seats,
    sets,
    placement,
    seatOf: (node) => byName.get(node),
    putNode(node) {
      const seat = byName.get(node.name);
      if (seat === undefined) return false;
      seat.entry.put(node);
      classified.ofNodes[seat.index] = classified.classes.classOf(seat.entry.traits);
      facts = factsNow();
      reset(seat);
      return true;
    },
    putPod: (pod) => movePod(bag.find(pod), pod),
    removePod: (pod) => movePod(bag.find(pod), undefined),
    putDaemonSet(set) {
      const index = byKey.get(keyOf(set));
      const before = index === undefined ? undefined : sets[index];
      if (index === undefined || before === undefined || before.entry.set.uid !== set.uid)
        return false;
      const next = seatOf(set, index, before.entry.view.pods);
      sets[index] = next;
      setViews = sets.map(({ entry }) => entry.view);
      services = undefined;
      if (!classified.classes.replace(index, next.placer)) classified = classesNow();
      for (const seat of seats) seat.placements[index] = undefined;
      facts = factsNow();
      return true;
    },
    forget(which) {
      const forgotten: Seat[] = [];
      const ofSets = new Set<SetSeat>();
      for (const [view, { set, seat }] of open) {
        const isStale = seat.placements[set.index] !== view;
        if (!isStale && !which(view, set)) continue;
        open.delete(view);
        ofSets.add(set);
        if (isStale) continue;
        seat.placements[set.index] = undefined;
        set.row = undefined;
        forgotten.push(seat);
      }
      return { seats: forgotten, sets: [...ofSets] };
    },
    setTime(next) {
      at = next;
      facts = factsNow();
      const changed = seats.filter(({ entry }) => entry.tick());
      if (changed.length > 0) classified = classesNow();
      return changed.map(reset);
    },
  };
}

/** The nodes that a pod has to do with: where it is bound or meant to go, and where a place is kept for it. */
function placesOf(pod: Pod): readonly string[] {
  const target = targetNodeName(pod);
  return [
    ...("nodeName" in target ? [target.nodeName] : []),
    ...(pod.status.nominatedNodeName === "" ? [] : [pod.status.nominatedNodeName]),
  ];
}
