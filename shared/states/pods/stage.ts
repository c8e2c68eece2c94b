import type { Pod } from "#shared/cluster/pod.ts";
import { ROWS } from "./columns.ts";
import type { PodPacker } from "./pod-packer.ts";
import { COLUMN, sheet, type Sheet } from "./sheet.ts";
import { uidIndex } from "./uid-index.ts";

/** A pod that was packed when it was read and is not yet part of the store: its number in the order of reading. */
export type StagedPod = number;

/**
 * A list of 150,000 pods is read before any of it counts; until then its pods wait here, as small as they will be. A list may
 * fail and be read again, so a pod waits here once: staged again, its earlier number names nothing any more.
 */
export type Stage = {
  readonly sheet: Sheet;
  readonly add: (pod: Pod) => StagedPod;
  /** undefined: it was taken before, or staged again since. */
  rowOf(pod: StagedPod): number | undefined;
  move(row: number, to: Sheet, toRow: number): void;
  drop(row: number): void;
  /** What was staged up to this one and is still here belongs to lists that failed. */
  dropUntil(pod: StagedPod): void;
  bytes(): number;
};

export function stage(packer: PodPacker): Stage {
  const rows = sheet();
  const index = uidIndex(rows);
  /** How many rows of each piece are in use: a piece in which none is any more is given back. */
  const waiting: number[] = [];
  let all = 0;
  /** The number of the first row: they are used in turn, and begin anew when none waits. */
  let base = 0;
  let top = 0;

  function left(row: number): void {
    index.remove(row);
    rows.clear(row);
    const piece = Math.floor(row / ROWS);
    waiting[piece] = (waiting[piece] ?? 0) - 1;
    all -= 1;
    // The last piece goes on to be filled.
    if (waiting[piece] === 0 && (piece + 1) * ROWS <= top) rows.free(row);
    if (all > 0) return;
    for (let at = ROWS; at < top; at += ROWS) rows.free(at);
    index.shrink();
    waiting.length = 0;
    base += top;
    top = 0;
  }

  function drop(row: number): void {
    packer.release(rows, row);
    left(row);
  }

  return {
    sheet: rows,
    add(pod) {
      const packed = packer.pack(pod);
      const before = index.find(packed.id);
      if (before !== undefined) drop(before);
      const row = top;
      top += 1;
      all += 1;
      rows.write(row, packed);
      index.add(row);
      const piece = Math.floor(row / ROWS);
      waiting[piece] = (waiting[piece] ?? 0) + 1;
      return base + row;
    },
    rowOf(pod) {
      const row = pod - base;
      return row >= 0 && row < top && rows.get(row, COLUMN.class) > 0 ? row : undefined;
    },
    move(row, to, toRow) {
      rows.copy(row, to, toRow);
      left(row);
    },
    drop,
    dropUntil(pod) {
      const end = Math.min(pod - base + 1, top);
      for (let row = 0; row < end && all > 0; row += 1)
        if (rows.get(row, COLUMN.class) > 0) drop(row);
    },
    bytes: () => rows.bytes() + index.bytes(),
  };
}
