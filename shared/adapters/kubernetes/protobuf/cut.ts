import { beginKey, newKey, type Key } from "./memo.ts";
import { BadWire, BYTES, expectType, length, skip, tag, VARINT, type Wire } from "./wire.ts";

/** What a message says, apart from what each object says for itself. */
export type Cut = {
  readonly key: Key;
  /** Moments, in the order of the bytes; in the key stands only that they are there. */
  readonly times: Float64Array;
  timeCount: number;
  /** Of each text of its own: the number of its field, where it begins, how long it is. */
  readonly own: Int32Array;
  ownCount: number;
  /** It is not written as Go writes it: nothing may be concluded from the order. */
  odd: boolean;
  /** Where bytes begin that go to the key together with what a message inside begins with; -1: there are none. */
  run: number;
};

/** A pod with more moments or texts is no usual pod. */
const MOST = 96;

export const newCut = (): Cut => ({
  key: newKey(),
  times: new Float64Array(MOST),
  timeCount: 0,
  own: new Int32Array(MOST),
  ownCount: 0,
  odd: false,
  run: -1,
});

/**
 * What is done with a field. "same": its bytes stand in the key as they are. "time", "own": each object has one of its own.
 * `unread`: those of which it is true are passed over, the others are the same. A plan: it is looked into. Whatever has no place
 * in a plan is passed over, so it must be what nobody reads.
 */
export type Doing = "same" | "time" | "own" | Unread | Plan;
/** Of the bytes from `at` to `end`. */
export type Unread = { readonly unread: (wire: Wire) => boolean };
export type Plan = {
  /** By the field's number. */
  readonly codes: Uint8Array;
  readonly inside: readonly (Plan | undefined)[];
  readonly passes: readonly (Unread["unread"] | undefined)[];
  /** 1: the field may stand more than once. */
  readonly many: Uint8Array;
};

const [PASSED, SAME, TIME, OWN, UNREAD, INSIDE] = [0, 1, 2, 3, 4, 5];
/** The highest number in a plan. */
const HIGHEST = 64;

function codeOf(doing: Doing): number {
  if (doing === "same") return SAME;
  if (doing === "time") return TIME;
  if (doing === "own") return OWN;
  return "unread" in doing ? UNREAD : INSIDE;
}

/** `many`: fields that may stand more than once. */
export function plan(fields: Readonly<Record<number, Doing>>, many: readonly number[]): Plan {
  const codes = new Uint8Array(HIGHEST);
  const inside = Array.from<Plan | undefined>({ length: HIGHEST });
  const passes = Array.from<Unread["unread"] | undefined>({ length: HIGHEST });
  for (const [number, doing] of Object.entries(fields)) {
    codes[Number(number)] = codeOf(doing);
    if (typeof doing === "string") continue;
    if ("unread" in doing) passes[Number(number)] = doing.unread;
    else inside[Number(number)] = doing;
  }
  return {
    codes,
    inside,
    passes,
    many: Uint8Array.from({ length: HIGHEST }, (_, number) => (many.includes(number) ? 1 : 0)),
  };
}

/**
 * Puts the run, which ends at `to`, to the key. Few bytes are copied faster by a loop than by what is made for many; nor is an
 * object made for each of the many runs of a pod.
 */
function flush(cut: Cut, bytes: Uint8Array, to: number): void {
  const { key, run } = cut;
  const { bytes: into, length: at } = key;
  const size = to - run;
  if (size > LONG) into.set(bytes.subarray(run, to), at);
  else for (let i = 0; i < size; i += 1) into[at + i] = bytes[run + i] ?? 0;
  key.length = at + size;
  cut.run = -1;
}
const LONG = 96;

/** A whole message as a key. */
export function wholeKey(key: Key, { bytes, at, end }: Wire): void {
  beginKey(key, end - at);
  for (let i = 0; i < end - at; i += 1) key.bytes[i] = bytes[at + i] ?? 0;
  key.length = end - at;
}

function mark({ key }: Cut, byte: number): void {
  key.bytes[key.length] = byte;
  key.length += 1;
}

/** Seconds of our century take five bytes, and Go writes 0 parts of a second behind them. */
const USUAL = 8;
const MORE = 0x80;

