/** Not the whole value is there yet. */
export const MORE = -1;
/** No JSON can go on like this. */
export const BROKEN = -2;

/** Deeper than any object of Kubernetes; what is made of deeper text could not be walked without a stack overflow. */
export const MAX_DEPTH = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What a byte outside of strings is. */
export const KIND = { other: 0, plain: 1, quote: 2, open: 3, close: 4 } as const;
/** By byte. Anything that JSON has no use for is `other`, which ends junk early. */
export const CLASS = new Uint8Array(256);
for (const character of " \t\r\n,:+-.0123456789truefalsnE")
  CLASS[character.charCodeAt(0)] = KIND.plain;
CLASS[QUOTE] = KIND.quote;
for (const character of "{[") CLASS[character.charCodeAt(0)] = KIND.open;
for (const character of "}]") CLASS[character.charCodeAt(0)] = KIND.close;

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The first place at or after `at` that holds no white space. */
export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isSpace(bytes[i])) i += 1;
  return i;
}

/** By byte: 1 where a string must be looked at closely. */
const STOPS = new Uint8Array(256).fill(1, 0, 0x20);
STOPS[QUOTE] = 1;
STOPS[BACKSLASH] = 1;

/** `at` is behind the opening quote; the answer is the place of the closing one. A raw control character is no JSON. */
export function endOfString(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end) {
    const byte = bytes[i] ?? 0;
    if (STOPS[byte] === 0) {
      i += 1;
      continue;
    }
    if (byte === QUOTE) return i;
    if (byte !== BACKSLASH) return BROKEN;
    i += 2;
  }
  return MORE;
}

/** The place behind the value that begins at `at`: brackets are counted, not matched, which JSON.parse does later. */
export function endOfValue(bytes: Uint8Array, at: number, end: number): number {
  let depth = 0;
  let i = at;
  while (i < end) {
    const byte = bytes[i] ?? 0;
    switch (CLASS[byte] ?? KIND.other) {
      case KIND.plain:
        // A number or a word ends where something follows that is no part of it.
        if (depth === 0 && (byte === 0x2c || isSpace(byte))) return i;
        break;
      case KIND.quote:
        i = endOfString(bytes, i + 1, end);
        if (i < 0) return i;
        if (depth === 0) return i + 1;
        break;
      case KIND.open:
        depth += 1;
        if (depth > MAX_DEPTH) return BROKEN;
        break;
      case KIND.close:
        if (depth === 0) return i;
        depth -= 1;
        if (depth === 0) return i + 1;
        break;
      default:
        return BROKEN;
    }
    i += 1;
  }
  return MORE;
}

const BRACKET = 0x5b;
const BRACKET_END = 0x5d;

/**
 * The same for a list that holds no other list, by two searches that need not look at each byte one by one. A bracket in a
 * string deceives it: what is left is then no JSON, and whoever asked has to ask endOfValue.
 */
export function endOfFlatList(bytes: Uint8Array, at: number, end: number): number {
  const close = bytes.indexOf(BRACKET_END, at + 1);
  const open = bytes.indexOf(BRACKET, at + 1);
  const flat = close >= 0 && close < end && (open < 0 || open > close);
  return flat ? close + 1 : endOfValue(bytes, at, end);
}
