import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client.ts";
import { isUpUnder, playOf, statusOf, type HollowPod, type Play } from "./hollow-behaviour.ts";
import { instant, type NodeState } from "./hollow-node.ts";

type Metadata = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly kind: string }[];
  readonly deletionTimestamp?: string;
};
type ApiPod = {
  readonly metadata: Metadata;
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { name: string; image: string }[];
    readonly initContainers?: readonly { name: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { type: string; status: string }[];
  };
};
type Played = {
  readonly pod: ApiPod;
  restarts: number;
  startedAt: string;
  posted: boolean;
  gone: boolean;
};
const EVICT_AFTER_MS = 1000;
const SLOW_DELETE_MS = 5000;
/** An address of its own for every pod: endpoints with the same one are the same one. */
const addressOf = (uid: string): string => {
  const [a = 0, b = 0, c = 0] = Buffer.from(uid.replaceAll("-", "").slice(0, 6), "hex");
  return `10.${a}.${b}.${c}`;
};
/** Pods that were there before the bed was: annotation hollow/age, in seconds. */
const startOf = (pod: ApiPod, state: NodeState): string =>
  instant(state, Number(pod.metadata.annotations?.["hollow/age"] ?? 0));

const LOOPS: readonly Play[] = ["crash", "exit-zero", "oom", "exec-format", "init-crash"];
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 300_000;
const STRATEGIC = "application/strategic-merge-patch+json";

const note = (pod: ApiPod, key: string): string =>
  pod.metadata.annotations?.[`hollow/${key}`] ?? "";
