import type { InputProblem } from "#shared/cluster/cluster.ts";
import type { Instant, Labels } from "#shared/cluster/metadata.ts";
import { printable } from "#shared/cluster/printable.ts";
import { isLabelKey, isLabelValue } from "#shared/cluster/selector.ts";

export type JsonRecord = Readonly<Record<string, unknown>>;

/** What all objects of one reading share: the problems found, the newest moment, values that many objects have in common. */
export type Reading = {
  readonly problems: InputProblem[];
  /** Problems beyond the first MAX_PROBLEMS are counted only. */
  unlisted: number;
  /** Kind → how often an object was met again in another state. */
  readonly doubles: Map<string, number>;
  /** The newest moment that any object tells, deadlines apart. */
  newest: Instant | undefined;
  readonly interned: Map<Interned<unknown>, Map<string, unknown>>;
};

const MAX_PROBLEMS = 1000;
/** Different values of one sort beyond this have too little in common to be worth remembering. */
const MAX_INTERNED = 20_000;

export const newReading = (): Reading => ({
  problems: [],
  unlisted: 0,
  doubles: new Map(),
  newest: undefined,
  interned: new Map(),
});

export function sawInstant(reading: Reading, instant: Instant): void {
  if (reading.newest === undefined || instant > reading.newest) reading.newest = instant;
}

/** A sort of value that many objects have equal. `made`: what became of JSON that the objects themselves share. */
export type Interned<T> = { readonly made: WeakMap<object, T> };
export const interned = <T>(): Interned<T> => ({ made: new WeakMap<object, T>() });

type Sharing<T> = {
  readonly of: object;
  /** Equal for equal values. */
  readonly key: () => string;
  readonly make: () => T;
};

/**
 * What was made before of the same JSON, or of JSON with the same key; else a new value: equal containers, labels, tolerations
 * become one object. A value in which a problem was found is made again for each object that has it, so that each is named.
 */
export function shared<T>(at: At, sort: Interned<T>, { of, key, make }: Sharing<T>): T {
  const before = sort.made.get(of);
  if (before !== undefined) return before;
  const { reading } = at;
  const problems = reading.problems.length + reading.unlisted;
  const made = sharedByKey(reading, sort, { of, key, make });
  // Only what the stream shares is frozen; of anything else there is but one.
  if (Object.isFrozen(of) && reading.problems.length + reading.unlisted === problems)
    sort.made.set(of, made);
  return made;
}

function sharedByKey<T>(reading: Reading, sort: Interned<T>, { key, make }: Sharing<T>): T {
  let known = reading.interned.get(sort);
  if (!known) reading.interned.set(sort, (known = new Map<string, unknown>()));
  const text = key();
  // Under one sort only values of its type are put.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const before = known.get(text) as T | undefined;
  if (before !== undefined) return before;
  const problems = reading.problems.length + reading.unlisted;
  const made = make();
  if (known.size < MAX_INTERNED && reading.problems.length + reading.unlisted === problems)
    known.set(text, made);
  return made;
}

const WORDS: Interned<string> = interned();

/** One copy of a word that very many objects have. */
export function word(at: At, raw: JsonRecord, key: string): string {
  const value = text(at, raw, key);
  if (value === "") return value;
  let known = at.reading.interned.get(WORDS);
  if (!known) at.reading.interned.set(WORDS, (known = new Map<string, unknown>()));
  const before = known.get(value);
  if (typeof before === "string") return before;
  if (known.size < MAX_INTERNED) known.set(value, value);
  return value;
}

/** Where in which object we are, for the words of a problem: named only when there is one. */
export type At = {
  readonly reading: Reading;
  readonly object: () => string;
  readonly up: At | undefined;
  readonly key: string;
};

export const atRoot = (reading: Reading, object: () => string): At => ({
  reading,
  object,
  up: undefined,
  key: "",
});

export const inside = (at: At, key: string): At => ({
  reading: at.reading,
  object: at.object,
  up: at,
  key,
});

function pathOf({ up, key }: At): string {
  const before = up ? pathOf(up) : "";
  return before === "" ? key : `${before}.${key}`;
}

const SHOWN = 120;

export function problem(at: At, parts: { code: string; value: unknown; fix: string }): void {
  if (at.reading.problems.length >= MAX_PROBLEMS) {
    at.reading.unlisted += 1;
    return;
  }
  at.reading.problems.push({
    code: parts.code,
    object: at.object(),
    field: pathOf(at),
    value: printable(typeof parts.value === "string" ? parts.value : written(parts.value), SHOWN),
    fix: parts.fix,
  });
}

/** JSON.parse reads what is nested deeper than JSON.stringify can write. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "what is nested too deeply";
  }
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

const LABELS: Interned<Labels> = interned();
const PAIRS: Interned<Labels> = interned();
export const NO_LABELS: Labels = new Map();

function makeLabels(at: At, found: JsonRecord, strict: boolean): Labels {
  const made = new Map<string, string>();
  for (const [name, value] of Object.entries(found)) {
    const there = inside(at, printable(name, SHOWN));
    const legal = isLabelKey(name);
    if (!legal)
      problem(there, { code: "name.syntax", value: name, fix: "a key is named example.com/name" });
    if (typeof value !== "string") misshapen(there, value, "a string");
    else if (legal || !strict) {
      // An API server would not have stored it; who compares it answers as Kubernetes does.
      if (!isLabelValue(value))
        problem(there, {
          code: "label.value",
          value,
          fix: "a value is empty or at most 63 characters, a letter or a digit at both ends",
        });
      made.set(name, value);
    }
  }
  return made;
}

function stringMap(at: At, raw: JsonRecord, { key, strict }: { key: string; strict: boolean }) {
  const found = optionalRecord(at, raw, key);
  if (found === undefined) return NO_LABELS;
  return shared(at, strict ? LABELS : PAIRS, {
    of: found,
    key: () => JSON.stringify(found),
    make: () => makeLabels(inside(at, key), found, strict),
  });
}

/** An object's labels. What is no label is a problem and left out. */
export const labels = (at: At, raw: JsonRecord, key: string): Labels =>
  stringMap(at, raw, { key, strict: true });

/** What a selector asks of labels. Nothing is left out, or it would select more than its author wrote. */
export const wantedLabels = (at: At, raw: JsonRecord, key: string): Labels =>
  stringMap(at, raw, { key, strict: false });

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Date.parse takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  const day = Number(text.slice(8, 10));
  if (day <= 28) return true;
  const last = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0));
  return day <= last.getUTCDate();
}

/** The moments of one pod are mostly one and the same. */
const last = { text: "", instant: Number.NaN };

/** RFC 3339, as the API server writes times; undefined for anything else. */
export function parseInstant(value: string): Instant | undefined {
  if (value !== last.text) {
    last.text = value;
    last.instant = RFC3339.test(value) && isDay(value) ? Date.parse(value) : Number.NaN;
  }
  return Number.isNaN(last.instant) ? undefined : last.instant;
}

/** A moment that may lie ahead: a deadline. */
export function deadline(at: At, raw: JsonRecord, key: string): Instant | undefined {
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

/** A moment that has been: the newest of all is the dump's "now". */
export function instant(at: At, raw: JsonRecord, key: string): Instant | undefined {
  const parsed = deadline(at, raw, key);
  if (parsed !== undefined) sawInstant(at.reading, parsed);
  return parsed;
}
