import { BadWire, length, type Wire } from "./wire.ts";

/** Bytes that are no UTF-8 are a bad frame, not a question mark in somebody's name. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Longer ones hardly recur. */
const LONGEST = 96;
const SLOTS = 1 << 14;
/** By hash of the bytes: the last word that had it. A word that comes again and again is made once. */
const known: string[] = Array.from({ length: SLOTS }, () => "");

function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BadWire("a text is no UTF-8");
  }
}

function isAt(word: string, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < word.length; i += 1) if (word.charCodeAt(i) !== bytes[at + i]) return false;
  return true;
}

function view(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A text of `size` bytes at `at`, one copy of each that recurs. */
export function wordAt(bytes: Uint8Array, at: number, size: number): string {
  if (size === 0) return "";
  if (size > LONGEST) return utf8(bytes.subarray(at, at + size));
  let hash = size;
  let all = 0;
  for (let i = at; i < at + size; i += 1) {
    const byte = bytes[i] ?? 0;
    all |= byte;
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  if (all >= 0x80) return utf8(bytes.subarray(at, at + size));
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const before = known[slot] ?? "";
  if (before.length === size && isAt(before, bytes, at)) return before;
  const made = view(bytes).toString("latin1", at, at + size);
  known[slot] = made;
  return made;
}

export function word(wire: Wire): string {
  const size = length(wire);
  const { at } = wire;
  wire.at += size;
  return wordAt(wire.bytes, at, size);
}

/** A text that each object has its own of: to remember it would only push out others. */
export function text(wire: Wire): string {
  const size = length(wire);
  const { at } = wire;
  wire.at += size;
  return textAt(wire.bytes, at, size);
}

export function textAt(bytes: Uint8Array, at: number, size: number): string {
  if (size === 0) return "";
  if (size <= LONGEST) {
    let all = 0;
    for (let i = at; i < at + size; i += 1) all |= bytes[i] ?? 0;
    if (all < 0x80) return view(bytes).toString("latin1", at, at + size);
  }
  return utf8(bytes.subarray(at, at + size));
}
