import type { InputProblem, Kind, Kinds } from "#shared/cluster/cluster.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { JsonRecord } from "#shared/cluster/read/json.ts";
import { kindOf } from "#shared/cluster/read/object.ts";
import {
  bad,
  eventOf,
  projection,
  type Read,
} from "#shared/adapters/kubernetes/reflector/event-of.ts";
import type {
  Encoding,
  Format,
  PageReader,
  WatchEvent,
} from "#shared/adapters/kubernetes/reflector/format.ts";
import { jsonFormat } from "#shared/adapters/kubernetes/reflector/json-format.ts";
import { NO_BYTES, opened, piece } from "./envelope.ts";
import { lengthFrames } from "./frames.ts";
import { MESSAGES } from "./kinds.ts";
import { readMessage, type Message } from "./message.ts";
import { bookmark, status } from "./meta.ts";
import { pageStream } from "./page.ts";
import { podReader } from "./pods.ts";
import { changeIn } from "./quick-frame.ts";
import { word } from "./text.ts";
import { BadWire, BYTES, eachField, expectType, skip, wireOf, type Wire } from "./wire.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** Kubernetes' own protobuf where there is one, JSON where there is none or the server prefers to answer so. */
export function protobufFormat<K extends Kind>(kind: K): Format<K> {
  const json = jsonFormat(kind);
  const message = MESSAGES.get(kind);
  if (message === undefined) return json;
  const protobuf = encodingOf(kind, message);
  return {
    accept: `${PROTOBUF},application/json;q=0.9`,
    // A watch is answered with ";stream=watch" behind it.
    of: (contentType = "") =>
      contentType.trim().toLowerCase().startsWith(PROTOBUF) ? protobuf : json.of(contentType),
    otherwise: json,
  };
}

/** A quicker way for objects that are like many others; undefined: this one has to go the way of all. */
type Quick<K extends Kind> = {
  readonly read: (
    wire: Wire,
  ) => { readonly object: Kinds[K]; readonly version: string } | undefined;
  readonly forget: () => void;
};

function quickOf<K extends Kind>(kind: K): Quick<K> | undefined {
  // A pod's reader reads pods.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return kind === "Pod" ? (podReader() as unknown as Quick<K>) : undefined;
}

type OnObject<K extends Kind> = Parameters<Encoding<K>["page"]>[0];

const NO_PROBLEMS: readonly InputProblem[] = [];

function encodingOf<K extends Kind>(kind: K, message: Message): Encoding<K> {
  const { read, forget } = projection(kind);
  const quick = quickOf(kind);
  const reading = { kind, message, read };
  return {
    frames(limit) {
      forget();
      quick?.forget();
      return lengthFrames(limit);
    },
    event: (frame) =>
      orBad(() => (quick && quickEvent(frame, kind, quick)) ?? eventIn(frame, reading)),
    page: (onObject) => pageOf(reading, quick, onObject),
  };
}

function pageOf<K extends Kind>(
  { kind, message, read }: Reading<K>,
  quick: Quick<K> | undefined,
  onObject: OnObject<K>,
): PageReader {
  let apiVersion = "";
  let broken = false;
  const stream = pageStream({
    head(type) {
      if (type.kind !== `${kind}List` || kindOf(kind, type.apiVersion) !== kind)
        throw new BadWire(`a list is no ${kind}List`);
      ({ apiVersion } = type);
    },
    item(bytes) {
      const found = quick?.read(wireOf(bytes));
      if (found) {
        onObject(found.object, NO_PROBLEMS);
        return;
      }
      const json = readMessage(message, wireOf(bytes));
      const { object, problems } = read(json, { kind, apiVersion });
      if (object !== undefined) onObject(object, problems);
    },
  });
  return {
    write(chunk) {
      if (broken) return;
      try {
        stream.write(chunk);
      } catch (error) {
        if (!(error instanceof BadWire)) throw error;
        broken = true;
      }
    },
    end: () => (broken ? undefined : stream.end()),
  };
}

/** Frames that are written as Go writes them, of objects that are like many others. */
function quickEvent<K extends Kind>(
  frame: Uint8Array,
  kind: K,
  quick: Quick<K>,
): WatchEvent<K> | undefined {
  const found = changeIn(frame);
  if (found === undefined || kindOf(found.kind, found.apiVersion) !== kind) return undefined;
  const read = quick.read(found.wire);
  if (read === undefined || read.version === "") return undefined;
  return {
    is: found.type === "DELETED" ? "gone" : "put",
    added: found.type === "ADDED",
    version: read.version,
    object: read.object,
    problems: NO_PROBLEMS,
  };
}

function orBad<K extends Kind>(make: () => WatchEvent<K>): WatchEvent<K> {
  try {
    return make();
  } catch (error) {
    if (error instanceof BadWire) return bad(error.message);
    throw error;
  }
}

type Reading<K extends Kind> = {
  readonly kind: K;
  readonly message: Message;
  readonly read: Read<K>;
};

/** metav1.WatchEvent: what happened, and to what; the object is in an envelope inside a RawExtension. */
function eventIn<K extends Kind>(frame: Uint8Array, reading: Reading<K>): WatchEvent<K> {
  const from = wireOf(frame);
  let type = "";
  let extension: Uint8Array | undefined;
  eachField(from, frame.length, (field, wireType) => {
    if (field > 2) {
      skip(from, wireType);
      return;
    }
    expectType(wireType, BYTES);
    if (field === 1) type = word(from);
    else extension = piece(from);
  });
  const object = extension === undefined ? undefined : objectIn(rawOf(extension), type, reading);
  return eventOf(reading.kind, { type, object }, reading.read);
}

function rawOf(extension: Uint8Array): Uint8Array {
  const from = wireOf(extension);
  let raw = NO_BYTES;
  eachField(from, extension.length, (field, wireType) => {
    if (field > 1) {
      skip(from, wireType);
      return;
    }
    expectType(wireType, BYTES);
    raw = piece(from);
  });
  return raw;
}

function objectIn<K extends Kind>(
  bytes: Uint8Array,
  type: string,
  { kind, message }: Reading<K>,
): JsonRecord {
  const { raw, kind: said, apiVersion } = opened(bytes);
  const table = type === "ERROR" ? status : type === "BOOKMARK" ? bookmark : message;
  // What another kind's bytes mean by these numbers is nobody's guess.
  if (table === message && kindOf(said, apiVersion) !== kind)
    throw new BadWire(`an object is no ${kind} but ${printable(said, 60)}`);
  return { ...readMessage(table, wireOf(raw)), kind: said, apiVersion };
}
