import { entry } from "#shared/cluster/entry.ts";
import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import type { Ref } from "#shared/states/pods/sheet.ts";

/** Kinds that are held as they are: all but pods, which are packed, and Events, of which only some are kept. */
export type HeldKind = Exclude<Kind, "Pod" | "Event">;

/** Objects by kind, namespace and name. A namespace is found without looking through the others. */
export type HeldObjects = {
  get<K extends HeldKind>(kind: K, namespace: string, name: string): Kinds[K] | undefined;
  in<K extends HeldKind>(kind: K, namespace: string): Iterable<Kinds[K]>;
  all<K extends HeldKind>(kind: K): Generator<Kinds[K]>;
  put<K extends HeldKind>(kind: K, object: Kinds[K]): void;
  remove(kind: HeldKind, namespace: string, name: string): void;
  /** Of the kinds that have rows: Node, DaemonSet and the objects that concern many. */
  byUid<K extends HeldKind>(kind: K, uid: string): Kinds[K] | undefined;
  /** Another number once another object of the kind is there, or one is not. */
  since(kind: HeldKind): number;
};

const NONE: readonly never[] = [];
const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

export function heldObjects(): HeldObjects {
  const kinds = new Map<HeldKind, Map<string, Map<string, Kinds[HeldKind]>>>();
  const uids = new Map<HeldKind, Map<string, Kinds[HeldKind]>>();
  const since = new Map<HeldKind, number>();
  const count = (kind: HeldKind): void => void since.set(kind, (since.get(kind) ?? 0) + 1);

  // `put` files each object under the kind it is of.
  /* oxlint-disable typescript/no-unsafe-type-assertion */
  const of = <K extends HeldKind>(kind: K): ReadonlyMap<string, ReadonlyMap<string, Kinds[K]>> =>
    (kinds.get(kind) ?? NOTHING) as unknown as ReadonlyMap<string, ReadonlyMap<string, Kinds[K]>>;

  return {
    get: (kind, namespace, name) => of(kind).get(namespace)?.get(name),
    in: (kind, namespace) => of(kind).get(namespace)?.values() ?? NONE,
    *all(kind) {
      for (const named of of(kind).values()) yield* named.values();
    },
    put(kind, object) {
      const { namespace, name, uid } = object;
      const named = entry(entry(kinds, kind), namespace);
      if (!named.has(name)) count(kind);
      named.set(name, object);
      entry(uids, kind).set(uid, object);
    },
    remove(kind, namespace, name) {
      const named = kinds.get(kind)?.get(namespace);
      const before = named?.get(name);
      if (named === undefined || before === undefined) return;
      named.delete(name);
      count(kind);
      if (named.size === 0) kinds.get(kind)?.delete(namespace);
      if (uids.get(kind)?.get(before.uid) === before) uids.get(kind)?.delete(before.uid);
    },
    since: (kind) => since.get(kind) ?? 0,
    byUid: <K extends HeldKind>(kind: K, uid: string) =>
      uids.get(kind)?.get(uid) as Kinds[K] | undefined,
    /* oxlint-enable typescript/no-unsafe-type-assertion */
  };
}

const inText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** In the order in which an API server lists them. */
export const byName = (a: Ref, b: Ref): number =>
  inText(a.namespace, b.namespace) || inText(a.name, b.name) || inText(a.uid, b.uid);

export const inOrder = <T extends Ref>(objects: Iterable<T>): readonly T[] =>
  [...objects].toSorted(byName);
