import { isRecord } from "./json.ts";
import {
  BROKEN,
  CLASS,
  endOfFlatList,
  endOfString,
  endOfValue,
  KIND,
  MAX_DEPTH,
  MORE,
  skipSpace,
} from "./json-bytes.ts";

/** Keys of an object that we look into. */
export type Top = "metadata" | "spec";

/**
 * What is done with the value of a key, where it begins with `opener`: "drop": passed over unread. "share": parsed once for all
 * objects that have the same text in this place.
 */
export type CutRule = { readonly key: string; readonly opener: "{" | "[" | '"' } & (
  | { readonly does: "drop"; readonly butOf?: string }
  | { readonly does: "share"; readonly under: Top }
);

type Rule = {
  readonly bytes: Uint8Array;
  readonly opener: number;
  readonly does: "drop" | "share" | "top" | "kind";
  readonly key: string;
  readonly butOf: string;
  readonly under: string;
  /** Text → value, of what was shared. */
  readonly known: Map<string, unknown>;
};

/** A value that was taken out of its object's text and is put back after parsing. */
type Shared = { readonly under: string; readonly key: string; readonly value: unknown };

/** What cutting one object after another needs; made once a stream. */
export type Cutter = {
  /** By length of the key, so that nearly every string is passed with one look. */
  readonly rules: readonly (readonly Rule[] | undefined)[];
  bytes: Uint8Array;
  length: number;
  shared: Shared[];
};

/** Different texts in one place beyond this are not worth remembering. */
const MAX_SHARED = 20_000;
const NULL = new TextEncoder().encode("null");
const COLON = 0x3a;

const NO_RULE = { butOf: "", under: "", opener: 0 };
const TOPS: readonly Omit<Rule, "bytes" | "known">[] = [
  { ...NO_RULE, does: "top", key: "metadata" },
  { ...NO_RULE, does: "top", key: "spec" },
  { ...NO_RULE, does: "kind", key: "kind" },
];

export function newCutter(rules: readonly CutRule[]): Cutter {
  const byLength: Rule[][] = [];
  const add = (rule: Omit<Rule, "bytes" | "known">): void => {
    const bytes = new TextEncoder().encode(rule.key);
    (byLength[bytes.length] ??= []).push({ ...rule, bytes, known: new Map() });
  };
  for (const rule of rules) add({ ...NO_RULE, ...rule, opener: rule.opener.charCodeAt(0) });
  for (const rule of TOPS) add(rule);
  return { rules: byLength, bytes: new Uint8Array(1 << 16), length: 0, shared: [] };
}

type Bytes = { readonly bytes: Uint8Array; readonly at: number; readonly end: number };

const decoder = new TextDecoder();

function isAt(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i += 1) if (bytes[at + i] !== word[i]) return false;
  return true;
}

function ruleAt(rules: readonly Rule[], bytes: Uint8Array, at: number): Rule | undefined {
  for (const rule of rules) if (isAt(bytes, at, rule.bytes)) return rule;
  return undefined;
}

type Span = { readonly bytes: Uint8Array; readonly from: number; readonly to: number };

function keep(cutter: Cutter, { bytes, from, to }: Span): void {
  const needed = cutter.length + to - from + NULL.length;
  if (needed > cutter.bytes.length) {
    const larger = new Uint8Array(2 * needed);
    larger.set(cutter.bytes.subarray(0, cutter.length));
    cutter.bytes = larger;
  }
  cutter.bytes.set(bytes.subarray(from, to), cutter.length);
  cutter.length += to - from;
}

function putNull(cutter: Cutter): void {
  cutter.bytes.set(NULL, cutter.length);
  cutter.length += NULL.length;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  Object.freeze(value);
  for (const one of Object.values(value)) deepFreeze(one);
}

