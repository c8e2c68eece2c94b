import type { Heartbeat } from "#shared/events/heartbeat.ts";
import { digestOf } from "#shared/states/digest.ts";
import { kindOfRow } from "#shared/states/tell/ledger.ts";
import {
  ROW_KINDS,
  compareEpochs,
  compareOrders,
  type Epoch,
  type Order,
  type RowKey,
} from "#shared/states/row.ts";
import type { WholeIndex } from "./snapshot-parts.ts";

/** A row as it was at some time. `hash` undefined: gone. */
export type RowAt = { readonly order: Order; readonly hash: string | undefined };
export type Known<T> = {
  readonly now: { readonly order: Order; readonly hash: string; readonly told: T | undefined };
  /** What it was just before. */
  readonly before: RowAt | undefined;
};
type Rows = ReadonlyMap<RowKey, Known<unknown>>;
/** What is here, and when. */
type Held = { readonly at: number; readonly known: Rows };

/** Milliseconds. */
export const PATIENCE = {
  /** What an index or a heartbeat speaks of may arrive so much later than it does. */
  arrival: 20_000,
  /** A new leader says everything within this time. */
  snapshot: 60_000,
  /** Between two wishes. */
  wish: 60_000,
} as const;

/** What was said, compared with what arrived, once it has had time to. */
export type Checks = {
  newEpoch(epoch: Epoch, at: number): void;
  heartbeat(said: Heartbeat, held: Held & { readonly fence: Order | undefined }): void;
  index(index: WholeIndex, held: Held): void;
  /** A row arrived, be it old. */
  rowAt(key: RowKey, row: RowAt): void;
  /** The index has it, and it never came. */
  isAwaited(key: RowKey): boolean;
  wish(at: number): void;
  isWishDue(at: number, known: Rows): boolean;
};

type Said = Pick<Heartbeat, "digest" | "counts">;

type Open = {
  /** A heartbeat that did not fit, and the rows as of the moment that it speaks of. */
  heard:
    | {
        readonly until: number;
        readonly upTo: Order;
        readonly said: Said;
        readonly rows: Map<RowKey, RowAt>;
      }
    | undefined;
  /** Rows of the last index that were missing or other. */
  awaited:
    | { readonly until: number; readonly upTo: Order; readonly rows: Map<RowKey, string> }
    | undefined;
  /** By when the leader should have said everything. */
  snapshotBy: { readonly epoch: Epoch; readonly until: number } | undefined;
  wishes: boolean;
  lastWish: number;
};

export function checks(): Checks {
  const open: Open = {
    heard: undefined,
    awaited: undefined,
    snapshotBy: undefined,
    wishes: false,
    lastWish: -Infinity,
  };
  return {
    newEpoch(epoch, at) {
      open.heard = undefined;
      open.awaited = undefined;
      open.snapshotBy = { epoch, until: at + PATIENCE.snapshot };
    },
    heartbeat: (said, held) => compare(open, said, held),
    index({ rows, upTo }, { at, known }) {
      open.heard = undefined;
      open.snapshotBy = undefined;
      const missing = [...rows].filter(([key, hash]) => isMissing(known, upTo, [key, hash]));
      open.awaited = { until: at + PATIENCE.arrival, upTo, rows: new Map(missing) };
    },
    rowAt(key, row) {
      const { heard } = open;
      if (!heard || compareOrders(row.order, heard.upTo) > 0) return;
      const before = heard.rows.get(key);
      if (!before || compareOrders(before.order, row.order) < 0) heard.rows.set(key, row);
    },
    isAwaited: (key) => open.awaited?.rows.has(key) ?? false,
    wish() {
      open.wishes = true;
    },
    isWishDue(at, known) {
      settle(open, at, known);
      if (!open.wishes || at - open.lastWish < PATIENCE.wish) return false;
      open.wishes = false;
      open.lastWish = at;
      return true;
    },
  };
}

function compare(
  open: Open,
  { epoch, upTo: seq, digest, counts }: Heartbeat,
  { at, known, fence }: Held & { readonly fence: Order | undefined },
): void {
  // Until a leader has said everything, it holds less than we do.
  if (seq === undefined || !fence || compareEpochs(fence.epoch, epoch) !== 0) return;
  if (open.heard || seq < fence.seq) return;
  const upTo = { epoch, seq };
  const rows = rowsAt(known, upTo);
  if (rows === undefined || isAsSaid({ digest, counts }, rows)) return;
  open.heard = { until: at + PATIENCE.arrival, upTo, said: { digest, counts }, rows };
}

/** Judges what has had its time. */
function settle(open: Open, at: number, known: Rows): void {
  const { heard, awaited, snapshotBy } = open;
  if (heard && at >= heard.until) {
    if (!isAsSaid(heard.said, heard.rows)) open.wishes = true;
    open.heard = undefined;
  }
  if (awaited && at >= awaited.until) {
    const { upTo, rows } = awaited;
    if ([...rows].some((row) => row[1] !== "" && isMissing(known, upTo, row))) open.wishes = true;
    open.awaited = undefined;
  }
  if (snapshotBy && at >= snapshotBy.until) {
    open.wishes = true;
    open.snapshotBy = { ...snapshotBy, until: at + PATIENCE.snapshot };
  }
}

/** Not here, or other than the index says and not told since. */
function isMissing(known: Rows, upTo: Order, [key, hash]: readonly [RowKey, string]): boolean {
  const row = known.get(key)?.now;
  if (row === undefined) return true;
  if (compareOrders(row.order, upTo) > 0 || hash === "") return false;
  return row.told === undefined || row.hash !== hash;
}

/** The rows as of `upTo`; undefined where what a row was then is not known any more. */
function rowsAt(known: Rows, upTo: Order): Map<RowKey, RowAt> | undefined {
  const rows = new Map<RowKey, RowAt>();
  for (const [key, { now, before }] of known) {
    if (compareOrders(now.order, upTo) <= 0)
      rows.set(key, { order: now.order, hash: now.told === undefined ? undefined : now.hash });
    else if (before) {
      if (compareOrders(before.order, upTo) > 0) return undefined;
      rows.set(key, before);
    }
  }
  return rows;
}

function isAsSaid({ digest, counts }: Said, rows: ReadonlyMap<RowKey, RowAt>): boolean {
  const there = [...rows].flatMap(([key, { hash }]) =>
    hash === undefined ? [] : [[key, hash] as const],
  );
  const isCounted = ROW_KINDS.every(
    (kind) => there.filter(([key]) => kindOfRow(key) === kind).length === counts[kind],
  );
  return isCounted && digestOf(there) === digest;
}
