import { expect, test } from "vitest";
import { liveAudit } from "#shared/audit/engine/live-audit.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import {
  ago,
  container,
  daemonPod,
  daemonSet,
  labels,
  metadata,
  NOW,
  resources,
} from "../fixtures/build.ts";
import { event, unscheduled } from "../fixtures/placement.ts";
import { karpenterNode, managedNode, some } from "../fixtures/pools.ts";
import { fleet, USUAL, workload } from "./fleet.ts";
import {
  advised,
  alarms,
  alarmsAmong,
  factsOf,
  findingsIn,
  onlyAlarm,
  told,
  verdictOn,
} from "./heard.ts";

const Mi = 1024n * 1024n;

/** An agent of 512Mi without a priority, as most charts ship it. */
const agent = daemonSet("agent", {
  namespace: "monitoring",
  template: {
    containers: [container({ requests: resources({ cpu: "200m", memory: "512Mi" }) })],
  },
});

const waiting = (set: typeof agent, node: string, message: string, createdAt: number): Pod =>
  daemonPod(set, node, { createdAt, spec: { nodeName: "" }, status: unscheduled(message) });

/** S1: six CI pods were bound after the node was Ready and before the agent's pod was. */
function karpenterRace(set = agent) {
  const young = karpenterNode("ci-7", {
    pool: "ci",
    createdAt: ago(90),
    conditions: [{ ...readyAt(ago(60)) }],
    allocatable: resources({ cpu: "8", memory: "7Gi", pods: "58" }),
  });
  const pending = waiting(
    set,
    "ci-7",
    "0/8 nodes are available: 1 Insufficient memory, 7 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: 0/8 nodes are available: 1 No preemption victims found for incoming pod, 7 Preemption is not helpful for scheduling.",
    ago(55),
  );
  const ci = Array.from({ length: 6 }, (_, at) =>
    workload(`build-${at + 1}`, "ci-7", {
      cpu: "500m",
      memory: "1100Mi",
      createdAt: ago(58),
    }),
  );
  return fleet({
    nodes: [...some(7, "general", karpenterNode), young],
    sets: [...USUAL, set],
    there: (one, { name }) => (one === set && name === "ci-7" ? [pending] : undefined),
    pods: ci,
  });
}

const readyAt = (transitionAt: number) => ({
  type: "Ready",
  status: "True",
  reason: "KubeletReady",
  message: "",
  transitionAt,
});

test("S1 Karpenter sized the node for the daemon and a workload took the room: told when the node's time to start is over", () => {
  const live = liveAudit(karpenterRace(), DEFAULT_POLICY);
  const now = alarmsAmong(findingsIn(live.audit()));
  live.apply({ kind: "time", at: NOW + 239_000 });
  const before = alarmsAmong(findingsIn(live.audit()));
  live.apply({ kind: "time", at: NOW + 241_000 });

  const [alarm, ...more] = alarmsAmong(findingsIn(live.audit()));

  expect([...now, ...before]).toEqual([]);
  expect(more).toEqual([]);
  expect(alarm && told(alarm)).toBe("warning insufficient-memory DaemonSet monitoring/agent");
  expect(alarm?.nodes).toEqual(["ci-7"]);
});

test("S1 the pods that hold the room are named, with the shortfall; a higher priority or a moved pod helps, more nodes do not", () => {
  const cluster = { ...karpenterRace(), at: NOW + 300_000 };

  const alarm = onlyAlarm(cluster);

  const held = 6n * 1100n * Mi + (120n + 64n + 32n) * Mi;
  expect(factsOf(alarm)).toMatchObject([
    {
      requested: String(512n * Mi),
      free: String(7168n * Mi - held),
      missing: String(512n * Mi - (7168n * Mi - held)),
      preemption: "none-lower",
      above: 0,
    },
  ]);
  expect(alarm.evidence[0]?.facts["movable"]).toMatchObject([
    { pod: "shop/build-1" },
    { pod: "shop/build-2" },
    { pod: "shop/build-3" },
    { pod: "shop/build-4" },
    { pod: "shop/build-5" },
  ]);
  expect(alarm.remedies.map(({ action }) => action)).toEqual([
    "raise-priority",
    "make-room",
    "lower-requests",
    "larger-nodes",
  ]);
});

test("S1 a daemon that its team calls critical is told as critical", () => {
  const set = { ...agent, annotations: labels({ severity: "critical" }) };
  const cluster = { ...karpenterRace(set), at: NOW + 300_000 };

  expect(alarms(cluster)).toEqual(["critical insufficient-memory DaemonSet monitoring/agent"]);
});

const ELEVEN_DAYS = 11 * 86_400;

