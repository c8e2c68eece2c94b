import type { Instant } from "#shared/cluster/metadata.ts";
import { dirty, type Dirty } from "./dirty.ts";
import { ledger, kindOfRow, uidOfRow, type Ledger } from "./ledger.ts";
import { packer, type Load, type Packer, type WrittenRow } from "./pack.ts";
import {
  heartbeatPacket,
  snapshotPackets,
  statesPacket,
  type Header,
  type Packet,
} from "./packet.ts";
import {
  compareEpochs,
  type Epoch,
  type RowKey,
  type RowKind,
  type Urgency,
} from "#shared/states/row.ts";

/** Where rows come from, as they are at the moment they are told. */
export type RowSource = {
  /** undefined: it is gone. */
  row(key: RowKey): WrittenRow | undefined;
  keys(): Iterable<RowKey>;
  /** The row may be another now. */
  changed(key: RowKey): void;
  /** Rows that say something else because another changed. Asked before each taking. */
  stale(): Iterable<RowKey>;
};

/** What a heartbeat tells beside the rows. */
export type Health = {
  readonly kinds: readonly {
    readonly kind: string;
    readonly seen: true | string;
    readonly lastByteAgeSeconds?: number | undefined;
  }[];
  readonly skewSeconds?: number | undefined;
};

export type Outbox = {
  touched(key: RowKey, urgency: Urgency): void;
  /** What is due by `at`, at most `most` events. They are in flight until they are settled. */
  take(at: number, wall: Instant, most?: number): readonly Packet[];
  settled(packet: Packet, accepted: boolean): void;
  /** Everything is to be said again, and then what everything is. */
  snapshotDue(why: string): void;
  heartbeat(wall: Instant, health: Health): Packet;
  /** Another epoch begins, or nobody may speak. */
  lead(epoch: Epoch | undefined): void;
  /** Rows that wait to be told. */
  waiting(): number;
  /** Rows that no event can hold, so far. */
  tooLarge(): number;
  nextDue(): number | undefined;
};

export type OutboxOptions = {
  /** UID of the kube-system namespace. */
  readonly cluster: string;
  readonly source: RowSource;
  /** Of the forwarder. */
  readonly version: string;
};

/** What belongs to one epoch. */
type Term = {
  readonly epoch: Epoch;
  readonly said: Ledger;
  readonly inFlight: Set<Packet>;
  seq: number;
  /** The highest that was settled. */
  upTo: number;
  /** Rows that a snapshot still has to say; undefined: none is under way. */
  toSay: Set<RowKey> | undefined;
  /** Parts of an index that wait to be sent. */
  index: Packet[];
};

const newTerm = (epoch: Epoch, seq: number): Term => ({
  epoch,
  said: ledger(),
  inFlight: new Set(),
  seq,
  upTo: seq,
  toSay: undefined,
  index: [],
});

/** A row that the bus refuses so often keeps no snapshot from ending. */
const GIVE_UP = 5;

type State = {
  readonly options: OutboxOptions;
  readonly dirty: Dirty;
  term: Term | undefined;
  /** The last epoch in which we spoke, and its last number: a number is never used twice. */
  last: { readonly epoch: Epoch; readonly seq: number } | undefined;
  tooLarge: number;
};

/**
 * What is to be told, until the bus has it. Only keys wait: a row that changes again replaces itself, so an hour without the
 * bus costs no more than one name for each row.
 */
export function outbox(options: OutboxOptions): Outbox {
  const state: State = { options, dirty: dirty(), term: undefined, last: undefined, tooLarge: 0 };
  return {
    touched(key, urgency) {
      options.source.changed(key);
      // Whoever leads next begins with everything.
      if (state.term) state.dirty.touch(key, urgency);
    },
    take: (at, wall, most = 10) => (state.term ? take(state, state.term, { at, wall, most }) : []),
    settled(packet, accepted) {
      if (state.term?.inFlight.delete(packet)) settle(state, state.term, { packet, accepted });
    },
    snapshotDue() {
      if (state.term) beginSnapshot(state, state.term);
    },
    heartbeat: (wall, health) => heartbeat(state, wall, health),
    lead: (epoch) => lead(state, epoch),
    waiting: () => state.dirty.size,
    tooLarge: () => state.tooLarge,
    nextDue() {
      const { term } = state;
      if (term === undefined) return undefined;
      return isIndexDue(term) ? 0 : state.dirty.next((key) => !term.said.isFlying(key));
    },
  };
}

function lead(state: State, epoch: Epoch | undefined): void {
  if (state.term) state.last = { epoch: state.term.epoch, seq: state.term.seq };
  state.dirty.clear();
  state.term = undefined;
  if (epoch === undefined) return;
  const { last } = state;
  const again = last !== undefined && compareEpochs(last.epoch, epoch) === 0;
  state.term = newTerm(epoch, again ? last.seq : 0);
  beginSnapshot(state, state.term);
}

