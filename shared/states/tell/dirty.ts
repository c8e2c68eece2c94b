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

type Entry = { urgency: Urgency; due: number | undefined; isStamped: boolean };

type Waiting = {
  readonly entries: Map<RowKey, Entry>;
  /** Of how many the time is not known yet. */
  unstamped: number;
};

export function dirty(): Dirty {
  const waiting: Waiting = { entries: new Map(), unstamped: 0 };
  const { entries } = waiting;
  return {
    touch: (key, urgency) => touch(waiting, key, urgency),
    again(key) {
      forget(waiting, key);
      entries.set(key, { urgency: "soon", due: 0, isStamped: true });
    },
    stamp: (at) => stamp(waiting, at),
    due: (at) =>
      [...entries]
        .flatMap(([key, { due }]) => (due !== undefined && due <= at ? [{ key, due }] : []))
        .toSorted((a, b) => a.due - b.due)
        .map(({ key }) => key),
    next: (counts) => next(waiting, counts),
    delete: (key) => forget(waiting, key),
    clear() {
      entries.clear();
      waiting.unstamped = 0;
    },
    get size() {
      return entries.size;
    },
  };
}

/** What is more urgent than it was counts from the next look, unless it was due before. */
function touch(waiting: Waiting, key: RowKey, urgency: Urgency): void {
  const known = waiting.entries.get(key);
  if (known === undefined) {
    waiting.entries.set(key, { urgency, due: undefined, isStamped: false });
    waiting.unstamped += 1;
  } else if (urgency === "soon" && known.urgency === "later") {
    if (known.isStamped) waiting.unstamped += 1;
    known.urgency = urgency;
    known.isStamped = false;
  }
}

function stamp(waiting: Waiting, at: number): void {
  const { entries } = waiting;
  if (waiting.unstamped === 0) return;
  waiting.unstamped = 0;
  for (const entry of entries.values()) {
    if (entry.isStamped) continue;
    entry.isStamped = true;
    entry.due = Math.min(entry.due ?? Infinity, dueAt(entry.urgency, at, entries.size));
  }
}

function next({ entries, unstamped }: Waiting, counts: (key: RowKey) => boolean) {
  if (unstamped > 0) return 0;
  let first: number | undefined;
  for (const [key, { due = 0 }] of entries)
    if ((first === undefined || due < first) && counts(key)) first = due;
  return first;
}

function forget(waiting: Waiting, key: RowKey): void {
  if (waiting.entries.get(key)?.isStamped === false) waiting.unstamped -= 1;
  waiting.entries.delete(key);
}
