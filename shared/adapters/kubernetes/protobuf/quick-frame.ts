import { MAGIC } from "./envelope.ts";
import { word } from "./text.ts";
import { length, type Wire } from "./wire.ts";

/** An object's message in a watch's event; `wire` stands at its begin. */
export type FoundChange = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly kind: string;
  readonly apiVersion: string;
  readonly wire: Wire;
};

const [FIRST, SECOND] = [10, 18];
/** "", the encoding and the content type that are not said, behind an object. */
const UNSAID: readonly number[] = [26, 0, 34, 0];

function passes({ bytes, at }: Wire, expected: readonly number[]): boolean {
  for (let i = 0; i < expected.length; i += 1) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

/** The next field, when it has this tag: from here on it is what is read, to its end and no further. */
function enter(wire: Wire, tag: number): boolean {
  if (wire.at >= wire.end || wire.bytes[wire.at] !== tag) return false;
  wire.at += 1;
  const size = length(wire);
  wire.end = wire.at + size;
  return true;
}

function wordOf(wire: Wire, tag: number): string | undefined {
  if (wire.at >= wire.end || wire.bytes[wire.at] !== tag) return undefined;
  wire.at += 1;
  return word(wire);
}

/** What must end with the frame, as all but the object's message does. */
const enterLast = (wire: Wire, tag: number): boolean =>
  enter(wire, tag) && wire.end === wire.bytes.length;

/** undefined: the frame is no change, or not written in the order and with the fields with which Go writes it. */
export function changeIn(frame: Uint8Array): FoundChange | undefined {
  const wire: Wire = { bytes: frame, at: 0, end: frame.length };
  const type = wordOf(wire, FIRST);
  if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED") return undefined;
  if (!enterLast(wire, SECOND) || !enterLast(wire, FIRST) || !passes(wire, MAGIC)) return undefined;
  wire.at += MAGIC.length;
  const said = typeIn(wire);
  if (said === undefined || !enter(wire, SECOND) || !endsPlainly(wire)) return undefined;
  return { type, ...said, wire };
}

/** Nothing is behind the object but what Go writes where there is nothing to say. */
function endsPlainly({ bytes, end }: Wire): boolean {
  const left = bytes.length - end;
  return (
    left === 0 || (left === UNSAID.length && passes({ bytes, at: end, end: bytes.length }, UNSAID))
  );
}

function typeIn(wire: Wire): Pick<FoundChange, "kind" | "apiVersion"> | undefined {
  const { end } = wire;
  if (!enter(wire, FIRST)) return undefined;
  const apiVersion = wordOf(wire, FIRST);
  const kind = wordOf(wire, SECOND);
  const isWhole = wire.at === wire.end;
  wire.end = end;
  return isWhole && apiVersion !== undefined && kind !== undefined
    ? { kind, apiVersion }
    : undefined;
}
