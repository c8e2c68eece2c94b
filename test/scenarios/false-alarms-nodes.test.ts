import { expect, test } from "vitest";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Node } from "#shared/cluster/node.ts";
import { ago, condition, daemonSet, READY, taint, TOLERATE_ALL } from "../fixtures/build.ts";
import { karpenterNode, managedNode, some, type Shape } from "../fixtures/pools.ts";
import { creating, emptied, lastKnown, notReady, unreachable } from "./ailing.ts";
import { falseAlarms } from "./false-alarm.ts";
import { fleet, fluentBit, healthy, USUAL } from "./fleet.ts";
import { heard, saidOf, verdictOn } from "./heard.ts";

const steady = some(8, "worker", managedNode);
const DAY = 86_400;

/** A node made so many seconds ago, Ready half a minute later, on which one daemon is missing. */
const joined = (age: number): Cluster => {
  const born = ago(age);
  const node = managedNode("new-1", {
    createdAt: born,
    conditions: [{ ...READY, transitionAt: born + 30_000 }],
  });
  return fleet({
    nodes: [...steady, node],
    sets: USUAL,
    there: (set, on) => (set === fluentBit && on === node ? [] : undefined),
  });
};

/** A node that registered so many seconds ago and whose kubelet has not said Ready since. */
const neverReady = (age: number): Cluster => {
  const born = ago(age);
  const node = notReady(
    managedNode("new-1", { createdAt: born }),
    born + 5_000,
    "container runtime is down",
  );
  return fleet({
    nodes: [...steady, node],
    sets: USUAL,
    there: (set, on) => (on === node ? [creating(set, node, born + 8_000)] : undefined),
  });
};

/** A node that went NotReady so many seconds ago: its daemons keep their pods and drop out of desired. */
const wentDown = (age: number, conditions: Node["conditions"] = [READY]): Cluster => {
  const since = ago(age);
  const node = notReady(managedNode("worker-9", { conditions }), since);
  return fleet({
    nodes: [...steady, node],
    sets: USUAL,
    there: (set, on) => (on === node ? [lastKnown(set, node, since)] : undefined),
  });
};

/** Switched off on Friday, its Node object kept; the controller asked its pods to end for a rollout on Saturday. */
const switchedOff = (more: readonly ReturnType<typeof taint>[]): Cluster => {
  const since = ago(3 * DAY);
  const dead = unreachable(managedNode("desk-1"), since);
  const node = { ...dead, taints: [...dead.taints, ...more] };
  return fleet({
    nodes: [...steady, node],
    sets: USUAL,
    there: (set, on) =>
      on === node ? [{ ...lastKnown(set, node, since), deletionAt: ago(2 * DAY) }] : undefined,
    silent: { "desk-1": 3 * DAY },
  });
};

const cordoned = (there: (node: Node) => readonly ReturnType<typeof healthy>[]): Cluster => {
  const node = managedNode("worker-9", {
    unschedulable: true,
    taints: [taint("node.kubernetes.io/unschedulable")],
  });
  return fleet({
    nodes: [...steady, node],
    sets: USUAL,
    there: (set, on) => (set === fluentBit && on === node ? there(node) : undefined),
  });
};

/** What node-problem-detector, the EKS agent and others say of a healthy node; one type is nobody's that we know. */
const MORE_CONDITIONS: Node["conditions"] = [
  READY,
  condition("KernelDeadlock", "False", { reason: "KernelHasNoDeadlock" }),
  condition("ReadonlyFilesystem", "False"),
  condition("KernelReady", "True", { reason: "KernelIsReady" }),
  condition("StorageReady", "True"),
  condition("NetworkingReady", "True"),
  condition("ContainerRuntimeReady", "True"),
  condition("AcceleratedHardwareReady", "True"),
  condition("example.com/Curious", "True"),
  condition("example.com/Undecided", "Unknown"),
];

const young = (age: number, parts: Shape): Node => {
  const born = ago(age);
  return karpenterNode("new-1", {
    createdAt: born,
    conditions: [{ ...READY, transitionAt: born + 30_000 }],
    ...parts,
  });
};

/** A node closed by a gate until its owner, which tolerates everything, has been up for a while. */
const gated = (age: number, key: string, effect: string): Cluster => {
  const owner = daemonSet("cilium", {
    template: { tolerations: [TOLERATE_ALL], hostNetwork: true },
  });
  const node = young(age, { taints: [taint(key, effect)] });
  return fleet({ nodes: [...some(5, "general", karpenterNode), node], sets: [owner, fluentBit] });
};

