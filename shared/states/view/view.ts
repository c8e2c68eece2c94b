import type { Cluster, Kind, Kinds, NotSeen } from "#shared/cluster/cluster.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { aboutCluster } from "./about-cluster.ts";
import {
  CLUSTER,
  type DaemonSetBundle,
  type NodeBundle,
  type ObjectBundle,
  type Surroundings,
} from "./bundle.ts";
import {
  daemonSetBundle,
  nodeBundle,
  objectBundle,
  rowKeys,
  surroundings,
  type Holdings,
} from "./bundles.ts";
import { eventChanges } from "./event-changes.ts";
import { heldObjects, type HeldKind } from "./held-objects.ts";
import { heldChanges } from "./held-changes.ts";
import { homeless } from "./homeless.ts";
import { keptEvents } from "./kept-events.ts";
import { nodeClaims } from "./node-claims.ts";
import { oddLeases } from "./odd-leases.ts";
import { podChanges } from "./pod-changes.ts";
import { podStore } from "#shared/states/pods/pod-store.ts";
import { relations } from "./relations.ts";
import { rowKey, type RowKey, type Touched } from "#shared/states/row.ts";
import type { Ref } from "#shared/states/pods/sheet.ts";
import type { StagedPod } from "#shared/states/pods/stage.ts";
import { wholeCluster } from "./whole-cluster.ts";

export type { DaemonSetBundle, NodeBundle, ObjectBundle } from "./bundle.ts";

/** What stands for an object between its reading and its place in the view. A pod is packed at once. */
export type Kept<K extends Kind> = K extends "Pod" ? StagedPod : Kinds[K];

/** The cluster as it is now, cut into rows. Who listens is told which rows say something else than before. */
export type View = {
  /** For a list that counts only once it is whole. Put once, in the order in which they were kept. */
  keep<K extends Kind>(kind: K, object: Kinds[K]): Kept<K>;
  put<K extends Kind>(kind: K, object: Kinds[K] | Kept<K>): void;
  gone(kind: Kind, ref: Ref): void;
  /** All there are of the kind; what is not among them is gone. true: it differed from what was held. */
  reset<K extends Kind>(kind: K, objects: Iterable<Kinds[K] | Kept<K>>): boolean;
  notSeen(entry: NotSeen): void;
  sawVersion(text: string): void;
  /** Everything, as one cluster (for an audit on the spot, and for tests). */
  cluster(at: Instant): Cluster;
  /** undefined: there is no such row (any more). */
  nodeBundle(uid: string): NodeBundle | undefined;
  daemonSetBundle(uid: string): DaemonSetBundle | undefined;
  object(uid: string): ObjectBundle | undefined;
  surroundings(): Surroundings;
  keys(): Iterable<RowKey>;
  /** Bytes: of the pods. */
  sizes(): {
    readonly nodes: number;
    readonly daemonSets: number;
    readonly pods: number;
    readonly bytes: number;
  };
  /** What time alone changes: leases that have gone stale or came back, Events that are too old. Called each second. */
  tick(at: Instant): void;
};

/** Looking for old Events is no work of every second. */
const EVENTS_EVERY = 30_000;

export function view(touched: Touched): View {
  const about = aboutCluster(() => touched(rowKey("Object", CLUSTER), "soon"));
  const held = heldObjects();
  const pods = podStore();
  const all: Holdings = {
    held,
    pods,
    homeless: homeless(pods, held),
    events: keptEvents(),
    claims: nodeClaims(),
    leases: oddLeases(),
    relations: relations(held),
    aboutCluster: about.bundle,
  };
  const changes = changesOf(all, touched);
  let expiredAt = -Infinity;
  return {
    // A pod is packed; whatever is of another kind stands for itself.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    keep: <K extends Kind>(kind: K, object: Kinds[K]) => changes.keep(kind, object) as Kept<K>,
    put(kind, object) {
      about.saw(kind);
      changes.put(kind, object);
    },
    gone: changes.gone,
    reset(kind, objects) {
      about.sawAll(kind);
      return changes.reset(kind, objects);
    },
    notSeen: about.notSeen,
    sawVersion: about.sawVersion,
    cluster: (at) => wholeCluster(all, at),
    nodeBundle: (uid) => nodeBundle(all, uid),
    daemonSetBundle: (uid) => daemonSetBundle(all, uid),
    object: (uid) => objectBundle(all, uid),
    surroundings: () => surroundings(all),
    keys: () => rowKeys(all),
    sizes() {
      const { pods: count, bytes } = pods.sizes();
      const [nodes, sets] = [held.all("Node"), held.all("DaemonSet")];
      return { nodes: [...nodes].length, daemonSets: [...sets].length, pods: count, bytes };
    },
    tick(at) {
      changes.look();
      // A clock that was put back is no reason to wait until it is there again.
      if (Math.abs(at - expiredAt) < EVENTS_EVERY) return;
      expiredAt = at;
      changes.expire();
    },
  };
}

/** Each kind to those who know what a change of it means. */
function changesOf(all: Holdings, touched: Touched) {
  const pods = podChanges(all, touched);
  const events = eventChanges(all, touched);
  const others = heldChanges(all, touched);
  // Which type an object has, its kind tells: that is what the signatures of View demand.
  /* oxlint-disable typescript/no-unsafe-type-assertion */
  return {
    look: () => others.tick(),
    expire: () => events.expire(),
    keep: (kind: Kind, object: Kinds[Kind]) =>
      kind === "Pod" ? all.pods.stage(object as Pod) : object,
    put(kind: Kind, object: Kinds[Kind] | StagedPod): void {
      if (kind === "Pod") pods.put(object as Pod | StagedPod);
      else if (kind === "Event") events.put(object as Kinds["Event"]);
      else others.put(kind, object as Kinds[HeldKind]);
    },
    gone: (kind: Kind, ref: Ref): void => {
      if (kind === "Pod") pods.gone(ref);
      else if (kind === "Event") events.gone(ref);
      else others.gone(kind, ref);
    },
    reset(kind: Kind, objects: Iterable<Kinds[Kind] | StagedPod>): boolean {
      if (kind === "Pod") return pods.reset(objects as Iterable<Pod | StagedPod>);
      if (kind === "Event") return events.reset(objects as Iterable<Kinds["Event"]>);
      return others.reset(kind, objects as Iterable<Kinds[HeldKind]>);
    },
  };
  /* oxlint-enable typescript/no-unsafe-type-assertion */
}
