import type { Snapshot } from "#shared/events/snapshot.ts";
import { digestOf } from "#shared/states/digest.ts";
import { kindOfRow } from "#shared/states/tell/ledger.ts";
import { rowKey, type Order, type RowKey } from "#shared/states/row.ts";

/** Every row that there was when the index was made, with its hash, or "" where that was not sure. */
export type WholeIndex = {
  readonly rows: ReadonlyMap<RowKey, string>;
  /** Rows told later are no part of it. */
  readonly upTo: Order;
};

/** Parts of one index. Only all of them together, counted and summed up, say anything. */
export type Collection = {
  isOlderThan(part: Snapshot): boolean;
  /**
   * other: of an index that is older. differs: it is not of one piece with the parts before. untrue: all are here, and they
   * are not what they say they are.
   */
  add(part: Snapshot): WholeIndex | "more" | "other" | "differs" | "untrue";
};

const isOfOnePiece = (a: Snapshot, b: Snapshot): boolean =>
  a.of === b.of && a.count === b.count && a.digest === b.digest && a.upTo === b.upTo;

export function collection(first: Snapshot): Collection {
  const parts = new Map<number, Snapshot>();
  let newest = first.seq;
  return {
    isOlderThan: (part) => part.id !== first.id && part.seq > newest,
    add(part) {
      if (part.id !== first.id) return "other";
      if (!isOfOnePiece(part, first)) return "differs";
      newest = Math.max(newest, part.seq);
      parts.set(part.part, part);
      if (parts.size < first.of) return "more";
      return whole([...parts.values()]) ?? "untrue";
    },
  };
}

function whole(parts: readonly Snapshot[]): WholeIndex | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const all = parts.flatMap(({ rows }) => rows);
  const rows = new Map(all.map(([key, hash]) => [keyIn(key), hash]));
  const isTrue =
    rows.size === first.count && all.length === first.count && digestOf(rows) === first.digest;
  const { createdAt, transitions } = first.epoch;
  return isTrue
    ? { rows, upTo: { epoch: { createdAt, transitions }, seq: first.upTo } }
    : undefined;
}

/** The contract lets nothing else through than the kinds of rows, a slash and a UID. */
const keyIn = (text: string): RowKey => {
  // Only the part before the slash is looked at.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const kind = kindOfRow(text as RowKey);
  return rowKey(kind, text.slice(kind.length + 1));
};
