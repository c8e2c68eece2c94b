import type { BusEntry } from "#shared/ports.ts";

/** PutEvents takes so many entries a call. */
export const MOST_ENTRIES = 10;
/** A whole request must stay below 1 MB; some endpoints and older limits say 256 KB. */
export const MOST_BYTES = 1024 ** 2 - 4096;
export const USUAL_BYTES = 256 * 1024;

const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");

/**
 * What the entry counts for, by EventBridge's user guide, "Calculating PutEvents event entry size": the UTF-8 bytes of source,
 * detail-type and detail. (14 more for a Time and the bytes of each resource, if they were sent: we send none, the service's
 * own clock stamps the event.)
 */
export const entrySize = ({ detailType, detail }: BusEntry, source: string): number =>
  bytesOf(source) + bytesOf(detailType) + bytesOf(detail);

export type Sized = { readonly entry: BusEntry; readonly index: number; readonly size: number };

/** In their order, as few calls as the two limits allow. No entry may be larger than `bytes`. */
export function calls(entries: readonly Sized[], bytes: number): readonly (readonly Sized[])[] {
  const all: Sized[][] = [];
  let open: Sized[] = [];
  let used = 0;
  for (const one of entries) {
    if (open.length === 0 || open.length >= MOST_ENTRIES || used + one.size > bytes) {
      open = [];
      used = 0;
      all.push(open);
    }
    open.push(one);
    used += one.size;
  }
  return all;
}
