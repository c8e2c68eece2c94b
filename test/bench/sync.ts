import type { Figure } from "./figure.ts";
import type { Read } from "./readers/reading.ts";
import type { Readers } from "./readings.ts";
import { BIG, type BigSize } from "./server/big-objects.ts";
import { startFakeServer, startRealServer, type BenchServer } from "./servers.ts";

export type ReaderBench = {
  readonly readers: Readers;
  readonly long?: boolean;
  readonly size?: BigSize;
  readonly rounds?: number;
  /** Changes in a flood. */
  readonly flood?: number;
  /** What could not be measured here, and why. */
  readonly note?: (text: string) => void;
  /** Kubernetes' own server, and its own client in Go, too. */
  readonly real?: boolean;
};

export const FLOOD = 20_000;
export const ROUNDS = 5;
/** Three times what one cluster is said to bear. */
export const HUGE: BigSize = { nodes: 15_000, pods: 500_000, daemonSets: 15 };

export async function using<T>(
  server: BenchServer,
  measure: (server: BenchServer) => Promise<T>,
): Promise<T> {
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

/** Ours and the floor in turn, so that a slow minute of the machine slows both. */
async function rounds(bench: ReaderBench, server: BenchServer) {
  const all: { ours: Read; json: Read; floor: Read }[] = [];
  for (let round = 0; round < (bench.rounds ?? ROUNDS); round += 1) {
    const floor = await bench.readers.read("floor", server);
    const ours = await bench.readers.read("ours", server);
    all.push({ floor, ours, json: await bench.readers.read("ours-json", server) });
  }
  return all;
}

async function onFakeServer(bench: ReaderBench, server: BenchServer): Promise<readonly Figure[]> {
  const { readers, flood = FLOOD } = bench;
  const peer = await readers.slow("client-node", server, { flood });
  const go = bench.real === false ? undefined : await readers.clientGo(server);
  const all = await rounds(bench, server);
  const figure = (text: string, goal: number, of: (one: (typeof all)[number]) => number) => ({
    figure: `${server.name}: ${text}`,
    values: all.map(of),
    goal,
  });
  return [
    figure("time / client-node", 1 / 20, ({ ours }) => ours.sync.ms / peer.sync.ms),
    figure("CPU / client-node", 1 / 30, ({ ours }) => ours.sync.cpuMs / peer.sync.cpuMs),
    figure(
      "peak memory / client-node",
      1 / 15,
      ({ ours }) => ours.peakMegabytes / peer.peakMegabytes,
    ),
    figure("JSON: time / client-node", 1 / 12, ({ json }) => json.sync.ms / peer.sync.ms),
    figure("time / split lines, do nothing", 2, ({ ours, floor }) => ours.sync.ms / floor.sync.ms),
    ...(go
      ? [figure("time / client-go, stripped", 1 / 4, ({ ours }) => ours.sync.ms / go.sync.ms)]
      : []),
    figure("seconds", 5, ({ ours }) => ours.sync.ms / 1000),
  ];
}

/** There the server is the limit, whoever reads: only what the reader itself needs is judged. */
async function onRealServer(bench: ReaderBench, server: BenchServer): Promise<readonly Figure[]> {
  const peer = await bench.readers.slow("client-node", server);
  const go = await bench.readers.clientGo(server);
  const all: Read[] = [];
  for (let round = 0; round < (bench.rounds ?? ROUNDS); round += 1)
    all.push(await bench.readers.read("ours", server));
  const figure = (text: string, goal: number, of: (one: Read) => number): Figure => ({
    figure: `${server.name}: ${text}`,
    values: all.map(of),
    goal,
  });
  return [
    figure("CPU / client-node", 1 / 30, ({ sync }) => sync.cpuMs / peer.sync.cpuMs),
    figure("peak memory / client-node", 1 / 15, (one) => one.peakMegabytes / peer.peakMegabytes),
    ...(go
      ? [figure("CPU / client-go, stripped", 1 / 4, ({ sync }) => sync.cpuMs / go.sync.cpuMs)]
      : []),
  ];
}

/** How time grows when the cluster does: 1 is in step. */
async function growth(bench: ReaderBench, size: BigSize): Promise<Figure> {
  const few = await using(await startFakeServer(size), (server) => once(bench, server));
  const many = await using(await startFakeServer(HUGE), (server) => once(bench, server));
  const exponent = (at: number): number =>
    Math.log((many[at] ?? 1) / (few[at] ?? 1)) / Math.log(HUGE.pods / size.pods);
  return {
    figure: "fake server: growth of time to 500,000 pods, exponent",
    values: few.map((_, at) => exponent(at)),
    goal: 1.05,
  };
}

async function once({ readers, rounds: count = ROUNDS }: ReaderBench, server: BenchServer) {
  const times: number[] = [];
  for (let round = 0; round < count; round += 1)
    times.push((await readers.read("ours", server)).sync.ms);
  return times;
}

/** What was measured on the fake server counts also where the real one cannot be measured. */
async function ifItCan(
  bench: ReaderBench,
  size: BigSize,
  note: (text: string) => void,
): Promise<readonly Figure[]> {
  try {
    const real = await startRealServer(size);
    if (real) return await using(real, (server) => onRealServer(bench, server));
    note("sync: Go is not installed, so neither kube-apiserver nor client-go was measured");
  } catch (error) {
    note(`sync: kube-apiserver could not be measured: ${String(error).slice(0, 600)}`);
  }
  return [];
}

/** From nothing to all pods, nodes and DaemonSets of a large cluster. */
export async function sync(bench: ReaderBench): Promise<readonly Figure[]> {
  const { size = BIG, note = () => undefined } = bench;
  const figures = [
    ...(await using(await startFakeServer(size), (server) => onFakeServer(bench, server))),
  ];
  if (bench.real !== false) figures.push(...(await ifItCan(bench, size, note)));
  if (bench.long === true) figures.push(await growth(bench, size));
  return figures;
}
