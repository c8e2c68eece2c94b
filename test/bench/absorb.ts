import type { Figure } from "./figure.ts";
import type { Read } from "./readers/reading.ts";
import { BIG } from "./server/big-objects.ts";
import { startFakeServer, type BenchServer } from "./servers.ts";
import { FLOOD, ROUNDS, using, type ReaderBench } from "./sync.ts";

type Flood = NonNullable<Read["flood"]>;

function floodOf({ flood }: Read): Flood {
  if (!flood) throw new Error("no flood was measured");
  return flood;
}

const perSecond = ({ events, ms }: Flood): number => (events * 1000) / ms;

/** A flood of whole objects, behind a full list: whoever is slower than the server slows it for everybody. */
export async function absorb(bench: ReaderBench): Promise<readonly Figure[]> {
  const { readers, rounds = ROUNDS, flood = FLOOD } = bench;
  const size = bench.size ?? BIG;
  const few = { ...size, nodes: Math.ceil(size.nodes / 30), pods: Math.ceil(size.pods / 30) };
  const flooded = async (name: "parse" | "ours", server: BenchServer): Promise<Flood> =>
    floodOf(await readers.read(name, server, { flood }));
  const measure = async (server: BenchServer) => {
    const peer = floodOf(await readers.slow("client-node", server, { flood }));
    const all: { ours: Flood; parse: Flood }[] = [];
    for (let round = 0; round < rounds; round += 1)
      all.push({
        parse: await flooded("parse", server),
        ours: await flooded("ours", server),
      });
    return { peer, all };
  };
  const { peer, all } = await using(await startFakeServer(size), measure);
  const ofFew = await using(await startFakeServer(few), async (server) => {
    const floods: Flood[] = [];
    for (let round = 0; round < rounds; round += 1) floods.push(await flooded("ours", server));
    return floods;
  });
  const figure = (text: string, goal: number, of: (one: (typeof all)[number]) => number) => ({
    figure: text,
    values: all.map(of),
    goal,
  });
  return [
    figure("time of a change / client-node", 1 / 12, ({ ours }) => ours.ms / peer.ms),
    figure("CPU of a change / client-node", 1 / 12, ({ ours }) => ours.cpuMs / peer.cpuMs),
    figure(
      "CPU of a change / JSON.parse, a few words kept",
      1 / 4,
      ({ ours, parse }) => ours.cpuMs / parse.cpuMs,
    ),
    {
      figure: "CPU of a change, of all pods / of a thirtieth",
      values: all.map(({ ours }, at) => ours.cpuMs / (ofFew[at]?.cpuMs ?? ours.cpuMs)),
      goal: 1 / 0.9,
    },
    figure("seconds for 5,000 changes", 1, ({ ours }) => 5000 / perSecond(ours)),
  ];
}
