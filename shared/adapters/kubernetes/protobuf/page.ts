import type { PageHead } from "#shared/adapters/kubernetes/reflector/format.ts";
import { append, emptyWindow, type ByteWindow } from "#shared/cluster/read/byte-window.ts";
import { MAGIC, typeOf } from "./envelope.ts";
import { readMessage } from "./message.ts";
import { listMeta } from "./meta.ts";
import { BadWire, BYTES, expectType, VARINT, wireOf, type Wire } from "./wire.ts";

export type PageSink = {
  /** The list's own words, before its first item. */
  readonly head: (type: { readonly kind: string; readonly apiVersion: string }) => void;
  /** One item; the bytes are good until this returns. */
  readonly item: (bytes: Uint8Array) => void;
};

export type PageStream = {
  /** The chunk must stay as it is until the next call. Throws BadWire. */
  write(chunk: Uint8Array): void;
  /** undefined: the list is not whole. */
  end(): PageHead | undefined;
};

/** An API server stores at most some megabytes an object. */
const MAX_ITEM = 64 * 1024 * 1024;

/** A field's number and where its bytes are; undefined: not all of its head is there. */
type Head = { readonly field: number; readonly size: number; readonly from: number };

function small(from: Wire): number | undefined {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (from.at >= from.end) return undefined;
    const byte = from.bytes[from.at] ?? 0;
    from.at += 1;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  throw new BadWire("a number is too long");
}

/** Numbers that a list or an envelope may hold are of no use to us: their value is their head's last part. */
function headAt(from: Wire): Head | undefined {
  const tag = small(from);
  if (tag === undefined) return undefined;
  if (tag < 8) throw new BadWire("a field has no number");
  const type = tag & 7;
  const field = Math.floor(tag / 8);
  const size = small(from);
  if (size === undefined) return undefined;
  if (type === VARINT && field > 3) return { field, size: 0, from: from.at };
  expectType(type, BYTES);
  return { field, size, from: from.at };
}

/** All that a reading has in hand. */
type Run = {
  readonly sink: PageSink;
  readonly window: ByteWindow;
  /** How many bytes of the list itself are still to come; undefined outside of it. */
  inside: number | undefined;
  begun: boolean;
  named: boolean;
  listed: boolean;
  page: PageHead | undefined;
  /** Nothing can be told before so many bytes are there: an item in many small pieces stays linear. */
  needed: number;
};

/**
 * Reads a list as it comes, item by item: the envelope, the list in it, each item as soon as it is whole. Only what is not whole
 * yet is kept.
 */
export function pageStream(sink: PageSink): PageStream {
  const room = { bytes: new Uint8Array(0) };
  const run: Run = {
    sink,
    window: emptyWindow(),
    inside: undefined,
    begun: false,
    named: false,
    listed: false,
    page: undefined,
    needed: MAGIC.length,
  };
  const { window } = run;
  return {
    write(chunk) {
      append(window, chunk, room);
      if (window.end - window.from < run.needed) return;
      if (!run.begun) passMagic(run);
      while (window.end > window.from && step(run));
    },
    end() {
      const whole = run.listed && (run.inside ?? 0) === 0 && window.end === window.from;
      return whole && run.page?.version !== "" ? run.page : undefined;
    },
  };
}

function passMagic(run: Run): void {
  const { window } = run;
  if (MAGIC.some((byte, at) => window.bytes[window.from + at] !== byte))
    throw new BadWire("a list has no envelope");
  window.from += MAGIC.length;
  run.begun = true;
  run.needed = 1;
}

/** Goes on by one field; false: more bytes are needed. */
function step(run: Run): boolean {
  if (run.inside === 0) run.inside = undefined;
  const { bytes, from, end } = run.window;
  const head = headAt({ bytes, at: from, end });
  if (head === undefined) {
    run.needed = end - from + 1;
    return false;
  }
  const isList = run.inside === undefined && head.field === 2;
  const used = head.from - from + (isList ? 0 : head.size);
  checkSize(run, used);
  run.needed = used > end - from ? used : 1;
  if (used > end - from) return false;
  run.window.from += used;
  if (isList) openList(run, head.size);
  else take(run, head, used);
  return true;
}

function checkSize({ inside }: Run, used: number): void {
  if (inside !== undefined && used > inside) throw new BadWire("an item is longer than its list");
  if (used > MAX_ITEM) throw new BadWire("an item is too long");
}

function openList(run: Run, size: number): void {
  if (!run.named || run.listed) throw new BadWire("a list does not say first of what it is");
  run.listed = true;
  run.inside = size;
}

function take(run: Run, { field, size, from }: Head, used: number): void {
  const bytes = run.window.bytes.subarray(from, from + size);
  if (run.inside === undefined) takeOfEnvelope(run, field, bytes);
  else {
    run.inside -= used;
    if (field === 1) run.page = headOf(bytes);
    else if (field === 2) run.sink.item(bytes);
  }
}

function takeOfEnvelope(run: Run, field: number, bytes: Uint8Array): void {
  if (field === 1) {
    run.sink.head(typeOf(bytes));
    run.named = true;
  } else if (field === 3 && bytes.length > 0)
    throw new BadWire("a list is encoded in a way that is not known");
}

function headOf(bytes: Uint8Array): PageHead {
  const { resourceVersion: version = "", continue: next = "" } = readMessage(
    listMeta,
    wireOf(bytes),
  );
  return { version: String(version), next: String(next) };
}
