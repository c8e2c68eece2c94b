import type { InputProblem } from "../cluster.ts";
import type { Instant, Labels } from "../metadata.ts";
import { printable } from "../printable.ts";

export type JsonRecord = Readonly<Record<string, unknown>>;

/** What all objects of one reading share: the problems found, and values that many objects have in common. */
export type Reading = {
  readonly problems: InputProblem[];
  /** The value made for this key before, else a new one. Equal specs, labels and tolerations become one object. */
  intern<T>(kind: Interned<T>, key: string): T | undefined;
  remember<T>(kind: Interned<T>, key: string, value: T): T;
};
export type Interned<T> = { readonly name: string; readonly _?: T };

export function newReading(): Reading {
  const kinds = new Map<Interned<unknown>, Map<string, unknown>>();
  const of = <T>(kind: Interned<T>): Map<string, T> => {
    const known = kinds.get(kind);
    // The map of a kind only ever holds what `remember` put there under the same kind.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    if (known) return known as Map<string, T>;
    const fresh = new Map<string, T>();
    kinds.set(kind, fresh);
    return fresh;
  };
  return {
    problems: [],
    intern: (kind, key) => of(kind).get(key),
    remember(kind, key, value) {
      of(kind).set(key, value);
      return value;
    },
  };
}

/** Where in which object we are, for the words of a problem. */
export type At = { readonly reading: Reading; readonly object: string; readonly path: string };

export const inside = (at: At, key: string): At => ({
  ...at,
  path: at.path === "" ? key : `${at.path}.${key}`,
});

const SHOWN = 120;

export function problem(at: At, parts: { code: string; value: unknown; fix: string }): void {
  at.reading.problems.push({
    code: parts.code,
    object: at.object,
    field: at.path,
    value: printable(
      typeof parts.value === "string" ? parts.value : JSON.stringify(parts.value),
      SHOWN,
    ),
    fix: parts.fix,
  });
}

const misshapen = (at: At, value: unknown, wanted: string): void =>
  problem(at, { code: "object.shape", value, fix: `${wanted} belongs here` });

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const EMPTY: JsonRecord = {};
const absent = (value: unknown): boolean => value === undefined || value === null;

/** Own properties only: a key called "__proto__" or "constructor" is never inherited. */
const own = (raw: JsonRecord, key: string): unknown =>
  Object.hasOwn(raw, key) ? raw[key] : undefined;

export function record(at: At, raw: JsonRecord, key: string): JsonRecord {
  const value = own(raw, key);
  if (isRecord(value)) return value;
  if (!absent(value)) misshapen(inside(at, key), value, "an object");
  return EMPTY;
}

export function optionalRecord(at: At, raw: JsonRecord, key: string): JsonRecord | undefined {
  const value = own(raw, key);
  if (isRecord(value)) return value;
  if (!absent(value)) misshapen(inside(at, key), value, "an object");
  return undefined;
}

export function text(at: At, raw: JsonRecord, key: string): string {
  const value = own(raw, key);
  if (typeof value === "string") return value;
  if (!absent(value)) misshapen(inside(at, key), value, "a string");
  return "";
}

export function optionalText(at: At, raw: JsonRecord, key: string): string | undefined {
  const value = own(raw, key);
  if (typeof value === "string") return value;
  if (!absent(value)) misshapen(inside(at, key), value, "a string");
  return undefined;
}

export function number(at: At, raw: JsonRecord, key: string): number | undefined {
  const value = own(raw, key);
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (!absent(value)) misshapen(inside(at, key), value, "a number");
  return undefined;
}

export function flag(at: At, raw: JsonRecord, key: string): boolean {
  const value = own(raw, key);
  if (typeof value === "boolean") return value;
  if (!absent(value)) misshapen(inside(at, key), value, "true or false");
  return false;
}

const NO_LIST: readonly unknown[] = [];

/** null is an empty list, as the API server means it. */
export function list(at: At, raw: JsonRecord, key: string): readonly unknown[] {
  const value = own(raw, key);
  if (Array.isArray(value)) return value;
  if (!absent(value)) misshapen(inside(at, key), value, "a list");
  return NO_LIST;
}

/** The objects of a list; anything else in it is a problem and left out. */
export function records(at: At, raw: JsonRecord, key: string): readonly JsonRecord[] {
  const found = list(at, raw, key);
  if (found.every(isRecord)) return found;
  misshapen(inside(at, key), found, "a list of objects");
  return found.filter(isRecord);
}

export function texts(at: At, raw: JsonRecord, key: string): readonly string[] {
  const found = list(at, raw, key);
  if (found.every((value) => typeof value === "string")) return found;
  misshapen(inside(at, key), found, "a list of strings");
  return found.filter((value) => typeof value === "string");
}

const LABELS: Interned<Labels> = { name: "labels" };
export const NO_LABELS: Labels = new Map();

/** A map of strings. Values that are no strings are a problem and left out. */
export function labels(at: At, raw: JsonRecord, key: string): Labels {
  const found = optionalRecord(at, raw, key);
  if (found === undefined) return NO_LABELS;
  const shared = JSON.stringify(found);
  const known = at.reading.intern(LABELS, shared);
  if (known) return known;
  const made = new Map<string, string>();
  for (const [name, value] of Object.entries(found)) {
    if (typeof value === "string") made.set(name, value);
    else misshapen(inside(inside(at, key), name), value, "a string");
  }
  return at.reading.remember(LABELS, shared, made);
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** RFC 3339, as the API server writes times; undefined for anything else. */
export function parseInstant(value: string): Instant | undefined {
  if (!RFC3339.test(value)) return undefined;
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? undefined : parsed;
}

export function instant(at: At, raw: JsonRecord, key: string): Instant | undefined {
  const value = optionalText(at, raw, key);
  if (value === undefined || value === "") return undefined;
  const parsed = parseInstant(value);
  if (parsed === undefined)
    problem(inside(at, key), {
      code: "time.syntax",
      value,
      fix: 'write a time as "2026-11-20T12:00:00Z"',
    });
  return parsed;
}
