import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HURRIED, sharedReader } from "../judged.ts";
import { priorityClasses } from "../random-steps.ts";
import { FOUND } from "../scenarios/found.ts";
import { QUIET, UNMANAGED } from "../scenarios/quiet.ts";
import { BRISK, watchStage, type Scenario, type Watched } from "../scenarios/scenario.ts";
import { stageOf, strike, type Stage } from "../stage.ts";
import { startWorld, type World } from "../world.ts";

const AGED_SECONDS = 32;

let world: World;
let read: ReturnType<typeof sharedReader>;
beforeAll(async () => {
  world = await startWorld();
  read = sharedReader(world);
  await priorityClasses(world);
});
afterAll(() => world.close());

async function staged(scenario: Scenario): Promise<Watched & { readonly stage: Stage }> {
  const { id, count = 3, node = {}, loud } = scenario;
  const stage = await stageOf(world, id.toLowerCase(), { count, node });
  if (scenario.aged === true) await sleep(AGED_SECONDS * 1000);
  const usual = id.startsWith("S") ? HURRIED : BRISK;
  const policy = { ...usual, ...scenario.policy?.(stage) };
  return { stage, ...watchStage(read, stage, { loud, policy }) };
}

const named = (scenarios: readonly Scenario[]) =>
  scenarios.map((one) => [one.id, one.what, one] as const);

describe.concurrent("played on a real control plane", () => {
  // What must wait for its nodes to age begins first.
  const inOrder = [...FOUND, ...QUIET].toSorted(
    (a, b) => Number(b.aged === true) - Number(a.aged === true),
  );
  test.each(named(inOrder))("%s: %s", async (_id, _what, scenario) => {
    const { stage, eye, falseAlarms } = await staged(scenario);
    await scenario.play(stage, eye);
    expect([...falseAlarms]).toEqual([]);
    await strike(stage);
  });
});

test("while the controller manager is away for ten seconds, and comes back, nothing is said", async () => {
  const all = await Promise.all(UNMANAGED.map(async (one) => ({ one, ...(await staged(one)) })));
  await Promise.all(all.map(({ one, stage, eye }) => one.play(stage, eye)));
  await world.kill("kube-controller-manager");
  await Promise.all(all.map(({ one, stage, eye }) => one.away(stage, eye)));
  await sleep(10_000);
  await Promise.all(all.map(({ eye }) => eye.watch(1)));
  await world.start("kube-controller-manager");
  await Promise.all(all.map(({ one, stage, eye }) => one.back(stage, eye)));
  for (const { one, falseAlarms } of all) expect([one.id, ...falseAlarms]).toEqual([one.id]);
});
