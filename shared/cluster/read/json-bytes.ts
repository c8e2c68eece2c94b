/** Not the whole value is there yet. */
export const MORE = -1;
/** No JSON can go on like this. */
export const BROKEN = -2;

/** Deeper than any object of Kubernetes; what is made of deeper text could not be walked without a stack overflow. */
export const MAX_DEPTH = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const NULL = [0x6e, 0x75, 0x6c, 0x6c] as const;

const KIND = { other: 0, plain: 1, quote: 2, open: 3, close: 4 } as const;
/** What a byte outside of strings is: anything that JSON has no use for is `other`, which ends junk early. */
const CLASS = new Uint8Array(256);
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

/** `at` is behind the opening quote; the answer is the place of the closing one. A raw control character is no JSON. */
export function endOfString(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end) {
    const byte = bytes[i] ?? 0;
    if (byte === QUOTE) return i;
    if (byte === BACKSLASH) i += 1;
    else if (byte < 0x20) return BROKEN;
    i += 1;
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

/** A key whose value is passed over unread, where that value begins with `opener`. */
export type DroppedKey = { readonly key: string; readonly opener: "{" | "[" | '"' };

type Rule = { readonly bytes: Uint8Array; readonly opener: number };
export type CutRules = readonly (readonly Rule[] | undefined)[];

/** By length of the key, so that nearly every key is passed with one look. */
export function cutRules(keys: readonly DroppedKey[]): CutRules {
  const rules: Rule[][] = [];
  for (const { key, opener } of keys) {
    const bytes = new TextEncoder().encode(key);
    (rules[bytes.length] ??= []).push({ bytes, opener: opener.charCodeAt(0) });
  }
  return rules;
}

function ruleFor(rules: CutRules, bytes: Uint8Array, key: Range): Rule | undefined {
  const candidates = rules[key.end - key.start] ?? [];
  return candidates.find((rule) => isAt(bytes, key.start, rule.bytes));
}

function isAt(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i += 1) if (bytes[at + i] !== word[i]) return false;
  return true;
}

type Range = { readonly start: number; readonly end: number };

/** Room for one object without its dropped values; it grows as needed and is used again for the next. */
export type Scratch = { bytes: Uint8Array; length: number };

function keep(scratch: Scratch, bytes: Uint8Array, { start, end }: Range): void {
  const needed = scratch.length + end - start + NULL.length;
  if (needed > scratch.bytes.length) {
    const larger = new Uint8Array(2 * needed);
    larger.set(scratch.bytes.subarray(0, scratch.length));
    scratch.bytes = larger;
  }
  scratch.bytes.set(bytes.subarray(start, end), scratch.length);
  scratch.length += end - start;
}

/**
 * Copies the object that begins at `at` into `scratch`, with null for each value that a rule drops. The answer is the
 * place behind the object, or MORE, or BROKEN. Managed fields alone are a third of a pod, so they are never parsed.
 */
export function cutObject(
  { bytes, at, end }: { readonly bytes: Uint8Array; readonly at: number; readonly end: number },
  rules: CutRules,
  scratch: Scratch,
): number {
  scratch.length = 0;
  let kept = at;
  let depth = 0;
  let i = at;
  while (i < end) {
    switch (CLASS[bytes[i] ?? 0] ?? KIND.other) {
      case KIND.plain:
        break;
      case KIND.quote: {
        const start = i + 1;
        i = endOfString(bytes, start, end);
        if (i < 0) return i;
        if (rules[i - start] === undefined) break;
        const colon = skipSpace(bytes, i + 1, end);
        if (bytes[colon] !== COLON) break;
        const rule = ruleFor(rules, bytes, { start, end: i });
        const value = rule ? skipSpace(bytes, colon + 1, end) : end;
        if (!rule || bytes[value] !== rule.opener) break;
        keep(scratch, bytes, { start: kept, end: value });
        scratch.bytes.set(NULL, scratch.length);
        scratch.length += NULL.length;
        kept = endOfValue(bytes, value, end);
        if (kept < 0) return kept;
        i = kept - 1;
        break;
      }
      case KIND.open:
        depth += 1;
        if (depth > MAX_DEPTH) return BROKEN;
        break;
      case KIND.close:
        depth -= 1;
        if (depth === 0) {
          keep(scratch, bytes, { start: kept, end: i + 1 });
          return i + 1;
        }
        break;
      default:
        return BROKEN;
    }
    i += 1;
  }
  return MORE;
}
