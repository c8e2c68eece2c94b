import type { PodPacker } from "./pod-packer.ts";
import { COLUMN, type Sheet } from "./sheet.ts";

/** Rows by the node that they are filed under, chained through two columns; and by the node that was promised. */
export type NodeLists = {
  link(row: number): void;
  unlink(row: number): void;
  rowsOn(node: string): Generator<number>;
  nominatedFor(node: string): Iterable<number>;
};

const NONE: readonly number[] = [];

export function nodeLists(rows: Sheet, packer: PodPacker): NodeLists {
  const { get, set } = rows;
  const nominees = new Map<string, Set<number>>();
  const listOf = (row: number) => packer.nodes.at(get(row, COLUMN.node))?.value;

  return {
    link(row) {
      const list = listOf(row);
      const head = list?.head ?? 0;
      set(row, COLUMN.nextOnNode, head);
      set(row, COLUMN.previousOnNode, 0);
      if (head > 0) set(head - 1, COLUMN.previousOnNode, row + 1);
      if (list !== undefined) list.head = row + 1;
      const promised = packer.nominatedOf(rows, row);
      if (promised !== "")
        nominees.set(promised, (nominees.get(promised) ?? new Set<number>()).add(row));
    },
    unlink(row) {
      const list = listOf(row);
      const next = get(row, COLUMN.nextOnNode);
      const previous = get(row, COLUMN.previousOnNode);
      if (next > 0) set(next - 1, COLUMN.previousOnNode, previous);
      if (previous > 0) set(previous - 1, COLUMN.nextOnNode, next);
      else if (list !== undefined) list.head = next;
      const promised = packer.nominatedOf(rows, row);
      const there = nominees.get(promised);
      if (there?.delete(row) === true && there.size === 0) nominees.delete(promised);
    },
    *rowsOn(node) {
      let link = packer.nodes.find(node)?.value.head ?? 0;
      while (link > 0) {
        yield link - 1;
        link = get(link - 1, COLUMN.nextOnNode);
      }
    },
    nominatedFor: (node) => nominees.get(node) ?? NONE,
  };
}
