import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findingsOf } from "#shared/findings/make-findings.ts";
import type { Finding } from "#shared/findings/finding.ts";
import { HURRIED, judged } from "../judged.ts";
import { priorityClasses } from "../random-steps.ts";
import {
  agent,
  allUp,
  counters,
  healthyAgent,
  nodeAt,
  patchSet,
  podsPath,
  setPath,
  setTaints,
  stageOf,
  template,
  untilDark,
  type Stage,
} from "../stage.ts";
import { settled, startWorld, until, type World } from "../world.ts";

// What was read in Kubernetes' source and never seen: it is run here, and our answer goes by what is seen.

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await priorityClasses(world);
});
afterAll(() => world.close());

const QUIET_SECONDS = 15;
const SETTLED_SECONDS = 5;
const touch = (stage: Stage): Promise<void> =>
  patchSet(stage, { metadata: { annotations: { touched: "yes" } } });

/**
 * Waits until nothing is left that would touch the set by itself: the last change of its status and of its pods is a reason to sync
 * too, and a sync that comes a second late counts what was done to the nodes meanwhile.
 */
const untouched = (stage: Stage): Promise<string> =>
  settled(
    async () => {
      const set = await world.get(setPath(stage));
      return JSON.stringify([set, ...(await world.list(podsPath(stage)))]);
    },
    SETTLED_SECONDS,
    60,
  );

/** `later`: judged so many seconds later, when counters that are old have been so for long. */
async function view(stage: Stage, later = 0) {
  const audit = await judged(world, HURRIED, later);
  const set = audit.facts.daemonSet(`${stage.name}/agent`);
  if (set === undefined) throw new Error(`${stage.name}/agent was not read`);
  const about = ({ subject, daemonSets }: Finding): boolean =>
    subject.namespace === stage.name || daemonSets.includes(set.key);
  const placements = set.placements();
  return {
    eligible: placements.filter(({ eligible }) => eligible === "yes").length,
    verdicts: new Map(placements.map((one) => [one.node.node.name, one.verdict().says])),
    findings: findingsOf(audit).filter(about),
  };
}

const loud = (findings: readonly Finding[]): readonly string[] =>
  findings.filter(({ severity }) => severity !== "info").map(({ cause }) => cause);
const codes = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ cause }) => cause);

describe.concurrent("counters that are old without a fault", () => {
  test("a NoSchedule taint under a pod changes no counter until the set is touched", async () => {
    const stage = await stageOf(world, "stale-taint");
    await healthyAgent(stage);
    await untouched(stage);
    await setTaints(stage, 1, [{ key: "team", value: "x", effect: "NoSchedule" }]);
    await sleep(QUIET_SECONDS * 1000);

    expect(await counters(stage)).toMatchObject({
      desiredNumberScheduled: 3,
      numberMisscheduled: 0,
    });
    const seen = await view(stage);
    expect(seen.eligible).toBe(2);
    expect(seen.verdicts.get(nodeAt(stage, 1))).toBe("misplaced");
    expect(codes(seen.findings)).not.toContain("status-disagrees");
    expect(loud(seen.findings)).toEqual([]);

    await touch(stage);
    await until("the counters follow", 20, async () => {
      const { desiredNumberScheduled, numberMisscheduled } = await counters(stage);
      return desiredNumberScheduled === 2 && numberMisscheduled === 1 ? true : undefined;
    });
  });

  // The waiting pod is tried again when its node goes, its PodScheduled text changes, and a change of a pod is a reason to sync.
  test("a node that goes while its daemon pod waits is not desired for long", async () => {
    const stage = await stageOf(world, "gone-waiting", { node: { allocatable: { cpu: "5m" } } });
    await world.create(agent(stage));
    await until("all pods wait", 30, async () =>
      (await counters(stage)).currentNumberScheduled === 3 ? true : undefined,
    );
    await world.hollow.removeNode(nodeAt(stage, 1));
    await until("the counters follow, the pod goes", 30, async () => {
      const { desiredNumberScheduled } = await counters(stage);
      const pods = await world.list(podsPath(stage));
      return desiredNumberScheduled === 2 && pods.length === 2 ? true : undefined;
    });
    expect((await view(stage)).eligible).toBe(2);
  });

  test("a node that goes under its daemon pod stays desired until pod GC comes round", async () => {
    const stage = await stageOf(world, "gone-bound");
    await healthyAgent(stage);
    await untouched(stage);
    const went = Date.now();
    await world.hollow.removeNode(nodeAt(stage, 1));
    await sleep(QUIET_SECONDS * 1000);

    expect(await counters(stage)).toMatchObject({ desiredNumberScheduled: 3 });
    const seen = await view(stage);
    expect(seen.eligible).toBe(2);
    expect(loud(seen.findings)).toEqual([]);
    expect(codes(seen.findings)).not.toContain("status-disagrees");

    await until("pod GC comes, the counters follow", 120, async () =>
      (await counters(stage)).desiredNumberScheduled === 2 ? true : undefined,
    );
    const took = Math.round((Date.now() - went) / 1000);
    process.stdout.write(`a node that went was desired for ${took} s\n`);
    expect(await world.list(podsPath(stage))).toHaveLength(2);
  });
});

