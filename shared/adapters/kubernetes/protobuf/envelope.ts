import { readMessage } from "./message.ts";
import { typeMeta } from "./meta.ts";
import { word } from "./text.ts";
import { BadWire, BYTES, eachField, expectType, length, skip, wireOf, type Wire } from "./wire.ts";

/** What stands before every object that Kubernetes writes as protobuf: "k8s" and a zero. */
export const MAGIC: readonly number[] = [0x6b, 0x38, 0x73, 0];

/** runtime.Unknown: an object's type, and its bytes. */
export type Envelope = {
  readonly kind: string;
  readonly apiVersion: string;
  readonly raw: Uint8Array;
};

/** A message in the next bytes, as bytes of its own. */
export function piece(from: Wire): Uint8Array {
  const size = length(from);
  const { at } = from;
  from.at += size;
  return from.bytes.subarray(at, from.at);
}

export function typeOf(bytes: Uint8Array): { readonly kind: string; readonly apiVersion: string } {
  const said = readMessage(typeMeta, wireOf(bytes));
  const of = (key: string): string => {
    const value = said[key];
    return typeof value === "string" ? value : "";
  };
  return { kind: of("kind"), apiVersion: of("apiVersion") };
}

/** Nothing that an API server has is packed or of another type than the one asked for. */
function expectPlain(from: Wire): void {
  if (word(from) !== "") throw new BadWire("an object is encoded in a way that is not known");
}

export const NO_BYTES: Uint8Array = new Uint8Array(0);

export function opened(bytes: Uint8Array): Envelope {
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) throw new BadWire("an object has no envelope");
  const from = wireOf(bytes);
  from.at = MAGIC.length;
  let type = { kind: "", apiVersion: "" };
  let raw: Uint8Array = NO_BYTES;
  eachField(from, from.end - from.at, (field, wireType) => {
    if (field > 3) {
      skip(from, wireType);
      return;
    }
    expectType(wireType, BYTES);
    if (field === 1) type = typeOf(piece(from));
    else if (field === 2) raw = piece(from);
    else expectPlain(from);
  });
  return { ...type, raw };
}
