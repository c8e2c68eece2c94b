/** One value that many share. It is forgotten when the last of them lets go of it. */
export type Counted<T> = {
  /** Small and used again; 0 is nobody's. */
  readonly id: number;
  readonly key: string;
  readonly value: T;
  uses: number;
};

/** Entries, and the characters of their keys. */
export type Size = { readonly entries: number; readonly text: number };

/** Values by a key that is equal for equal values, each with a number that fits into a column. */
export type Registry<T> = {
  readonly find: (key: string) => Counted<T> | undefined;
  /** Not yet in use by anyone: `keep` it, or it stays for good. */
  readonly add: (key: string, value: T) => Counted<T>;
  readonly at: (id: number) => Counted<T> | undefined;
  readonly keep: (entry: Counted<T>) => void;
  /** true: that was the last use. */
  readonly drop: (entry: Counted<T>) => boolean;
  readonly all: () => Iterable<Counted<T>>;
  readonly size: () => Size;
  /** Grows with every key that comes or goes. */
  readonly since: () => number;
};

export function registry<T>(): Registry<T> {
  const byKey = new Map<string, Counted<T>>();
  const byId: (Counted<T> | undefined)[] = [undefined];
  const free: number[] = [];
  let text = 0;
  let since = 0;
  return {
    find: (key) => byKey.get(key),
    add(key, value) {
      const entry: Counted<T> = { id: free.pop() ?? byId.length, key, value, uses: 0 };
      byId[entry.id] = entry;
      byKey.set(key, entry);
      since += 1;
      text += key.length;
      return entry;
    },
    at: (id) => byId[id],
    keep(entry) {
      entry.uses += 1;
    },
    drop(entry) {
      entry.uses -= 1;
      if (entry.uses > 0) return false;
      byKey.delete(entry.key);
      since += 1;
      byId[entry.id] = undefined;
      free.push(entry.id);
      text -= entry.key.length;
      return true;
    },
    all: () => byKey.values(),
    size: () => ({ entries: byKey.size, text }),
    since: () => since,
  };
}
