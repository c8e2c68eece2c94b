import { AuditorError } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";
import { collectCommand } from "#shared/cluster/read/collect-command.ts";
import { jsonStream, type StreamSink } from "#shared/cluster/read/json-stream.ts";
import { dumpFiles, isArchive, looksLikeObjects, unreadable, type DumpFile } from "./dump-files.ts";
import { SNIFFED, textFormat } from "./text-format.ts";
import { peek, unpack, type Bytes, type UnpackedFile } from "./unpack.ts";
import { yamlStream } from "./yaml-items.ts";

export type FileReading = {
  /** What "-" stands for. */
  readonly stdin?: Bytes | undefined;
  /** Where the objects of the file of this name go. */
  readonly sinkFor: (file: string) => StreamSink;
  /** Called for a file inside of a folder or an archive that looks like a dump and cannot be read. */
  readonly onUnread?: ((file: string) => void) | undefined;
  /** Called for every piece, with the bytes of this file so far, unpacked. */
  readonly onPiece?: ((file: string, bytes: number) => void) | undefined;
};

/**
 * Reads every object of these files, folders and archives, in order. Throws AuditorError "input.not-found", "input.unreadable" or
 * "input.too-large" for what the user named; what cannot be read inside of a folder or an archive is told and passed over.
 */
export async function readFiles(paths: readonly string[], reading: FileReading): Promise<void> {
  for (const path of paths)
    for await (const file of dumpFiles(path, reading.stdin ?? process.stdin))
      await (file.named ? readNamed(file, reading) : readFound(file, reading));
}

async function readNamed(file: DumpFile, reading: FileReading): Promise<void> {
  let bytes = 0;
  try {
    for await (const inner of unpack(file)) {
      if (inner.name === file.name) bytes += await readText(inner, reading);
      else if (looksLikeObjects(inner.name)) bytes += await readInner(inner, reading);
    }
  } catch (error) {
    throw error instanceof AuditorError ? error : unreadable(file.name, error);
  }
  if (bytes === 0)
    throw new AuditorError("input.unreadable", `${printable(file.name)} is empty`, {
      hint: `collect the cluster's objects with: ${collectCommand()}`,
    });
}

/** Of a folder: a bundle holds much that is no dump, but what is named like one should be one. */
async function readFound(file: DumpFile, reading: FileReading): Promise<void> {
  try {
    for await (const inner of unpack(file))
      if (looksLikeObjects(inner.name)) await readInner(inner, reading);
  } catch (error) {
    if (isTooLarge(error)) throw error;
    if (looksLikeObjects(file.name) || isArchive(file.name)) reading.onUnread?.(file.name);
  }
}

async function readInner(file: UnpackedFile, reading: FileReading): Promise<number> {
  try {
    return await readText(file, reading);
  } catch (error) {
    if (!(error instanceof AuditorError) || isTooLarge(error)) throw error;
    reading.onUnread?.(file.name);
    return 0;
  }
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof AuditorError && error.code === "input.too-large";

async function readText(file: UnpackedFile, reading: FileReading): Promise<number> {
  const [first, source] = await peek(file.bytes, SNIFFED);
  const format = textFormat(first);
  if (format === undefined)
    throw new AuditorError("input.unreadable", `${printable(file.name)} is not text`, {
      hint: "give a file of JSON or YAML as kubectl writes it, or a .gz or .tar.gz of such files",
    });
  const sink = reading.sinkFor(file.name);
  const stream = format.syntax === "json" ? jsonStream(sink) : yamlStream(sink);
  const decoder = format.encoding === "utf-8" ? undefined : new TextDecoder(format.encoding);
  let bytes = 0;
  for await (const chunk of source) {
    stream.write(decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk);
    bytes += chunk.length;
    reading.onPiece?.(file.name, bytes);
  }
  stream.end();
  return bytes;
}
