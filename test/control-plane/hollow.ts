import { setTimeout as sleep } from "node:timers/promises";
import { playOf, statusOf, type Api, type HollowPod, type Play } from "./hollow-behaviour.ts";
import { refused, type Client } from "./client.ts";

/** A node to play: sizes as Kubernetes writes them. */
export type HollowNode = {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly { key: string; value?: string; effect: string }[];
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly os?: string;
  readonly arch?: string;
};

export type HollowOptions = {
  /** Seconds between renewals of a node's Lease. */
  readonly leaseSeconds: number;
};

export type Hollow = {
  addNodes(nodes: readonly HollowNode[]): Promise<void>;
  /** Stops the heartbeat and all pod work of a node; the machine seems dead. */
  silence(node: string): void;
  wake(node: string): Promise<void>;
  /** Shifts the clock of one node, for reports whose times come from the kubelet. */
  shiftClock(node: string, seconds: number): void;
  /** Sets conditions of a node, as a kubelet under pressure would. */
  report(node: string, conditions: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
};

type Metadata = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly resourceVersion?: string;
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
type NodeState = {
  readonly spec: HollowNode;
  silent: boolean;
  skew: number;
  conditions: Map<string, string>;
};

const DEFAULT_ALLOCATABLE = { cpu: "4", memory: "16Gi", "ephemeral-storage": "100Gi", pods: "110" };
const EVICT_AFTER_MS = 1000;
const SLOW_DELETE_MS = 5000;
const CONDITIONS = ["MemoryPressure", "DiskPressure", "PIDPressure"] as const;

const instant = (state: NodeState): string =>
  new Date(Date.now() + state.skew * 1000).toISOString();
const seconds = (text: string): string => `${text.slice(0, 19)}Z`;

function nodeBody(spec: HollowNode): Api {
  const labels = {
    "kubernetes.io/hostname": spec.name,
    "kubernetes.io/os": spec.os ?? "linux",
    "kubernetes.io/arch": spec.arch ?? "amd64",
    ...spec.labels,
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: spec.name, labels },
    spec: spec.taints === undefined ? {} : { taints: spec.taints },
  };
}

function nodeStatus(state: NodeState): Api {
  const { spec } = state;
  const amounts = { ...DEFAULT_ALLOCATABLE, ...spec.allocatable };
  const now = seconds(instant(state));
  const ready = state.conditions.get("Ready") ?? "True";
  const types = ["Ready", ...CONDITIONS, ...state.conditions.keys()].filter(
    (type, i, all) => all.indexOf(type) === i,
  );
  return {
    capacity: amounts,
    allocatable: amounts,
    nodeInfo: {
      machineID: spec.name,
      systemUUID: spec.name,
      bootID: spec.name,
      kernelVersion: "hollow",
      osImage: "hollow",
      containerRuntimeVersion: "hollow://1",
      kubeletVersion: "v1.37.2",
      kubeProxyVersion: "",
      operatingSystem: spec.os ?? "linux",
      architecture: spec.arch ?? "amd64",
    },
    conditions: types.map((type) => ({
      type,
      status: type === "Ready" ? ready : (state.conditions.get(type) ?? "False"),
      reason: type === "Ready" ? "KubeletReady" : "Kubelet",
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    })),
  };
}

/**
 * A kubelet for many nodes at once, without containers. `work` and `pulse` are two clients on purpose: heartbeats behind
 * ten thousand pod patches make nodes seem dead.
 */
