import { expect, test } from "vitest";
import { misplaced } from "#shared/audit/causes/misplaced.ts";
import type { Node, Taint } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import {
  ago,
  condition,
  daemonPod,
  daemonSet,
  labels,
  node,
  taint,
  tolerate,
} from "../../../fixtures/build.ts";
import { askSet, setOf } from "../../../fixtures/ask-cause.ts";
import { unscheduled } from "../../../fixtures/placement.ts";
import { fargateNode, karpenterNode } from "../../../fixtures/pools.ts";

const set = daemonSet("agent");
const OLD = taint("upgrade", "NoSchedule", "old");
const added = (of: Taint, seconds: number): Taint => ({ ...of, timeAdded: ago(seconds) });
const found = (nodes: readonly Node[], pods: readonly Pod[], of = set) =>
  askSet(misplaced, setOf({ Node: nodes, DaemonSet: [of], Pod: pods }));
const on = (...names: readonly string[]): readonly Pod[] =>
  names.map((name) => daemonPod(set, name));

test("a pool that was tainted by hand looks like a drain: information, and nothing to do", () => {
  const nodes = [
    karpenterNode("a", { pool: "new" }),
    karpenterNode("o1", { pool: "old", taints: [OLD] }),
    karpenterNode("o2", { pool: "old", taints: [OLD] }),
  ];
  expect(found(nodes, on("a", "o1", "o2"))).toEqual([
    {
      part: "upgrade",
      since: undefined,
      nodes: ["o1", "o2"],
      severity: "info",
      evidence: {
        daemonSet: "kube-system/agent",
        taints: [{ key: "upgrade", value: "old", effect: "NoSchedule" }],
        pods: 2,
        nodes: 2,
        draining: 2,
        seconds: null,
        steady: false,
      },
      says: "2 pods on 2 nodes that taint upgrade=old:NoSchedule would keep new ones from; it looks like a drain",
      remedies: [{ action: "wait", why: "the nodes are being emptied, and the pods go with them" }],
    },
  ]);
});

test("longer than a day it is no drain any more: tolerate the taint, or take the pods away", () => {
  const at = (seconds: number) =>
    found([node("o", { taints: [added(OLD, seconds)], unschedulable: true })], on("o"))[0];
  expect(at(86_400)).toMatchObject({ evidence: { steady: false }, remedies: [{ action: "wait" }] });
  expect(at(86_401)).toMatchObject({
    since: ago(86_401),
    severity: "info",
    says: "1 pod on 1 node that taint upgrade=old:NoSchedule would keep new ones from for 24 h; too long for a drain",
    remedies: [
      {
        action: "add-toleration",
        daemonSet: "kube-system/agent",
        toleration: tolerate("upgrade", "NoSchedule", "old"),
        nodes: ["o"],
      },
      { action: "look" },
    ],
  });
});

test("one tainted node of a pool is no drain", () => {
  const nodes = [
    karpenterNode("o1", { pool: "old", taints: [OLD] }),
    karpenterNode("o2", { pool: "old" }),
  ];
  expect(found(nodes, on("o1", "o2"))).toMatchObject([
    { evidence: { draining: 0 }, remedies: [{ action: "add-toleration" }, { action: "look" }] },
  ]);
});

test("a Pending pod on a node that lost its label stays until the next sync", () => {
  const choosy = daemonSet("agent", { template: { nodeSelector: labels({ x: "y" }) } });
  const pod = daemonPod(choosy, "n", { spec: { nodeName: "" }, status: unscheduled() });
  expect(found([node("n")], [pod], choosy)).toMatchObject([
    {
      part: "node labels",
      evidence: { taints: [] },
      says: "1 pod on 1 node that node labels would keep new ones from",
      remedies: [{ action: "look" }],
    },
  ]);
});

const READY_NO = condition("Ready", "False", { transitionAt: ago(5000) });
const NOT_READY = taint("node.kubernetes.io/not-ready");

test.each([
  ["it still qualifies", [node("n")], {}],
  [
    "the taint will pass",
    [node("n", { taints: [taint("node.kubernetes.io/network-unavailable")] })],
    {},
  ],
  [
    "a cordon is tolerated by every daemon",
    [node("n", { unschedulable: true, taints: [taint("node.kubernetes.io/unschedulable")] })],
    {},
  ],
  ["the node is not ready", [node("n", { taints: [NOT_READY], conditions: [READY_NO] })], {}],
  [
    "the node is not ready, and tainted",
    [node("n", { taints: [NOT_READY, OLD], conditions: [READY_NO] })],
    {},
  ],
  ["the node leaves", [node("n", { taints: [OLD, taint("karpenter.sh/disrupted")] })], {}],
  ["the node is starting", [node("n", { taints: [OLD], createdAt: ago(30) })], {}],
  ["the pod is on its way out", [node("n", { taints: [OLD] })], { deletionAt: ago(5) }],
  ["the pod has ended", [node("n", { taints: [OLD] })], { status: { phase: "Failed" } }],
  ["a NoExecute taint ends it anyway", [node("n", { taints: [taint("x", "NoExecute")] })], {}],
  [
    "the controller deletes it anyway",
    [node("n", { labels: labels({ x: "no" }) })],
    {},
    { template: { nodeSelector: labels({ x: "y" }) } },
  ],
  ["the kind of machine forbids it: ineligible-but-targeted", [fargateNode("n")], {}],
] as const)("silent: %s", (...[_rule, nodes, pod, parts]) => {
  const of = daemonSet("agent", parts ?? {});
  expect(found(nodes, [daemonPod(of, "n", pod)], of)).toEqual([]);
});
