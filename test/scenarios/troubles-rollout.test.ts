import { expect, test } from "vitest";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { ago, container, daemonSet, resources, TOLERATE_ALL } from "../fixtures/build.ts";
import { unscheduled } from "../fixtures/placement.ts";
import { managedNode, some } from "../fixtures/pools.ts";
import { lastKnown, unreachable } from "./ailing.ts";
import { fleet, healthy, USUAL } from "./fleet.ts";
import { alarms, factsOf, heard, onlyAlarm, saidOf, told } from "./heard.ts";
import { rolled, changed, ending, newPod, oldPod, unready } from "./rolling.ts";

const agent = changed(daemonSet("agent", { namespace: "monitoring" }));
const TWENTY_MINUTES = ago(1200);

test("S7 nodes that were dead before the template changed eat the whole budget: 0 of 164 updated in 20 minutes", () => {
  const deadSince = ago(7200);
  const dead = some(3, "dead", (name) => unreachable(managedNode(name), deadSince));
  const cluster = rolled(agent, TWENTY_MINUTES, {
    nodes: [...some(161, "worker", managedNode), ...dead],
    own: (node) =>
      dead.includes(node)
        ? [
            ending(
              { ...oldPod(agent, node), status: lastKnown(agent, node, deadSince).status },
              ago(1190),
            ),
          ]
        : [oldPod(agent, node)],
    usual: (set, node) => (dead.includes(node) ? [lastKnown(set, node, deadSince)] : undefined),
    silent: { "dead-1": 7250, "dead-2": 7250, "dead-3": 7250 },
  });

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("warning rollout-stuck DaemonSet monitoring/agent");
  expect(alarm.nodes).toEqual(["dead-1", "dead-2", "dead-3"]);
  expect(factsOf(alarm)).toMatchObject([
    {
      updated: 0,
      outdated: 161,
      budget: 1,
      stalledFor: 1_190_000,
      userCount: 3,
      users: [
        { node: "dead-1", order: "before" },
        { node: "dead-2", order: "before" },
        { node: "dead-3", order: "before" },
      ],
    },
  ]);
  expect(alarm.remedies).toContainEqual(
    expect.objectContaining({ action: "raise-max-unavailable", daemonSet: "monitoring/agent" }),
  );
  expect(alarm.remedies.map(({ action }) => action)).not.toContain("roll-back");
  expect(saidOf(cluster, "node-unreachable").map(({ severity }) => severity)).toEqual([
    "info",
    "info",
    "info",
  ]);
});

test("S7b nodes that died after their pod was replaced: the new revision is the suspect, and more budget is no advice", () => {
  const falco = changed(
    daemonSet("falco", {
      namespace: "security",
      template: { tolerations: [TOLERATE_ALL] },
      updateStrategy: { type: "RollingUpdate", maxUnavailable: "10%", maxSurge: 0 },
    }),
  );
  const diedAt = ago(1080);
  const dead = some(4, "hit", (name) => unreachable(managedNode(name), diedAt));
  const cluster = rolled(falco, TWENTY_MINUTES, {
    nodes: [...some(36, "worker", managedNode), ...dead],
    own: (node) =>
      dead.includes(node)
        ? [unready(newPod(falco, node, ago(1190)), diedAt)]
        : [oldPod(falco, node)],
    usual: (set, node) => (dead.includes(node) ? [lastKnown(set, node, diedAt)] : undefined),
    silent: { "hit-1": 1120, "hit-2": 1120, "hit-3": 1120, "hit-4": 1120 },
  });

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("critical rollout-suspect-revision DaemonSet security/falco");
  expect(alarm.nodes).toEqual(["hit-1", "hit-2", "hit-3", "hit-4"]);
  expect(factsOf(alarm)).toMatchObject([
    { revision: 2, previous: 1, downCount: 4, replaced: 4, outdated: 36 },
  ]);
  expect(alarm.remedies).toEqual([
    { action: "roll-back", daemonSet: "security/falco", toRevision: 1 },
  ]);
});

test("S8 OnDelete, and 37 of 50 nodes on the revision of before nine days: a report with an order, no alarm", () => {
  const nineDays = ago(9 * 86_400);
  const set = { ...agent, updateStrategy: { type: "OnDelete" } as const };
  const cluster = rolled(set, nineDays, {
    nodes: some(50, "worker", managedNode),
    own: (node) =>
      Number(node.name.split("-")[1]) <= 37
        ? [oldPod(set, node)]
        : [newPod(set, node, ago(8 * 86_400))],
  });

  expect(alarms(cluster)).toEqual([]);
  const [drift, ...more] = saidOf(cluster, "ondelete-drift");
  expect(more).toEqual([]);
  expect(drift && told(drift)).toBe("info ondelete-drift DaemonSet monitoring/agent");
  expect(drift?.nodes).toHaveLength(37);
  expect(drift?.remedies).toEqual([expect.objectContaining({ action: "roll-on-delete" })]);
  expect(heard(cluster).filter(({ cause }) => cause.startsWith("rollout-"))).toEqual([]);
});

const PORT = 54_323;
const onPort = (name: string, parts: Parameters<typeof daemonSet>[1] = {}) =>
  daemonSet(name, {
    namespace: "monitoring",
    ...parts,
    template: {
      containers: [
        container({
          requests: resources({ cpu: "100m", memory: "128Mi" }),
          ports: [{ containerPort: PORT, hostPort: PORT, hostIP: "", protocol: "TCP" }],
        }),
      ],
    },
  });

const surging = changed(
  onPort("profiler", {
    updateStrategy: { type: "RollingUpdate", maxUnavailable: 0, maxSurge: 2 },
  }),
);

const surgePod = (node: Node): Pod => {
  const pod = newPod(surging, node, ago(1100));
  return {
    ...pod,
    spec: { ...pod.spec, nodeName: "" },
    status: {
      ...pod.status,
      ...unscheduled(
        "0/12 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 11 node(s) didn't satisfy plugin(s) [NodeAffinity].",
      ),
    },
  };
};

test.each([
  ["before any node is tried", ago(5), 0],
  ["when two nodes were tried in vain", TWENTY_MINUTES, 2],
] as const)("S9 maxSurge with a host port can never roll out: told %s", (_when, at, tried) => {
  const cluster = rolled(surging, at, {
    nodes: some(12, "worker", managedNode),
    own: (node) =>
      Number(node.name.split("-")[1]) <= tried
        ? [oldPod(surging, node), surgePod(node)]
        : [oldPod(surging, node)],
  });

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("warning rollout-impossible DaemonSet monitoring/profiler");
  expect(alarm.summary).toContain(String(PORT));
  expect(alarm.remedies[0]).toMatchObject({
    action: "change-strategy",
    daemonSet: "monitoring/profiler",
    maxSurge: 0,
  });
});

test("S9 two DaemonSets that want one port of one node: one finding that names both", () => {
  const first = onPort("profiler", { createdAt: ago(20 * 86_400) });
  const second = onPort("tracer", { createdAt: ago(900) });
  const cluster = fleet({
    nodes: some(12, "worker", managedNode),
    sets: [...USUAL, first, second],
    there: (set, node) => {
      if (set !== second) return undefined;
      const pod = healthy(second, node);
      return [
        {
          ...pod,
          spec: { ...pod.spec, nodeName: "" },
          status: { ...pod.status, ...unscheduled() },
        },
      ];
    },
  });

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("critical host-port-conflict DaemonSet monitoring/tracer");
  expect(alarm.nodes).toHaveLength(12);
  expect(alarm.summary).toContain("monitoring/profiler");
});
