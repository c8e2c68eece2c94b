import { text as ownText, word as commonWord } from "./text.ts";
import { microTime as readMicroTime, time as readTime } from "./time.ts";
import { readIntOrString, readQuantity } from "./values.ts";
import * as wire from "./wire.ts";
import { BYTES, VARINT, type Wire } from "./wire.ts";

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null;

/** What a message becomes: the object that its JSON would be, as far as anybody reads it. */
export type Json = Record<string, unknown>;

/** What kind of value a field has. */
export type As =
  | "word"
  | "text"
  | "words"
  | "flag"
  | "int32"
  | "int64"
  | "count32"
  | "count64"
  | "time"
  | "microTime"
  | "intOrString"
  | "one"
  | "inline"
  | "list"
  | "map"
  | "mapOfSome"
  | "keys"
  | "quantities";

export type Field = {
  readonly key: string;
  readonly as: As;
  readonly type: typeof VARINT | typeof BYTES;
  readonly take: (wire: Wire, into: Json) => void;
  /** The message that it holds, for whoever walks the tables. */
  readonly of?: Message;
};

/** Fields by their number. What has none here is passed over unread. */
export type Message = readonly (Field | undefined)[];

type Fields = Readonly<Record<number, Field>>;

export function message(fields: Fields): Message {
  const made: (Field | undefined)[] = [];
  for (const [number, field] of Object.entries(fields)) made[Number(number)] = field;
  return Array.from(made);
}

/** A key from outside may be called "__proto__"; JSON.parse makes an own property of it too. */
function put(into: Json, key: string, value: unknown): void {
  if (key !== "__proto__") into[key] = value;
  else
    Object.defineProperty(into, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
}

/** Reads all that is left of the wire into an object; what is there already is filled up, as Go's Unmarshal does. */
export function readInto(fields: Message, from: Wire, into: Json): void {
  while (from.at < from.end) {
    const tag = wire.tag(from);
    const field = fields[tag >>> 3];
    if (field === undefined) wire.skip(from, tag & 7);
    else {
      wire.expectType(tag & 7, field.type);
      field.take(from, into);
    }
  }
}

export function readMessage(fields: Message, from: Wire): Json {
  const made: Json = {};
  readInto(fields, from, made);
  return made;
}

/** The message that stands here behind its length. */
function readInside(fields: Message, from: Wire, into: Json): void {
  const { end } = from;
  const size = wire.length(from);
  from.end = from.at + size;
  readInto(fields, from, into);
  from.end = end;
}

type Take = Field["take"];

const bytes = (as: As, key: string, take: Take): Field => ({ key, as, type: BYTES, take });
const varint = (as: As, key: string, take: Take): Field => ({ key, as, type: VARINT, take });

/** A text that objects have in common. Go writes "" where there is none, and to every reader they are one. */
export const word = (key: string): Field =>
  bytes("word", key, (from, into) => void (into[key] = commonWord(from)));

/** A text that each object has its own of. */
export const text = (key: string): Field =>
  bytes("text", key, (from, into) => void (into[key] = ownText(from)));

export const words = (key: string): Field =>
  bytes("words", key, (from, into) => void listAt(into, key).push(commonWord(from)));

export const flag = (key: string): Field =>
  varint("flag", key, (from, into) => void (into[key] = wire.bool(from)));

/** A number that is written where it is known, 0 included. */
export const int32 = (key: string): Field =>
  varint("int32", key, (from, into) => void (into[key] = wire.int32(from)));
export const int64 = (key: string): Field =>
  varint("int64", key, (from, into) => void (into[key] = wire.int64(from)));

/** A number that Go always writes here, and in JSON (omitempty) only when it is not 0. */
export const count32 = (key: string): Field =>
  varint("count32", key, (from, into) => counted(into, key, wire.int32(from)));
export const count64 = (key: string): Field =>
  varint("count64", key, (from, into) => counted(into, key, wire.int64(from)));

function counted(into: Json, key: string, value: number): void {
  if (value === 0) delete into[key];
  else into[key] = value;
}

/** An empty message stands for no time. */
const moment = (as: As, key: string, read: (from: Wire) => string | undefined): Field =>
  bytes(as, key, (from, into) => {
    const said = read(from);
    if (said === undefined) delete into[key];
    else into[key] = said;
  });
export const time = (key: string): Field => moment("time", key, readTime);
export const microTime = (key: string): Field => moment("microTime", key, readMicroTime);

function listAt(into: Json, key: string): unknown[] {
  const known: unknown = into[key];
  if (Array.isArray(known)) return known;
  const made: unknown[] = [];
  into[key] = made;
  return made;
}

function recordAt(into: Json, key: string): Json {
  const known = into[key];
  if (isRecord(known)) return known;
  const made: Json = {};
  into[key] = made;
  return made;
}

export const one = (key: string, of: Message): Field => ({
  ...bytes("one", key, (from, into) => readInside(of, from, recordAt(into, key))),
  of,
});

/** A message whose fields JSON has in the object around it. */
export const inline = (of: Message): Field => ({
  ...bytes("inline", "", (from, into) => readInside(of, from, into)),
  of,
});

export const list = (key: string, of: Message): Field => ({
  ...bytes("list", key, (from, into) => {
    const made: Json = {};
    readInside(of, from, made);
    listAt(into, key).push(made);
  }),
  of,
});

type Entries = {
  readonly as: As;
  readonly read: (from: Wire) => unknown;
  readonly isRead?: (key: string) => boolean;
};

function entry(from: Wire, into: Json, { read, isRead }: Entries): void {
  let key = "";
  let value: unknown = "";
  wire.eachField(from, wire.length(from), (number, type) => {
    if (number > 2) {
      wire.skip(from, type);
      return;
    }
    wire.expectType(type, BYTES);
    if (number === 1) key = commonWord(from);
    else if (isRead?.(key) === false) wire.skip(from, type);
    else value = read(from);
  });
  if (isRead?.(key) !== false) put(into, key, value);
}

const mapOf = (key: string, entries: Entries): Field =>
  bytes(entries.as, key, (from, into) => entry(from, recordAt(into, key), entries));

export const map = (key: string): Field => mapOf(key, { as: "map", read: commonWord });

/** A map of which only some keys are read: what is long or secret in the others is not even looked at. */
export const mapOfSome = (key: string, isRead: (key: string) => boolean): Field =>
  mapOf(key, { as: "mapOfSome", read: ownText, isRead });

/** A map of which only the keys are read. */
export const keys = (key: string): Field =>
  mapOf(key, {
    as: "keys",
    read(from) {
      wire.skip(from, BYTES);
      return null;
    },
  });

export const quantities = (key: string): Field =>
  mapOf(key, { as: "quantities", read: readQuantity });

export const intOrString = (key: string): Field =>
  bytes("intOrString", key, (from, into) => void (into[key] = readIntOrString(from)));
