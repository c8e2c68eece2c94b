import { hashOfUid } from "./packed.ts";
import { COLUMN, type Id, type Sheet } from "./sheet.ts";

/** Rows of a sheet by UID: chains through a column of the sheet, so that a row costs 4 bytes and its share of the heads. */
export type UidIndex = {
  readonly find: (id: Id) => number | undefined;
  add(row: number): void;
  remove(row: number): void;
  /** Nothing is in it any more: what it had grown to is given back. */
  shrink(): void;
  bytes(): number;
};

const SMALLEST = 1024;

/** Links are one more than the row that they name; 0 ends a chain. */
const rowOf = (link: number): number | undefined => (link === 0 ? undefined : link - 1);

export function uidIndex(rows: Sheet): UidIndex {
  let heads = new Uint32Array(SMALLEST);
  let count = 0;
  const linkOf = (row: number): number => rows.get(row, COLUMN.nextOfHash);
  const bucketOf = (hash: number): number => hash & (heads.length - 1);

  function put(row: number): void {
    const bucket = bucketOf(rows.hashOf(row));
    rows.set(row, COLUMN.nextOfHash, heads[bucket] ?? 0);
    heads[bucket] = row + 1;
  }

  function grow(): void {
    const before = heads;
    heads = new Uint32Array(before.length * 2);
    for (const head of before) {
      let row = rowOf(head);
      while (row !== undefined) {
        const after = rowOf(linkOf(row));
        put(row);
        row = after;
      }
    }
  }

  return {
    find(id) {
      let row = rowOf(heads[bucketOf(hashOfUid(id.words))] ?? 0);
      while (row !== undefined && !rows.has(row, id)) row = rowOf(linkOf(row));
      return row;
    },
    add(row) {
      if (count >= heads.length) grow();
      put(row);
      count += 1;
    },
    remove(row) {
      const bucket = bucketOf(rows.hashOf(row));
      const after = linkOf(row);
      count -= 1;
      if (heads[bucket] === row + 1) {
        heads[bucket] = after;
        return;
      }
      let at = rowOf(heads[bucket] ?? 0);
      while (at !== undefined && linkOf(at) !== row + 1) at = rowOf(linkOf(at));
      if (at !== undefined) rows.set(at, COLUMN.nextOfHash, after);
    },
    shrink() {
      if (heads.length > SMALLEST) heads = new Uint32Array(SMALLEST);
    },
    bytes: () => heads.byteLength,
  };
}
