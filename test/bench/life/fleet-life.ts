import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod, PodStatus } from "#shared/cluster/pod.ts";
import {
  container,
  daemonPod,
  daemonSet,
  node,
  pod,
  resources,
  revision,
  TOLERATE_ALL,
} from "../../fixtures/build.ts";
import type { Random } from "../random.ts";
import * as states from "./pod-states.ts";
import type { Timeline } from "./timeline.ts";

type Ref = { readonly namespace: string; readonly name: string; readonly uid: string };
/** Who is told what an API server would tell, event by event. */
export type Told = {
  put<K extends Kind>(kind: K, object: Kinds[K]): void;
  gone(kind: Kind, ref: Ref): void;
};

export type LifeSize = {
  readonly nodes: number;
  readonly daemonSets: number;
  /** Other pods of each node. */
  readonly others: number;
};

/** A cluster that lives: its objects as they are now, and what may happen to them. */
export type Life = {
  readonly size: LifeSize;
  readonly time: Timeline;
  readonly random: Random;
  readonly told: Told;
  readonly nodes: Map<string, Node>;
  readonly sets: Map<string, DaemonSet>;
  readonly revisions: Kinds["ControllerRevision"][];
  /** By "set/node". */
  readonly daemons: Map<string, Pod>;
  /** Of each node. */
  readonly others: Map<string, Pod[]>;
  /** Watch events, those of heartbeats among them. */
  readonly counts: { raw: number; heartbeats: number; transitions: number };
  ids: number;
};

export function newLife(parts: Pick<Life, "size" | "time" | "random"> & { told: Told }): Life {
  const counts = { raw: 0, heartbeats: 0, transitions: 0 };
  const life: Life = {
    ...parts,
    told: {
      put(kind, object) {
        counts.raw += 1;
        parts.told.put(kind, object);
      },
      gone(kind, ref) {
        counts.raw += 1;
        parts.told.gone(kind, ref);
      },
    },
    nodes: new Map(),
    sets: new Map(),
    revisions: [],
    daemons: new Map(),
    others: new Map(),
    counts,
    ids: 0,
  };
  for (let index = 0; index < parts.size.daemonSets; index += 1) addSet(life, index);
  for (let index = 0; index < parts.size.nodes; index += 1) addNode(life, `node-${index}`);
  return life;
}

/** All there is, as lists. */
export const objectsOf = (life: Life) => ({
  Node: [...life.nodes.values()],
  DaemonSet: [...life.sets.values()],
  ControllerRevision: life.revisions,
  Pod: [...life.daemons.values(), ...[...life.others.values()].flat()],
});

function uid(life: Life): string {
  life.ids += 1;
  return `${life.ids.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
}

const TEMPLATE = {
  tolerations: [TOLERATE_ALL],
  containers: [container({ requests: resources({ cpu: "50m", memory: "64Mi" }) })],
  priority: 2_000_001_000,
};

function addSet(life: Life, index: number): void {
  const set = daemonSet(`agent-${index}`, {
    uid: uid(life),
    template: TEMPLATE,
    updateStrategy: { type: "RollingUpdate", maxUnavailable: "10%", maxSurge: 0 },
  });
  life.sets.set(set.name, set);
  life.revisions.push({ ...revision(set, 1, hashOf(set)), uid: uid(life) });
}

export const hashOf = (set: DaemonSet): string => `rev${set.templateGeneration ?? "1"}`;

const ALLOCATABLE = resources({
  cpu: "16",
  memory: "64Gi",
  "ephemeral-storage": "200Gi",
  pods: "110",
});

/** What was there before anything is told: a Ready node with all its pods. */
function addNode(life: Life, name: string): void {
  const made = node(name, {
    uid: uid(life),
    allocatable: ALLOCATABLE,
    labels: new Map([["topology.kubernetes.io/zone", `zone-${life.ids % 3}`]]),
  });
  life.nodes.set(name, made);
  const at = states.second(life.time.now() - 86_400_000);
  for (const set of life.sets.values())
    life.daemons.set(key(set, name), { ...newDaemon(life, set, name), status: states.ready(at) });
  const others = Array.from({ length: life.size.others }, () => ({
    ...newOther(life, name),
    status: states.ready(at),
  }));
  life.others.set(name, others);
}

export const key = (set: DaemonSet, node: string): string => `${set.name}/${node}`;

const SUFFIX = "bcdfghjklmnpqrstvwxz2456789";
const suffix = ({ random }: Life): string =>
  Array.from({ length: 5 }, () => SUFFIX[random.whole(SUFFIX.length)]).join("");

export function newDaemon(life: Life, set: DaemonSet, nodeName: string): Pod {
  return daemonPod(set, nodeName, {
    name: `${set.name}-${suffix(life)}`,
    uid: uid(life),
    createdAt: states.second(life.time.now()),
    labels: new Map([["controller-revision-hash", hashOf(set)]]),
  });
}

const WORKLOADS = 60;
const REQUESTS = [container({ requests: resources({ cpu: "100m", memory: "256Mi" }) })];

export function newOther(life: Life, nodeName: string): Pod {
  const index = life.random.whole(WORKLOADS);
  const name = `web-${index}-6b5f9c7d${index + 10}`;
  return pod(`${name}-${suffix(life)}`, {
    namespace: `team-${index % 20}`,
    uid: uid(life),
    createdAt: states.second(life.time.now()),
    labels: new Map([["app", `web-${index}`]]),
    owners: [{ kind: "ReplicaSet", name, uid: `replica-set-${index}`, controller: true }],
    spec: { nodeName, containers: REQUESTS, priority: 0 },
  });
}

/** Happens one after the other, so many milliseconds apart. */
export function inTurn(
  { time }: Life,
  steps: readonly (readonly [after: number, happen: () => void])[],
): void {
  let at = 0;
  for (const [after, happen] of steps) {
    at += after;
    time.after(at, happen);
  }
}

/** Its birth as five words of scheduler and kubelet, 12 s in all; `keep` holds what it is now. */
export function bringUp(life: Life, born: Pod, keep: (now: Pod) => void): void {
  const say = (status: (at: number) => PodStatus, nodeName = born.spec.nodeName): void => {
    const at = states.second(life.time.now());
    const now = { ...born, spec: { ...born.spec, nodeName }, status: status(at) };
    keep(now);
    life.told.put("Pod", now);
  };
  say(() => states.waiting, "");
  inTurn(life, [
    [200, () => say(states.bound)],
    [800, () => say((at) => states.creating(at, false))],
    [2000, () => say((at) => states.creating(at, true))],
    [3000, () => say(states.started)],
    [5000, () => say(states.ready)],
  ]);
}

/** Its end: marked, stopped, gone, in 6 s. */
export function bringDown(life: Life, of: Pod, keep: (now: Pod | undefined) => void): void {
  const deletionAt = states.second(life.time.now()) + 30_000;
  const marked = { ...of, deletionAt };
  keep(marked);
  life.told.put("Pod", marked);
  inTurn(life, [
    [
      5000,
      () => {
        const down = { ...marked, status: states.stopped(of, states.second(life.time.now())) };
        keep(down);
        life.told.put("Pod", down);
      },
    ],
    [
      1000,
      () => {
        keep(undefined);
        life.told.gone("Pod", of);
      },
    ],
  ]);
}
