import type { Instant } from "#shared/cluster/metadata.ts";

/**
 * Whose word counts: the forwarder that leads by the Lease made at `createdAt`, after so many changes of its holder. A Lease that
 * was made anew begins at 0 again, so its birth comes first.
 */
export type Epoch = { readonly createdAt: Instant; readonly transitions: number };

/** When something was said: `seq` counts the events of one epoch, from 1. Arrival tells nothing. */
export type Order = { readonly epoch: Epoch; readonly seq: number };

export const compareEpochs = (a: Epoch, b: Epoch): number =>
  a.createdAt - b.createdAt || a.transitions - b.transitions;

/** Negative: `a` was said before `b`. */
export const compareOrders = (a: Order, b: Order): number =>
  compareEpochs(a.epoch, b.epoch) || a.seq - b.seq;

/** What travels as one: a node with its pods, a DaemonSet with what belongs to it, or an object that concerns many. */
export const ROW_KINDS = ["Node", "DaemonSet", "Object"] as const;
export type RowKind = (typeof ROW_KINDS)[number];

/** "Node/<uid>": names recur, UIDs do not. */
export type RowKey = `${RowKind}/${string}`;
export const rowKey = (kind: RowKind, uid: string): RowKey => `${kind}/${uid}`;

/** How soon a change is told: what daemons and nodes do within a second or two, mere load within a minute. */
export type Urgency = "soon" | "later";

/** Told of each row that says something else than before. */
export type Touched = (key: RowKey, urgency: Urgency) => void;