/** Karpenter's machine made its Node object and nothing else yet. */
const unregistered = (age: number): Cluster => {
  const born = ago(age);
  const node = notReady(
    karpenterNode("new-1", {
      createdAt: born,
      labels: { "karpenter.sh/registered": "false", "karpenter.sh/initialized": "false" },
      taints: [taint("karpenter.sh/unregistered", "NoExecute")],
    }),
    born,
    "container runtime is down",
  );
  return fleet({
    nodes: [...some(5, "general", karpenterNode), node],
    sets: USUAL,
    there: (_set, on) => (on === node ? [] : undefined),
  });
};

/** The machine was replaced under its name: what reads Ready on the young Node object is a pod of the old one. */
const renewed = (age: number, pods: boolean): Cluster => {
  const born = ago(age);
  const node = managedNode("worker-9", {
    createdAt: born,
    uid: "uid-second-machine",
    conditions: [{ ...READY, transitionAt: born + 20_000 }],
  });
  return fleet({
    nodes: [...steady, node],
    sets: USUAL,
    there: (set, on) => {
      if (set !== fluentBit || on !== node) return undefined;
      return pods ? [healthy(fluentBit, node, ago(10 * DAY))] : [];
    },
  });
};

falseAlarms([
  [
    "A1 a node that just joined has its time before a missing daemon is a gap",
    () => joined(60),
    () => joined(400),
    ["warning pod-not-created DaemonSet logging/fluent-bit"],
  ],
  [
    "A2 a node that registered and is not Ready yet is a matter of the node, and only when it takes too long",
    () => neverReady(600),
    () => neverReady(1200),
    ["warning node-never-ready Node new-1"],
  ],
  [
    "A3 a node that is NotReady for a moment, and its daemons that drop out of desired",
    () => wentDown(120),
    () => wentDown(720),
    ["warning node-not-ready Node worker-9"],
  ],
  [
    "A4 daemons that fail and come back while an autoscaler removes their node",
    () => emptied("karpenter.sh/disrupted", ago(400)),
    () => emptied("karpenter.sh/disrupted", ago(3 * 3600)),
    ["warning node-stuck-leaving Node old-1"],
  ],
  [
    "A5 a machine that was switched off and whose Node object was kept, with pods that a rollout asked to end",
    () => switchedOff([taint("node.cloudprovider.kubernetes.io/shutdown")]),
    () => switchedOff([]),
    ["warning node-unreachable Node desk-1"],
  ],
  [
    "A6 a cordoned node keeps its daemons",
    () => cordoned((node) => [healthy(fluentBit, node)]),
    () => cordoned(() => []),
    ["warning pod-not-created DaemonSet logging/fluent-bit"],
  ],
  [
    "A17 conditions of others are not read by their status alone: some say True when all is well",
    () =>
      fleet({
        nodes: some(8, "worker", (name) => managedNode(name, { conditions: MORE_CONDITIONS })),
        sets: USUAL,
      }),
    () => wentDown(720, MORE_CONDITIONS),
    ["warning node-not-ready Node worker-9"],
  ],
  [
    "A18 a gate on a young node is expected until its owner has been up for long",
    () => gated(240, "node.cilium.io/agent-not-ready", "NoExecute"),
    () => gated(1500, "node.cilium.io/agent-not-ready", "NoExecute"),
    ["warning stuck-startup-taint Node new-1"],
  ],
  [
    "A19 Karpenter's unregistered taint on a node that is seconds old",
    () => unregistered(20),
    () => unregistered(1800),
    ["warning node-never-ready Node new-1"],
  ],
  [
    "A23 a pod that reads Ready on a new machine of an old name is not believed until the new kubelet had its time",
    () => renewed(60, true),
    () => renewed(1200, false),
    ["warning pod-not-created DaemonSet logging/fluent-bit"],
  ],
]);

test("A3 whoever is NotReady is told as one node: no daemon of it is called misplaced or missing", () => {
  expect(heard(wentDown(720)).filter(({ severity }) => severity !== "info")).toHaveLength(1);
  expect(saidOf(wentDown(720), "misplaced")).toEqual([]);
});

test("A5 the machine that is off is still told once, so that nobody wonders", () => {
  const found = saidOf(
    switchedOff([taint("node.cloudprovider.kubernetes.io/shutdown")]),
    "node-unreachable",
  );

  expect(found.map(({ severity, nodes }) => [severity, nodes])).toEqual([["info", ["desk-1"]]]);
});

test("A19 who does not tolerate Karpenter's taint is still meant to be there, and starting", () => {
  expect(verdictOn(unregistered(20), "logging/fluent-bit", "new-1").says).toBe("starting");
  expect(saidOf(unregistered(20), "excluded-by-taint")).toEqual([]);
});

test("A23 until then the placement is starting, not covered", () => {
  expect(verdictOn(renewed(60, true), "logging/fluent-bit", "worker-9").says).toBe("starting");
});
