import type { Figure } from "./figure.ts";
import { BIG } from "./server/big-objects.ts";
import { startFakeServer } from "./servers.ts";
import { HUGE, ROUNDS, using, type ReaderBench } from "./sync.ts";

const MEGABYTE = 1024 * 1024;
const CALM_SECONDS = 10;
const LONG_CALM_SECONDS = 600;

/**
 * What the reader keeps, the AWS SDK and client-node loaded: peak memory of the process over a Node that does nothing, and bytes
 * of a pod, from a third of the pods to all of them.
 */
export async function footprint(bench: ReaderBench): Promise<readonly Figure[]> {
  const { readers, long = false, rounds = ROUNDS } = bench;
  const size = bench.size ?? BIG;
  const large = long ? HUGE : size;
  const third = { ...size, pods: Math.ceil(size.pods / 3) };
  const calmSeconds = bench.size ? 1 : long ? LONG_CALM_SECONDS : CALM_SECONDS;
  const measure = async (of: typeof size, calm: number) =>
    using(await startFakeServer(of), (server) =>
      readers.read("ours", server, { calmSeconds: calm }),
    );
  const peaks: number[] = [];
  const slopes: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const bare = await readers.bare();
    const few = await measure(third, 0);
    // Ten minutes of calm once, not five times.
    const all = await measure(
      large,
      round === 0 ? calmSeconds : Math.min(calmSeconds, CALM_SECONDS),
    );
    peaks.push(all.peakMegabytes - bare.peakMegabytes);
    slopes.push(((all.keptMegabytes - few.keptMegabytes) * MEGABYTE) / (large.pods - third.pods));
  }
  return [
    { figure: `peak of ${large.pods / 1000}k pods over bare Node, MB`, values: peaks, goal: 140 },
    {
      figure: `bytes a pod, from ${third.pods / 1000}k to ${large.pods / 1000}k pods`,
      values: slopes,
      goal: 100,
    },
  ];
}
