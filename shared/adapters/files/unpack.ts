import { pipeline, Readable, Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { AuditorError } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";

export type Bytes = AsyncIterable<Uint8Array>;
export type UnpackedFile = { readonly name: string; readonly bytes: Bytes };

/** What a compressed file may come to: this much in all, or so many times its size. */
const MAX_UNPACKED = 2 * 1024 ** 3;
const MAX_RATIO = 100;
/** Some archives hold themselves. */
const MAX_DEPTH = 4;
/** Small files may be as repetitive as they like. */
const RATIO_FROM = 16 * 1024 ** 2;

/** The bytes again, with the first `count` of them (or all, if there are fewer) in one piece in front. */
export async function peek(bytes: Bytes, count: number): Promise<readonly [Uint8Array, Bytes]> {
  const source = bytes[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let size = 0;
  while (size < count) {
    const next = await source.next();
    if (next.done) break;
    pieces.push(next.value);
    size += next.value.length;
  }
  const first = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  async function* again(): Bytes {
    try {
      if (first.length > 0) yield first;
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
    } finally {
      await source.return?.();
    }
  }
  return [first, again()];
}

const isGzip = (first: Uint8Array): boolean => first[0] === 0x1f && first[1] === 0x8b;
const isTar = (first: Uint8Array): boolean =>
  Buffer.from(first.subarray(257, 262)).toString("latin1") === "ustar";

function gunzip(bytes: Bytes, name: string): Bytes {
  const unzip = createGunzip();
  let unpacked = 0;
  const limit = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      unpacked += chunk.length;
      const bomb = unpacked > RATIO_FROM && unpacked > MAX_RATIO * unzip.bytesWritten;
      done(bomb || unpacked > MAX_UNPACKED ? tooLarge(name) : null, chunk);
    },
  });
  return pipeline(Readable.from(bytes), unzip, limit, () => undefined);
}

const tooLarge = (name: string): AuditorError =>
  new AuditorError(
    "input.too-large",
    `${printable(name)} unpacks to more than 2 GiB, or to more than ${MAX_RATIO} times its size`,
    { hint: "unpack it yourself and give the files to -f: unpacked files may be of any size" },
  );

async function* untar(bytes: Bytes, name: string): AsyncIterable<UnpackedFile> {
  const archive = pipeline(Readable.from(bytes), extract(), () => undefined);
  for await (const entry of archive) {
    const { type, name: path } = entry.header;
    if (type === "file" || type === "contiguous-file")
      yield { name: `${name}/${path}`, bytes: Readable.from(entry) };
    entry.resume();
  }
}

/** The files in a file: itself, or what is packed in it, by gzip, tar, or both. */
export async function* unpack(file: UnpackedFile, depth = 0): AsyncIterable<UnpackedFile> {
  const [first, bytes] = await peek(file.bytes, 512);
  const inner = { name: file.name, bytes };
  if (depth < MAX_DEPTH && isGzip(first)) {
    yield* unpack({ name: file.name, bytes: gunzip(bytes, file.name) }, depth + 1);
  } else if (depth < MAX_DEPTH && isTar(first)) {
    for await (const packed of untar(bytes, file.name)) yield* unpack(packed, depth + 1);
  } else {
    yield inner;
  }
}