// The set is synced because its pod turned not ready; the taint that makes the node ineligible comes at the same moment, and by
// itself is no reason to sync.
test.concurrent("the counters of a set with a dark node are right or old, by luck", async () => {
  const stages = await Promise.all(
    Array.from({ length: 6 }, (_, i) => stageOf(world, `luck-${i}`)),
  );
  await Promise.all(stages.map((stage) => healthyAgent(stage)));
  for (const stage of stages) {
    world.hollow.silence(nodeAt(stage, 1));
    await sleep(700);
  }
  await Promise.all(stages.map((stage) => untilDark(stage, nodeAt(stage, 1))));
  await sleep(QUIET_SECONDS * 1000);

  const seen = await Promise.all(stages.map((stage) => counters(stage)));
  const shown = seen.map(
    ({ desiredNumberScheduled = 0, numberMisscheduled = 0 }) =>
      `${desiredNumberScheduled}/${numberMisscheduled}`,
  );
  process.stdout.write(`desired and misscheduled with one dark node of 3: ${shown.join(" ")}\n`);
  expect(shown.filter((one) => one !== "2/1" && one !== "3/0")).toEqual([]);
  for (const stage of stages) {
    const { eligible, findings } = await view(stage, 600);
    expect(eligible).toBe(2);
    expect(codes(findings)).not.toContain("status-disagrees");
    expect(codes(findings)).not.toContain("misplaced");
  }
});

test.concurrent("a node that was dead before the update stalls it for ever", async () => {
  const stage = await stageOf(world, "stalled", { count: 5 });
  // Without a grace period the API server would not wait for the dead kubelet.
  await healthyAgent(stage, { spec: { terminationGracePeriodSeconds: 1 } });
  const dead = nodeAt(stage, 2);
  world.hollow.silence(dead);
  await untilDark(stage, dead);
  await patchSet(stage, template({}, { version: "2" }));
  await sleep(20_000);

  const pods = await world.list(podsPath(stage));
  const ending = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  expect(pods).toHaveLength(5);
  expect(ending.map((pod) => (pod["spec"] as { nodeName: string }).nodeName)).toEqual([dead]);
  expect((await counters(stage)).updatedNumberScheduled ?? 0).toBe(0);
  const { findings } = await view(stage);
  const stuck = findings.find(({ cause }) => cause === "rollout-stuck");
  expect(stuck?.nodes).toEqual([dead]);
  expect(stuck?.evidence[0]?.facts).toMatchObject({
    outdated: 4,
    users: [{ node: dead, order: "before" }],
  });

  await world.hollow.wake(dead);
  await until("the update goes through", 60, async () => {
    const { updatedNumberScheduled } = await counters(stage);
    return updatedNumberScheduled === 5 ? true : undefined;
  });
  await allUp(stage);
  expect(codes((await view(stage)).findings)).not.toContain("rollout-stuck");
});

type Life = { readonly uid: string; readonly seenAt: number };

/** Every pod that comes up on the one node within so many seconds, and the most that were there as failed at once. */
async function watchLoop(stage: Stage, seconds: number) {
  const lives: Life[] = [];
  let failedAtOnce = 0;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    const pods = await world.list(podsPath(stage));
    const failed = pods.filter((pod) => (pod["status"] as { phase?: string }).phase === "Failed");
    failedAtOnce = Math.max(failedAtOnce, failed.length);
    for (const { metadata } of pods)
      if (lives.every(({ uid }) => uid !== metadata.uid))
        lives.push({ uid: metadata.uid ?? "", seenAt: Date.now() });
  }
  const gaps = lives.slice(1).map(({ seenAt }, i) => (seenAt - (lives[i]?.seenAt ?? 0)) / 1000);
  return { gaps, failedAtOnce };
}

let evicted: Stage;

test.concurrent("an evict loop shows one failed pod at a time, in gaps that double", async () => {
  const stage = await stageOf(world, "evicted", { count: 1 });
  evicted = stage;
  await world.create(agent(stage, { annotations: { "hollow/play": "evict" } }));
  const { gaps, failedAtOnce } = await watchLoop(stage, 45);
  process.stdout.write(`evict loop: gaps of ${gaps.map((gap) => gap.toFixed(1)).join(", ")} s\n`);
  expect(failedAtOnce).toBe(1);
  expect(gaps.length).toBeGreaterThanOrEqual(4);
  expect(gaps.length).toBeLessThan(9);
  // Each pod lives a second; of the gaps only what is beyond it is the controller's.
  const [before = 0, last = 0] = gaps.slice(-2);
  expect(last / before).toBeGreaterThan(1.5);
  expect(last / before).toBeLessThan(2.7);

  const { findings } = await view(stage);
  expect(findings.find(({ cause }) => cause === "evict-loop")?.nodes).toEqual(stage.nodes);
});

test("an evict loop begins anew with the controller, which forgets how often it has tried", async () => {
  await world.kill("kube-controller-manager");
  await world.start("kube-controller-manager");
  const after = await watchLoop(evicted, 12);
  process.stdout.write(
    `after a restart: gaps of ${after.gaps.map((gap) => gap.toFixed(1)).join(", ")} s\n`,
  );
  expect(after.gaps.length).toBeGreaterThanOrEqual(2);
});
