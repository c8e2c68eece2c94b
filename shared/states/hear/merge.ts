import type { Instant } from "#shared/cluster/metadata.ts";
import type { DaemonSetState } from "#shared/events/daemon-set-states.ts";
import type { BusEvent } from "#shared/events/envelope.ts";
import type { NodeState } from "#shared/events/node-states.ts";
import type { ObjectState } from "#shared/events/object-states.ts";
import type { PodClass } from "#shared/events/pod-rows.ts";

import { checks, type Checks, type Known } from "./checks.ts";
import {
  compareEpochs,
  compareOrders,
  rowKey,
  type Epoch,
  type Order,
  type RowKey,
} from "#shared/states/row.ts";
import { collection, type Collection, type WholeIndex } from "./snapshot-parts.ts";

type There<T> = Exclude<T, { readonly gone: true }>;

/** What a row says, with the classes of the event that it came with. */
export type Told =
  | {
      readonly kind: "Node";
      readonly state: There<NodeState>;
      readonly classes: readonly PodClass[];
    }
  | {
      readonly kind: "DaemonSet";
      readonly state: There<DaemonSetState>;
      readonly classes: readonly PodClass[];
    }
  | { readonly kind: "Object"; readonly state: There<ObjectState> };

export type MergedRow = { readonly order: Order; readonly hash: string; readonly told: Told };

export type Refusal = "older-epoch" | "parts-differ" | "index-untrue" | "older-snapshot";

export type Answer = {
  /** Rows that say something else now, or are gone. What was known already, or is older, is no failure. */
  readonly changed: readonly RowKey[];
  readonly refused?: Refusal;
  /** What we hold cannot be what was said: everything is to be said again. */
  readonly wish: boolean;
};

/** One cluster, as far as it was told. */
export type Merge = {
  /** `at` in milliseconds that only grow. */
  receive(event: BusEvent, at: number): Answer;
  /** What had time to arrive by now and did not. true: everything is to be said again. */
  tick(at: number): boolean;
  rows(): ReadonlyMap<RowKey, MergedRow>;
  /** Of the leader that was heard last. */
  epoch(): Epoch | undefined;
};

type State = {
  readonly known: Map<RowKey, Known<Told>>;
  readonly checks: Checks;
  highest: Epoch | undefined;
  /** Rows told up to here that we do not know are gone. */
  fence: Order | undefined;
  /** Parts of one index. */
  parts: Collection | undefined;
};

/**
 * The receiving end of the protocol: whatever the order, however often and with whatever losses events arrive, the rows are
 * those that the forwarder last said; and where one is missing, it is noticed.
 */
export function merge(): Merge {
  const state: State = {
    known: new Map(),
    checks: checks(),
    highest: undefined,
    fence: undefined,
    parts: undefined,
  };
  return {
    receive: (event, at) => receive(state, event, at),
    tick: (at) => state.checks.isWishDue(at, state.known),
    rows: () =>
      new Map(
        [...state.known].flatMap(([key, { now }]) =>
          now.told === undefined
            ? []
            : [[key, { order: now.order, hash: now.hash, told: now.told }] as const],
        ),
      ),
    epoch: () => state.highest,
  };
}

const NONE: readonly RowKey[] = [];

function receive(state: State, event: BusEvent, at: number): Answer {
  const { epoch } = event.detail;
  const age = state.highest === undefined ? 1 : compareEpochs(epoch, state.highest);
  if (age < 0) return { changed: NONE, refused: "older-epoch", wish: false };
  if (age > 0) {
    state.highest = { createdAt: epoch.createdAt, transitions: epoch.transitions };
    state.parts = undefined;
    state.checks.newEpoch(state.highest, at);
  }
  const { changed, refused } = taken(state, event, at);
  const wish = state.checks.isWishDue(at, state.known);
  return { changed, ...(refused === undefined ? {} : { refused }), wish };
}

type Taken = Pick<Answer, "changed" | "refused">;

