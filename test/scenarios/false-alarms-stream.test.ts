import { expect, test } from "vitest";
import { liveAudit, type Change } from "#shared/audit/engine/live-audit.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Finding } from "#shared/findings/finding.ts";
import { makeReport } from "#shared/report/make-report.ts";
import {
  ago,
  container,
  daemonPod,
  daemonSet,
  NOW,
  READY,
  resources,
  TOLERATE_ALL,
  taint,
} from "../fixtures/build.ts";
import { event, unscheduled } from "../fixtures/placement.ts";
import { karpenterNode, managedNode } from "../fixtures/pools.ts";
import { agent, killedNow, oneOf, steady } from "./ailing.ts";
import { falseAlarms } from "./false-alarm.ts";
import { fleet, fluentBit, healthy, upSince, USUAL, workload } from "./fleet.ts";
import { alarmsAmong, audited, findingsIn, onlyAlarm, saidOf } from "./heard.ts";

/** The same cluster with its lists in another order, as a relist may give it. */
const relisted = (cluster: Cluster): Cluster => ({
  ...cluster,
  Node: cluster.Node.toReversed(),
  Pod: cluster.Pod.toReversed(),
  DaemonSet: cluster.DaemonSet.toReversed(),
});

const idsAmong = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ id }) => id).toSorted();

/**
 * A20 and A21 are about a stream. The static core's part is tested here: the answer is a function of the state, so a restart,
 * a relist and a lost event change nothing. Diffing against stored findings, so that a restart publishes nothing, and the
 * resync that heals a lost update belong to the forwarder and to triage.
 */
test("A20 a watcher that restarts, or lists everything anew, finds the same findings under the same ids", () => {
  const cluster = oneOf(killedNow);
  const first = liveAudit(cluster, DEFAULT_POLICY);
  const before = findingsIn(first.audit());

  const again = findingsIn(liveAudit(relisted(cluster), DEFAULT_POLICY).audit());
  for (const object of cluster.Node) first.apply({ kind: "Node", object });
  for (const object of cluster.DaemonSet) first.apply({ kind: "DaemonSet", object });
  for (const object of cluster.Pod) first.apply({ kind: "Pod", object });

  expect(idsAmong(before).length).toBeGreaterThan(0);
  expect(idsAmong(again)).toEqual(idsAmong(before));
  expect(findingsIn(first.audit())).toEqual(before);
});

test("A20 its near miss: one pod that differs in the new list is one alarm more", () => {
  const cluster = oneOf(healthy);
  const live = liveAudit(cluster, DEFAULT_POLICY);
  const before = findingsIn(live.audit());
  const sick: Change[] = cluster.Pod.map((object) =>
    object.name === "agent-worker-3"
      ? { kind: "Pod", object: killedNow(agent, managedNode("worker-3")) }
      : { kind: "Pod", object },
  );
  for (const change of sick) live.apply(change);

  const after = findingsIn(live.audit());

  expect(alarmsAmong(before)).toEqual([]);
  expect(alarmsAmong(after).map(({ cause }) => cause)).toEqual(["oom-killed"]);
  expect(idsAmong(after)).toEqual(expect.arrayContaining([...idsAmong(before)]));
});

const hungry = daemonSet("hungry", {
  namespace: "monitoring",
  template: { containers: [container({ requests: resources({ cpu: "2", memory: "128Mi" }) })] },
});

/** A node of 4 cpu whose workloads hold 3. */
const crowded = (own: (node: Node) => Pod, events: Cluster["Event"]): Cluster =>
  fleet({
    nodes: steady,
    sets: [...USUAL, hungry],
    there: (set, node) => (set === hungry && node.name === "worker-2" ? [own(node)] : undefined),
    pods: [workload("batch-1", "worker-2", { cpu: "3" })],
    Event: events,
  });
const pendingPod = (node: Node): Pod =>
  daemonPod(hungry, node.name, {
    createdAt: ago(900),
    spec: { nodeName: "" },
    status: unscheduled(),
  });
const repeated = event(daemonPod(hungry, "worker-2"), {
  reason: "FailedScheduling",
  message: "0/6 nodes are available: 1 Insufficient cpu.",
  count: 400,
});

falseAlarms([
  [
    "A21 events that repeat are history once the pod is up; without any event the state still tells",
    () => crowded((node) => healthy(hungry, node), [repeated]),
    () => crowded(pendingPod, []),
    ["warning insufficient-cpu DaemonSet monitoring/hungry"],
  ],
]);

