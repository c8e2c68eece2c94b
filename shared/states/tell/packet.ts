import type { Instant } from "#shared/cluster/metadata.ts";
import { digestOf } from "#shared/states/digest.ts";
import type { Load } from "./pack.ts";
import type { Epoch, RowKey, RowKind } from "#shared/states/row.ts";

/** One event on its way, and the rows that it tells of. */
export type Packet = {
  readonly detailType: string;
  readonly detail: string;
  readonly keys: readonly RowKey[];
  readonly seq: number;
};

/** What stands before everything else in an event. */
export type Header = {
  readonly cluster: string;
  readonly epoch: Epoch;
  readonly seq: number;
  readonly sentAt: Instant;
};

const DETAIL_TYPES: Readonly<Record<RowKind, string>> = {
  Node: "NodeStates",
  DaemonSet: "DaemonSetStates",
  Object: "ObjectStates",
};

const headed = ({ cluster, epoch, seq, sentAt }: Header, body: string): string =>
  `${JSON.stringify({ version: 1, cluster, epoch, seq, sentAt }).slice(0, -1)},${body}}`;

export const statesPacket = (header: Header, { kind, rows, body }: Load): Packet => ({
  detailType: DETAIL_TYPES[kind],
  detail: headed(header, body),
  keys: rows.map(({ key }) => key),
  seq: header.seq,
});

export const heartbeatPacket = (header: Header, body: object): Packet => ({
  detailType: "Heartbeat",
  detail: headed(header, JSON.stringify(body).slice(1, -1)),
  keys: [],
  seq: header.seq,
});

/** Row keys and hashes of one part of an index: about 60 KB. */
const PART = 800;

/** The parts of an index of all rows, each with the next sequence number. */
export function snapshotPackets(
  rows: readonly (readonly [key: RowKey, hash: string])[],
  upTo: number,
  header: () => Header,
): readonly Packet[] {
  const parts = Math.max(1, Math.ceil(rows.length / PART));
  const sum = digestOf(rows);
  let id = "";
  return Array.from({ length: parts }, (_, at): Packet => {
    const next = header();
    id ||= `${next.epoch.createdAt}-${next.epoch.transitions}-${next.seq}`;
    const body = {
      id,
      part: at + 1,
      of: parts,
      count: rows.length,
      digest: sum,
      upTo,
      rows: rows.slice(at * PART, (at + 1) * PART),
    };
    return {
      detailType: "Snapshot",
      detail: headed(next, JSON.stringify(body).slice(1, -1)),
      keys: [],
      seq: next.seq,
    };
  });
}
