import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { manyPodsText } from "../fixtures/many-pods.ts";

export type Measured = { readonly pods: number; readonly ms: number; readonly megabytes: number };

const ONCE = fileURLToPath(new URL("./oneshot-once.ts", import.meta.url));

/** Reads `file` once in a fresh process, ours ("read") or JSON.parse item by item and nothing kept ("floor"). */
export async function readOnce(mode: "read" | "floor", file: string): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [ONCE, mode, file]);
  return JSON.parse(stdout) as Measured;
}

/** A file of so many pods; `remove` takes it away again. */
export async function podsFile(count: number) {
  const folder = await mkdtemp(join(tmpdir(), "dsaudit-bench-"));
  const file = join(folder, "pods.json");
  await pipeline(Readable.from(manyPodsText(count)), createWriteStream(file));
  const { size } = await stat(file);
  return { file, size, remove: () => rm(folder, { recursive: true }) };
}

export type OneshotFigure = {
  readonly figure: string;
  readonly values: readonly number[];
  readonly goal: number;
};

/**
 * Reading a saved file of `pods` pods (150,000 unless told): time as a share of the floor of the same round, and peak memory of
 * the whole process in MB. Rounds are interleaved, so that a slow minute of the machine slows both.
 */
export async function oneshot({ pods = 150_000, rounds = 5 } = {}): Promise<
  readonly OneshotFigure[]
> {
  const { file, remove } = await podsFile(pods);
  const ratios: number[] = [];
  const megabytes: number[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const floor = await readOnce("floor", file);
      const ours = await readOnce("read", file);
      if (ours.pods !== pods || floor.pods !== pods)
        throw new Error(`read ${ours.pods} and ${floor.pods} of ${pods} pods`);
      ratios.push(ours.ms / floor.ms);
      megabytes.push(ours.megabytes);
    }
  } finally {
    await remove();
  }
  return [
    { figure: "time / JSON.parse item by item", values: ratios, goal: 1 },
    { figure: "peak memory, MB", values: megabytes, goal: 512 },
  ];
}
