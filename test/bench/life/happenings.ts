import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { condition, metadata, revision, taint } from "../../fixtures/build.ts";
import {
  bringDown,
  bringUp,
  hashOf,
  inTurn,
  key,
  newDaemon,
  newOther,
  type Life,
} from "./fleet-life.ts";
import { crashes, second } from "./pod-states.ts";

const keepDaemon =
  (life: Life, at: string) =>
  (now: Pod | undefined): void => {
    if (now) life.daemons.set(at, now);
    else life.daemons.delete(at);
  };

/** The controller counts again: one of the status updates that go with each pod. */
function countAgain(life: Life, name: string, updated: number): void {
  const set = life.sets.get(name);
  if (!set) return;
  const all = life.size.nodes;
  const now = {
    ...set,
    status: { ...set.status, desired: all, current: all, ready: all, updated },
  };
  life.sets.set(name, now);
  life.told.put("DaemonSet", now);
}

const NEW_AFTER = 6200;

/** One daemon pod of the revision that is current: 9 events of pods and 2 of the DaemonSet, as long as 17 s. */
export function replaceDaemon(
  life: Life,
  set: DaemonSet,
  node: string,
  done = (): void => undefined,
) {
  const at = key(set, node);
  const before = life.daemons.get(at);
  if (before) bringDown(life, before, keepDaemon(life, at));
  inTurn(life, [
    [
      NEW_AFTER,
      () => {
        const now = life.sets.get(set.name) ?? set;
        bringUp(life, newDaemon(life, now, node), keepDaemon(life, at));
        countAgain(life, set.name, life.random.whole(life.size.nodes));
      },
    ],
    [
      11_000,
      () => {
        // It went, and it came again.
        life.counts.transitions += 2;
        countAgain(life, set.name, life.random.whole(life.size.nodes));
        done();
      },
    ],
  ]);
}

export type RollOut = {
  readonly set: string;
  /** Pods that are down at the same time. */
  readonly atOnce: number;
  /** So many nodes only, as if it then stood still. */
  readonly nodes?: number;
  readonly done?: () => void;
};

/** A new template, and every node's pod made anew, so many at a time. */
export function rollOut(life: Life, { set: name, atOnce, nodes: most, done }: RollOut): void {
  const before = life.sets.get(name);
  if (!before) return;
  const generation = Number(before.templateGeneration ?? 1) + 1;
  const set = { ...before, generation, templateGeneration: String(generation) };
  life.sets.set(name, set);
  const made = { ...revision(set, generation, hashOf(set)), uid: `${set.uid}-${generation}` };
  const at = second(life.time.now());
  life.revisions.push({ ...made, createdAt: at });
  life.told.put("ControllerRevision", { ...made, createdAt: at });
  life.told.put("DaemonSet", set);
  const nodes = [...life.nodes.keys()].slice(0, most);
  let left = nodes.length;
  const next = (): void => {
    const node = nodes.pop();
    if (node === undefined) return;
    replaceDaemon(life, set, node, () => {
      left -= 1;
      if (left === 0) done?.();
      next();
    });
  };
  for (let started = 0; started < atOnce; started += 1) next();
}

/** A pod of no DaemonSet goes on one node and another comes on another: 8 events. */
export function replaceOther(life: Life): void {
  const names = [...life.others.keys()];
  const [from, to] = [life.random.pick(names), life.random.pick(names)];
  const leaving = life.others.get(from)?.[0];
  if (!leaving) return;
  const keepLeaving = (now: Pod | undefined): void => swap(life, from, leaving.uid, now);
  bringDown(life, leaving, keepLeaving);
  const born = newOther(life, to);
  bringUp(life, born, (now) => swap(life, to, born.uid, now));
}

function swap(life: Life, node: string, uid: string, now: Pod | undefined): void {
  const rest = (life.others.get(node) ?? []).filter((one) => one.uid !== uid);
  life.others.set(node, now ? [...rest, now] : rest);
}

const CYCLE = 300_000;