/** The five bytes of a number from `at`; NaN: it has more, or less. */
function fiveAt(bytes: Uint8Array, at: number): number {
  const a = bytes[at] ?? 0;
  const b = bytes[at + 1] ?? 0;
  const c = bytes[at + 2] ?? 0;
  const d = bytes[at + 3] ?? 0;
  const e = bytes[at + 4] ?? MORE;
  if ((a & b & c & d & MORE) === 0 || e >= MORE) return Number.NaN;
  return (a & 0x7f) + ((b & 0x7f) << 7) + ((c & 0x7f) << 14) + ((d & 0x7f) << 21) + e * 2 ** 28;
}

/** Anything but how Go writes a moment of our time is odd; so is what JSON has no words for. */
function cutTime(cut: Cut, { bytes, at, end }: Wire): void {
  const size = end - at;
  if (size === 0) return;
  const seconds = fiveAt(bytes, at + 1);
  const usual = size === USUAL && bytes[at] === 8 && bytes[at + 6] === 16 && bytes[at + 7] === 0;
  if (!usual || Number.isNaN(seconds) || cut.timeCount >= MOST) cut.odd = true;
  else {
    cut.times[cut.timeCount] = seconds * 1000;
    cut.timeCount += 1;
  }
}

function cutOwn(cut: Cut, { at, end }: Wire, number: number): void {
  const { own, ownCount } = cut;
  mark(cut, end === at ? 0 : 1);
  if (ownCount + 3 > MOST) cut.odd = true;
  own[ownCount] = number;
  own[ownCount + 1] = at;
  own[ownCount + 2] = end - at;
  cut.ownCount += 3;
}

/** Begins anew, and cuts the message that is between the wire's bounds. */
export function cutWhole(cut: Cut, plan: Plan, wire: Wire): void {
  // What is added to the bytes is never more than one for each field.
  beginKey(cut.key, 2 * (wire.end - wire.at));
  cut.timeCount = 0;
  cut.ownCount = 0;
  cut.odd = false;
  // What was broken off in the middle has left its own behind.
  cut.run = -1;
  cutMessage(cut, plan, wire);
}

function tooShort(): never {
  throw new BadWire("a message is cut off");
}

/** Adds to the key what the plan says of the message. As one loop: it is most of what reading a pod takes. */
// oxlint-disable-next-line eslint/max-lines-per-function, eslint/complexity
function cutMessage(cut: Cut, { codes, inside, passes, many }: Plan, wire: Wire): void {
  const { bytes, end } = wire;
  let { at } = wire;
  let last = 0;
  while (at < end) {
    const from = at;
    let read = bytes[at] ?? 0;
    at += 1;
    if (read >= MORE || read < 8) {
      wire.at = from;
      read = tag(wire);
      at = wire.at;
    }
    const number = read >>> 3;
    const type = read & 7;
    const behindTag = at;
    let next = at + 1;
    if (type === BYTES) {
      let size = bytes[at] ?? MORE;
      at += 1;
      const second = bytes[at] ?? MORE;
      if (size >= MORE && second < MORE) {
        size = (size & 0x7f) | (second << 7);
        at += 1;
      } else if (size >= MORE) {
        wire.at = behindTag;
        size = length(wire);
        at = wire.at;
      }
      next = at + size;
    } else if (type !== VARINT || (bytes[at] ?? MORE) >= MORE) {
      wire.at = at;
      skip(wire, type);
      next = wire.at;
    }
    if (next > end) tooShort();
    const code = number < HIGHEST ? (codes[number] ?? PASSED) : PASSED;
    if (code !== PASSED) {
      if (number <= last && (number < last || many[number] === 0)) cut.odd = true;
      last = number;
      if (code !== SAME) {
        expectType(type, BYTES);
        wire.at = at;
        wire.end = next;
      }
    }
    // One run after another: bytes that stand in the key stand there as long pieces.
    if (code === PASSED || (code === UNREAD && passes[number]?.(wire) === true)) {
      if (cut.run >= 0) flush(cut, bytes, from);
    } else {
      if (cut.run < 0) cut.run = from;
      if (code === TIME) {
        // Its length tells whether it is there.
        flush(cut, bytes, at);
        cutTime(cut, wire);
      } else if (code === OWN) {
        flush(cut, bytes, behindTag);
        cutOwn(cut, wire, number);
      } else if (code === INSIDE) {
        const plan = inside[number];
        if (plan !== undefined) cutMessage(cut, plan, wire);
        // No tag begins with it, so that nothing is like what stands behind.
        mark(cut, 0);
      }
    }
    wire.end = end;
    at = next;
  }
  if (cut.run >= 0) flush(cut, bytes, end);
  wire.at = end;
}
