import { setTimeout as sleep } from "node:timers/promises";
import { AuditorError } from "#shared/auditor-error.ts";
import type { Cluster, Kind } from "#shared/cluster/cluster.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { assemble, type Assembly } from "#shared/cluster/read/cluster.ts";
import { atRoot, inside, isRecord, problem } from "#shared/cluster/read/json.ts";
import { RESOURCES, type Resource } from "#shared/cluster/read/object.ts";
import { apiClient, unreachable, type Answer, type ApiClient } from "./api-client.ts";
import { loadKubeconfig, type KubeconfigOptions } from "./kubeconfig.ts";
import { readList, type Listing } from "./read-list.ts";
import type { Pace } from "./retry.ts";

export type LiveProgress = {
  readonly kind: Kind;
  /** Of all kinds so far. */
  readonly objects: number;
};

export type ReadLiveOptions = KubeconfigOptions & {
  /** Judge at this moment; without it, at the server's own clock. */
  readonly now?: Instant | undefined;
  /** The cluster's name; without it, the UID of its kube-system namespace. */
  readonly cluster?: string | undefined;
  /** Called for every page; pace is the caller's. */
  readonly onProgress?: ((progress: LiveProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly pace?: Pace | undefined;
  /** No byte for so many milliseconds: the connection is dead. */
  readonly idleLimit?: number | undefined;
};

const REAL_PACE: Pace = {
  wait: async (milliseconds, signal) => sleep(milliseconds, undefined, signal ? { signal } : {}),
  random: Math.random,
};

/** Lists at a time: enough to hide the server's latency, few enough to be a polite guest. */
const AT_ONCE = 4;
const NEEDED: readonly Kind[] = ["Node", "Pod", "DaemonSet"];

/**
 * Reads a cluster through its API server, with no writes and no watch. What may not be read is in `notSeen`. Throws AuditorError
 * "kubeconfig.invalid", "cluster.unreachable", or "cluster.forbidden" when the credentials are refused.
 */
export async function readLive(options: ReadLiveOptions = {}): Promise<Cluster> {
  const client = apiClient(await loadKubeconfig(options), options.idleLimit);
  const assembly = assemble();
  try {
    const serverTime = await greet(client, assembly, options.signal);
    await readAll(client, assembly, options);
    const at = options.now ?? serverTime;
    if (client.insecure)
      problem(
        inside(
          atRoot(assembly.reading, () => client.server),
          "insecure-skip-tls-verify",
        ),
        { code: "kubeconfig.insecure", value: true, fix: "put the cluster's CA in the kubeconfig" },
      );
    return assembly.finish({ at, name: options.cluster });
  } finally {
    client.close();
  }
}

/** GET /version: is anybody there, of which version, and what time is it there? One try: a person is waiting. */
async function greet(
  client: ApiClient,
  assembly: Assembly,
  signal: AbortSignal | undefined,
): Promise<Instant> {
  const asked = Date.now();
  const { answer, text } = await askVersion(client, signal);
  const version = answer.status === 200 ? gitVersion(text) : undefined;
  // Whoever may not see the version may still see the nodes; a page of HTML is no API server, nor is who knows no version.
  if (version === undefined && (answer.status === 200 || answer.status === 404))
    throw new AuditorError(
      "cluster.unreachable",
      `${client.server} answers, but not as an API server does`,
      {
        hint: "does the kubeconfig's server point to a log-in page or a proxy?",
      },
    );
  if (version !== undefined) assembly.sawVersion(version);
  return Date.parse(answer.headers.date ?? "") || asked;
}

async function askVersion(
  client: ApiClient,
  signal: AbortSignal | undefined,
): Promise<{ readonly answer: Answer; readonly text: string }> {
  try {
    const answer = await client.get("/version", signal);
    let text = "";
    for await (const chunk of answer.body)
      if (text.length < 65_536) text += Buffer.from(chunk).toString();
    return { answer, text };
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreachable(client.server, cause);
  }
}

function gitVersion(text: string): string | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const version = isRecord(json) ? json["gitVersion"] : undefined;
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}

async function readAll(
  client: ApiClient,
  assembly: Assembly,
  { onProgress, signal, pace = REAL_PACE }: ReadLiveOptions,
): Promise<void> {
  const giveUp = new AbortController();
  const listing: Listing = {
    client,
    pace,
    signal: signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal,
    assembly,
    onPage: ({ kind }) => onProgress?.({ kind, objects: assembly.count() }),
  };
  const failures = new Map<Kind, AuditorError>();
  const waiting = [...RESOURCES];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      await readOne(listing, next, failures);
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } catch (error) {
    giveUp.abort();
    throw error;
  }
  const [first] = NEEDED.map((kind) => failures.get(kind));
  if (first && NEEDED.every((kind) => failures.has(kind))) throw first;
}

/** One kind that fails does not end the audit; refused credentials do. */
async function readOne(
  listing: Listing,
  resource: Resource,
  failures: Map<Kind, AuditorError>,
): Promise<void> {
  try {
    await readList(listing, resource);
  } catch (error) {
    if (!(error instanceof AuditorError) || error.code !== "cluster.unreachable") throw error;
    failures.set(resource.kind, error);
    listing.assembly.restart(resource.kind);
    listing.assembly.notSeen({ kind: resource.kind, why: "failed", detail: error.message });
  }
}
