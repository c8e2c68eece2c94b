import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { readDump } from "#shared/adapters/files/read-dump.ts";
import { readLive } from "#shared/adapters/kubernetes/read-live.ts";
import { endOfValue, skipSpace } from "#shared/cluster/read/json-bytes.ts";
import { peakMegabytes } from "./readers/memory.ts";

/**
 * One reading in a process of its own, so that memory is its own: `oneshot-once.ts read|floor|live|live-floor FILE`, where FILE is
 * a dump or, for those that are live, a kubeconfig. Prints one line of JSON.
 */
const [, , mode = "read", file = ""] = process.argv;
const READ: ReadonlyMap<string, () => Promise<number>> = new Map([
  ["read", async () => (await readDump([file])).Pod.length],
  ["floor", async () => parseEach(file)],
  ["live", async () => (await readLive({ kubeconfig: file })).Pod.length],
  ["live-floor", async () => parsePages(file)],
]);
const started = performance.now();
const pods = (await READ.get(mode)?.()) ?? 0;
console.log(
  JSON.stringify({
    pods,
    ms: performance.now() - started,
    megabytes: peakMegabytes(),
  }),
);

/** The floor: read the same bytes, find where each item ends, JSON.parse it, keep nothing. */
async function parseEach(path: string): Promise<number> {
  let rest: Buffer = Buffer.alloc(0);
  let inside = false;
  let count = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    const bytes: Buffer = Buffer.concat([rest, chunk as Buffer]);
    let at = inside ? 0 : bytes.indexOf("[", bytes.indexOf('"PodList"')) + 1;
    inside = true;
    for (;;) {
      at = skipSpace(bytes, at, bytes.length);
      if (bytes[at] === 0x2c) at = skipSpace(bytes, at + 1, bytes.length);
      const end = bytes[at] === 0x7b ? endOfValue(bytes, at, bytes.length) : -1;
      if (end < 0) break;
      JSON.parse(bytes.toString("utf8", at, end));
      count += 1;
      at = end;
    }
    rest = bytes.subarray(at);
  }
  return count;
}

type Page = {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly unknown[];
};

/** The floor of a live one: every page of pods as one string, JSON.parse, keep nothing. */
async function parsePages(kubeconfig: string): Promise<number> {
  const { clusters } = JSON.parse(await readFile(kubeconfig, "utf8")) as {
    readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
  };
  const server = clusters[0]?.cluster.server ?? "";
  let count = 0;
  for (let next = ""; ;) {
    const answer = await fetch(`${server}/api/v1/pods?limit=500&continue=${next}`);
    const { metadata, items } = (await answer.json()) as Page;
    count += items.length;
    next = metadata.continue ?? "";
    if (next === "") return count;
  }
}
