import { afterEach, beforeEach, expect, test } from "vitest";
import { merge } from "#shared/states/hear/merge.ts";
import { clusterOf } from "#shared/states/hear/rebuild.ts";
import {
  CLUSTER_UID,
  startClusterServer,
  type ClusterServer,
} from "../../fixtures/cluster-server.ts";
import { startForwarder, type RunningForwarder } from "../../fixtures/forwarder.ts";
import { daemonPodJson, daemonSetJson, nodeJson } from "../../fixtures/kubernetes-json.ts";
import { carried } from "../../fixtures/through-states.ts";

let server: ClusterServer;
let forwarder: RunningForwarder | undefined;

beforeEach(async () => {
  server = await startClusterServer({
    nodes: [nodeJson("n1"), nodeJson("n2")],
    pods: [daemonPodJson("agent", "n1")],
    daemonsets: [daemonSetJson("agent")],
  });
});
afterEach(async () => {
  await forwarder?.stop();
  forwarder = undefined;
  await server.close();
});

const typesOf = ({ events }: RunningForwarder): readonly string[] => [
  ...new Set(events().map(({ detailType }) => detailType)),
];
const dryRun = async (): Promise<RunningForwarder> => {
  forwarder = await startForwarder(server, ["--dry-run"]);
  const started = forwarder;
  await expect.poll(() => typesOf(started), { timeout: 10_000 }).toContain("Snapshot");
  return started;
};

test("a dry run prints what would leave the cluster, and asks for no Lease", async () => {
  const { events, err } = await dryRun();
  const nodes = events().flatMap(({ detailType, detail }) =>
    detailType === "NodeStates" ? (detail["nodes"] as { name: string }[]) : [],
  );

  expect(new Set(nodes.map(({ name }) => name))).toEqual(new Set(["n1", "n2"]));
  for (const { detail } of events()) expect(detail["cluster"]).toBe(CLUSTER_UID);
  expect(server.leases.requests).toEqual([]);
  expect(err()).toContain('"message":"the cluster is known"');
});

test("what it prints makes the same cluster again on the other side of the bus", async () => {
  const started = await dryRun();
  await expect.poll(() => typesOf(started), { timeout: 10_000 }).toContain("Heartbeat");
  const receiver = merge();
  const taken = started
    .events()
    .map(({ detailType, detail }) => carried({ detailType, detail: JSON.stringify(detail) }))
    .map((event) => receiver.receive(event, Date.now()));
  const cluster = clusterOf(receiver.rows().values(), { name: CLUSTER_UID, at: Date.now() });

  expect(taken.flatMap(({ refused }) => refused ?? [])).toEqual([]);
  expect(cluster.Node.map(({ name }) => name).toSorted()).toEqual(["n1", "n2"]);
  expect(cluster.Pod.map(({ name }) => name)).toEqual(["agent-n1"]);
});

test("what happens in the cluster is printed within seconds", async () => {
  const { events } = await dryRun();
  const before = events().length;
  server.put("nodes", nodeJson("n3"));

  await expect
    .poll(() => JSON.stringify(events().slice(before)), { timeout: 10_000 })
    .toContain('"name":"n3"');
});

test("it tells its health, its readiness kind by kind, and its figures", async () => {
  const { get } = await dryRun();
  expect(await get("/healthz")).toEqual({ status: 200, text: "ok\n" });
  const { status, text } = await get("/readyz");
  const readiness = JSON.parse(text) as {
    ready: boolean;
    kinds: { kind: string; seen: unknown }[];
  };
  const { text: metrics } = await get("/metrics");

  expect([status, readiness.ready]).toEqual([200, true]);
  expect(readiness.kinds.find(({ kind }) => kind === "Pod")).toMatchObject({ seen: true });
  expect(metrics).toMatch(
    /^dsaudit_forwarder_build_info\{version="\d+\.\d+\.\d+",node="[\d.]+"\} 1$/m,
  );
  for (const line of [
    "dsaudit_forwarder_leader 1",
    "dsaudit_forwarder_view_nodes 2",
    "dsaudit_forwarder_view_pods 1",
    "dsaudit_forwarder_view_daemonsets 1",
    'dsaudit_forwarder_in_sight{kind="Node"} 1',
    'dsaudit_forwarder_lists_total{kind="Node",reason="start"} 1',
    'dsaudit_forwarder_bad_lines_total{kind="Pod"} 0',
  ])
    expect(metrics).toContain(`\n${line}\n`);
  expect(metrics).toMatch(/\ndsaudit_forwarder_events_accepted_total [1-9]/);
  expect(metrics).toMatch(/\ndsaudit_forwarder_event_bytes_total [1-9]/);
});

test("every metric has our prefix or is Node's own, and the unit that Prometheus asks for", async () => {
  const { get } = await dryRun();
  const { text } = await get("/metrics");
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => ({
    name,
    type,
  }));

  for (const { name, type } of types.filter(({ name }) => name.startsWith("dsaudit_")))
    expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
  expect(types.filter(({ name }) => !/^(dsaudit_forwarder|process|nodejs)_/.test(name))).toEqual(
    [],
  );
});

test("what may not be read is forbidden in the answers, and the rest goes on", async () => {
  server.forbidden.add("priorityclasses");
  const { get, events } = await dryRun();
  const { status, text } = await get("/readyz");

  expect(status).toBe(200);
  expect(text).toContain('"kind": "PriorityClass",\n      "seen": "forbidden"');
  expect(JSON.stringify(events())).toContain('"kind":"PriorityClass","why":"forbidden"');
});

test("without the right to read pods it is not ready, and says so", async () => {
  server.forbidden.add("pods");
  const { get } = await dryRun();
  const { status, text } = await get("/readyz");

  expect(status).toBe(503);
  expect(text).toContain('"Pod: forbidden"');
});

test("a cluster that does not answer leaves it alive, not ready, and trying", async () => {
  server.silent = true;
  forwarder = await startForwarder(server, ["--dry-run"]);

  expect((await forwarder.get("/healthz")).status).toBe(200);
  const { status, text } = await forwarder.get("/readyz");
  expect(status).toBe(503);
  expect(text).toContain("the cluster has not answered yet");
});

test("asked to stop it ends with 0, and holds no connection", async () => {
  const started = await dryRun();
  const code = await started.stop();
  forwarder = undefined;

  expect(code).toBe(0);
  expect(started.err()).toContain('"message":"stopped"');
  await expect(started.get("/healthz")).rejects.toThrow("fetch failed");
});