/** 110 of 110 pods, all of priority 0; a budget protects every web pod, and one worker is nobody's to protect. */
function packed() {
  const pending = waiting(
    agent,
    "packed",
    "0/6 nodes are available: 1 Too many pods, 5 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: 0/6 nodes are available: 1 No preemption victims found for incoming pod, 5 Preemption is not helpful for scheduling.",
    ago(ELEVEN_DAYS),
  );
  const slots = 110 - USUAL.length - 1;
  return fleet({
    nodes: [...some(5, "worker", managedNode), managedNode("packed")],
    sets: [...USUAL, agent],
    there: (set, { name }) => (set === agent && name === "packed" ? [pending] : undefined),
    pods: [
      ...Array.from({ length: slots }, (_, at) => workload(`web-${at + 1}`, "packed")),
      workload("queue-1", "packed"),
    ],
    PodDisruptionBudget: [
      {
        ...metadata({ name: "web", namespace: "shop" }),
        selector: { matchLabels: labels({ app: "web" }), matchExpressions: [] },
        disruptionsAllowed: 0,
        disruptedPods: new Set(),
      },
    ],
  });
}

test("S2 all pod slots are taken by pods of the daemon's own priority: it waits for ever", () => {
  const cluster = packed();

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("warning too-many-pods DaemonSet monitoring/agent");
  expect(alarm.nodes).toEqual(["packed"]);
  expect(alarm.since).toBe(ago(ELEVEN_DAYS));
  expect(factsOf(alarm)).toMatchObject([
    { allocatable: "110", used: "110", missing: "1", preemption: "none-lower", above: 0 },
  ]);
  expect(alarm.remedies.slice(0, 2)).toEqual([
    { action: "raise-priority", daemonSet: "monitoring/agent", above: 0, nodes: ["packed"] },
    { action: "make-room", daemonSet: "monitoring/agent", node: "packed" },
  ]);
});

test("S2 exactly one pod that no budget protects is to be moved, or the priority to be raised", () => {
  const cluster = packed();
  const remedies = advised(cluster, onlyAlarm(cluster));

  const room = remedies.find(({ action }) => action === "make-room");
  expect(room?.summary).toContain("Evict shop/queue-1 from node packed");
  expect(room?.command?.match(/eviction/g)).toHaveLength(1);
  expect(remedies[0]).toMatchObject({ action: "raise-priority" });
  expect(remedies[0]?.patch).toBeDefined();
});

test("S3 a new DaemonSet does not fit the full nodes of the smallest type: one finding, arithmetic a node", () => {
  const createdAt = ago(600);
  const fresh = { ...agent, createdAt };
  const small = some(14, "small", (name) =>
    managedNode(name, {
      pool: "small",
      type: "t3.medium",
      allocatable: resources({ cpu: "2", memory: "3Gi", pods: "17" }),
    }),
  );
  const full = new Set(small.map(({ name }) => name));
  const cluster = fleet({
    nodes: [...some(46, "worker", managedNode), ...small],
    sets: [...USUAL, fresh],
    there: (set, { name }) =>
      set === fresh && full.has(name)
        ? [waiting(fresh, name, "0/60 nodes are available: 1 Insufficient memory.", createdAt)]
        : undefined,
    pods: small.map(({ name }, at) => workload(`web-${at + 1}`, name, { memory: "2500Mi" })),
  });

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("warning insufficient-memory DaemonSet monitoring/agent");
  expect(alarm.nodes).toEqual([...full].toSorted());
  expect(alarm.evidence).toHaveLength(14);
  const free = 3072n * Mi - (2500n + 120n + 64n + 32n) * Mi;
  for (const facts of factsOf(alarm))
    expect(facts).toMatchObject({ free: String(free), missing: String(512n * Mi - free) });
  expect(alarm.remedies).toContainEqual({
    action: "lower-requests",
    daemonSet: "monitoring/agent",
    resource: "memory",
    from: 512n * Mi,
    to: free,
  });
});

/** The controller's own counters say 0 of 0: it was refused before it could count. */
const refused = {
  ...agent,
  namespace: "restricted",
  uid: "uid-restricted-agent",
  status: { ...agent.status, desired: 0 },
};

const REFUSAL =
  'Error creating: pods "agent-x7k2p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "agent" must set securityContext.allowPrivilegeEscalation=false)';

test("S14 the namespace refuses the pods: twelve nodes lack a daemon whose status says 0 of 0", () => {
  const cluster = fleet({
    nodes: some(12, "worker", managedNode),
    sets: [...USUAL, refused],
    there: (set) => (set === refused ? [] : undefined),
    Event: [event(refused, { reason: "FailedCreate", message: REFUSAL, count: 9 })],
  });

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("critical create-refused DaemonSet restricted/agent");
  expect(alarm.nodes).toHaveLength(12);
  expect(alarm.evidence).toHaveLength(12);
  expect(alarm.evidence[0]?.facts).toMatchObject({
    refusal: "pod-security",
    name: "restricted",
    message: REFUSAL,
    times: 9,
  });
  expect(alarm.remedies).toEqual([
    { action: "allow-pod-security", namespace: "restricted", level: "baseline" },
  ]);
  expect(verdictOn(cluster, "restricted/agent", "worker-3").says).toBe("gap");
});
