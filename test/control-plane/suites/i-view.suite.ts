import { afterAll, beforeAll, expect, test } from "vitest";
import { readLive } from "#shared/adapters/kubernetes/read-live.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { bedOf } from "../as-reader.ts";
import { everyKind, KARPENTER } from "../every-kind.ts";
import { priorityClasses } from "../random-steps.ts";
import { compact } from "../rights.ts";
import {
  allUp,
  counters,
  healthyAgent,
  patchSet,
  stageOf,
  template,
  type Stage,
} from "../stage.ts";
import { differences, watched, type Watched } from "../watched.ts";
import { startWorld, until, type World } from "../world.ts";

// The forwarder's reflectors and view on a real API server: whatever befalls the server, the view is what a list gives.

const NODES = 200;

let world: World;
let stage: Stage;
let watching: Watched;
beforeAll(async () => {
  world = await startWorld(false);
  await everyKind(world);
  await priorityClasses(world);
  stage = await stageOf(world, "fleet", { count: NODES });
  watching = watched(world.kubeconfig);
}, 180_000);
afterAll(async () => {
  await watching.stop();
  await world.close();
});

/** How the view differs from a list, once both are of a cluster that nobody changes; waits until it does not. */
async function apart(seconds = 60): Promise<readonly string[]> {
  let last: readonly string[] = [];
  await until("the view is the cluster", seconds, async () => {
    const read = await readLive({ kubeconfig: world.kubeconfig });
    last = differences(watching.view.cluster(read.at), read);
    return last.length === 0 ? true : undefined;
  }).catch(() => undefined);
  return last;
}

const lists = (): number =>
  [...watching.health("Pod").lists.values()].reduce((sum, one) => sum + one, 0);

test("every kind is read by one list inside a watch, in protobuf where the server has it", async () => {
  await until("all kinds are known", 60, () =>
    Promise.resolve(watching.knowsAll() ? true : undefined),
  );
  expect(await apart()).toEqual([]);

  for (const { kind, plural } of RESOURCES) {
    if (KARPENTER.includes(kind)) continue;
    const health = watching.health(kind);
    expect([kind, Object.fromEntries(health.lists)]).toEqual([kind, { start: 1 }]);
    expect([kind, health.badLines, health.refusedObjects]).toEqual([kind, 0, 0]);
    const types = [...(watching.contentTypes.get(plural) ?? [])];
    expect([
      kind,
      types.every((one) => one.startsWith("application/vnd.kubernetes.protobuf")),
    ]).toEqual([kind, true]);
  }
});

test(`a DaemonSet comes to ${NODES} nodes and rolls over all of them without a list`, async () => {
  const before = lists();
  await healthyAgent(stage, {
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%" } },
  });
  expect(await apart()).toEqual([]);
  await patchSet(stage, template({}, { revision: "2" }));
  await until("all are of the new revision", 180, async () => {
    const { updatedNumberScheduled, numberAvailable } = await counters(stage);
    return updatedNumberScheduled === NODES && numberAvailable === NODES ? true : undefined;
  });
  expect(await apart()).toEqual([]);
  expect(lists()).toBe(before);
});

test("the API server is killed in the middle of a rollout and comes back", async () => {
  await patchSet(stage, template({}, { revision: "3" }));
  await until("the rollout is under way", 60, async () =>
    ((await counters(stage)).updatedNumberScheduled ?? 0) > 20 ? true : undefined,
  );
  await world.kill("kube-apiserver");
  await world.start("kube-apiserver");
  await until("all are of the new revision", 240, async () => {
    const { updatedNumberScheduled, numberAvailable } = await counters(stage).catch(() => ({
      updatedNumberScheduled: 0,
      numberAvailable: 0,
    }));
    return updatedNumberScheduled === NODES && numberAvailable === NODES ? true : undefined;
  });
  expect(await apart()).toEqual([]);
});

test("etcd is compacted and the API server restarted: every version that was known has expired", async () => {
  const bed = await bedOf(world);
  const expired = (): number => watching.health("DaemonSet").lists.get("expired") ?? 0;
  const before = expired();
  await patchSet(stage, { metadata: { annotations: { "dsaudit.dev/note": "before" } } });
  await world.kill("kube-apiserver");
  await compact(bed.ports.etcd);
  await world.start("kube-apiserver");
  await patchSet(stage, { metadata: { annotations: { "dsaudit.dev/note": "after" } } });
  expect(await apart()).toEqual([]);
  expect(expired()).toBeGreaterThan(before);
  expect(watching.health("DaemonSet").inSight).toBe(true);
  expect(
    watching.view.cluster(0).DaemonSet.find(({ namespace }) => namespace === stage.name)
      ?.annotations,
  ).toEqual(new Map([["note", "after"]]));
});

test("nodes that go, and come again under their names, are others", async () => {
  const uidOf = (name: string): string | undefined =>
    watching.view.cluster(0).Node.find((node) => node.name === name)?.uid;
  const name = `${stage.name}-7`;
  const before = uidOf(name);
  expect(before).toBeDefined();
  await world.hollow.removeNode(name);
  await until("it is gone from the view", 30, () =>
    Promise.resolve(uidOf(name) === undefined ? true : undefined),
  );
  await world.hollow.addNodes([
    { name, labels: { pool: stage.name, "node.kubernetes.io/instance-type": stage.name } },
  ]);
  await allUp(stage);
  expect(await apart(120)).toEqual([]);
  expect(uidOf(name)).not.toBe(before);
});
