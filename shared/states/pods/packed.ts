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

/** The 16 bytes of a UUID as API servers write it; undefined for anything else. */
export function packUid(text: string): Uid | undefined {
  if (text.length !== 36) return undefined;
  const words: [number, number, number, number] = [0, 0, 0, 0];
  for (let at = 0, digits = 0; at < 36; at += 1) {
    const code = text.charCodeAt(at);
    if (isDash(at)) {
      if (code !== 45) return undefined;
      continue;
    }
    const value = HEX[code] ?? -1;
    if (value < 0) return undefined;
    const word = digits >> 3;
    words[word] = ((words[word] ?? 0) << 4) | value;
    digits += 1;
  }
  return [words[0] >>> 0, words[1] >>> 0, words[2] >>> 0, words[3] >>> 0];
}

export function unpackUid(words: Uid): string {
  const hex = words.map((word) => word.toString(16).padStart(8, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Of random UIDs any bits would do; those of made-up clusters differ in a few bits only (murmur3's mixing). */
export function hashOfUid([a, b, c, d]: Uid): number {
  let hash = a;
  for (const word of [b, c, d]) {
    hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b) ^ word;
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash, 0xc2_b2_ae_35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** FNV-1a, for what is no UUID. */
export function hashOfText(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
  return hash >>> 0;
}