export function startHollow(work: Client, pulse: Client, options: HollowOptions): Hollow {
  const nodes = new Map<string, NodeState>();
  const played = new Map<string, Played>();
  let stopped = false;
  const loops: Promise<void>[] = [];
  const background = (task: Promise<void>): void => {
    loops.push(
      task.catch((error: unknown) => {
        if (!stopped) process.stderr.write(`hollow: ${String(error)}\n`);
      }),
    );
  };

  async function postStatus(state: NodeState): Promise<void> {
    const path = `/api/v1/nodes/${state.spec.name}/status`;
    await pulse.call(
      "PATCH",
      path,
      { status: nodeStatus(state) },
      "application/strategic-merge-patch+json",
    );
  }

  async function renewLease(state: NodeState): Promise<void> {
    const { name } = state.spec;
    const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases`;
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: 40,
      renewTime: instant(state).replace("Z", "000Z"),
    };
    const patched = await pulse.call(
      "PATCH",
      `${path}/${name}`,
      { spec },
      "application/merge-patch+json",
    );
    if (patched.status !== 404) return;
    await pulse.call("POST", path, {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name },
      spec,
    });
  }

  async function register(spec: HollowNode): Promise<void> {
    const state: NodeState = { spec, silent: false, skew: 0, conditions: new Map() };
    nodes.set(spec.name, state);
    const made = await work.call("POST", "/api/v1/nodes", nodeBody(spec));
    if (made.status !== 201 && made.status !== 409) throw refused(made, `node ${spec.name}`);
    await renewLease(state);
    await postStatus(state);
  }

  const nodeOf = (pod: ApiPod): NodeState | undefined => nodes.get(pod.spec.nodeName ?? "");
  const note = (pod: ApiPod, key: string): string =>
    pod.metadata.annotations?.[`hollow/${key}`] ?? "";
  const pathOf = (pod: ApiPod): string =>
    `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;

  function seen(entry: Played, state: NodeState): HollowPod {
    const { pod } = entry;
    return {
      uid: pod.metadata.uid,
      names: pod.spec.containers.map(({ name }) => name),
      initNames: (pod.spec.initContainers ?? []).map(({ name }) => name),
      image: pod.spec.containers[0]?.image ?? "",
      hostIP: "10.0.0.1",
      restarts: entry.restarts,
      now: seconds(instant(state)),
      startedAt: entry.startedAt,
    };
  }

  async function post(entry: Played, play: Play): Promise<void> {
    const state = nodeOf(entry.pod);
    if (!state || state.silent || entry.gone) return;
    const words = { reason: note(entry.pod, "reason"), message: note(entry.pod, "message") };
    const status = { startTime: entry.startedAt, ...statusOf(play, seen(entry, state), words) };
    const body = { metadata: { uid: entry.pod.metadata.uid }, status };
    await work.call(
      "PATCH",
      `${pathOf(entry.pod)}/status`,
      body,
      "application/strategic-merge-patch+json",
    );
    entry.posted = true;
  }

  async function playLoop(entry: Played): Promise<void> {
    const crash: readonly Play[] = ["crash", "exit-zero", "oom", "exec-format", "init-crash"];
    const play = playOf(note(entry.pod, "play"));
    if (play === "evict") {
      await post(entry, "run");
      await sleep(EVICT_AFTER_MS);
    }
    await post(entry, play);
    for (
      let wait = 2000;
      crash.includes(play) && !stopped && !entry.gone;
      wait = Math.min(300_000, wait * 2)
    ) {
      await sleep(wait);
      entry.restarts += 1;
      await post(entry, play);
    }
  }

  async function remove(entry: Played): Promise<void> {
    const state = nodeOf(entry.pod);
    const play = playOf(note(entry.pod, "play"));
    if (entry.gone || play === "stuck" || !state || state.silent) return;
    entry.gone = true;
    if (play === "slow") await sleep(SLOW_DELETE_MS);
    const body = { gracePeriodSeconds: 0, preconditions: { uid: entry.pod.metadata.uid } };
    await work.call("DELETE", pathOf(entry.pod), body);
  }

  const needsRepair = (pod: ApiPod): boolean =>
    playOf(note(pod, "play")) === "run" &&
    pod.status?.phase === "Running" &&
    pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "False") ===
      true;

  function onPod(type: string, pod: ApiPod): void {
    const key = pod.metadata.uid;
    const state = nodeOf(pod);
    if (!state) return;
    if (type === "DELETED") {
      const entry = played.get(key);
      if (entry) entry.gone = true;
      played.delete(key);
      return;
    }
    if (state.silent) return;
    const before = played.get(key);
    const entry: Played = before
      ? Object.assign(before, { pod })
      : { pod, restarts: 0, startedAt: seconds(instant(state)), posted: false, gone: false };
    played.set(key, entry);
    if (pod.metadata.deletionTimestamp !== undefined) background(remove(entry));
    else if (!before && pod.status?.phase !== "Failed") background(playLoop(entry));
    else if (entry.posted && needsRepair(pod)) background(post(entry, "run"));
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
        const event = JSON.parse(line) as { type: string; object: ApiPod };
        if (event.type === "ADDED" || event.type === "MODIFIED" || event.type === "DELETED")
          onPod(event.type, event.object);
      }
    }
  }
  const streams = new Set<{ destroy(): unknown }>();

  async function watchLoop(): Promise<void> {
    while (!stopped) {
      await watchOnce().catch(() => undefined);
      if (!stopped) await sleep(200);
    }
  }

  /** The lease each period; the status again when the control plane has declared a living node dead. */
  async function pulseLoop(): Promise<void> {
    for (let round = 0; !stopped; round += 1) {
      const living = [...nodes.values()].filter((state) => !state.silent);
      for (let i = 0; i < living.length && !stopped; i += 8) {
        await Promise.all(
          living.slice(i, i + 8).map(async (state) => {
            await renewLease(state);
            if (round % 5 === 0) await repairNode(state);
          }),
        ).catch(() => undefined);
      }
      await sleep(options.leaseSeconds * 1000);
    }
  }

  async function repairNode(state: NodeState): Promise<void> {
    const answer = await pulse.call("GET", `/api/v1/nodes/${state.spec.name}`);
    const node = answer.body as {
      status?: { conditions?: readonly { type: string; status: string }[] };
    };
    const ready = node.status?.conditions?.find(({ type }) => type === "Ready")?.status;
    if (answer.status === 200 && ready !== (state.conditions.get("Ready") ?? "True"))
      await postStatus(state);
  }

  const known = (name: string): NodeState => {
    const state = nodes.get(name);
    if (!state) throw new Error(`hollow: no node ${name}`);
    return state;
  };

  background(watchLoop());
  background(pulseLoop());
  return {
    async addNodes(specs) {
      for (let i = 0; i < specs.length; i += 16)
        await Promise.all(specs.slice(i, i + 16).map(register));
    },
    silence: (name) => {
      known(name).silent = true;
    },
    async wake(name) {
      const state = known(name);
      state.silent = false;
      await renewLease(state);
      await postStatus(state);
      const answer = await work.call(
        "GET",
        `/api/v1/pods?fieldSelector=spec.nodeName%3D${encodeURIComponent(name)}`,
      );
      const list = answer.body as { items?: readonly ApiPod[] };
      for (const pod of list.items ?? []) onPod("ADDED", pod);
    },
    shiftClock: (name, by) => {
      known(name).skew = by;
    },
    async report(name, conditions) {
      const state = known(name);
      for (const [type, status] of Object.entries(conditions)) state.conditions.set(type, status);
      await postStatus(state);
    },
    async stop() {
      stopped = true;
      for (const stream of streams) stream.destroy();
      work.close();
      pulse.close();
    },
  };
}
