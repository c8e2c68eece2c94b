import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { BigSize, Served } from "./big-objects.ts";
import { bigObjects, FIRST_VERSION, stampOf } from "./big-objects.ts";
import { envelopeHead, headOf, textField } from "./protobuf-writer.ts";
import {
  press,
  templateOf,
  watchFrame,
  type Template,
  type WireFormat,
  type Wrapping,
} from "./templates.ts";

const PIECE = 256 * 1024;

/** Everything that is served, ready to be pressed. */
export type Press = {
  readonly served: ReadonlyMap<string, Served>;
  template(of: Served, index: number, as: { format: WireFormat; wrapping: Wrapping }): Template;
};

export function newPress(size: BigSize): Press {
  const made = new Map<string, readonly Template[]>();
  return {
    served: new Map(bigObjects(size).map((one) => [one.plural, one])),
    template(of, index, { format, wrapping }) {
      const key = `${of.plural} ${format} ${wrapping}`;
      const known = made.get(key) ?? of.templates.map((one) => templateOf(one, format, wrapping));
      made.set(key, known);
      const template = known[of.of(index).template];
      if (!template) throw new Error(`${of.plural} have no object ${index}`);
      return template;
    },
  };
}

/** Bytes to an answer in large pieces, no faster than the other side reads. False: it has gone. */
export function outlet(response: ServerResponse) {
  let piece = Buffer.allocUnsafe(PIECE);
  let end = 0;
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const flush = async (): Promise<boolean> => {
    const full = response.write(piece.subarray(0, end));
    piece = Buffer.allocUnsafe(PIECE);
    end = 0;
    if (!full && !gone.signal.aborted)
      await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
    return !gone.signal.aborted;
  };
  return {
    flush,
    hasRoom: (bytes: number): boolean => end + bytes <= PIECE,
    /** Where there is room, and at once. `write` is told where its bytes go, and says where they ended. */
    write(write: (target: Buffer, at: number) => number): void {
      end = write(piece, end);
    },
  };
}
export type Outlet = ReturnType<typeof outlet>;

export type ServedObject = {
  readonly press: Press;
  readonly served: Served;
  readonly index: number;
  readonly version?: number;
};
type As = { readonly format: WireFormat; readonly wrapping: Wrapping };

export const sizeOf = (object: ServedObject, as: As): number =>
  object.press.template(object.served, object.index, as).bytes.length;

/** There is room for it. */
export function writeObject(out: Outlet, object: ServedObject, as: As): void {
  const { served, index, version = FIRST_VERSION } = object;
  const template = object.press.template(served, index, as);
  const stamp = stampOf(served, index, version);
  out.write((target, at) => press(template, { target, at, format: as.format }, stamp));
}

/** As soon as there is room. False: nobody reads any more. */
export async function putObject(out: Outlet, object: ServedObject, as: As): Promise<boolean> {
  while (!out.hasRoom(sizeOf(object, as))) if (!(await out.flush())) return false;
  writeObject(out, object, as);
  return true;
}

export async function putBytes(out: Outlet, bytes: Uint8Array): Promise<void> {
  while (!out.hasRoom(bytes.length)) if (!(await out.flush())) return;
  out.write((target, at) => {
    target.set(bytes, at);
    return at + bytes.length;
  });
}

export type Asked = {
  readonly kind: string;
  readonly apiVersion: string;
  readonly format: WireFormat;
};

/** An object of nothing but metadata, which says how far the watch has come. */
export function bookmark(
  { kind, apiVersion, format }: Asked,
  version: number,
  ends: boolean,
): Buffer {
  const end = "k8s.io/initial-events-end";
  const resourceVersion = String(version);
  if (format === "json") {
    const annotations = ends ? { annotations: { [end]: "true" } } : {};
    const object = { kind, apiVersion, metadata: { resourceVersion, ...annotations } };
    return Buffer.from(`${JSON.stringify({ type: "BOOKMARK", object })}\n`);
  }
  const annotation = Buffer.concat([textField(1, end), textField(2, "true")]);
  const metadata = Buffer.concat([
    textField(6, resourceVersion),
    ...(ends ? [headOf(12, annotation.length), annotation] : []),
  ]);
  const raw = Buffer.concat([headOf(1, metadata.length), metadata]);
  return watchFrame("BOOKMARK", Buffer.concat([envelopeHead(apiVersion, kind, raw.length), raw]));
}

/** What stands before the items of a list, and behind them; `items` is how many bytes they are. */
export function listAround(
  { kind, apiVersion, format }: Asked,
  next: string,
  items: number,
): readonly [head: Buffer, tail: Buffer] {
  const resourceVersion = String(FIRST_VERSION);
  if (format === "json") {
    const metadata = JSON.stringify({
      resourceVersion,
      ...(next === "" ? {} : { continue: next }),
    });
    const head = `{"kind":"${kind}List","apiVersion":"${apiVersion}","metadata":${metadata},"items":[`;
    return [Buffer.from(head), Buffer.from("]}\n")];
  }
  const inner = Buffer.concat([textField(2, resourceVersion), textField(3, next)]);
  const metadata = Buffer.concat([headOf(1, inner.length), inner]);
  const raw = metadata.length + items;
  return [Buffer.concat([envelopeHead(apiVersion, `${kind}List`, raw), metadata]), Buffer.alloc(0)];
}
