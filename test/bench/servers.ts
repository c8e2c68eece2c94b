import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bedClient, startBed, stopBed, type Bed } from "../control-plane/bed.ts";
import { goVersion, KUBERNETES } from "../control-plane/build.ts";
import { kubeconfigFor } from "../fixtures/api-server.ts";
import { childOf } from "./children.ts";
import type { BigSize } from "./server/big-objects.ts";

/** Whom the readers read from. */
export type BenchServer = {
  /** As figures name it. */
  readonly name: string;
  readonly kubeconfig: string;
  /** Where changes are asked for; "": it makes none. */
  readonly changes: string;
  readonly size: BigSize;
  stop(): Promise<void>;
};

const BIG_SERVER = fileURLToPath(new URL("./server/big-server.ts", import.meta.url));

export async function startFakeServer(size: BigSize): Promise<BenchServer> {
  const { nodes, pods, daemonSets } = size;
  const args = [`--nodes=${nodes}`, `--pods=${pods}`, `--daemonSets=${daemonSets}`];
  const child = await childOf<{ url: string }>(BIG_SERVER, args);
  const { url } = child.said;
  const folder = await mkdtemp(join(tmpdir(), "dsaudit-bench-"));
  const kubeconfig = join(folder, "kubeconfig.json");
  const plain = { "insecure-skip-tls-verify": true };
  await writeFile(kubeconfig, kubeconfigFor(url, "none", plain));
  return {
    name: "fake server",
    kubeconfig,
    changes: url,
    size,
    async stop() {
      await child.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Kubernetes' own, filled past it through etcd. undefined where Go is absent. */
const CACHED_SECONDS = 60;

/** The store is filled behind the server's back: until its cache has come after, it refuses lists of the newest version. */
async function untilCached(bed: Bed): Promise<void> {
  const client = bedClient(bed);
  try {
    for (const plural of ["nodes", "pods"]) {
      const path = `/api/v1/${plural}?limit=1`;
      const { body } = await client.call("GET", path);
      const { resourceVersion } = (body as { metadata: { resourceVersion: string } }).metadata;
      const newest = `${path}&resourceVersionMatch=NotOlderThan&resourceVersion=${resourceVersion}`;
      for (let tries = 0; (await client.call("GET", newest)).status !== 200; tries += 1) {
        if (tries === CACHED_SECONDS)
          throw new Error(`after ${CACHED_SECONDS} s the API server's cache lacks ${plural}`);
        await sleep(1000);
      }
    }
  } finally {
    client.close();
  }
}

export async function startRealServer(size: BigSize): Promise<BenchServer | undefined> {
  if ((await goVersion()) === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "dsaudit-bench-"));
  const bed = await startBed(folder, { quickNodes: false }, ["etcd", "kube-apiserver"]);
  const fill = [
    "fill",
    `--etcd=http://127.0.0.1:${bed.ports.etcd}`,
    `--nodes=${size.nodes}`,
    `--pods=${size.pods}`,
  ];
  try {
    await promisify(execFile)(bed.program, fill);
    await untilCached(bed);
  } catch (error) {
    await stopBed(bed);
    throw error;
  }
  return {
    name: `kube-apiserver ${KUBERNETES}`,
    kubeconfig: join(folder, "admin.kubeconfig"),
    changes: "",
    // It has no DaemonSets, only their pods.
    size: { ...size, daemonSets: 0 },
    stop: () => stopBed(bed),
  };
}
