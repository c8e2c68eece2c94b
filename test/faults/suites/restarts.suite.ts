import { expect, test } from "vitest";
import { rowsEqualCluster, viewsEqualCluster } from "../live.ts";
import { MUTATIONS } from "../mutations.ts";
import { worldOf, type World } from "../world.ts";

const small = (seed: number, replicas = 1): World =>
  worldOf({ seed, nodes: 10, daemonSets: 4, replicas, format: "json", steps: [], end: 0 });

/** Some changes of every sort. */
function change({ truth }: World, count: number): void {
  const names = Object.keys(MUTATIONS);
  for (let i = 0; i < count; i += 1)
    MUTATIONS[names[Math.floor(truth.random() * names.length)] ?? ""]?.[1](truth);
}

/** Everything has come through, and a heartbeat has been. */
async function calm(world: World): Promise<void> {
  world.bus.state.doubled = 0;
  world.bus.state.late = 0;
  await world.clock.pass(180_000);
  rowsEqualCluster(world);
}

test("24: a restart is silent: a hundred make no row another, killed or stopped", async () => {
  const world = small(1);
  await calm(world);
  const before = world.receiver.changes();
  for (let i = 0; i < 100; i += 1) {
    world.end(i % 2 === 0 ? "kill" : "stop", 1000);
    await world.clock.pass(30_000 + (i % 7) * 5000);
  }
  await world.clock.pass(120_000);
  expect(world.receiver.changes() - before).toBe(0);
  rowsEqualCluster(world);
  await world.over();
});

test("15: wherever it is killed, of two hundred points, the rows are the cluster's again, and no change is told twice", async () => {
  for (let point = 1; point <= 200; point += 1) {
    const world = small(point);
    await calm(world);
    const before = world.receiver.changes();
    const told = world.receiver.rows();
    change(world, 10);
    // From the first byte of the change to the last event of it, and through a new process's begin.
    await world.clock.pass((point % 50) * 80);
    world.end("kill", 200 + Math.floor(point / 50) * 700);
    if (point % 3 === 0) {
      await world.clock.pass(point * 40);
      world.end("kill", 500);
    }
    await world.clock.pass(120_000);
    viewsEqualCluster(world);
    rowsEqualCluster(world);
    const now = world.receiver.rows();
    const differ =
      [...now].filter(([key, hash]) => told.get(key) !== hash).length +
      [...told.keys()].filter((key) => !now.has(key)).length;
    // What changes half in time for one process and half for the next may be told in two steps.
    expect([point, world.receiver.changes() - before <= 2 * differ]).toEqual([point, true]);
    await world.over();
  }
}, 600_000);

test("22: one that stood still while another took over is not believed when it goes on", async () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const world = small(seed, 2);
    await world.clock.pass(60_000);
    const [leader] = world.forwarders().filter((one) => one.isLeading());
    change(world, 5);
    await world.clock.pass(seed * 20);
    leader?.pause(16_000 + seed * 200);
    change(world, 5);
    await world.clock.pass(40_000);
    change(world, 5);
    await world.clock.pass(120_000);
    expect(world.forwarders().filter((one) => one.isLeading())).toHaveLength(1);
    rowsEqualCluster(world);
    await world.over();
  }
}, 600_000);
