/** The letters that API servers make names with: apimachinery, util/rand, String. */
const LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const LENGTH = 5;
/** The name was not made up by the API server. */
export const NO_SUFFIX = 0xff_ff_ff;

const VALUES = new Int8Array(128).fill(-1);
for (let at = 0; at < LETTERS.length; at += 1) VALUES[LETTERS.charCodeAt(at)] = at;

/** The last five letters of a generated name as a number below 2^24. */
export function packSuffix(name: string): number {
  if (name.length < LENGTH) return NO_SUFFIX;
  let packed = 0;
  for (let at = name.length - LENGTH; at < name.length; at += 1) {
    const value = VALUES[name.charCodeAt(at)] ?? -1;
    if (value < 0) return NO_SUFFIX;
    packed = packed * LETTERS.length + value;
  }
  return packed;
}

/** What pods of one owner share of their names; "" where the name was not made up by the API server. */
export const prefixOf = (name: string): string =>
  packSuffix(name) === NO_SUFFIX ? "" : name.slice(0, -LENGTH);

export function unpackSuffix(packed: number): string {
  if (packed === NO_SUFFIX) return "";
  let text = "";
  for (let left = packed, at = 0; at < LENGTH; at += 1) {
    text = LETTERS.charAt(left % LETTERS.length) + text;
    left = Math.floor(left / LETTERS.length);
  }
  return text;
}

export type Uid = readonly [number, number, number, number];

const HEX = new Int8Array(128).fill(-1);
for (let at = 0; at < 16; at += 1) HEX["0123456789abcdef".charCodeAt(at)] = at;
/** Where the dashes of a UUID stand. */
const isDash = (at: number): boolean => at === 8 || at === 13 || at === 18 || at === 23;

const NO_WORDS: Uid = [0, 0, 0, 0];

/** The 16 bytes of a UUID as API servers write it; undefined for anything else. */
export function packUid(text: string): Uid | undefined {
  if (text.length !== 36) return undefined;
  let [a, b, c, d] = NO_WORDS;
  for (let at = 0, digits = 0; at < 36; at += 1) {
    const code = text.charCodeAt(at);
    if (isDash(at)) {
      if (code !== 45) return undefined;
      continue;
    }
    const value = HEX[code] ?? -1;
    if (value < 0) return undefined;
    if (digits < 8) a = (a << 4) | value;
    else if (digits < 16) b = (b << 4) | value;
    else if (digits < 24) c = (c << 4) | value;
    else d = (d << 4) | value;
    digits += 1;
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const byteAt = (word: number, shift: number): string => BYTES[(word >>> shift) & 255] ?? "";
const halfAt = (word: number, shift: number): string =>
  byteAt(word, shift + 8) + byteAt(word, shift);

export const unpackUid = ([a, b, c, d]: Uid): string =>
  `${halfAt(a, 16)}${halfAt(a, 0)}-${halfAt(b, 16)}-${halfAt(b, 0)}-${halfAt(c, 16)}-${halfAt(c, 0)}${halfAt(d, 16)}${halfAt(d, 0)}`;

/** Of random UIDs any bits would do; those of made-up clusters differ in a few bits only (murmur3's mixing). */
export const hashOfUid = ([a, b, c, d]: Uid): number =>
  mixed(withWord(withWord(withWord(a, b), c), d));

/** For whoever has the words one by one, of millions. */
export function withWord(before: number, word: number): number {
  const hash = Math.imul(before ^ (before >>> 16), 0x85_eb_ca_6b) ^ word;
  return hash ^ (hash >>> 13);
}
export function mixed(before: number): number {
  const hash = Math.imul(before, 0xc2_b2_ae_35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** FNV-1a, for what is no UUID. */
export function hashOfText(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
  return hash >>> 0;
}
