import { fileURLToPath } from "node:url";
import { lineOfJson } from "./children.ts";
import type { Figure } from "./figure.ts";
import type { BigSize } from "./server/big-objects.ts";
import { startFakeServer, type BenchServer } from "./servers.ts";

/** A change of a daemon is told one to two seconds after the first look at it. */
const WINDOW = 2000;
const SIZE: BigSize = { nodes: 500, pods: 15_000, daemonSets: 15 };
/** Beside it, changes of other pods, which say nothing new. */
const BUSY = 1000;

const ONCE = fileURLToPath(new URL("./readers/detect-once.ts", import.meta.url));

export type Detect = {
  readonly size?: BigSize;
  /** Pods that end in a round. */
  readonly count?: number;
  readonly rounds?: number;
};

/** The value under which so large a share lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (found === undefined) throw new RangeError("no values, no quantile");
  return found;
}

async function latencies(
  who: "bare" | "forwarder",
  server: BenchServer,
  count: number,
): Promise<readonly number[]> {
  const args = [
    `--kubeconfig=${server.kubeconfig}`,
    `--changes=${server.changes}`,
    `--nodes=${server.size.nodes}`,
    `--count=${count}`,
  ];
  const told = await lineOfJson<{ latencies: number[] }>(process.execPath, [ONCE, who, ...args]);
  return told.latencies;
}

/** Changes of pods at a pace, until it is stopped. */
function busy({ changes, size }: BenchServer): () => Promise<void> {
  const over = new AbortController();
  // Far from the pods that end.
  const query = `plural=pods&type=MODIFIED&first=${Math.floor(size.pods / 2)}&count=1000000000&perSecond=${BUSY}`;
  const running = fetch(`${changes}/bench/change?${query}`, {
    method: "POST",
    signal: over.signal,
  }).catch(() => undefined);
  return async () => {
    over.abort();
    await running;
  };
}

/** From the server's writing that a daemon pod is gone to the leaving of the state that says so, beyond the window. */
export async function detect({ size = SIZE, count = 20, rounds = 5 }: Detect = {}): Promise<
  readonly Figure[]
> {
  const beyond = { quiet: [] as number[], busy: [] as number[] };
  const medians: number[] = [];
  for (const when of ["quiet", "busy"] as const) {
    const server = await startFakeServer(size);
    const calm = when === "busy" ? busy(server) : async () => undefined;
    try {
      for (let round = 0; round < rounds; round += 1) {
        const bare = quantile(await latencies("bare", server, count), 0.99);
        const ours = await latencies("forwarder", server, count);
        beyond[when].push(Math.max(0, quantile(ours, 0.99) - WINDOW - bare));
        if (when === "quiet") medians.push(quantile(ours, 0.5) / 1000);
      }
    } finally {
      await calm();
      await server.stop();
    }
  }
  return [
    { figure: "p99 beyond the window and a bare watch, ms", values: beyond.quiet, goal: 50 },
    { figure: `the same, beside ${BUSY} changes a second`, values: beyond.busy, goal: 50 },
    { figure: "seconds until a pod's end is told, median", values: medians, goal: WINDOW / 1000 },
  ];
}
