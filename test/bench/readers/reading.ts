import { cpuMs, keptMegabytes, peakMegabytes } from "./memory.ts";

/** One who reads a whole cluster, and follows it. */
export type Reader = {
  /** Resolves when all pods, nodes and DaemonSets have been read: how many objects. */
  synced(): Promise<number>;
  /** Changes of pods that were taken since. */
  changes(): number;
  stop(): Promise<void> | void;
};
export type MakeReader = (kubeconfig: string) => Promise<Reader> | Reader;

export type Spent = { readonly ms: number; readonly cpuMs: number };
export type Read = {
  readonly sync: Spent & { readonly objects: number };
  /** A flood of changes, as fast as it was taken. */
  readonly flood?: Spent & { readonly events: number };
  readonly peakMegabytes: number;
  /** Of objects that are held, at the end. */
  readonly keptMegabytes: number;
};

export type Reading = {
  readonly kubeconfig: string;
  /** Where changes are asked for; "" for a server that makes none. */
  readonly changes: string;
  readonly flood: number;
  /** So many seconds of 200 changes a second. */
  readonly calmSeconds: number;
};

const PACE = 200;

export async function readOnce(make: MakeReader, asked: Reading): Promise<Read> {
  const sync = spending();
  const reader = await make(asked.kubeconfig);
  const objects = await reader.synced();
  const synced = sync();
  const flood = asked.flood > 0 ? await flooded(reader, asked) : undefined;
  if (asked.calmSeconds > 0)
    await change(asked, { count: PACE * asked.calmSeconds, perSecond: PACE });
  const read: Read = {
    sync: { ...synced, objects },
    ...(flood ? { flood } : {}),
    peakMegabytes: peakMegabytes(),
    keptMegabytes: keptMegabytes(),
  };
  await reader.stop();
  return read;
}

function spending(): () => Spent {
  const [began, spent] = [performance.now(), cpuMs()];
  return () => ({ ms: performance.now() - began, cpuMs: cpuMs() - spent });
}

async function change(
  { changes }: Reading,
  { count, perSecond }: { readonly count: number; readonly perSecond: number },
): Promise<void> {
  const query = `plural=pods&type=MODIFIED&count=${count}&perSecond=${perSecond}`;
  const answer = await fetch(`${changes}/bench/change?${query}`, { method: "POST" });
  if (!answer.ok) throw new Error(`no changes are made: ${answer.status}`);
}

const PATIENCE = 120_000;

async function flooded(reader: Reader, asked: Reading): Promise<NonNullable<Read["flood"]>> {
  // A few, to see that it listens, and to warm up.
  await change(asked, { count: WARM, perSecond: 0 });
  await until(() => reader.changes() >= WARM);
  const wanted = reader.changes() + asked.flood;
  const spent = spending();
  const asking = change(asked, { count: asked.flood, perSecond: 0 });
  await until(() => reader.changes() >= wanted);
  const flood = { ...spent(), events: asked.flood };
  await asking;
  return flood;
}
const WARM = 500;

async function until(done: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!done()) {
    if (performance.now() > end) throw new Error("the changes did not arrive");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
