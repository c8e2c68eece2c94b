/** Bytes of a message that is being read: `at` is the next byte, `end` the first that is no part of it. */
export type Wire = { bytes: Uint8Array; at: number; end: number };

export const VARINT = 0;
export const BYTES = 2;
const FIXED64 = 1;
const FIXED32 = 5;

/** These bytes are no message. */
export class BadWire extends Error {
  constructor(what: string) {
    super(what);
    this.name = "BadWire";
  }
}

export const wireOf = (bytes: Uint8Array): Wire => ({ bytes, at: 0, end: bytes.length });

function cutOff(): never {
  throw new BadWire("a message is cut off");
}

/** 64 bits hold no more than ten bytes of seven. */
const MOST = 10;

/** The low and the high half of the last number: an object for each would be garbage for each. */
const halves = { low: 0, high: 0 };

function long(wire: Wire): void {
  const { bytes } = wire;
  let low = 0;
  let high = 0;
  for (let count = 0; count < MOST; count += 1) {
    if (wire.at >= wire.end) cutOff();
    const byte = bytes[wire.at] ?? 0;
    wire.at += 1;
    const bits = byte & 0x7f;
    const shift = 7 * count;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) {
      halves.low = low;
      halves.high = high;
      return;
    }
  }
  throw new BadWire("a number is too long");
}

/** A number and a wire type in one: `tag >>> 3` and `tag & 7`. */
export function tag(wire: Wire): number {
  const first = wire.at < wire.end ? (wire.bytes[wire.at] ?? 0) : 0;
  if (first < 0x80 && first >= 8) {
    wire.at += 1;
    return first;
  }
  long(wire);
  // 29 bits of number: whatever says more, or 0, is no field.
  if (halves.high !== 0 || halves.low >>> 3 === 0) throw new BadWire("a field has no number");
  return halves.low >>> 0;
}

/** How many bytes follow; all of them are there. */
export function length(wire: Wire): number {
  const first = wire.at < wire.end ? (wire.bytes[wire.at] ?? 0) : 0x80;
  if (first < 0x80) {
    wire.at += 1;
    if (first > wire.end - wire.at) cutOff();
    return first;
  }
  long(wire);
  const said = halves.high === 0 ? halves.low >>> 0 : Number.POSITIVE_INFINITY;
  if (said > wire.end - wire.at) cutOff();
  return said;
}

export function int32(wire: Wire): number {
  long(wire);
  return halves.low | 0;
}

/** As JSON.parse would give it: the nearest number that JavaScript has. */
export function int64(wire: Wire): number {
  long(wire);
  return (halves.high | 0) * 2 ** 32 + (halves.low >>> 0);
}

export function bool(wire: Wire): boolean {
  long(wire);
  return (halves.low | halves.high) !== 0;
}

/** Passes over a field of any kind that there may be. */
export function skip(wire: Wire, type: number): void {
  if (type === BYTES) {
    const size = length(wire);
    wire.at += size;
  } else if (type === VARINT) long(wire);
  else if (type === FIXED64 || type === FIXED32) {
    wire.at += type === FIXED64 ? 8 : 4;
    if (wire.at > wire.end) cutOff();
  } else throw new BadWire("a field is of no known wire type");
}

/** Goes over the fields of the message in the next `size` bytes. `take` must read or pass over each. */
export function eachField(
  wire: Wire,
  size: number,
  take: (field: number, type: number) => void,
): void {
  const { end } = wire;
  wire.end = wire.at + size;
  while (wire.at < wire.end) {
    const read = tag(wire);
    take(read >>> 3, read & 7);
  }
  wire.end = end;
}

export function expectType(type: number, wanted: number): void {
  if (type !== wanted) throw new BadWire("a field is of another wire type than it has");
}
