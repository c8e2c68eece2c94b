import type { InputProblem, Kind, Kinds } from "#shared/cluster/cluster.ts";
import { printable } from "#shared/cluster/printable.ts";
import { redactText } from "#shared/cluster/redact-text.ts";
import { isRecord, newReading, type JsonRecord } from "#shared/cluster/read/json.ts";
import { kindOf, readObject } from "#shared/cluster/read/object.ts";
import type { WatchEvent } from "./format.ts";

const END_OF_INITIAL = "k8s.io/initial-events-end";

export type Projection<K extends Kind> = {
  /** JSON in, our types out, through the projection that dumps are read with. */
  readonly read: Read<K>;
  /** Forgets what values objects had in common. */
  readonly forget: () => void;
};

/**
 * Equal labels and containers are one object as long as a watch lives: for ever would remember what is long gone. Problems
 * belong to the object that has them.
 */
export function projection<K extends Kind>(kind: K): Projection<K> {
  let { interned } = newReading();
  return {
    forget: () => void ({ interned } = newReading()),
    read(json, list) {
      const one = { ...newReading(), interned };
      const found = readObject(json, one, list);
      if (found?.kind !== kind) return { object: undefined, problems: one.problems };
      // The kind is the one that was asked for, and so is the type.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return { object: found.object as unknown as Kinds[K], problems: one.problems };
    },
  };
}

export type Read<K extends Kind> = (
  json: unknown,
  list?: { readonly kind: string; readonly apiVersion: string },
) => { readonly object: Kinds[K] | undefined; readonly problems: readonly InputProblem[] };

export const bad = (why: string): { readonly is: "bad"; readonly why: string } => ({
  is: "bad",
  why,
});

const textIn = (from: JsonRecord, key: string): string => {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  return typeof value === "string" ? value : "";
};
const recordIn = (from: JsonRecord, key: string): JsonRecord | undefined => {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  return isRecord(value) ? value : undefined;
};

/** `said`: what one event says, type and object, as its JSON would be. */
export function eventOf<K extends Kind>(
  kind: K,
  said: JsonRecord | undefined,
  read: Read<K>,
): WatchEvent<K> {
  if (said === undefined) return bad("a line is no JSON object");
  const type = textIn(said, "type");
  const object = recordIn(said, "object");
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return changeOf(kind, { type, object }, read);
    case "BOOKMARK":
      return bookmarkOf(object);
    case "ERROR":
      return errorOf(object);
    case "":
      return bad("an event has no type");
    default:
      return { is: "unknown" };
  }
}

type Said = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: JsonRecord | undefined;
};

function changeOf<K extends Kind>(kind: K, { type, object }: Said, read: Read<K>): WatchEvent<K> {
  const metadata = object && recordIn(object, "metadata");
  if (!object || !metadata) return bad("an object has no metadata");
  const version = textIn(metadata, "resourceVersion");
  if (version === "") return bad("an object has no version");
  // A Table, or somebody else's kind of the same name, is not what was asked for.
  if (kindOf(textIn(object, "kind"), textIn(object, "apiVersion")) !== kind)
    return bad(`an object is no ${kind} but ${printable(textIn(object, "kind"), 60)}`);
  const { object: ours, problems } = read(object);
  if (ours === undefined) return { is: "refused", version };
  const is = type === "DELETED" ? "gone" : "put";
  return { is, added: type === "ADDED", version, object: ours, problems };
}

function bookmarkOf<K extends Kind>(object: JsonRecord | undefined): WatchEvent<K> {
  const metadata = object && recordIn(object, "metadata");
  const version = metadata ? textIn(metadata, "resourceVersion") : "";
  if (!metadata || version === "") return bad("a bookmark has no version");
  const annotations = recordIn(metadata, "annotations") ?? {};
  return { is: "bookmark", version, endsInitial: textIn(annotations, END_OF_INITIAL) === "true" };
}

function errorOf<K extends Kind>(object: JsonRecord | undefined): WatchEvent<K> {
  const code = object && Object.hasOwn(object, "code") ? object["code"] : 0;
  return {
    is: "error",
    code: typeof code === "number" ? code : 0,
    message: printable(
      redactText(object ? textIn(object, "message") : "an error without words"),
      300,
    ),
  };
}
