import type { Kind } from "#shared/cluster/cluster.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import type { Clock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import {
  daemonSetJson,
  nodeJson,
  podJson,
  priorityClassJson,
} from "../fixtures/kubernetes-json.ts";
import { watchedStore, type Store } from "../fixtures/watched-store.ts";

/** The kinds that change, and of which things go wrong; of the others there is nothing. */
export const WATCHED = ["Node", "Pod", "DaemonSet", "PriorityClass"] as const satisfies Kind[];
export type Watched = (typeof WATCHED)[number];

type Json = Readonly<Record<string, unknown>>;

/** The cluster as it is: a store for each kind, and the changes that its controllers would make. */
export type Truth = {
  readonly store: (kind: Kind) => Store;
  /** In [0, 1): the same for a seed. */
  readonly random: () => number;
  /** The number of the next name, which never recurs. */
  next(): number;
};

export type Size = { readonly nodes: number; readonly daemonSets: number };

export function truthOf(clock: Clock, random: () => number, size: Size): Truth {
  const stores = new Map<Kind, Store>(
    RESOURCES.map(({ kind, group, version }) => {
      const apiVersion = group === "" ? version : `${group}/${version}`;
      return [kind, watchedStore(clock, 60_000, { kind, apiVersion })];
    }),
  );
  let names = 0;
  const truth: Truth = {
    store(kind) {
      const found = stores.get(kind);
      if (!found) throw new Error(`${kind} is not in the model`);
      return found;
    },
    random,
    next: () => (names += 1),
  };
  for (let i = 0; i < size.nodes; i += 1) placeNode(truth, `node-${i}`);
  for (let i = 0; i < size.daemonSets; i += 1) bearSet(truth, `agent-${i}`);
  for (const name of ["system-node-critical", "daemons"])
    truth.store("PriorityClass").place(name, priorityClassJson(name, truth.next()));
  return truth;
}

/** What changes of a node beside its name. */
export type NodeFacts = {
  readonly v?: number;
  readonly tainted?: boolean;
  readonly ready?: boolean;
  readonly cordoned?: boolean;
};

export function placeNode(truth: Truth, name: string, facts: NodeFacts = {}): void {
  const { v = truth.next(), tainted = false, ready = true, cordoned = false } = facts;
  const T = `2026-11-20T11:00:${String(v % 60).padStart(2, "0")}Z`;
  truth.store("Node").place(
    name,
    nodeJson(name, {
      metadata: { labels: { v: `${v}`, "kubernetes.io/hostname": name } },
      spec: {
        ...(tainted ? { taints: [{ key: "held", effect: "NoSchedule" }] } : {}),
        ...(cordoned ? { unschedulable: true } : {}),
      },
      status: {
        conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: T }],
      },
    }),
  );
}

/** Which nodes a daemon is for: from all to one in ten, told by its name. */
export const isFor = (set: string, node: string): boolean => {
  const one = Number(set.slice("agent-".length)) % 10;
  const other = Number(node.slice("node-".length)) % 10;
  return one === 0 || other % (one + 1) === 0;
};

export function placeSet(truth: Truth, name: string, hash: string): void {
  truth.store("DaemonSet").place(
    name,
    daemonSetJson(name, {
      metadata: { generation: truth.next(), labels: { v: `${truth.next()}` } },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            containers: [
              { name: "agent", image: `agent:${hash}`, resources: { requests: { cpu: "10m" } } },
            ],
          },
        },
      },
    }),
  );
}

export function bearSet(truth: Truth, name: string): void {
  const hash = `h${truth.next()}`;
  placeSet(truth, name, hash);
  for (const json of truth.store("Node").all()) {
    const node = nameOf(json);
    if (isFor(name, node)) placeDaemonPod(truth, { set: name, node, hash });
  }
}

export const nameOf = (json: Json): string =>
  (json as { metadata: { name: string } }).metadata.name;
export const nodeOf = (json: Json): string =>
  (json as { spec: { nodeName?: string } }).spec.nodeName ?? "";
export const setOf = (json: Json): string | undefined =>
  (json as { metadata: { ownerReferences?: readonly { name: string }[] } }).metadata
    .ownerReferences?.[0]?.name;
export const hashOf = (json: Json): string =>
  (json as { metadata: { labels: Readonly<Record<string, string>> } }).metadata.labels[
    "controller-revision-hash"
  ] ?? "";

export type DaemonPod = {
  readonly set: string;
  readonly node: string;
  readonly hash: string;
  readonly name?: string;
  readonly ready?: boolean;
  readonly restarts?: number;
  readonly ending?: boolean;
};

export function placeDaemonPod(truth: Truth, pod: DaemonPod): void {
  const { set, node, hash, ready = true, restarts = 0, ending = false } = pod;
  const name = pod.name ?? `${set}-${truth.next()}`;
  const owner = truth.store("DaemonSet").get(set) as { metadata: { uid: string } } | undefined;
  const T = "2026-11-20T11:05:00Z";
  const state = ready
    ? { running: { startedAt: T } }
    : { waiting: { reason: "CrashLoopBackOff", message: "back-off" } };
  truth.store("Pod").place(
    name,
    podJson(name, {
      metadata: {
        namespace: "kube-system",
        labels: { app: set, "controller-revision-hash": hash },
        ...(ending ? { deletionTimestamp: T, deletionGracePeriodSeconds: 30 } : {}),
        ownerReferences: [
          {
            apiVersion: "apps/v1",
            kind: "DaemonSet",
            name: set,
            uid: owner?.metadata.uid ?? "none",
            controller: true,
          },
        ],
      },
      spec: { nodeName: node, containers: [{ name: "agent", image: `agent:${hash}` }] },
      status: {
        phase: "Running",
        conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: T }],
        containerStatuses: [{ name: "agent", ready, restartCount: restarts, state }],
      },
    }),
  );
}

export function placeOtherPod(truth: Truth, name: string, node: string): void {
  truth.store("Pod").place(
    name,
    podJson(name, {
      metadata: { labels: { app: "web", v: `${truth.next()}` } },
      spec: {
        nodeName: node,
        containers: [{ name: "web", image: "web", resources: { requests: { cpu: "50m" } } }],
      },
    }),
  );
}

export function removeNode({ store }: Truth, name: string): void {
  for (const pod of store("Pod").all()) if (nodeOf(pod) === name) store("Pod").remove(nameOf(pod));
  store("Node").remove(name);
}

/** The daemons' controller puts a pod wherever one is wanted and none is. */
export function fillNode(truth: Truth, node: string): void {
  const there = new Set(
    truth
      .store("Pod")
      .all()
      .flatMap((pod) => (nodeOf(pod) === node ? [setOf(pod)] : [])),
  );
  for (const set of truth.store("DaemonSet").all()) {
    const name = nameOf(set);
    if (isFor(name, node) && !there.has(name))
      placeDaemonPod(truth, { set: name, node, hash: `h${truth.next()}` });
  }
}
