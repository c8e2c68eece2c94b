import { nodeLists, type NodeLists } from "./node-lists.ts";
import type { PodPacker } from "./pod-packer.ts";
import { COLUMN, sheet, type Id, type Sheet } from "./sheet.ts";
import type { Stage } from "./stage.ts";
import { uidIndex } from "./uid-index.ts";

/** Whose business a pod is. */
export type Place = {
  /** The node that it is bound to, or, of a daemon pod, aimed at; "" where neither. */
  readonly node: string;
  /** UID of the DaemonSet that owns it, or "". */
  readonly daemonOf: string;
  /** The node that the scheduler has promised it, while it is not bound. */
  readonly nominated: string;
};

export type PodChange = {
  readonly uid: string;
  readonly before: Place | undefined;
  readonly after: Place | undefined;
};

/** The rows of a store with their indexes. A row that becomes free is used again. */
export type PodTable = {
  readonly rows: Sheet;
  readonly lists: NodeLists;
  find(id: Id): number | undefined;
  placeAt(row: number): Place;
  isUsed(row: number): boolean;
  used(): Generator<number>;
  /** A staged pod takes its place. No change: it said nothing new. */
  settle(
    staged: Stage,
    from: number,
  ): { readonly row: number; readonly change: PodChange | undefined };
  remove(row: number): PodChange;
  count(): number;
  /** Rows from here on were never used. */
  top(): number;
  bytes(): number;
};

export function podTable(packer: PodPacker): PodTable {
  const rows = sheet();
  const { get, set } = rows;
  const lists = nodeLists(rows, packer);
  const index = uidIndex(rows);
  /** First free row, as a link: one more than its number. */
  let free = 0;
  let top = 0;
  let count = 0;

  const isUsed = (row: number): boolean => get(row, COLUMN.class) > 0;
  const placeAt = (row: number): Place => ({
    node: packer.nodes.at(get(row, COLUMN.node))?.key ?? "",
    daemonOf: packer.classOf(rows, row)?.daemonOf ?? "",
    nominated: packer.nominatedOf(rows, row),
  });

  function take(): number {
    const row = free > 0 ? free - 1 : top++;
    if (free > 0) free = get(row, COLUMN.nextOnNode);
    count += 1;
    return row;
  }

  /** Its UID is made when it is asked for, which of a whole list is hardly ever. */
  const changeAt = (row: number, before: Place | undefined): PodChange => ({
    get uid() {
      return rows.uidOf(row);
    },
    before,
    after: placeAt(row),
  });

  function empty(row: number): void {
    lists.unlink(row);
    packer.release(rows, row);
    rows.clear(row);
  }

  return {
    rows,
    lists,
    find: index.find,
    placeAt,
    isUsed,
    *used() {
      for (let row = 0; row < top; row += 1) if (isUsed(row)) yield row;
    },
    settle(staged, from) {
      const known = index.find(staged.sheet.idOf(from));
      if (known !== undefined && packer.same([rows, known], [staged.sheet, from])) {
        staged.drop(from);
        return { row: known, change: undefined };
      }
      const before = known === undefined ? undefined : placeAt(known);
      if (known !== undefined) empty(known);
      const row = known ?? take();
      staged.move(from, rows, row);
      if (known === undefined) index.add(row);
      lists.link(row);
      return { row, change: changeAt(row, before) };
    },
    remove(row) {
      const change = { uid: rows.uidOf(row), before: placeAt(row), after: undefined };
      index.remove(row);
      empty(row);
      set(row, COLUMN.nextOnNode, free);
      free = row + 1;
      count -= 1;
      return change;
    },
    count: () => count,
    top: () => top,
    bytes: () => rows.bytes() + index.bytes(),
  };
}
