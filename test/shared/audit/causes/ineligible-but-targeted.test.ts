import { expect, test } from "vitest";
import { ineligibleButTargeted } from "#shared/audit/causes/ineligible-but-targeted.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import {
  ago,
  daemonPod,
  daemonSet,
  labels,
  node,
  taint,
  TOLERATE_ALL,
} from "../../../fixtures/build.ts";
import { askSet, setOf } from "../../../fixtures/ask-cause.ts";
import { unscheduled } from "../../../fixtures/placement.ts";
import {
  autoNode,
  fargateNode,
  hybridNode,
  karpenterNode,
  virtualNode,
} from "../../../fixtures/pools.ts";

const everywhere = (name = "agent", template = {}) =>
  daemonSet(name, { template: { tolerations: [TOLERATE_ALL], ...template } });
const found = (nodes: readonly Node[], set = everywhere(), pods: readonly Pod[] = []) =>
  askSet(ineligibleButTargeted, setOf({ Node: nodes, DaemonSet: [set], Pod: pods }));

const waiting = (set: ReturnType<typeof everywhere>, on: string, seconds: number): Pod =>
  daemonPod(set, on, {
    spec: { nodeName: "" },
    status: unscheduled("0/3 nodes are available: 1 Too many pods."),
    createdAt: ago(seconds),
  });

test("Fargate nodes are told once, with the pods that wait there and the rule that leaves them out", () => {
  const set = everywhere();
  const nodes = [karpenterNode("a"), fargateNode("f1"), fargateNode("f2")];
  expect(found(nodes, set, [waiting(set, "f1", 900), waiting(set, "f2", 800)])).toEqual([
    {
      part: "fargate",
      since: ago(900),
      nodes: ["f1", "f2"],
      severity: "warning",
      evidence: {
        daemonSet: "kube-system/agent",
        compute: "fargate",
        because: "Fargate runs no daemon pods",
        nodes: 2,
        pods: 2,
        ready: 0,
        label: { key: "eks.amazonaws.com/compute-type", value: "fargate" },
      },
      says: "it is wanted on 2 nodes, but Fargate runs no daemon pods: 2 pods wait there in vain",
      remedies: [
        {
          action: "change-affinity",
          daemonSet: "kube-system/agent",
          requirement: {
            key: "eks.amazonaws.com/compute-type",
            operator: "NotIn",
            values: ["fargate"],
          },
          change: "add",
          nodes: ["f1", "f2"],
          why: "Fargate runs no daemon pods",
        },
      ],
    },
  ]);
});

const BARE_VIRTUAL = node("v", { taints: [taint("virtual-kubelet.io/provider")] });

test.each([
  ["a virtual node by its label", [virtualNode("v")], "warning", "type", ["virtual-kubelet"]],
  [
    "a virtual node without one by its name",
    [BARE_VIRTUAL],
    "warning",
    "kubernetes.io/hostname",
    ["v"],
  ],
  [
    "virtual nodes that share an ordinary label by their names",
    [{ ...BARE_VIRTUAL, labels: labels({ type: "worker" }) }],
    "warning",
    "kubernetes.io/hostname",
    ["v"],
  ],
] as const)("%s is left out", (_rule, nodes, severity, key, values) => {
  expect(found(nodes)).toMatchObject([
    { severity, remedies: [{ requirement: { key, operator: "NotIn", values } }] },
  ]);
});

test("the VPC CNI on a hybrid node is a warning; what Auto Mode has built in runs twice, as information", () => {
  const set = everywhere("aws-node");
  const pods = [daemonPod(set, "auto")];
  expect(found([hybridNode("h"), autoNode("auto")], set, pods)).toMatchObject([
    {
      part: "hybrid",
      severity: "warning",
      says: "it is wanted on 1 node, but the VPC CNI does not run on hybrid nodes: no pod was made yet",
    },
    {
      part: "auto",
      severity: "info",
      says: "it is wanted on 1 node, but EKS Auto Mode has it built in: 1 pod runs there all the same",
    },
  ]);
});

test.each([
  [
    "its affinity leaves Fargate out",
    [fargateNode("f")],
    everywhere("agent", { nodeSelector: labels({ x: "y" }) }),
  ],
  ["it does not tolerate the taint", [fargateNode("f")], daemonSet("agent")],
  [
    "another daemon on EKS Auto Mode and hybrid nodes",
    [autoNode("a"), hybridNode("h")],
    everywhere(),
  ],
  ["an ordinary node", [karpenterNode("a")], everywhere()],
  ["a Fargate node that leaves", [fargateNode("f", { deletionAt: ago(10) })], everywhere()],
] as const)("silent: %s", (_rule, nodes, set) => {
  expect(found(nodes, set)).toEqual([]);
});
