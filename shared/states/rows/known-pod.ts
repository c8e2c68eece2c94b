import type { Pod, PodStatus } from "#shared/cluster/pod.ts";
import type { Amounts } from "#shared/cluster/quantity.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import type { Version } from "#shared/cluster/version.ts";
import { SHARED_FIELDS } from "#shared/states/pods/pod-class.ts";
import { hasShape } from "#shared/states/pods/status-match.ts";
import { isOrdinary } from "./ordinary.ts";
import { toldClass, type ToldClass } from "./row-text.ts";
import { classOf, isPinned, shapeIn, type Revision } from "./told-pod.ts";

/** Of pods that have all in common but name, node, times and status. What is missing is made when somebody asks. */
type Shared = {
  /** Of the first that was met, and in whose row. */
  readonly like: Revision;
  readonly node: string;
  readonly isPinned: boolean;
  /** The node that it is bound to, where that is not the node of its row. */
  readonly elsewhere: string;
  readonly shapes: Shape[];
  bare?: ToldClass;
};

/** Of those of them whose status, too, differs by times only. */
type Shape = {
  readonly status: PodStatus;
  readonly isOrdinary: boolean;
  of?: ToldClass;
  requests?: { readonly version: Version | undefined; readonly amounts: Amounts };
  group?: Grouping & { readonly of: ToldClass | undefined };
};

/** What groups depend on beside the pods: which labels count, and how requests are summed up. */
export type Grouping = {
  readonly version: Version | undefined;
  readonly keys: ReadonlySet<string>;
};

/** A pod with what is remembered of its like. */
export type KnownPod = { readonly pod: Pod; readonly shared: Shared; readonly shape: Shape };

/** By the labels, which pods of one revision share; pods without any share their containers. */
const known = new WeakMap<object, Shared[]>();
/** Many of one key are the exception; the oldest is forgotten then, and written anew when it is needed. */
const MOST = 12;

/**
 * `node`: whose row it stands in; "" for none. What pods of a store share is one object for all of them, so it is found by
 * its identity. That it is remembered changes nothing but the time that a row takes.
 */
export function knownPod(pod: Pod, node: string): KnownPod {
  const shared = sharedBy(pod, node);
  const { shapes } = shared;
  const shape =
    shapes.find(({ status }) => isSameButForTimes(pod.status, status)) ??
    added<Shape>(shapes, {
      status: pod.status,
      isOrdinary: isOrdinary({ status: pod.status, deletionAt: undefined }),
    });
  return { pod, shared, shape };
}

function sharedBy(pod: Pod, node: string): Shared {
  const key = pod.labels.size > 0 ? pod.labels : pod.spec.containers;
  const list = known.get(key) ?? [];
  const pinned = isPinned(pod, node);
  const elsewhere = pod.spec.nodeName === node ? "" : pod.spec.nodeName;
  for (const one of list)
    if (one.isPinned === pinned && one.elsewhere === elsewhere && isLike(pod, one)) return one;
  known.set(key, list);
  return added<Shared>(list, {
    like: revisionOf(pod),
    node,
    isPinned: pinned,
    elsewhere,
    shapes: [],
  });
}

/** A pod itself would be kept with its name and its times, for nothing. */
const revisionOf = (pod: Pod): Revision => {
  const { namespace, labels, annotations, owners, generation, doNotDisrupt, spec } = pod;
  return { namespace, labels, annotations, owners, generation, doNotDisrupt, spec };
};

/** Beside labels: by these they were found. */
function isLike(pod: Pod, { like: had, isPinned: pinned }: Shared): boolean {
  const { spec } = pod;
  for (const field of SHARED_FIELDS) if (!Object.is(spec[field], had.spec[field])) return false;
  return (
    pod.annotations === had.annotations &&
    pod.owners === had.owners &&
    pod.namespace === had.namespace &&
    pod.generation === had.generation &&
    pod.doNotDisrupt === had.doNotDisrupt &&
    (pinned || spec.requiredNodeAffinity === had.spec.requiredNodeAffinity)
  );
}

const BY_IDENTITY = { isKnownAs: (a: unknown, b: unknown): boolean => a === b };

const isSameButForTimes = (status: PodStatus, had: PodStatus): boolean =>
  hasShape(status, had, { parts: BY_IDENTITY, moments: [], anyRestarts: true });

function added<T>(list: T[], one: T): T {
  if (list.length >= MOST) list.shift();
  list.push(one);
  return one;
}

/** Its status is told by its class, but for the times. */
export const isToldByClass = ({ pod, shape }: KnownPod): boolean =>
  shape.isOrdinary && pod.deletionAt === undefined;

/** What is told of it and its like once. */
export function toldClassOf(one: KnownPod): ToldClass {
  const { shared, shape } = one;
  if (!isToldByClass(one)) return (shared.bare ??= toldClass(classOf(shared.like, shared.node)));
  return (shape.of ??= toldClass({
    ...classOf(shared.like, shared.node),
    status: shapeIn(shape.status),
  }));
}

/** As podRequests, which remembers by spec: those of a store are made anew each time. */
export function requestsOf({ pod, shared, shape }: KnownPod, version: Version | undefined) {
  const before = shape.requests;
  if (before !== undefined && before.version === version) return before.amounts;
  const amounts = podRequests({ spec: shared.like.spec, status: pod.status }, version);
  shape.requests = { version, amounts };
  return amounts;
}

/** What `make` says, which depends on nothing but shape, version and keys. */
export function groupBy(
  { shape }: KnownPod,
  { version, keys }: Grouping,
  make: () => ToldClass | undefined,
): ToldClass | undefined {
  const before = shape.group;
  if (before !== undefined && before.version === version && before.keys === keys) return before.of;
  const of = make();
  shape.group = { version, keys, of };
  return of;
}
