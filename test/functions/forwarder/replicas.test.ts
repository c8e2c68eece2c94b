import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compareEpochs, type Epoch } from "#shared/states/row.ts";
import { startClusterServer, type ClusterServer } from "../../fixtures/cluster-server.ts";
import { startEventBridge, type EventBridgeServer } from "../../fixtures/event-bridge-server.ts";
import { startForwarder, type RunningForwarder } from "../../fixtures/forwarder.ts";
import { daemonPodJson, daemonSetJson, nodeJson } from "../../fixtures/kubernetes-json.ts";

let server: ClusterServer;
let bus: EventBridgeServer;
const running: RunningForwarder[] = [];

beforeEach(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "key");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  server = await startClusterServer({
    nodes: [nodeJson("n1"), nodeJson("n2")],
    pods: [daemonPodJson("agent", "n1")],
    daemonsets: [daemonSetJson("agent")],
  });
  bus = await startEventBridge();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (one) => one.stop()));
  await bus.close();
  await server.close();
  vi.unstubAllEnvs();
});

const start = async (identity: string): Promise<RunningForwarder> => {
  const argv = ["--bus", "b", "--region", "eu-west-1", "--source", "dsaudit/test"];
  const one = await startForwarder(server, [
    ...argv,
    "--namespace",
    "audit",
    "--endpoint",
    bus.url,
    "--identity",
    identity,
  ]);
  running.push(one);
  return one;
};
const said = () =>
  bus.stored.map(({ detailType, detail, source }) => ({
    detailType,
    source,
    epoch: (JSON.parse(detail) as { epoch: Epoch }).epoch,
  }));
const leads = async ({ get }: RunningForwarder): Promise<boolean> =>
  (await get("/metrics")).text.includes("\ndsaudit_forwarder_leader 1\n");

test("of two replicas one speaks; when it stops, the other goes on in a newer epoch", async () => {
  const one = await start("one");
  await expect.poll(() => said().map(({ detailType }) => detailType)).toContain("Snapshot");
  const two = await start("two");
  await expect.poll(async () => (await two.get("/readyz")).status).toBe(200);
  expect([await leads(one), await leads(two)]).toEqual([true, false]);
  const [first] = said();
  const before = bus.stored.length;
  expect(await one.stop()).toBe(0);
  running.splice(0, 1);
  await expect
    .poll(
      () =>
        said()
          .slice(before)
          .map(({ detailType }) => detailType),
      { timeout: 15_000 },
    )
    .toContain("Snapshot");
  const last = said().at(-1);

  expect(await leads(two)).toBe(true);
  expect(first && last && compareEpochs(last.epoch, first.epoch)).toBeGreaterThan(0);
  expect(new Set(said().map(({ source }) => source))).toEqual(new Set(["dsaudit/test"]));
  expect(server.leases.lease()?.spec["holderIdentity"]).toMatch(/^two_[0-9a-f]{8}$/);
});

test("without the right to hold the Lease nothing is sent, and the log names what is missing", async () => {
  server.leases.trouble = () => ({ status: 403, message: "no rights" });
  const one = await start("one");
  await expect.poll(() => one.err()).toContain("the Lease could not be held");

  expect(one.err()).toContain(
    "may not get resource leases of coordination.k8s.io in namespace audit",
  );
  expect(bus.stored).toEqual([]);
  expect(await leads(one)).toBe(false);
});