function taken(state: State, event: BusEvent, at: number): Taken {
  const { epoch, seq } = event.detail;
  const order: Order = {
    epoch: { createdAt: epoch.createdAt, transitions: epoch.transitions },
    seq,
  };
  switch (event.type) {
    case "NodeStates": {
      const { nodes, classes } = event.detail;
      return rowsTaken(
        state,
        order,
        nodes.map((row) => nodeTold(row, classes)),
      );
    }
    case "DaemonSetStates": {
      const { daemonSets, classes } = event.detail;
      return rowsTaken(
        state,
        order,
        daemonSets.map((row) => daemonSetTold(row, classes)),
      );
    }
    case "ObjectStates":
      return rowsTaken(state, order, event.detail.objects.map(objectTold));
    case "Heartbeat":
      state.checks.heartbeat(event.detail, { at, known: state.known, fence: state.fence });
      return { changed: NONE };
    case "Snapshot":
      return partTaken(state, event.detail, at);
  }
}

/** A row of an event. `told` undefined: it is gone. */
type Row = { readonly key: RowKey; readonly hash: string; readonly told: Told | undefined };

const nodeTold = (row: NodeState, classes: readonly PodClass[]): Row => ({
  key: rowKey("Node", row.uid),
  hash: row.hash,
  told: "gone" in row ? undefined : { kind: "Node", state: row, classes },
});
const daemonSetTold = (row: DaemonSetState, classes: readonly PodClass[]): Row => ({
  key: rowKey("DaemonSet", row.uid),
  hash: row.hash,
  told: "gone" in row ? undefined : { kind: "DaemonSet", state: row, classes },
});
const objectTold = (row: ObjectState): Row => ({
  key: rowKey("Object", row.uid),
  hash: row.hash,
  told: "gone" in row ? undefined : { kind: "Object", state: row },
});

const rowsTaken = (state: State, order: Order, rows: readonly Row[]): Taken => ({
  changed: rows.flatMap((row) => (rowTaken(state, order, row) ? [row.key] : [])),
});

/** true: it says something else now. */
function rowTaken({ known, fence, checks: open }: State, order: Order, row: Row): boolean {
  const { key, hash, told } = row;
  const before = known.get(key);
  const says = told && hash;
  if (before === undefined) {
    const isOld = fence !== undefined && compareOrders(order, fence) <= 0;
    if (isOld && !open.isAwaited(key)) return false;
    known.set(key, { now: { order, hash, told }, before: undefined });
    open.rowAt(key, { order, hash: says });
    return told !== undefined;
  }
  open.rowAt(key, { order, hash: says });
  if (compareOrders(order, before.now.order) <= 0) return false;
  const said = before.now.told && before.now.hash;
  known.set(key, { now: { order, hash, told }, before: { order: before.now.order, hash: said } });
  return said !== says;
}

type Part = Extract<BusEvent, { readonly type: "Snapshot" }>["detail"];

function partTaken(state: State, part: Part, at: number): Taken {
  if (state.parts === undefined || state.parts.isOlderThan(part)) state.parts = collection(part);
  const found = state.parts.add(part);
  switch (found) {
    case "more":
    case "other":
      return { changed: NONE };
    case "differs":
    case "untrue":
      state.parts = undefined;
      state.checks.wish(at);
      return { changed: NONE, refused: found === "untrue" ? "index-untrue" : "parts-differ" };
    default:
      return indexTaken(state, found, at);
  }
}

/** What is not in the index and was not told after it is gone; what is in it and not here is awaited. */
function indexTaken(state: State, { rows, upTo }: WholeIndex, at: Instant): Taken {
  if (state.fence && compareOrders(upTo, state.fence) < 0)
    return { changed: NONE, refused: "older-snapshot" };
  state.fence = upTo;
  const changed: RowKey[] = [];
  for (const [key, { now }] of state.known) {
    if (rows.has(key) || compareOrders(now.order, upTo) > 0) continue;
    state.known.delete(key);
    if (now.told !== undefined) changed.push(key);
  }
  state.checks.index({ rows, upTo }, { at, known: state.known });
  return { changed };
}
