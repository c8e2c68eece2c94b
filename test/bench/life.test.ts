import { expect, test } from "vitest";
import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import { newLife, objectsOf } from "./life/fleet-life.ts";
import {
  crashLoop,
  heartbeat,
  replaceDaemon,
  replaceNode,
  replaceOther,
  rollOut,
} from "./life/happenings.ts";
import { timeline } from "./life/timeline.ts";
import { seeded } from "./random.ts";

test("what is planned happens in the order of its time, and of its planning", () => {
  const time = timeline(100);
  const happened: string[] = [];
  const note = (name: string) => () => void happened.push(`${name} at ${time.now()}`);
  time.after(20, note("c"));
  time.after(10, note("a"));
  time.after(10, () => time.after(5, note("b")));
  time.after(1000, note("later"));

  time.pass(200);

  expect(happened).toEqual(["a at 110", "b at 115", "c at 120"]);
  expect(time.now()).toBe(200);
});

function lively() {
  const events: string[] = [];
  const time = timeline(Date.parse("2026-11-20T00:00:00Z"));
  const life = newLife({
    size: { nodes: 3, daemonSets: 2, others: 2 },
    time,
    random: seeded(1),
    told: {
      put: <K extends Kind>(kind: K, _object: Kinds[K]) => void events.push(kind),
      gone: (kind) => void events.push(`${kind} gone`),
    },
  });
  const [set] = life.sets.values();
  if (!set) throw new Error("there is no DaemonSet");
  const pass = (): void => time.pass(time.now() + 600_000);
  return { life, events, set, pass };
}

const count = (events: readonly string[], what: string): number =>
  events.filter((one) => one === what).length;

test("a daemon pod is replaced in nine events of pods and two of its DaemonSet", () => {
  const { life, events, set, pass } = lively();

  replaceDaemon(life, set, "node-1");
  pass();

  expect([count(events, "Pod"), count(events, "Pod gone"), count(events, "DaemonSet")]).toEqual([
    8, 1, 2,
  ]);
  expect(life.counts).toEqual({ raw: 11, heartbeats: 0, transitions: 2 });
  expect(objectsOf(life).Pod).toHaveLength(12);
});

test("a roll-out replaces the pod of every node, and all are of the new revision", () => {
  const { life, set, pass } = lively();
  let done = 0;

  rollOut(life, { set: set.name, atOnce: 1, done: () => void (done += 1) });
  pass();

  const hashes = [...life.daemons]
    .filter(([key]) => key.startsWith(`${set.name}/`))
    .map(([, pod]) => pod.labels.get("controller-revision-hash"));
  expect(done).toBe(1);
  expect(hashes).toEqual(["rev2", "rev2", "rev2"]);
});

test("a spot node goes with its pods, and another comes", () => {
  const { life, events, pass } = lively();

  replaceNode(life);
  pass();

  expect([count(events, "Node"), count(events, "Node gone")]).toEqual([15, 1]);
  expect(life.nodes.size).toBe(3);
  expect(objectsOf(life).Pod).toHaveLength(10);
});

test.each([
  ["another pod is replaced in nine events", replaceOther, 9],
  [
    "a heartbeat is one event",
    (life: ReturnType<typeof lively>["life"]) => heartbeat(life, "node-0"),
    1,
  ],
] as const)("%s", (_what, happen, raw) => {
  const { life, pass } = lively();

  happen(life);
  pass();

  expect(life.counts.raw).toBe(raw);
});

test("a crash loop writes three times in five minutes", () => {
  const { life, events, set, pass } = lively();

  crashLoop(life, set, "node-2");
  pass();

  expect(count(events, "Pod")).toBe(7);
  expect(life.counts.transitions).toBe(1);
});