/** Three status writes every five minutes, until the end of time. */
export function crashLoop(life: Life, set: DaemonSet, node: string): void {
  const at = key(set, node);
  life.counts.transitions += 1;
  let restarts = 40;
  const round = (): void => {
    const pod = life.daemons.get(at);
    if (!pod) return;
    restarts += 1;
    const steps = crashes(second(life.time.now()), restarts).map(
      (status, index) =>
        [
          index === 0 ? 0 : 1500,
          () => {
            const now = { ...pod, status };
            life.daemons.set(at, now);
            life.told.put("Pod", now);
          },
        ] as const,
    );
    inTurn(life, steps);
    life.time.after(CYCLE, round);
  };
  round();
}

/** A spot node is taken away and another comes under another name: 16 events of nodes, and all of its pods. */
export function replaceNode(life: Life): void {
  const name = life.random.pick([...life.nodes.keys()]);
  const before = life.nodes.get(name);
  if (!before) return;
  const say = (parts: Partial<typeof before>): void => {
    const now = { ...(life.nodes.get(name) ?? before), ...parts };
    life.nodes.set(name, now);
    life.told.put("Node", now);
  };
  const spot = taint("karpenter.sh/disrupted");
  say({ taints: [spot] });
  say({ unschedulable: true, taints: [spot, taint("node.kubernetes.io/unschedulable")] });
  inTurn(life, [
    [60_000, () => say({ conditions: [condition("Ready", "False")] })],
    [1000, () => say({ taints: [spot, taint("node.kubernetes.io/not-ready", "NoExecute")] })],
    [5000, () => takeAway(life, name)],
    [30_000, () => join(life, `${name.replace(/-\d+$/, "")}-${life.ids}`)],
  ]);
}

function takeAway(life: Life, name: string): void {
  const node = life.nodes.get(name);
  if (!node) return;
  for (const set of life.sets.values()) {
    const pod = life.daemons.get(key(set, name));
    life.daemons.delete(key(set, name));
    if (pod) life.told.gone("Pod", pod);
  }
  for (const pod of life.others.get(name) ?? []) life.told.gone("Pod", pod);
  life.others.delete(name);
  life.nodes.delete(name);
  life.told.gone("Node", node);
}

/** It says eleven times something new of itself before it is at rest. */
function join(life: Life, name: string): void {
  const [sample] = life.nodes.values();
  if (!sample) return;
  const fresh = {
    ...sample,
    ...metadata({
      name,
      uid: `${life.ids.toString(16).padStart(8, "0")}-0000-4000-8000-00000000abcd`,
    }),
    labels: new Map([...sample.labels, ["kubernetes.io/hostname", name]]),
    createdAt: second(life.time.now()),
    taints: [taint("node.kubernetes.io/not-ready")],
    conditions: [condition("Ready", "False", { transitionAt: second(life.time.now()) })],
  };
  life.ids += 1;
  const say = (now: typeof fresh): void => {
    life.nodes.set(name, now);
    life.told.put("Node", now);
  };
  say(fresh);
  life.others.set(name, []);
  for (let step = 1; step < 10; step += 1)
    life.time.after(step * 1500, () =>
      say({ ...fresh, annotations: new Map([["step", String(step)]]) }),
    );
  inTurn(life, [
    [
      2000,
      () => {
        for (const set of life.sets.values())
          bringUp(life, newDaemon(life, set, name), keepDaemon(life, key(set, name)));
      },
    ],
    [
      20_000,
      () => {
        const at = second(life.time.now());
        life.counts.transitions += life.sets.size;
        say({
          ...fresh,
          taints: [],
          conditions: [condition("Ready", "True", { transitionAt: at })],
        });
      },
    ],
  ]);
}

/** A kubelet says that nothing has changed. */
export function heartbeat(life: Life, name: string): void {
  const node = life.nodes.get(name);
  if (!node) return;
  life.counts.heartbeats += 1;
  life.told.put("Node", { ...node, conditions: [...node.conditions] });
}
