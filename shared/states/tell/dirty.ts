import type { RowKey, Urgency } from "#shared/states/row.ts";

/** In a storm rounds are rarer, so that each tells more. */
const STORM = 100;

/**
 * When a change that was first seen at `at` is told. On a grid, so that what changes about the same time is told together:
 * soon is after one to two seconds, or up to two in a storm; later is with the next full minute.
 */
export function dueAt(urgency: Urgency, at: number, waiting: number): number {
  if (urgency === "later") return after(at, 60_000);
  return waiting > STORM ? after(at, 2000) : after(at + 999, 1000);
}

/** The first multiple of `step` that is later than `at`. */
const after = (at: number, step: number): number => (Math.floor(at / step) + 1) * step;

/** Keys of rows that are to be told, and from when on. What they say is not kept: it is asked for when it is told. */
export type Dirty = {
  touch(key: RowKey, urgency: Urgency): void;
  /** Due at once. */
  again(key: RowKey): void;
  /** Changes come without a time; they count from the first look after them. */
  stamp(at: number): void;
  /** Longest due first. */
  due(at: number): readonly RowKey[];
  /** When the next of those that `counts` names is due; 0 where that is not known yet. */
  next(counts: (key: RowKey) => boolean): number | undefined;
  delete(key: RowKey): void;
  clear(): void;
  readonly size: number;
};

type Entry = { urgency: Urgency; due: number | undefined; unstamped: boolean };

export function dirty(): Dirty {
  const entries = new Map<RowKey, Entry>();
  let unstamped = 0;

  const fresh = (entry: Entry): void => {
    if (!entry.unstamped) unstamped += 1;
    entry.unstamped = true;
  };
  const stamped = (entry: Entry): void => {
    if (entry.unstamped) unstamped -= 1;
    entry.unstamped = false;
  };

  return {
    touch(key, urgency) {
      const known = entries.get(key);
      if (known === undefined) {
        const entry: Entry = { urgency, due: undefined, unstamped: false };
        fresh(entry);
        entries.set(key, entry);
      } else if (urgency === "soon" && known.urgency === "later") {
        known.urgency = urgency;
        fresh(known);
      }
    },
    again(key) {
      const known = entries.get(key);
      if (known) stamped(known);
      entries.set(key, { urgency: "soon", due: 0, unstamped: false });
    },
    stamp(at) {
      if (unstamped === 0) return;
      for (const entry of entries.values()) {
        if (!entry.unstamped) continue;
        stamped(entry);
        const due = dueAt(entry.urgency, at, entries.size);
        entry.due = Math.min(entry.due ?? Infinity, due);
      }
    },
    due: (at) =>
      [...entries]
        .flatMap(([key, { due }]) => (due !== undefined && due <= at ? [{ key, due }] : []))
        .toSorted((a, b) => a.due - b.due)
        .map(({ key }) => key),
    next(counts) {
      if (unstamped > 0) return 0;
      let next: number | undefined;
      for (const [key, { due = 0 }] of entries)
        if ((next === undefined || due < next) && counts(key)) next = due;
      return next;
    },
    delete(key) {
      const known = entries.get(key);
      if (known) stamped(known);
      entries.delete(key);
    },
    clear() {
      entries.clear();
      unstamped = 0;
    },
    get size() {
      return entries.size;
    },
  };
}
