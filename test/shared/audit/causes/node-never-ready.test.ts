import { expect, test } from "vitest";
import { nodeNeverReady } from "#shared/audit/causes/node-never-ready.ts";
import type { Condition, Node } from "#shared/cluster/node.ts";
import { ago, condition, daemonSet, node, READY, taint } from "../../../fixtures/build.ts";
import { hitIn, nodeViewOf, told } from "../../../fixtures/node-view.ts";

const sinceBirth = (seconds: number, parts: Partial<Condition> = {}): Condition =>
  condition("Ready", "False", {
    reason: "KubeletNotReady",
    message: "container runtime network not ready: cni plugin not initialized",
    transitionAt: ago(seconds - 2),
    ...parts,
  });
const born = (seconds: number, conditions: readonly Condition[], parts: Partial<Node> = {}) =>
  nodeViewOf({
    Node: [node("n1", { createdAt: ago(seconds), conditions, ...parts })],
    DaemonSet: [daemonSet("cilium")],
  });

test.each([
  [
    "it said NotReady from the start",
    [sinceBirth(1500)],
    "registered 25 min ago and never Ready (KubeletNotReady: container runtime network not ready: cni plugin not initialized); 1 daemon is meant to run there",
  ],
  [
    "its kubelet wrote no condition",
    [],
    "registered 25 min ago and never Ready (its kubelet never said how it is); 1 daemon is meant to run there",
  ],
  [
    "its kubelet wrote none that was ever filled",
    [condition("Ready", "Unknown", { reason: "NodeStatusNeverUpdated", transitionAt: ago(100) })],
    "registered 25 min ago and never Ready (NodeStatusNeverUpdated); 1 daemon is meant to run there",
  ],
] as const)("%s", (_rule, conditions, sentence) => {
  const view = born(1500, conditions);
  const [severity, said, remedies] = told(nodeNeverReady, view);
  expect([severity, said]).toEqual(["warning", sentence]);
  expect(remedies).toEqual([
    { action: "repair-node", node: "n1", by: "" },
    { action: "end-machine", node: "n1", by: "own-hardware" },
  ]);
  expect(hitIn(nodeNeverReady.find(view)).since).toBe(ago(1500));
});

test("to the second it may take its grace", () => {
  expect(nodeNeverReady.find(born(900, [sinceBirth(900)]))).toBeUndefined();
  expect(nodeNeverReady.find(born(901, [sinceBirth(901)]))).toMatchObject({
    evidence: { age: 901_000, status: "False" },
  });
});

test.each([
  ["it is Ready", [READY], {}],
  ["it was Ready once: node-not-ready", [sinceBirth(1500, { transitionAt: ago(1000) })], {}],
  ["it leaves again", [sinceBirth(1500)], { taints: [taint("karpenter.sh/disrupted")] }],
  [
    "its machine is off",
    [sinceBirth(1500)],
    { taints: [taint("node.cloudprovider.kubernetes.io/shutdown")] },
  ],
  [
    "a virtual node has no kubelet",
    [sinceBirth(1500)],
    { labels: new Map([["type", "virtual-kubelet"]]) },
  ],
] as const)("silent: %s", (_rule, conditions, parts) => {
  expect(nodeNeverReady.find(born(1500, conditions, parts))).toBeUndefined();
});

test("a node without a birthday has no age", () => {
  expect(nodeNeverReady.find(born(0, [], { createdAt: undefined }))).toEqual({
    cannotTell: "the Node does not say when it was made",
  });
});
