import { expect, test } from "vitest";
import { nodeNotReady } from "#shared/audit/causes/node-not-ready.ts";
import type { Condition, Node } from "#shared/cluster/node.ts";
import { ago, condition, daemonSet, node, taint } from "../../../fixtures/build.ts";
import { hitIn, lease, nodeViewOf, told } from "../../../fixtures/node-view.ts";

const notReady = (seconds: number, parts: Partial<Condition> = {}): Condition =>
  condition("Ready", "False", {
    reason: "KubeletNotReady",
    message: "PLEG is not healthy",
    transitionAt: ago(seconds),
    ...parts,
  });
const dark = (ready: Condition, parts: Partial<Node> = {}) =>
  nodeViewOf({
    Node: [node("n1", { conditions: [ready], ...parts })],
    DaemonSet: [daemonSet("logs"), daemonSet("metrics")],
    Lease: [lease("n1", 5)],
  });

test("what the kubelet says and how many daemons it costs is told", () => {
  expect(told(nodeNotReady, dark(notReady(1440)))).toEqual([
    "warning",
    "NotReady for 24 min (KubeletNotReady: PLEG is not healthy); 2 daemons are meant to run there",
    [
      { action: "repair-node", node: "n1", by: "" },
      { action: "end-machine", node: "n1", by: "own-hardware" },
    ],
  ]);
  expect(hitIn(nodeNotReady.find(dark(notReady(1440)))).since).toBe(ago(1440));
});

test("without a reason the sentence has no empty brackets", () => {
  const [, sentence] = told(nodeNotReady, dark(notReady(1440, { reason: "", message: "" })));
  expect(sentence).toBe("NotReady for 24 min; 2 daemons are meant to run there");
});

test("to the second it may take its grace", () => {
  expect(nodeNotReady.find(dark(notReady(300)))).toBeUndefined();
  expect(nodeNotReady.find(dark(notReady(301)))).toMatchObject({
    evidence: { notReadyFor: 301_000 },
  });
});

test.each([
  ["Karpenter's repair waits", { "karpenter.sh/nodepool": "p" }, 1799, ["repair-node"]],
  ["and has had its time", { "karpenter.sh/nodepool": "p" }, 1800, ["repair-node", "karpenter"]],
  [
    "Karpenter before 0.32",
    { "karpenter.sh/provisioner-name": "p" },
    1800,
    ["repair-node", "karpenter"],
  ],
  [
    "AWS repairs Auto Mode for ever, though Karpenter's label is there",
    { "eks.amazonaws.com/compute-type": "auto", "karpenter.sh/nodepool": "p" },
    86_400,
    ["repair-node"],
  ],
  [
    "nobody is seen to repair a managed group",
    { "eks.amazonaws.com/nodegroup": "g" },
    400,
    ["repair-node", "managed-group"],
  ],
  ["GKE waits", { "cloud.google.com/gke-nodepool": "g" }, 899, ["repair-node"]],
  [
    "and has had its time too",
    { "cloud.google.com/gke-nodepool": "g" },
    900,
    ["repair-node", "managed-group"],
  ],
  ["AKS has several rounds", { "kubernetes.azure.com/agentpool": "g" }, 1799, ["repair-node"]],
  [
    "a hybrid node is one's own machine, whatever else it is called",
    { "eks.amazonaws.com/compute-type": "hybrid", agentpool: "g" },
    1000,
    ["repair-node", "own-hardware"],
  ],
] as const)("who acts: %s", (_rule, labels, seconds, expected) => {
  const view = dark(notReady(seconds), { labels: new Map(Object.entries(labels)) });
  const [, , remedies] = told(nodeNotReady, view);
  expect(remedies.map((call) => (call.action === "end-machine" ? call.by : call.action))).toEqual(
    expected,
  );
});

test("whose clock runs is named", () => {
  const karpenter = { labels: new Map([["karpenter.sh/nodepool", "p"]]) };
  expect(told(nodeNotReady, dark(notReady(400), karpenter))[2]).toEqual([
    { action: "repair-node", node: "n1", by: "Karpenter (30 min, where its node repair is on)" },
  ]);
});

test.each([
  ["it is Ready", condition("Ready", "True"), {}],
  ["nobody hears it: node-unreachable", notReady(1440, { status: "Unknown" }), {}],
  ["it was never Ready: node-never-ready", notReady(1440), { createdAt: ago(1445) }],
  ["it leaves", notReady(1440), { taints: [taint("karpenter.sh/disrupted")] }],
  ["its machine is off", notReady(1440), { taints: [taint("node.kubernetes.io/out-of-service")] }],
  [
    "no daemon runs on Fargate",
    notReady(1440),
    { labels: new Map([["eks.amazonaws.com/compute-type", "fargate"]]) },
  ],
] as const)("silent: %s", (_rule, ready, parts) => {
  expect(nodeNotReady.find(dark(ready, parts))).toBeUndefined();
});

test("a status that we do not know is no status, and a time that is not told no age", () => {
  expect(nodeNotReady.find(dark(notReady(1440, { status: "Perhaps" })))).toEqual({
    cannotTell: 'its Ready condition says "Perhaps"',
  });
  const timeless = dark(notReady(0, { transitionAt: undefined }), { createdAt: undefined });
  expect(nodeNotReady.find(timeless)).toEqual({
    cannotTell: "since when it is NotReady is not told",
  });
});
