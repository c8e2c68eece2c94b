import { built, goVersion } from "../control-plane/build.ts";
import { bundled, lineOfJson } from "./children.ts";
import type { Read } from "./readers/reading.ts";
import type { BenchServer } from "./servers.ts";

export const READERS = ["floor", "parse", "client-node", "ours", "ours-json"] as const;
export type ReaderName = (typeof READERS)[number];
export type Bare = Pick<Read, "peakMegabytes">;

/** Apart, so that nobody has the code of others in memory. */
const PEERS = "test/bench/readers/read-once.ts";
const OURS = "test/bench/readers/ours-once.ts";
/** Node, and a program that only says how much that is. */
const BARE = `
  import { readFileSync } from "node:fs";
  const peak = /VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1];
  console.log(JSON.stringify({ peakMegabytes: peak / 1024 }));
`;
/** As the forwarder's container starts it: a small nursery, and one arena for what is not on the heap, save a third of the memory. */
const OUR_FLAGS = ["--max-semi-space-size=4"];
const OUR_ENVIRONMENT = { MALLOC_ARENA_MAX: "1" };
/** 3 GB of objects for 150,000 pods, 10 for 500,000. */
const PEER_FLAGS = ["--max-old-space-size=16384"];

export type ReadOptions = { readonly flood?: number; readonly calmSeconds?: number };

/** Readers, each in a process of its own. */
export type Readers = {
  bare(): Promise<Bare>;
  read(name: ReaderName, server: BenchServer, options?: ReadOptions): Promise<Read>;
  /** The same, but once a run: for those that take a minute. */
  slow(name: ReaderName, server: BenchServer, options?: ReadOptions): Promise<Read>;
  /** Kubernetes' own client in Go, protobuf, with a transform that strips; undefined where Go is absent. */
  clientGo(server: BenchServer): Promise<Read | undefined>;
  close(): Promise<void>;
};

export function newReaders(): Readers {
  const node = process.execPath;
  const peers = new Map<string, Promise<Read>>();
  const made = new Map<string, ReturnType<typeof bundled>>();
  const programOf = async (entry: string): Promise<string> => {
    const known = made.get(entry) ?? bundled(entry);
    made.set(entry, known);
    return (await known).file;
  };
  const readers: Readers = {
    bare: () => lineOfJson<Bare>(node, ["--input-type=module", "--eval", BARE]),
    async read(name, server, { flood = 0, calmSeconds = 0 } = {}) {
      const isOurs = name === "ours" || name === "ours-json";
      const program = isOurs
        ? [...OUR_FLAGS, await programOf(OURS), name === "ours" ? "protobuf" : "json"]
        : [...PEER_FLAGS, await programOf(PEERS), name];
      const changing = server.changes !== "";
      const args = [
        `--kubeconfig=${server.kubeconfig}`,
        `--changes=${server.changes}`,
        `--flood=${changing ? flood : 0}`,
        `--calm=${changing ? calmSeconds : 0}`,
      ];
      const environment = isOurs ? OUR_ENVIRONMENT : {};
      const read = await lineOfJson<Read>(node, [...program, ...args], environment);
      checkWhole(read, name, server);
      return read;
    },
    slow(name, server, options) {
      const { size } = server;
      const key = `${name} ${server.name} ${size.nodes} ${size.pods}`;
      const known = peers.get(key) ?? readers.read(name, server, options);
      peers.set(key, known);
      return known;
    },
    async clientGo(server) {
      if ((await goVersion()) === undefined) return undefined;
      const args = [`--kubeconfig=${server.kubeconfig}`];
      const read = await lineOfJson<Read>(await built("peer"), args);
      checkWhole(read, "client-go", server);
      return read;
    },
    async close() {
      for (const one of made.values()) await (await one).remove();
    },
  };
  return readers;
}

/** Whoever reads less is no faster. */
function checkWhole({ sync }: Read, name: string, { size }: BenchServer): void {
  const wanted = size.pods + size.nodes + size.daemonSets;
  if (sync.objects !== wanted) throw new Error(`${name} read ${sync.objects} objects of ${wanted}`);
}
