import { canonical } from "./canonical.ts";
import { registry, type Counted } from "./counted.ts";

export type Part = Counted<object>;

/** Labels, containers, tolerations …: pieces that many objects have equal, each held once. */
export type Parts = {
  /** Readers make one object of what is equal, so mostly its identity tells; else what it says. */
  of(value: object): Part;
  /** Whether two pieces are known to be equal. false: they may be equal all the same. */
  isKnownAs(a: object | undefined, b: object | undefined): boolean;
  keep(part: Part): void;
  drop(part: Part): void;
  size(): { readonly entries: number; readonly text: number };
};

export function parts(): Parts {
  const held = registry<object>();
  const known = new WeakMap<object, Part>();
  return {
    of(value) {
      const before = known.get(value);
      if (before !== undefined && held.at(before.id) === before) return before;
      const key = canonical(value);
      const part = held.find(key) ?? held.add(key, value);
      known.set(value, part);
      return part;
    },
    isKnownAs(a, b) {
      if (a === b) return true;
      if (a === undefined || b === undefined) return false;
      if (isEmpty(a) && isEmpty(b)) return Array.isArray(a) === Array.isArray(b);
      const part = known.get(a);
      return part !== undefined && part === known.get(b);
    },
    keep: held.keep,
    drop(part) {
      held.drop(part);
    },
    size: held.size,
  };
}

const isEmpty = (value: object): boolean =>
  Array.isArray(value) ? value.length === 0 : value instanceof Map && value.size === 0;
