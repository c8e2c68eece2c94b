/** The UIDs of a list's objects, by which their numbers are found: they count from 0. */
export type UidList = {
  add(uid: string): void;
  /** Of those that have the UID, the one that is not `gone`. */
  find(uid: string, gone: ReadonlySet<number>): number | undefined;
  length(): number;
};

const SHIFT = 10;
const WORDS = 4;
const TEXT_LENGTH = 36;

const HEX = new Int8Array(128).fill(-1);
for (let at = 0; at < 16; at += 1) HEX["0123456789abcdef".charCodeAt(at)] = at;
const isDash = (at: number): boolean => at === 8 || at === 13 || at === 18 || at === 23;

/** The UUID that was read last. */
const read = new Uint32Array(WORDS);

/** As API servers write it; false for anything else, and for nothing but zeros, which stand for what is no UUID. */
function readUuid(text: string): boolean {
  if (text.length !== TEXT_LENGTH) return false;
  read.fill(0);
  for (let at = 0, digits = 0; at < TEXT_LENGTH; at += 1) {
    const code = text.charCodeAt(at);
    if (isDash(at)) {
      if (code !== 0x2d) return false;
      continue;
    }
    const value = HEX[code] ?? -1;
    if (value < 0) return false;
    const word = digits >>> 3;
    read[word] = ((read[word] ?? 0) << 4) | value;
    digits += 1;
  }
  return ((read[0] ?? 0) | (read[1] ?? 0) | (read[2] ?? 0) | (read[3] ?? 0)) !== 0;
}

/**
 * A few bytes for each beside the heap: hundreds of thousands of texts, and a map of them, would be most of what a list takes
 * while it comes. No index is made before somebody looks for one.
 */
export function uidList(): UidList {
  const pieces: Uint32Array[] = [];
  /** What is no UUID. */
  const others = new Map<string, number>();
  let heads: Int32Array | undefined;
  let count = 0;

  const wordOf = (row: number, word: number): number =>
    pieces[row >>> SHIFT]?.[(row & ((1 << SHIFT) - 1)) * WORDS + word] ?? 0;
  const isRead = (row: number): boolean =>
    wordOf(row, 0) === read[0] &&
    wordOf(row, 1) === read[1] &&
    wordOf(row, 2) === read[2] &&
    wordOf(row, 3) === read[3];

  function placeOf(row: number, places: number): number {
    let hash = wordOf(row, 0);
    for (let word = 1; word < WORDS; word += 1)
      hash = Math.imul(hash ^ (hash >>> 15), 0x85_eb_ca_6b) ^ wordOf(row, word);
    return (Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35) >>> 7) & (places - 1);
  }

  /** One more than the number; 0: a free place. */
  function link(row: number, into: Int32Array): void {
    if ((wordOf(row, 0) | wordOf(row, 1) | wordOf(row, 2) | wordOf(row, 3)) === 0) return;
    let place = placeOf(row, into.length);
    while (into[place] !== 0) place = (place + 1) & (into.length - 1);
    into[place] = row + 1;
  }

  function index(): Int32Array {
    if (heads !== undefined && count * 2 <= heads.length) return heads;
    const made = new Int32Array(2 ** Math.ceil(Math.log2(4 * Math.max(count, 256))));
    for (let row = 0; row < count; row += 1) link(row, made);
    return (heads = made);
  }

  function write(row: number): void {
    const piece = (pieces[row >>> SHIFT] ??= new Uint32Array(WORDS << SHIFT));
    piece.set(read, (row & ((1 << SHIFT) - 1)) * WORDS);
  }

  return {
    add(uid) {
      if (!readUuid(uid)) {
        others.set(uid, count);
        read.fill(0);
      }
      write(count);
      count += 1;
      if (heads !== undefined && count * 2 <= heads.length) link(count - 1, heads);
    },
    find(uid, gone) {
      if (!readUuid(uid)) {
        const found = others.get(uid);
        return found === undefined || gone.has(found) ? undefined : found;
      }
      const all = index();
      // What is looked for stands behind the last, to be hashed as they are.
      write(count);
      let place = placeOf(count, all.length);
      for (;;) {
        const row = (all[place] ?? 0) - 1;
        if (row < 0) return undefined;
        if (isRead(row) && !gone.has(row)) return row;
        place = (place + 1) & (all.length - 1);
      }
    },
    length: () => count,
  };
}
