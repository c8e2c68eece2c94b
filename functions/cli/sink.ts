import { randomBytes } from "node:crypto";
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AuditorError } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { Io } from "./io.ts";

/** Where a document goes. Nothing is to be seen of it before `done`. */
export type Sink = {
  write(text: string): void;
  done(): void;
  /** Leaves no trace. */
  drop(): void;
};

const PIECE = 1 << 16;

/** Told before the work is done, since a cluster may take minutes to read. */
export async function checkOut(out: string | undefined): Promise<void> {
  if (out === undefined || out === "-") return;
  const folder = await stat(dirname(out)).catch((cause: unknown) => {
    throw cannotWrite(out, `there is no folder ${dirname(out)}`, cause);
  });
  if (!folder.isDirectory()) throw cannotWrite(out, `${dirname(out)} is no folder`);
  const there = await stat(out).catch(() => undefined);
  if (there?.isDirectory()) throw cannotWrite(out, "it is a folder");
}

/** A file comes to be by renaming, so that nobody ever reads half of one; a pipe or a device is written as it is. */
export async function openSink(out: string | undefined, { stdout }: Io): Promise<Sink> {
  if (out === undefined || out === "-")
    return buffered((text) => stdout.write(text), { done: () => undefined, drop: () => undefined });
  const there = await stat(out).catch(() => undefined);
  return there === undefined || there.isFile()
    ? replacing(await realpath(out).catch(() => out), there?.mode)
    : straight(out);
}

function replacing(path: string, mode: number | undefined): Sink {
  const made = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}.tmp`);
  const file = attempt(path, () => openSync(made, "wx", mode ?? 0o666));
  return buffered((text) => attempt(path, () => writeFileSync(file, text)), {
    done() {
      closeSync(file);
      attempt(path, () => renameSync(made, path));
    },
    drop() {
      closeSync(file);
      rmSync(made, { force: true });
    },
  });
}

function straight(path: string): Sink {
  const file = attempt(path, () => openSync(path, "w"));
  const close = (): void => closeSync(file);
  return buffered((text) => attempt(path, () => writeFileSync(file, text)), {
    done: close,
    drop: close,
  });
}

function buffered(write: (text: string) => void, ends: Pick<Sink, "done" | "drop">): Sink {
  let waiting: string[] = [];
  let size = 0;
  const flush = (): void => {
    if (waiting.length > 0) write(waiting.join(""));
    waiting = [];
    size = 0;
  };
  return {
    write(text) {
      waiting.push(text);
      size += text.length;
      if (size >= PIECE) flush();
    },
    done() {
      flush();
      ends.done();
    },
    drop: () => ends.drop(),
  };
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw cannotWrite(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

const cannotWrite = (path: string, why: string, cause?: unknown): AuditorError =>
  new AuditorError("usage", `cannot write ${printable(path)}: ${printable(why, 200)}`, {
    hint: "--out names a file in a folder that is there and may be written",
    cause,
  });

/** All of it, or none. */
export async function deliver(text: string, out: string | undefined, io: Io): Promise<void> {
  const sink = await openSink(out, io);
  try {
    sink.write(text);
    sink.done();
  } catch (error) {
    sink.drop();
    throw error;
  }
}
