import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { AuditorError } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { UnpackedFile } from "./unpack.ts";

/** `named`: the user named this very file, so it must be a dump. Of a folder or an archive only what looks like one is read. */
export type DumpFile = UnpackedFile & { readonly named: boolean };

const OBJECTS = /\.(?:json|jsonl|ndjson|yaml|yml)(?:\.gz)?$/i;
const PACKED = /\.(?:gz|tgz|tar)$/i;
/** Deeper, or more of them, than any tool makes. */
const MAX_FOLDERS = 32;
const CHUNK = 256 * 1024;

export const looksLikeObjects = (name: string): boolean => OBJECTS.test(name);
/** Of several files; what else is packed may be a log. */
export const isArchive = (name: string): boolean => /\.(?:tgz|tar|tar\.gz)$/i.test(name);

const open = (path: string): UnpackedFile["bytes"] =>
  createReadStream(path, { highWaterMark: CHUNK });

async function* filesIn(folder: string, depth: number): AsyncIterable<DumpFile> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadable(folder, cause);
  });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    // Links are not followed: they may leave the folder or lead back into it.
    if (entry.isDirectory() && depth < MAX_FOLDERS) yield* filesIn(path, depth + 1);
    else if (entry.isFile() && (OBJECTS.test(entry.name) || PACKED.test(entry.name)))
      yield { name: path, bytes: open(path), named: false };
  }
}

export const unreadable = (path: string, cause: unknown): AuditorError =>
  new AuditorError("input.unreadable", `cannot read ${printable(path)}: ${reasonOf(cause)}`, {
    cause,
  });

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? printable(cause.message, 200) : "unknown reason";

/** The files behind -f: a file, a folder of them, or "-" for standard input. */
export async function* dumpFiles(
  path: string,
  stdin: UnpackedFile["bytes"],
): AsyncIterable<DumpFile> {
  if (path === "-") {
    yield { name: "standard input", bytes: stdin, named: true };
    return;
  }
  const found = await stat(path).catch((cause: unknown) => {
    throw new AuditorError("input.not-found", `there is no ${printable(path)}`, {
      hint: "name a file or folder with -f, or - for standard input",
      cause,
    });
  });
  if (found.isDirectory()) yield* filesIn(path, 0);
  else if (found.isCharacterDevice() && basename(path) !== "stdin")
    throw new AuditorError("input.unreadable", `${printable(path)} is a device, not a dump`);
  else yield { name: path, bytes: open(path), named: true };
}
