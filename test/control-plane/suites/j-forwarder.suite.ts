import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readLive } from "#shared/adapters/kubernetes/read-live.ts";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { compareEpochs } from "#shared/states/row.ts";
import { startEventBridge, type EventBridgeServer } from "../../fixtures/event-bridge-server.ts";
import type { AwsFault } from "../../fixtures/aws-json-server.ts";
import { cloudSide, judgements, type CloudSide } from "../cloud-side.ts";
import { startForwarder, type ForwarderProcess } from "../forwarders.ts";
import { HURRIED } from "../judged.ts";
import { priorityClasses } from "../random-steps.ts";
import {
  agent,
  counters,
  healthyAgent,
  nodeAt,
  pinnedPod,
  setTaints,
  stageOf,
  type Stage,
} from "../stage.ts";
import { startWorld, until, type World } from "../world.ts";

// The forwarder as it ships, in processes of its own, between a real API server and a bus on loopback; and who reads the bus.

const LEASE = "/apis/coordination.k8s.io/v1/namespaces/default/leases/dsaudit-forwarder";

let world: World;
let bus: EventBridgeServer;
let trouble: AwsFault | undefined;
let cloud: CloudSide;
let stage: Stage;
const running = new Map<string, ForwarderProcess>();

beforeAll(async () => {
  world = await startWorld(false);
  await priorityClasses(world);
  bus = await startEventBridge({ fault: () => trouble });
  const { metadata } = (await world.get("/api/v1/namespaces/kube-system")) ?? {};
  cloud = cloudSide(bus, metadata?.uid ?? "");
  stage = await stageOf(world, "told", { count: 8 });
  await healthyAgent(stage);
}, 180_000);
afterEach(() => void (trouble = undefined));
afterAll(async () => {
  await Promise.all([...running.values()].map((one) => one.kill()));
  await bus.close();
  await world.close();
});

async function start(identity: string): Promise<ForwarderProcess> {
  const made = await startForwarder({ kubeconfig: world.kubeconfig, bus, identity });
  running.set(identity, made);
  return made;
}

/** Who is asked from the bus answers what who asks the API server does: all verdicts, all findings. What both say. */
async function equal(seconds = 60): Promise<readonly string[]> {
  let missing: readonly string[] = [];
  return until("the bus tells what the cluster is", seconds, async () => {
    cloud.catchUp();
    const read = await readLive({ kubeconfig: world.kubeconfig });
    const here = judgements(auditCluster(read, HURRIED));
    const there = judgements(cloud.audit(read.at, HURRIED));
    const both = new Set(there);
    missing = [
      ...here.filter((line) => !both.has(line)).map((line) => `here: ${line}`),
      ...there.filter((line) => !here.includes(line)).map((line) => `told: ${line}`),
    ];
    return missing.length === 0 && here.length > 0 ? here : undefined;
  }).catch((error: unknown) => {
    const logs = [...running].map(([name, one]) => `${name}: ${one.log().slice(-1500)}`);
    throw new Error([String(error), ...missing.slice(0, 20), ...logs].join("\n"));
  });
}

/** Both sides agree, and what was done is among what they find. */
async function found(...causes: readonly string[]): Promise<true> {
  return until(`both find ${causes.join(" and ")}`, 60, async () => {
    const said = await equal();
    return causes.every((cause) => said.some((line) => line.includes(` ${cause} DaemonSet told/`)))
      ? true
      : undefined;
  });
}

const holder = async (): Promise<string> => {
  const lease = await world.get(LEASE);
  const spec = lease?.["spec"] as { holderIdentity?: string } | undefined;
  return spec?.holderIdentity ?? "";
};
const untilHolds = (identity: string, seconds: number): Promise<true> =>
  until(`${identity} leads`, seconds, async () =>
    (await holder()).startsWith(`${identity}_`) ? true : undefined,
  );
const process = (identity: string): ForwarderProcess => {
  const found = running.get(identity);
  if (!found) throw new Error(`${identity} does not run`);
  return found;
};

test("what it tells is judged as what the API server tells", async () => {
  const first = await start("first");
  await untilHolds("first", 20);
  await start("second");
  expect(await equal()).not.toEqual([]);
  expect(cloud.merge.rows().size).toBeGreaterThan(9);
  const ready = await fetch(`${first.url}/readyz`);
  expect(ready.status).toBe(200);
  const metrics = await (await fetch(`${first.url}/metrics`)).text();
  expect(metrics).toMatch(/^dsaudit_forwarder_/m);
});

test("gaps, full nodes, taints and images that do not start are told as they are", async () => {
  await world.create(
    pinnedPod(
      stage,
      { name: "hog", node: nodeAt(stage, 2) },
      {
        containers: [
          { name: "c", image: "registry.example/hog", resources: { requests: { cpu: "3900m" } } },
        ],
      },
    ),
  );
  await setTaints(stage, 4, [{ key: "team", value: "x", effect: "NoExecute" }]);
  await world.create(
    agent(stage, { name: "hungry", container: { resources: { requests: { cpu: "2" } } } }),
  );
  for (const play of ["image", "crash"])
    await world.create(agent(stage, { name: play, annotations: { "hollow/play": play } }));
  await until("they wait", 60, async () =>
    (await counters(stage, "hungry")).currentNumberScheduled === 7 ? true : undefined,
  );
  expect(await found("insufficient-cpu", "image-pull", "crash-loop")).toBe(true);
});

test("the leader is killed: the other speaks within 25 seconds, in a higher epoch", async () => {
  const before = cloud.merge.epoch();
  await process("first").kill();
  running.delete("first");
  await setTaints(stage, 4, null);
  await untilHolds("second", 25);
  expect(await equal()).not.toEqual([]);
  const after = cloud.merge.epoch();
  expect(before && after && compareEpochs(after, before)).toBeGreaterThan(0);
});

test("a leader that stood still says nothing more once another speaks", async () => {
  await start("third");
  const frozen = process("second");
  frozen.freeze();
  await untilHolds("third", 40);
  expect(await equal()).not.toEqual([]);
  frozen.thaw();
  await setTaints(stage, 5, [{ key: "team", value: "y", effect: "NoSchedule" }]);
  expect(await equal()).not.toEqual([]);
  expect(cloud.fenced()).toBe(0);
  expect(await holder()).toMatch(/^third_/);
});

test("the bus is away for half a minute, and hears what it missed", async () => {
  trouble = { cut: "not done" };
  await setTaints(stage, 5, null);
  await world.create(agent(stage, { name: "meanwhile" }));
  await until("it is on the nodes", 60, async () =>
    (await counters(stage, "meanwhile")).numberAvailable === 8 ? true : undefined,
  );
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  trouble = undefined;
  expect(await equal(90)).not.toEqual([]);
});

test("the API server is killed with -9 and comes back", async () => {
  await world.kill("kube-apiserver");
  await world.start("kube-apiserver");
  await setTaints(stage, 6, [{ key: "team", value: "z", effect: "NoExecute" }]);
  expect(await equal(90)).not.toEqual([]);
});

test("asked to stop it lets go of the Lease, and the next one need not wait", async () => {
  expect(await holder()).toMatch(/^third_/);
  expect(await process("third").stop()).toBe(0);
  running.delete("third");
  await untilHolds("second", 10);
  expect(await equal()).not.toEqual([]);
  expect(await process("second").stop()).toBe(0);
  running.delete("second");
  expect(await holder()).toBe("");
});
