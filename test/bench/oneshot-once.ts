import { createReadStream } from "node:fs";
import { readDump } from "#shared/adapters/files/read-dump.ts";
import { endOfValue, skipSpace } from "#shared/cluster/read/json-bytes.ts";

/** One reading in a process of its own, so that memory is its own: `oneshot-once.ts read|floor FILE`. Prints one line of JSON. */
const [, , mode = "read", file = ""] = process.argv;
const started = performance.now();
const pods = mode === "read" ? (await readDump([file])).Pod.length : await parseEach(file);
console.log(
  JSON.stringify({
    pods,
    ms: performance.now() - started,
    megabytes: process.resourceUsage().maxRSS / 1024,
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
