import {
  bytesField,
  envelopeHead,
  headOf,
  message,
  textField,
  type Json,
} from "./protobuf-writer.ts";
import { SCHEMAS } from "./protobuf-schema.ts";

export type WireFormat = "json" | "protobuf";
/** An item of a list, or an event of a watch. */
export type Wrapping = "item" | "ADDED" | "MODIFIED" | "DELETED";

/** What differs from one object to the next of the same template. */
export type Stamp = { readonly index: number; readonly node: number; readonly version: number };

/** Words of a template in whose place something as long is written, thousands of times a second. */
export const HOLES = {
  /** Eight hex digits, a different one for each index. */
  uid: "@@@@@@@@",
  /** As an API server makes names up, and in the order of the indexes. */
  name: "!!!!!",
  node: "~~~~~",
  /** Five hex digits that look like chance. */
  suffix: "?????",
  ip: "^^^^^^^^^^^",
  version: "$$$$$$$$$$",
  time: "2026-11-20T11:11:11Z",
} as const;
type Slot = keyof typeof HOLES;

export type Template = {
  readonly bytes: Buffer;
  readonly holes: readonly { readonly at: number; readonly slot: Slot }[];
};

const TIMES = 1024;
const FIRST_TIME = Date.parse("2026-11-19T00:00:00Z");
const timeAt = (index: number): number => FIRST_TIME + (index % TIMES) * 60_000;
const times = (write: (time: number) => Buffer): readonly Buffer[] =>
  Array.from({ length: TIMES }, (_, index) => write(timeAt(index)));

const jsonTime = (time: number): Buffer =>
  Buffer.from(new Date(time).toISOString().replace(/\.\d+Z/, "Z"));
/** Behind the tag of `seconds`: five bytes until the year 3058. */
const protobufTime = (time: number): Buffer => {
  const seconds = time / 1000;
  return Buffer.from(
    [0, 7, 14, 21, 28].map((bits) =>
      bits === 28
        ? Math.floor(seconds / 2 ** bits)
        : (Math.floor(seconds / 2 ** bits) & 0x7f) | 0x80,
    ),
  );
};
const TIME_BYTES = { json: times(jsonTime), protobuf: times(protobufTime) };
const TIME_HOLE = {
  json: Buffer.from(HOLES.time),
  protobuf: protobufTime(Date.parse(HOLES.time)),
};

function holesOf(bytes: Buffer, format: WireFormat): Template["holes"] {
  const slots = Object.keys(HOLES) as Slot[];
  return slots.flatMap((slot) => {
    const word = slot === "time" ? TIME_HOLE[format] : Buffer.from(HOLES[slot]);
    const found: { at: number; slot: Slot }[] = [];
    for (let at = bytes.indexOf(word); at >= 0; at = bytes.indexOf(word, at + word.length))
      found.push({ at, slot });
    return found;
  });
}

export type Templated = {
  readonly kind: keyof typeof SCHEMAS;
  readonly apiVersion: string;
  readonly object: Json;
};

export function templateOf(of: Templated, format: WireFormat, wrapping: Wrapping): Template {
  const bytes = format === "json" ? jsonBytes(of, wrapping) : protobufBytes(of, wrapping);
  return { bytes, holes: holesOf(bytes, format) };
}

function jsonBytes({ kind, apiVersion, object }: Templated, wrapping: Wrapping): Buffer {
  if (wrapping === "item") return Buffer.from(JSON.stringify(object));
  const whole = JSON.stringify({ kind, apiVersion, ...object });
  return Buffer.from(`{"type":"${wrapping}","object":${whole}}\n`);
}

function protobufBytes({ kind, apiVersion, object }: Templated, wrapping: Wrapping): Buffer {
  const raw = message(SCHEMAS[kind], object);
  if (wrapping === "item") return bytesField(2, raw);
  return watchFrame(wrapping, Buffer.concat([envelopeHead(apiVersion, kind, raw.length), raw]));
}

/** Four bytes of length, then WatchEvent{type, object{raw}}. */
export function watchFrame(type: string, enveloped: Buffer): Buffer {
  const inner = Buffer.concat([headOf(1, enveloped.length), enveloped]);
  const event = Buffer.concat([textField(1, type), bytesField(2, inner)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

/** Writes the template with the stamp into `target`; where it ends. */
export function press(
  { bytes, holes }: Template,
  {
    target,
    at,
    format,
  }: { readonly target: Buffer; readonly at: number; readonly format: WireFormat },
  stamp: Stamp,
): number {
  target.set(bytes, at);
  const mixed = Math.imul(stamp.index + 1, 2_654_435_761) >>> 0;
  for (const hole of holes) {
    const to = at + hole.at;
    switch (hole.slot) {
      case "uid":
        digits(target, { to, count: 8, base: 16 }, mixed);
        break;
      case "suffix":
        digits(target, { to, count: 5, base: 16 }, mixed);
        break;
      case "name":
        letters(target, to, stamp.index);
        break;
      case "node":
        digits(target, { to, count: 5, base: 10 }, stamp.node);
        break;
      case "version":
        digits(target, { to, count: 10, base: 10 }, stamp.version);
        break;
      case "ip":
        address(target, to, stamp.index);
        break;
      case "time":
        target.set(TIME_BYTES[format][stamp.index % TIMES] ?? TIME_HOLE[format], to);
        break;
    }
  }
  return at + bytes.length;
}

/** The last digits of a whole number, zeros before it. */
function digits(
  target: Buffer,
  { to, count, base }: { readonly to: number; readonly count: number; readonly base: number },
  value: number,
): void {
  let rest = value;
  for (let at = to + count - 1; at >= to; at -= 1) {
    const digit = rest % base;
    target[at] = digit < 10 ? 0x30 + digit : 0x57 + digit;
    rest = Math.floor(rest / base);
  }
}

/** Of apimachinery, util/rand. */
const LETTERS = Buffer.from("2456789bcdfghjklmnpqrstvwxz");

function letters(target: Buffer, to: number, value: number): void {
  let rest = value;
  for (let at = to + HOLES.name.length - 1; at >= to; at -= 1) {
    target[at] = LETTERS[rest % LETTERS.length] ?? 0;
    rest = Math.floor(rest / LETTERS.length);
  }
}

/** 1xx.1xx.1xx: as long for everybody. */
function address(target: Buffer, to: number, index: number): void {
  for (let part = 0; part < 3; part += 1) {
    digits(
      target,
      { to: to + part * 4, count: 3, base: 10 },
      100 + (Math.floor(index / 100 ** part) % 100),
    );
    if (part < 2) target[to + part * 4 + 3] = 0x2e;
  }
}