/** Takes the value that was written from `from` on out of the text again, if one like it is known or can be. */
function share(cutter: Cutter, rule: Rule, from: number): void {
  const text = decoder.decode(cutter.bytes.subarray(from, cutter.length));
  let value = rule.known.get(text);
  if (value === undefined) {
    if (rule.known.size >= MAX_SHARED) return;
    value = parse(text);
    if (value === undefined) return;
    deepFreeze(value);
    rule.known.set(text, value);
  }
  cutter.length = from;
  putNull(cutter);
  cutter.shared.push({ under: rule.under, key: rule.key, value });
}

type Way = {
  /** What a typed list says of its items; "" while unknown. */
  readonly kind: string;
  /** Look at every byte. */
  readonly exact: boolean;
};

function cut(cutter: Cutter, { bytes, at, end }: Bytes, { exact, ...of }: Way): number {
  cutter.length = 0;
  cutter.shared = [];
  let { kind } = of;
  let top = "";
  let sharing: Rule | undefined;
  let sharedFrom = 0;
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
        const candidates = cutter.rules[i - start];
        if (candidates === undefined) break;
        const colon = skipSpace(bytes, i + 1, end);
        if (bytes[colon] !== COLON) break;
        const rule = ruleAt(candidates, bytes, start);
        if (rule === undefined) break;
        const value = skipSpace(bytes, colon + 1, end);
        switch (rule.does) {
          case "top":
            if (depth === 1) top = rule.key;
            break;
          case "kind":
            if (depth !== 1) break;
            i = endOfValue(bytes, value, end);
            if (i < 0) return i;
            kind = decoder.decode(bytes.subarray(value + 1, i - 1));
            i -= 1;
            break;
          case "share":
            if (bytes[value] !== rule.opener || depth !== 2 || top !== rule.under) break;
            keep(cutter, { bytes, from: kept, to: value });
            kept = value;
            sharing = rule;
            sharedFrom = cutter.length;
            break;
          case "drop": {
            const keeps = rule.butOf !== "" && (kind === "" || kind === rule.butOf);
            if (bytes[value] !== rule.opener || keeps) break;
            keep(cutter, { bytes, from: kept, to: value });
            putNull(cutter);
            kept =
              !exact && rule.butOf !== ""
                ? endOfFlatList(bytes, value, end)
                : endOfValue(bytes, value, end);
            if (kept < 0) return kept;
            i = kept - 1;
            break;
          }
        }
        break;
      }
      case KIND.open:
        depth += 1;
        if (depth > MAX_DEPTH) return BROKEN;
        break;
      case KIND.close:
        depth -= 1;
        if (sharing !== undefined && depth === 2) {
          keep(cutter, { bytes, from: kept, to: i + 1 });
          kept = i + 1;
          share(cutter, sharing, sharedFrom);
          sharing = undefined;
        }
        if (depth === 0) {
          keep(cutter, { bytes, from: kept, to: i + 1 });
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

/** The object that was cut; undefined when its text was no JSON. What is shared in it is frozen. */
function jsonOf(cutter: Cutter): unknown {
  const json = parse(decoder.decode(cutter.bytes.subarray(0, cutter.length)));
  if (!isRecord(json)) return json;
  for (const { under, key, value } of cutter.shared) {
    const place: unknown = Object.hasOwn(json, under) ? json[under] : undefined;
    // A key that was written twice may have left another value here.
    if (isRecord(place) && place[key] === null) Object.assign(place, { [key]: value });
  }
  return json;
}

export type CutObject = {
  /** The place behind the object, or MORE, or BROKEN. */
  readonly behind: number;
  /** undefined: its brackets close, but it is no JSON. */
  readonly json: unknown;
};

/**
 * Finds and parses the object that begins at `at`, without what the rules take out. Managed fields alone are a third of a pod,
 * and thousands of pods have equal containers: neither is parsed again and again.
 */
export function cutObject(cutter: Cutter, bytes: Bytes, kind: string): CutObject {
  const quick = cut(cutter, bytes, { kind, exact: false });
  const json = quick < 0 ? undefined : jsonOf(cutter);
  if (json !== undefined) return { behind: quick, json };
  const behind = cut(cutter, bytes, { kind, exact: true });
  return { behind, json: behind < 0 ? undefined : jsonOf(cutter) };
}
