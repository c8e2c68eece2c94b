import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** CPU time of this thread, in ms: whatever else runs on the machine does not count. */
function spent(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Milliseconds of one call, from as many calls as fill `atLeast` milliseconds: a clock tick is no measurement. */
export function timed(run: () => unknown, atLeast: number): number {
  for (let calls = 1; ; calls *= 2) {
    const started = spent();
    for (let call = 0; call < calls; call += 1) run();
    const ms = spent() - started;
    if (ms >= atLeast) return ms / calls;
  }
}

/** Nobody pays for the garbage of whoever ran before. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

export type Rounds = { readonly rounds?: number; readonly atLeast?: number };

/**
 * Every one of `contestants` in turn, round by round, so that a slow minute of the machine slows all. The first round warms up
 * and is not counted.
 */
export function interleaved<Name extends string>(
  contestants: Readonly<Record<Name, () => unknown>>,
  { rounds = 5, atLeast = 20 }: Rounds,
): readonly Readonly<Record<Name, number>>[] {
  const names = Object.keys(contestants) as Name[];
  const one = (name: Name): readonly [Name, number] => {
    if (atLeast > 0) collectGarbage();
    return [name, timed(contestants[name], atLeast)];
  };
  const all = Array.from({ length: rounds + 1 }, () => Object.fromEntries(names.map(one)));
  return all.slice(1) as Readonly<Record<Name, number>>[];
}
