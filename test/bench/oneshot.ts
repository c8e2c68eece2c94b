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
import type { Figure } from "./figure.ts";
import { BIG } from "./server/big-objects.ts";
import { startFakeServer } from "./servers.ts";

export type Measured = { readonly pods: number; readonly ms: number; readonly megabytes: number };

const ONCE = fileURLToPath(new URL("./oneshot-once.ts", import.meta.url));

export type Mode = "read" | "floor" | "live" | "live-floor";

/** Reads once in a fresh process, ours ("read", "live") or JSON.parse and nothing kept (the floors). */
export async function readOnce(mode: Mode, file: string): Promise<Measured> {
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

/** Ours and its floor in turn, so that a slow minute of the machine slows both. */
async function inTurn(modes: readonly [ours: Mode, floor: Mode], file: string, asked: Oneshot) {
  const { pods = BIG.pods, rounds = 5 } = asked;
  const all: { readonly ours: Measured; readonly floor: Measured }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const floor = await readOnce(modes[1], file);
    const ours = await readOnce(modes[0], file);
    if (ours.pods !== pods || floor.pods !== pods)
      throw new Error(`read ${ours.pods} and ${floor.pods} of ${pods} pods`);
    all.push({ ours, floor });
  }
  return all;
}

export type Oneshot = { readonly pods?: number; readonly rounds?: number };

/** A saved file of so many pods, 150,000 unless told, and the same from an API server: time, and peak memory of the process. */
export async function oneshot(asked: Oneshot = {}): Promise<readonly Figure[]> {
  return [...(await fromFile(asked)), ...(await live(asked))];
}

async function fromFile(asked: Oneshot): Promise<readonly Figure[]> {
  const { file, remove } = await podsFile(asked.pods ?? BIG.pods);
  try {
    const all = await inTurn(["read", "floor"], file, asked);
    return [
      {
        figure: "time / JSON.parse item by item",
        values: all.map(({ ours, floor }) => ours.ms / floor.ms),
        goal: 1,
      },
      { figure: "peak memory, MB", values: all.map(({ ours }) => ours.megabytes), goal: 512 },
    ];
  } finally {
    await remove();
  }
}

async function live(asked: Oneshot): Promise<readonly Figure[]> {
  const server = await startFakeServer({ ...BIG, pods: asked.pods ?? BIG.pods });
  try {
    const all = await inTurn(["live", "live-floor"], server.kubeconfig, asked);
    return [
      {
        figure: `${server.name}: time / JSON.parse page by page`,
        values: all.map(({ ours, floor }) => ours.ms / floor.ms),
        goal: 1,
      },
      {
        figure: `${server.name}: seconds`,
        values: all.map(({ ours }) => ours.ms / 1000),
        goal: 5,
      },
      {
        figure: `${server.name}: peak memory, MB`,
        values: all.map(({ ours }) => ours.megabytes),
        goal: 512,
      },
    ];
  } finally {
    await server.stop();
  }
}