const pathOf = ({ metadata }: ApiPod): string =>
  `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;

/** Nobody waits for a pod that is to fail again in minutes. */
const pause = (milliseconds: number): Promise<void> =>
  sleep(milliseconds, undefined, { ref: false });

const seen = ({ pod, restarts, startedAt }: Played, state: NodeState): HollowPod => ({
  uid: pod.metadata.uid,
  names: pod.spec.containers.map(({ name }) => name),
  initNames: (pod.spec.initContainers ?? []).map(({ name }) => name),
  image: pod.spec.containers[0]?.image ?? "",
  podIP: addressOf(pod.metadata.uid),
  restarts,
  now: instant(state),
  startedAt,
});

/** Annotation hollow/event, "REASON and the message": what only an event of the kubelet tells. */
function eventOf(pod: ApiPod): object | undefined {
  const [, reason, message] = /^(\S+) (.+)$/.exec(note(pod, "event")) ?? [];
  if (reason === undefined) return undefined;
  const { name, namespace, uid } = pod.metadata;
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: "v1", kind: "Pod", name, namespace, uid },
    type: "Warning",
    reason,
    message,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component: "kubelet", host: pod.spec.nodeName },
  };
}

export type PodWork = {
  /** Takes up all pods of a node again. */
  relist(node: string): Promise<void>;
  stop(): void;
};

/** The pods of all nodes that `nodeNamed` knows, played by their annotation, else as their node says. */
export function startPods(
  work: Client,
  nodeNamed: (name: string) => NodeState | undefined,
): PodWork {
  const played = new Map<string, Played>();
  const streams = new Set<{ destroy(): unknown }>();
  let stopped = false;
  const nodeOf = (pod: ApiPod): NodeState | undefined => nodeNamed(pod.spec.nodeName ?? "");
  const background = (task: Promise<void>): void => {
    task.catch((error: unknown) => {
      if (!stopped) process.stderr.write(`hollow: ${String(error)}\n`);
    });
  };

  function playFor(pod: ApiPod): Play {
    const isDaemon = pod.metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet");
    const asked = note(pod, "play");
    return asked === "" && isDaemon === true ? (nodeOf(pod)?.spec.play ?? "run") : playOf(asked);
  }

  async function post(entry: Played, play: Play): Promise<void> {
    const { pod } = entry;
    const state = nodeOf(pod);
    if (!state || state.silent || entry.gone) return;
    const words = { reason: note(pod, "reason"), message: note(pod, "message") };
    const status = { startTime: entry.startedAt, ...statusOf(play, seen(entry, state), words) };
    const body = { metadata: { uid: pod.metadata.uid }, status };
    await work.call("PATCH", `${pathOf(pod)}/status`, body, STRATEGIC);
    const event = entry.posted ? undefined : eventOf(pod);
    if (event !== undefined)
      await work.call("POST", `/api/v1/namespaces/${pod.metadata.namespace}/events`, event);
    entry.posted = true;
  }

  async function playLoop(entry: Played): Promise<void> {
    const play = playFor(entry.pod);
    if (play === "evict") {
      await post(entry, "run");
      await pause(EVICT_AFTER_MS);
    }
    await post(entry, play);
    if (!LOOPS.includes(play)) return;
    for (let wait = FIRST_WAIT_MS; !stopped && !entry.gone; wait *= 2) {
      await pause(Math.min(LONGEST_WAIT_MS, wait));
      entry.restarts += 1;
      await post(entry, play);
    }
  }

  async function remove(entry: Played): Promise<void> {
    const state = nodeOf(entry.pod);
    const play = playFor(entry.pod);
    if (entry.gone || play === "stuck" || !state || state.silent) return;
    entry.gone = true;
    if (play === "slow") await pause(SLOW_DELETE_MS);
    const body = { gracePeriodSeconds: 0, preconditions: { uid: entry.pod.metadata.uid } };
    await work.call("DELETE", pathOf(entry.pod), body);
  }

  /** The node controller sets Ready to False when a node goes dark, and does not set it back. */
  const needsRepair = (pod: ApiPod): boolean =>
    isUpUnder(playFor(pod)) &&
    pod.status?.phase === "Running" &&
    pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "False") ===
      true;

  function forget(uid: string): void {
    const entry = played.get(uid);
    if (entry) entry.gone = true;
    played.delete(uid);
  }

  function take(pod: ApiPod): void {
    const state = nodeOf(pod);
    if (!state || state.silent) return;
    const before = played.get(pod.metadata.uid);
    const entry: Played = before
      ? Object.assign(before, { pod })
      : { pod, restarts: 0, startedAt: startOf(pod, state), posted: false, gone: false };
    played.set(pod.metadata.uid, entry);
    if (pod.metadata.deletionTimestamp !== undefined) background(remove(entry));
    else if (!before && pod.status?.phase !== "Failed") background(playLoop(entry));
    else if (entry.posted && needsRepair(pod)) background(post(entry, playFor(pod)));
  }

  async function watchOnce(): Promise<void> {
    const query =
      "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const stream = await work.open(`/api/v1/pods?${query}&fieldSelector=spec.nodeName%21%3D`);
    if (stream.statusCode !== 200) throw new Error(`watch of pods: ${stream.statusCode}`);
    streams.add(stream);
    let rest = "";
    for await (const chunk of stream.setEncoding("utf8") as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { type, object } = JSON.parse(line) as { type: string; object: ApiPod };
        if (type === "DELETED") forget(object.metadata.uid);
        else if (type === "ADDED" || type === "MODIFIED") take(object);
      }
    }
  }

  async function watchLoop(): Promise<void> {
    while (!stopped) {
      await watchOnce().catch(() => undefined);
      if (!stopped) await sleep(200);
    }
  }

  background(watchLoop());
  return {
    async relist(node) {
      const selector = `fieldSelector=spec.nodeName%3D${encodeURIComponent(node)}`;
      const answer = await work.call("GET", `/api/v1/pods?${selector}`);
      for (const pod of (answer.body as { items?: readonly ApiPod[] }).items ?? []) take(pod);
    },
    stop() {
      stopped = true;
      for (const stream of streams) stream.destroy();
    },
  };
}