/** One that is being said goes on: what changes meanwhile is told anyhow. */
function beginSnapshot({ options, dirty }: State, term: Term): void {
  if (term.toSay && term.toSay.size > 0) return;
  term.toSay = new Set([...options.source.keys(), ...term.said.keys()]);
  term.index = [];
  for (const key of term.toSay) dirty.again(key);
}

const nextHeader = ({ options }: State, term: Term, sentAt: Instant): Header => {
  term.seq += 1;
  return { cluster: options.cluster, epoch: term.epoch, seq: term.seq, sentAt };
};

type Taking = { readonly at: number; readonly wall: Instant; readonly most: number };

function take(state: State, term: Term, { at, wall, most }: Taking): readonly Packet[] {
  for (const key of state.options.source.stale()) state.dirty.touch(key, "later");
  state.dirty.stamp(at);
  if (isIndexDue(term) && term.index.length === 0) {
    term.toSay = undefined;
    const header = (): Header => nextHeader(state, term, wall);
    term.index = [...snapshotPackets(term.said.rows(), term.upTo, header)];
  }
  const parts = term.index.splice(0, most);
  const loads = loadsOf(state, term, { at, most: most - parts.length });
  const packets = [
    ...parts,
    ...loads.map((load) => statesPacket(nextHeader(state, term, wall), load)),
  ];
  for (const packet of packets) term.inFlight.add(packet);
  return packets;
}

/** All was said of which it can be said; or some parts are left. */
const isIndexDue = ({ toSay, index }: Term): boolean => index.length > 0 || toSay?.size === 0;

type Filling = { readonly at: number; readonly most: number };

/** Rows that are due, in events, until there are enough of these. */
function loadsOf(state: State, term: Term, { at, most }: Filling): readonly Load[] {
  const loads: Load[] = [];
  const packers = new Map<RowKind, Packer>();
  for (const key of state.dirty.due(at)) {
    if (loads.length + packers.size >= most && !packers.has(kindOfRow(key))) continue;
    if (loads.length >= most) break;
    const row = rowToSay(state, term, key);
    if (row === undefined) continue;
    const kind = kindOfRow(key);
    const pack = packers.get(kind) ?? packer(kind);
    packers.set(kind, pack);
    const { full, tooLarge } = pack.add(row);
    if (full) loads.push(full);
    if (tooLarge) skip(state, term, key);
    else term.said.fly(key, row.hash);
  }
  return [...loads, ...[...packers.values()].flatMap((pack) => pack.end() ?? [])];
}

function skip(state: State, { toSay }: Term, key: RowKey): void {
  state.tooLarge += 1;
  toSay?.delete(key);
}

/** undefined: not now, or there is nothing to say. */
function rowToSay({ options, dirty }: State, term: Term, key: RowKey): WrittenRow | undefined {
  const { said, toSay } = term;
  if (said.isFlying(key)) return undefined;
  dirty.delete(key);
  const row = options.source.row(key);
  const before = said.accepted(key);
  const isSure = said.failures(key) === 0;
  if (row === undefined) {
    if (before !== undefined || !isSure) return tombstone(key);
    toSay?.delete(key);
    return undefined;
  }
  if (row.hash === before && isSure && !toSay?.has(key)) return undefined;
  return row;
}

const tombstone = (key: RowKey): WrittenRow => ({
  key,
  hash: "",
  classes: [],
  json: () => JSON.stringify({ uid: uidOfRow(key), name: "", hash: "", gone: true }),
});

type Settling = { readonly packet: Packet; readonly accepted: boolean };

function settle({ dirty }: State, term: Term, { packet, accepted }: Settling): void {
  const { said, toSay } = term;
  if (packet.detailType === "Snapshot") {
    // Another snapshot has begun meanwhile, or the part is sent as it was.
    if (!accepted && toSay === undefined) term.index.push(packet);
    return;
  }
  term.upTo = Math.max(term.upTo, packet.seq);
  for (const key of packet.keys) {
    said.land(key, accepted);
    if (accepted || said.failures(key) >= GIVE_UP) toSay?.delete(key);
    if (!accepted) dirty.again(key);
  }
}

function heartbeat(state: State, wall: Instant, { kinds, skewSeconds }: Health): Packet {
  const term = state.term ?? newTerm({ createdAt: 0, transitions: 0 }, 0);
  const { said, upTo } = term;
  return heartbeatPacket(nextHeader(state, term, wall), {
    counts: said.counts(),
    digest: said.digest(),
    ...(said.anyUnsure() ? {} : { upTo }),
    kinds,
    waiting: state.dirty.size,
    ...(skewSeconds === undefined ? {} : { skewSeconds }),
    forwarder: state.options.version,
  });
}