test("A21 an update that was lost is healed by the next state of the object, whatever came between", () => {
  const cluster = oneOf(healthy);
  const live = liveAudit(cluster, DEFAULT_POLICY);
  const sick = killedNow(agent, managedNode("worker-3"));
  live.apply({ kind: "Pod", object: sick });
  const during = alarmsAmong(findingsIn(live.audit()));
  live.apply({ kind: "Pod", object: healthy(agent, managedNode("worker-3")) });

  expect(during).toHaveLength(1);
  expect(alarmsAmong(findingsIn(live.audit()))).toEqual([]);
});

/** Three web pods lost their place to the daemon and wait: the price of a priority, and no gap of a daemon. */
const preempted = (priority: number): Cluster => {
  const set = daemonSet("agent", {
    namespace: "monitoring",
    template: {
      priority,
      containers: [container({ requests: resources({ cpu: "1", memory: "14Gi" }) })],
    },
  });
  const node = managedNode("worker-9");
  const victims = Array.from({ length: 3 }, (_, at) => `web-${at + 1}`);
  const lost = (name: string): Pod => ({
    ...workload(name, ""),
    status: {
      ...workload(name, "").status,
      ...unscheduled("0/7 nodes are available: 7 Insufficient memory."),
    },
  });
  const waiting = daemonPod(set, "worker-9", {
    createdAt: ago(900),
    spec: { nodeName: "" },
    status: unscheduled(),
  });
  return fleet({
    nodes: [...steady, node],
    sets: [...USUAL, set],
    there: (one, on) => (one === set && on === node && priority === 0 ? [waiting] : undefined),
    pods: victims.map((name) =>
      priority > 0 ? lost(name) : workload(name, "worker-9", { memory: "3Gi" }),
    ),
  });
};

falseAlarms([
  [
    "A24 workloads that wait after a daemon got its priority are the price, and no trouble of a daemon",
    () => preempted(1000),
    () => preempted(0),
    ["warning insufficient-memory DaemonSet monitoring/agent"],
  ],
]);

/** Loops of preempting and scaling up (karpenter-provider-aws#1573) need a stream; what the core owes is the price, before. */
test("A24 whom a higher priority would cost its place is told before anybody raises it", () => {
  const cluster = preempted(0);
  const { facts } = audited(cluster);

  const [finding] = makeReport(facts, [onlyAlarm(cluster)]).findings;

  const raise = finding?.remedies.find(({ action }) => action === "raise-priority");
  expect(raise?.price).toMatch(/web-\d/);
  expect(raise?.limit).toBeDefined();
});

/** Its clock is ten minutes ahead, so a pod that must be Ready for a minute is never available to the controller. */
const ahead = (skew: number, readyFor: number): Cluster => {
  const set = daemonSet("agent", { namespace: "monitoring", minReadySeconds: 60 });
  const node = managedNode("worker-9");
  const born = ago(1800);
  const status = upSince(NOW + skew * 1000 - readyFor * 1000 - 10_000);
  const pod = { ...daemonPod(set, node.name, { createdAt: born }), status };
  const base = fleet({
    nodes: [...steady, node],
    sets: [...USUAL, set],
    there: (one, on) => (one === set && on === node ? [pod] : undefined),
  });
  return {
    ...base,
    Lease: base.Lease.map((one) =>
      one.name === node.name ? { ...one, renewedAt: NOW + skew * 1000 - 4_000 } : one,
    ),
  };
};

falseAlarms([
  [
    "A26 a daemon that waits out minReadySeconds by a clock that runs ahead; by a right clock it is not ready",
    () => ahead(600, 120),
    () => oneOf(killedNow),
    ["warning oom-killed DaemonSet monitoring/agent"],
  ],
]);

test("A26 the skew is told as what it is", () => {
  expect(
    saidOf(ahead(600, 120), "clock-skew").map(({ severity, nodes }) => [severity, nodes]),
  ).toEqual([["info", ["worker-9"]]]);
});

/** Two gates take taints off one node at once, and one writes back what the other removed (aws-ebs-csi-driver#2199). */
const flippedBack = (readyFor: number): Cluster => {
  const owner = daemonSet("efs-csi-node", {
    template: { tolerations: [TOLERATE_ALL], hostNetwork: true },
  });
  const node = karpenterNode("worker-9", {
    taints: [
      { ...taint("efs.csi.aws.com/agent-not-ready", "NoExecute"), timeAdded: ago(readyFor) },
    ],
    createdAt: ago(readyFor + 60),
    conditions: [{ ...READY, transitionAt: ago(readyFor + 30) }],
  });
  return fleet({ nodes: [...steady, node], sets: [owner, fluentBit] });
};

/** Writing without losing the other's change (resourceVersion, 409 means read again) is the executor's part. */
falseAlarms([
  [
    "A27 a gate that is back while its node is young is expected from two gates; for good it is stuck",
    () => flippedBack(200),
    () => flippedBack(1500),
    ["warning stuck-startup-taint Node worker-9"],
  ],
]);
