import { expect, test } from "vitest";
import { judged } from "../judged.ts";
import { probe, type Probed } from "../probe.ts";
import { diceOf, randomCluster, type RandomCluster } from "../random-cluster.ts";
import { compare, nothingCompared, type Compared } from "../random-run.ts";
import { askAgain, build, change, priorityClasses, still, touch } from "../random-steps.ts";
import { startWorld, type World } from "../world.ts";

const LONG = process.env["DSAUDIT_LONG"] !== undefined;
const SEED = Number(process.env["DSAUDIT_SEED"] ?? 1);
const AT_ONCE = 10;
const BEDS = LONG ? 5 : 1;

const print = (text: string): boolean => process.stdout.write(`${text}\n`);

async function compared(world: World, clusters: readonly RandomCluster[]): Promise<Compared> {
  const seen = nothingCompared();
  await still(world);
  await touch(world, clusters);
  await askAgain(world);
  await still(world);
  compare(await judged(world), new Set(clusters.map(({ pool }) => pool)), seen);
  return seen;
}

async function probed(world: World, clusters: readonly RandomCluster[]): Promise<Probed> {
  const seen: Probed = { fits: 0, fitsNot: 0, differences: [] };
  const pools = clusters.map(({ pool }) => pool);
  for (let round = 0; round < 2; round += 1) {
    await still(world);
    const { facts } = await judged(world);
    await probe(world, facts, { dice: diceOf(SEED + round), pools, seen });
  }
  return seen;
}

type Seen = { readonly first: Compared; readonly second: Compared; readonly probes: Probed };

const tell = (when: string, { placements, waiting, misplaced }: Compared): boolean =>
  print(`${when}: ${placements} eligible placements, ${waiting} waiting, ${misplaced} misplaced`);

/** Clusters that know nothing of each other, as disjoint pools and namespaces of one bed, settled together. */
async function oneBed(clusters: readonly RandomCluster[]): Promise<Seen> {
  const world = await startWorld(false);
  try {
    await priorityClasses(world);
    await build(world, clusters);
    const first = await compared(world, clusters);
    tell("built", first);
    await change(world, clusters);
    const second = await compared(world, clusters);
    tell("changed", second);
    const probes = await probed(world, clusters);
    print(`probes: ${probes.fits} fit, ${probes.fitsNot} do not`);
    return { first, second, probes };
  } finally {
    await world.close();
  }
}

test.each(Array.from({ length: BEDS }, (_, i) => SEED + i * AT_ONCE))(
  "ten random clusters from seed %i are what the real control plane makes of them",
  async (seed) => {
    const clusters = Array.from({ length: AT_ONCE }, (_, i) => randomCluster(seed + i));
    const { first, second, probes } = await oneBed(clusters);
    expect(first.differences).toEqual([]);
    expect(second.differences).toEqual([]);
    expect(probes.differences).toEqual([]);
    // Nothing is proved by clusters in which all is well.
    expect(second.misplaced).toBeGreaterThan(0);
    expect(first.waiting + second.waiting).toBeGreaterThan(0);
    expect(Math.min(probes.fits, probes.fitsNot)).toBeGreaterThan(10);
  },
  600_000,
);
