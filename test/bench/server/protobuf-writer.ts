import type { Field, Message, Type } from "./protobuf-message.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Seven bits a byte, lowest first. Below zero is not needed here. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

export const numberField = (number: number, value: number): Buffer =>
  Buffer.concat([varint(number * 8), varint(value)]);

/** What stands before bytes of this length. */
export const headOf = (number: number, length: number): Buffer =>
  Buffer.concat([varint(number * 8 + 2), varint(length)]);

export const bytesField = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([headOf(number, bytes.length), bytes]);

export const textField = (number: number, text: string): Buffer =>
  bytesField(number, Buffer.from(text));

const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * One message, of the fields that the schema knows; what it does not know throws, since it would be lost. Go writes fields in the
 * order of their numbers, and whoever reads may count on it.
 */
export function message(schema: Message, json: Json): Buffer {
  const found: { readonly first: number; readonly parts: readonly Buffer[] }[] = [];
  for (const [name, value] of Object.entries(json)) {
    const field = schema[name];
    if (field === undefined) throw new Error(`the schema has no field ${name}`);
    if (value !== null && value !== undefined)
      found.push({ first: firstOf(field), parts: fields(field, value) });
  }
  const sorted = found.toSorted((a, b) => a.first - b.first);
  return Buffer.concat(sorted.flatMap(({ parts }) => parts));
}

/** The number that stands at its begin. */
const firstOf = ([place]: Field): number => (typeof place === "number" ? place : (place[0] ?? 0));

function fields([place, type, many]: Field, value: unknown): readonly Buffer[] {
  const outside = typeof place === "number" ? [] : place.slice(0, -1);
  const number = typeof place === "number" ? place : (place.at(-1) ?? 0);
  const items = many === undefined ? [value] : list(value);
  const written = items.flatMap((item) => one(number, type, item));
  return outside.reduceRight(
    (inner, around) => inner.map((bytes) => bytesField(around, bytes)),
    written,
  );
}

const list = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw new Error("what may be many is no list");
  return value;
};

function one(number: number, type: Type, value: unknown): readonly Buffer[] {
  return typeof type === "string"
    ? WRITE[type](number, value)
    : [bytesField(number, message(type, record(value)))];
}

type Write = (number: number, value: unknown) => readonly Buffer[];
const WRITE: Readonly<Record<Exclude<Type, Message>, Write>> = {
  text: (number, value) => [textField(number, String(value))],
  number: (number, value) => [numberField(number, Number(value))],
  "yes-no": (number, value) => [numberField(number, value === true ? 1 : 0)],
  // Go writes the parts of a second, 0, too.
  time: (number, value) => [
    bytesField(
      number,
      Buffer.concat([numberField(1, Date.parse(String(value)) / 1000), numberField(2, 0)]),
    ),
  ],
  quantity: (number, value) => [bytesField(number, textField(1, String(value)))],
  "number-or-text": (number, value) => [bytesField(number, numberOrText(value))],
  json: (number, value) => [textField(number, JSON.stringify(value))],
  texts: (number, value) => entries(number, "text", value),
  quantities: (number, value) => entries(number, "quantity", value),
};

const record = (value: unknown): Json => {
  if (!isJson(value)) throw new Error("a message is no object");
  return value;
};

const numberOrText = (value: unknown): Buffer =>
  typeof value === "number"
    ? Buffer.concat([numberField(1, 0), numberField(2, value)])
    : Buffer.concat([numberField(1, 1), textField(3, String(value))]);

/** Go sorts the keys of a map. */
const inOrder = (map: Json): readonly (readonly [string, unknown])[] =>
  Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1));

const entries = (number: number, type: Type, value: unknown): readonly Buffer[] =>
  inOrder(record(value)).map(([key, item]) =>
    bytesField(number, Buffer.concat([textField(1, key), ...one(2, type, item)])),
  );

/** As it is stored and served: "k8s\0", then what it is, then the object itself. `raw` may be put behind the head later. */
export function envelopeHead(apiVersion: string, kind: string, rawLength: number): Buffer {
  const meta = Buffer.concat([textField(1, apiVersion), textField(2, kind)]);
  return Buffer.concat([Buffer.from("k8s\0"), bytesField(1, meta), headOf(2, rawLength)]);
}
