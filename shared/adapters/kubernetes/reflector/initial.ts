import type { InputProblem, Kind, Kinds } from "#shared/cluster/cluster.ts";
import { keyOf } from "#shared/cluster/metadata.ts";
import { uidList } from "./uid-list.ts";

type Problems = readonly InputProblem[];

/** What there was before a watch, while it is being sent. `T` is what is kept of an object. */
export type Initial<T> = {
  put(object: Kinds[Kind], kept: T, problems: Problems): void;
  remove(object: Kinds[Kind]): void;
  size(): number;
  whole(): { readonly objects: readonly T[]; readonly problems: Problems };
};

const uidOf = (object: Kinds[Kind]): string => object.uid || keyOf(object);

/**
 * A server sends each object once, and mostly in the order of their names: then no index is needed of the many there may be. It
 * is made as soon as one comes out of order, changed or gone.
 */
export function initial<T>(): Initial<T> {
  const objects: T[] = [];
  const uids = uidList();
  const problemsOf = new Map<number, Problems>();
  const gone = new Set<number>();
  let inOrder = true;
  let last = "";
  const set = (at: number, kept: T, problems: Problems): void => {
    objects[at] = kept;
    if (problems.length > 0) problemsOf.set(at, problems);
    else problemsOf.delete(at);
  };
  return {
    put(object, kept, problems) {
      const uid = uidOf(object);
      const key = inOrder ? `${object.namespace}/${object.name}` : "";
      if (key > last) last = key;
      else inOrder = false;
      const known = inOrder ? undefined : uids.find(uid, gone);
      set(known ?? uids.length(), kept, problems);
      if (known === undefined) uids.add(uid);
    },
    remove(object) {
      const uid = uidOf(object);
      // It may come again under a name that was there.
      inOrder = false;
      const at = uids.find(uid, gone);
      if (at === undefined) return;
      problemsOf.delete(at);
      gone.add(at);
    },
    size: () => objects.length - gone.size,
    whole: () => ({
      objects: gone.size === 0 ? objects : objects.filter((_, at) => !gone.has(at)),
      problems: [...problemsOf].toSorted(([a], [b]) => a - b).flatMap(([, found]) => found),
    }),
  };
}
