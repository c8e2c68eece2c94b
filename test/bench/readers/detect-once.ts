import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { loadKubeconfig } from "#shared/adapters/kubernetes/kubeconfig.ts";
import { protobufFormat } from "#shared/adapters/kubernetes/protobuf/format.ts";
import { systemClock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import { apiSource } from "#shared/adapters/kubernetes/reflector/source.ts";
import { forward } from "#shared/flow/forward.ts";
import { wallClock } from "../server/exchange.ts";
import { following } from "./ours.ts";
import { rawWatch } from "./raw-watch.ts";

/**
 * How long it takes until a daemon pod's end is told: `detect-once.ts bare|forwarder --kubeconfig FILE --changes URL --nodes N
 * --count N`. Milliseconds from the server's writing, as one line of JSON.
 */
type Detector = {
  /** Everything there was has been read, and told. */
  ready(): Promise<void>;
  /** Calls once when something is told that has this text in it. */
  readonly listen: (text: string, told: (at: number) => void) => void;
};

function listening() {
  let wanted: { readonly text: string; readonly told: (at: number) => void } | undefined;
  return {
    listen: (text: string, told: (at: number) => void): void => void (wanted = { text, told }),
    heard: (said: { includes(text: string): boolean }): void => {
      const now = wallClock();
      if (!wanted || !said.includes(wanted.text)) return;
      const { told } = wanted;
      wanted = undefined;
      told(now);
    },
  };
}

async function bare(kubeconfig: string): Promise<Detector> {
  const { listen, heard } = listening();
  const reader = await rawWatch(kubeconfig, (line) => {
    if (line.includes('"type":"DELETED"')) heard(line);
  });
  return {
    ready: async () => void (await reader.synced()),
    listen,
  };
}

/** Nothing waits, and nothing has left for so long. */
const QUIET = 500;

/** The forwarder as it is, before a bus that takes everything. */
async function forwarder(kubeconfig: string): Promise<Detector> {
  const config = await loadKubeconfig({ kubeconfig });
  const source = apiSource(() => Promise.resolve(config));
  const { listen, heard } = listening();
  let last = performance.now();
  const forwarding = forward({
    cluster: "bench",
    version: "0.0.0",
    follow: following(source, protobufFormat),
    lead(told) {
      told({ createdAt: 0, transitions: 0 });
      return { isLeading: () => true, stop: () => Promise.resolve() };
    },
    put(entries) {
      last = performance.now();
      for (const { detailType, detail } of entries) if (detailType === "NodeStates") heard(detail);
      return Promise.resolve(entries.map(() => ({ accepted: true })));
    },
    greet: () => Promise.resolve({ version: undefined, time: undefined }),
    clock: systemClock,
    wall: Date.now,
    trouble: (what, error) => process.stderr.write(`${what}: ${String(error)}\n`),
  });
  return {
    async ready() {
      const isSettled = (): boolean => {
        const { sights, waiting: left } = forwarding.health();
        return (
          sights.every(({ seen }) => seen === true) &&
          left === 0 &&
          performance.now() - last > QUIET
        );
      };
      while (!isSettled()) await sleep(50);
    },
    listen,
  };
}

const text = { type: "string" } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kubeconfig: text, changes: text, nodes: text, count: text },
});
const { kubeconfig = "", changes = "", nodes = "1", count = "1" } = values;

/** When the change was written. */
async function end(pod: number): Promise<number> {
  const query = `plural=pods&type=DELETED&first=${pod}&count=1&perSecond=0`;
  const answer = await fetch(`${changes}/bench/change?${query}`, { method: "POST" });
  const { began } = (await answer.json()) as { readonly began: number };
  return began;
}

const detector = positionals[0] === "bare" ? await bare(kubeconfig) : await forwarder(kubeconfig);
await detector.ready();
const latencies: number[] = [];
for (let pod = 0; pod < Number(count); pod += 1) {
  // Not in step with any window.
  await sleep(37 + ((pod * 61) % 211));
  const node = String(pod % Number(nodes)).padStart(5, "0");
  const told = new Promise<number>((resolve) => detector.listen(`ip-10-0-${node}.`, resolve));
  const written = await end(pod);
  latencies.push((await told) - written);
}
console.log(JSON.stringify({ latencies }));
// No goodbye: there is nobody who would miss it.
process.exit();
