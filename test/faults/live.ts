import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import { newReading } from "#shared/cluster/read/json.ts";
import { readObject, RESOURCES } from "#shared/cluster/read/object.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { digestOf } from "#shared/states/digest.ts";
import { rowSource } from "#shared/states/rows/row-source.ts";
import { view } from "#shared/states/view/view.ts";
import { expect } from "vitest";
import { FAULTS } from "./faults.ts";
import { MUTATIONS } from "./mutations.ts";
import { printed, scheduleOf } from "./schedule.ts";
import { WATCHED, type Truth } from "./truth.ts";
import { worldOf, type World } from "./world.ts";

/** After the last fault the view is the cluster's within so long. */
const VIEW = 60_000;
/** And the rows at the other end of the bus are those of the cluster within so long. */
const ROWS = 180_000;

/** Lives one schedule to its end. Throws, with the schedule, when what must be is not. */
export async function live(seed: number): Promise<"in step"> {
  const schedule = scheduleOf(seed);
  if (process.env["DSAUDIT_FAULTS_PRINT"] !== undefined)
    process.stdout.write(`${printed(schedule)}\n`);
  const world = worldOf(schedule);
  try {
    for (const step of schedule.steps) {
      await world.clock.pass(step.at - world.clock.now());
      if (step.do === "fault") FAULTS[step.name]?.begin(world, step.r);
      else MUTATIONS[step.name]?.[1](world.truth);
    }
    await world.clock.pass(schedule.end - world.clock.now());
    await world.clock.pass(Math.max(0, world.heal() - world.clock.now()) + VIEW);
    viewsEqualCluster(world);
    await world.clock.pass(ROWS - VIEW);
    rowsEqualCluster(world);
    expect(world.wrongs).toEqual([]);
    return "in step";
  } catch (error) {
    throw new Error(
      `${printed(schedule)}\n${world
        .forwarders()
        .map((one) => one.health())
        .join("\n")}`,
      { cause: error },
    );
  } finally {
    await world.over();
  }
}

export function viewsEqualCluster(world: World): void {
  for (const kind of WATCHED) {
    const there = objectsOf(world.truth, kind);
    for (const one of world.forwarders()) {
      const held = one.held(kind);
      const missing = [...there].filter(([uid, object]) => !same(held.get(uid), object));
      const tooMany = [...held].filter(([uid]) => !there.has(uid));
      const names = (all: readonly (readonly [string, Kinds[Kind]])[]): readonly string[] =>
        all.slice(0, 9).map(([uid, { name }]) => `${name} ${uid}`);
      expect({ kind, missing: names(missing), tooMany: names(tooMany) }).toEqual({
        kind,
        missing: [],
        tooMany: [],
      });
    }
  }
}

const objectsOf = (truth: Truth, kind: Kind): ReadonlyMap<string, Kinds[Kind]> =>
  new Map(
    truth
      .store(kind)
      .all()
      .map((json) => read(kind, json))
      .map((one) => [one.uid, one]),
  );

/** What a forwarder that has just begun would say of the cluster is what is there. */
export function rowsEqualCluster({ truth, receiver, clock }: World): void {
  const fresh = view(() => undefined);
  fresh.sawVersion("v1.34.2");
  for (const { kind } of RESOURCES) fresh.reset(kind, objectsOf(truth, kind).values());
  const source = rowSource(fresh);
  const said = new Map([...source.keys()].map((key) => [key, source.row(key)?.hash ?? ""]));
  const rows = receiver.rows();
  const differing = [...said].filter(([key, hash]) => rows.get(key) !== hash);
  const ghosts = [...rows.keys()].filter((key) => !said.has(key));
  expect({ differing: differing.slice(0, 9), ghosts: ghosts.slice(0, 9) }).toEqual({
    differing: [],
    ghosts: [],
  });
  expect(digestOf(rows)).toBe(digestOf(said));
  // What a verdict is made of is there again as it was: nodes, DaemonSets, and each daemon's pods by UID and node.
  const rebuilt = receiver.cluster(clock.now());
  const daemonPods = (pods: Iterable<Pod>): readonly string[] =>
    [...pods]
      .flatMap(({ uid, spec: { nodeName }, owners }) =>
        owners.some(({ kind }) => kind === "DaemonSet") ? [`${uid} on ${nodeName}`] : [],
      )
      .toSorted();
  const fromTruth = fresh.cluster(clock.now());
  expect(daemonPods(rebuilt.Pod)).toEqual(daemonPods(fromTruth.Pod));
  const inOrder = (all: Iterable<{ readonly uid: string }>) =>
    [...all].toSorted((a, b) => (a.uid < b.uid ? -1 : 1));
  expect(same(inOrder(rebuilt.Node), inOrder(fromTruth.Node))).toBe(true);
  expect(same(inOrder(rebuilt.DaemonSet), inOrder(fromTruth.DaemonSet))).toBe(true);
}

function read(kind: Kind, json: unknown): Kinds[Kind] {
  const found = readObject(json, newReading());
  if (found?.kind !== kind) throw new Error(`the model made no ${kind}`);
  return found.object;
}

const same = (a: unknown, b: unknown): boolean => {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
};
