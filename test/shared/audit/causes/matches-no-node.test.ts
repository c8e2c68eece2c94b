import { expect, test } from "vitest";
import { matchesNoNode } from "#shared/audit/causes/matches-no-node.ts";
import type { AuditPolicy } from "#shared/audit/policy.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Requirement } from "#shared/cluster/selector.ts";
import { daemonSet, labels, node, notSeen, taint, tolerate } from "../../../fixtures/build.ts";
import { askSet, setOf } from "../../../fixtures/ask-cause.ts";
import {
  autoNode,
  fargateNode,
  gpuNode,
  hybridNode,
  karpenterNode,
  virtualNode,
  windowsNode,
} from "../../../fixtures/pools.ts";

type SetParts = NonNullable<Parameters<typeof daemonSet>[1]>;
const selects = (record: Readonly<Record<string, string>>, parts: SetParts = {}): SetParts => ({
  ...parts,
  template: { ...parts.template, nodeSelector: labels(record) },
});
const needs = (rules: readonly Requirement[], parts: SetParts = {}): SetParts => ({
  ...parts,
  template: { requiredNodeAffinity: { terms: [{ matchExpressions: rules, matchFields: [] }] } },
});
const labelled = (name: string, record: Readonly<Record<string, string>>): Node =>
  node(name, { labels: labels(record) });

const found = (set: SetParts, nodes: readonly Node[], policy: Partial<AuditPolicy> = {}) =>
  askSet(matchesNoNode, setOf({ Node: nodes, DaemonSet: [daemonSet("agent", set)] }, policy));

const WORKERS = [
  labelled("w1", { role: "workers", disk: "ssd" }),
  labelled("w2", { role: "workers", disk: "ssd" }),
  labelled("i1", { role: "infra", disk: "ssd" }),
];

test("a label that is spelled otherwise on nodes that fit in all else is a warning", () => {
  expect(found(selects({ role: "worker", disk: "ssd" }), WORKERS)).toEqual([
    {
      nodes: ["w1", "w2"],
      severity: "warning",
      evidence: {
        daemonSet: "kube-system/agent",
        why: "slip",
        rules: [{ key: "role", operator: "In", values: ["worker"] }],
        meant: { key: "role", value: "workers" },
        taints: [],
        pinned: "",
        near: 2,
        nodes: 3,
      },
      says: "it asks for role=worker, which none of 3 nodes has; 2 nodes would fit by role=workers",
      remedies: [
        {
          action: "change-affinity",
          daemonSet: "kube-system/agent",
          requirement: { key: "role", operator: "In", values: ["workers"] },
          instead: { key: "role", operator: "In", values: ["worker"] },
          change: "add",
          nodes: ["w1", "w2"],
          why: "that is the label that these nodes have",
        },
      ],
    },
  ]);
});

test("a selector that chose nodes which a taint keeps it from is a warning", () => {
  const [hit, ...more] = found(selects({ "karpenter.sh/nodepool": "gpu" }), [
    karpenterNode("a"),
    gpuNode("g1"),
    gpuNode("g2"),
  ]);
  expect(more).toEqual([]);
  expect(hit).toMatchObject({ nodes: ["g1", "g2"], severity: "warning" });
  expect(hit?.says).toBe(
    "its selector takes 2 nodes, and taint nvidia.com/gpu=present:NoSchedule keeps it off all of them",
  );
  expect(hit?.remedies).toEqual([
    {
      action: "add-toleration",
      daemonSet: "kube-system/agent",
      toleration: tolerate("nvidia.com/gpu", "NoSchedule", "present"),
      nodes: ["g1", "g2"],
    },
  ]);
});

test("no node has what it asks for: information, since the pool may be scaled to zero", () => {
  expect(found(selects({ pool: "gpu", disk: "ssd" }), WORKERS)).toEqual([
    {
      nodes: [],
      severity: "info",
      evidence: {
        daemonSet: "kube-system/agent",
        why: "absent",
        rules: [{ key: "pool", operator: "In", values: ["gpu"] }],
        meant: { key: "", value: "" },
        taints: [],
        pinned: "",
        near: 0,
        nodes: 3,
      },
      says: "it asks for pool=gpu, which none of 3 nodes has",
      remedies: [
        {
          action: "look",
          command: ["kubectl", "get", "nodes", "--label-columns=pool"],
          why: "whether the nodes that it is for are scaled to zero, and nothing is wrong",
        },
      ],
    },
  ]);
});

const CONTROL_PLANE = node("cp", {
  labels: labels({ "node-role.kubernetes.io/control-plane": "" }),
  taints: [taint("node-role.kubernetes.io/control-plane")],
});
const INF = "node.kubernetes.io/instance-type";
const neuron = (...values: readonly string[]) =>
  needs([{ key: INF, operator: "In", values }], { name: "neuron-device-plugin" });
const inf = (type: string) => [karpenterNode("n1", { type }), karpenterNode("n2")];

test.each([
  [
    "the label was renamed in Kubernetes 1.24",
    selects({ "node-role.kubernetes.io/master": "" }),
    [labelled("cp", { "node-role.kubernetes.io/control-plane": "" })],
    "slip",
  ],
  [
    "a platform label has its old name",
    selects({ "beta.kubernetes.io/arch": "amd64" }),
    [node("n")],
    "slip",
  ],
  [
    "a device plugin's list lacks the size at hand",
    neuron("inf2.xlarge", "inf2.8xlarge"),
    inf("inf2.24xlarge"),
    "slip",
  ],
  [
    "a Windows selector, and the pool's taint",
    selects({ "kubernetes.io/os": "windows" }),
    [node("n"), windowsNode("w")],
    "tainted",
  ],
] as const)("warning: %s", (_rule, set, nodes, why) => {
  expect(found(set, nodes)).toMatchObject([{ severity: "warning", evidence: { why } }]);
});

test.each([
  ["the processor's twin", selects({ "kubernetes.io/arch": "arm64" }), [node("n")], "absent"],
  ["the system's twin", selects({ "kubernetes.io/os": "windows" }), [node("n")], "absent"],
  ["a sibling pool is there", selects({ pool: "gpu" }), [labelled("n", { pool: "cpu" })], "absent"],
  ["another machine family", neuron("inf2.xlarge"), inf("m7i.xlarge"), "absent"],
  [
    "a daemon that is no device plugin",
    needs([{ key: INF, operator: "In", values: ["m7i.large"] }]),
    [karpenterNode("n")],
    "absent",
  ],
  [
    "two rules fail, one of them by a slip",
    selects({ role: "worker", zone: "x" }),
    WORKERS,
    "absent",
  ],
  ["only a control plane is there", {}, [CONTROL_PLANE], "tainted"],
  [
    "a control plane was chosen",
    selects({ "node-role.kubernetes.io/control-plane": "" }),
    [CONTROL_PLANE, node("n")],
    "tainted",
  ],
  [
    "any node would do, and only a system pool is up",
    {},
    [node("s", { taints: [taint("CriticalAddonsOnly")] })],
    "tainted",
  ],
  [
    "Linux was asked for, and all of it is tainted",
    selects({ "kubernetes.io/os": "linux" }),
    [node("s", { taints: [taint("x")] })],
    "tainted",
  ],
  ["its template names a node", { template: { nodeName: "gone" } }, [node("n")], "pinned"],
  ["its only term is empty", needs([]), [node("n")], "other"],
] as const)("information: %s", (_rule, set, nodes, why) => {
  expect(found(set, nodes)).toMatchObject([{ severity: "info", evidence: { why } }]);
});

test.each([
  ["it is meant for one node", selects({ role: "infra" }), WORKERS],
  ["there is no node", {}, []],
  ["all nodes are Fargate or virtual", {}, [fargateNode("f"), virtualNode("v")]],
  [
    "EKS Auto Mode has it built in",
    needs([{ key: "eks.amazonaws.com/compute-type", operator: "NotIn", values: ["auto"] }], {
      name: "aws-node",
    }),
    [autoNode("a")],
  ],
  ["the VPC CNI beside hybrid nodes", { name: "aws-node" }, [hybridNode("h")]],
  [
    "a chart for a compute type that is not there",
    selects({ "eks.amazonaws.com/compute-type": "hybrid" }),
    [karpenterNode("n")],
  ],
  [
    "every node leaves",
    selects({ x: "y" }),
    [node("n", { taints: [taint("karpenter.sh/disrupted")] })],
  ],
] as const)("silent: %s", (_rule, set, nodes) => {
  expect(found(set, nodes)).toEqual([]);
});

test("each rule is fulfilled somewhere and all of them nowhere: all are named", () => {
  const nodes = [labelled("a", { x: "1" }), labelled("b", { y: "1" })];
  expect(found(selects({ x: "1", y: "1" }), nodes)[0]?.says).toBe(
    "it asks for x=1 and y=1, which none of 2 nodes has",
  );
  expect(found(selects({ z: "1" }), nodes.slice(0, 1))[0]?.says).toBe(
    "it asks for z=1, which the only node has not",
  );
});

test("nodes that it must cover make it a warning", () => {
  const policy = { mustCover: [{ daemonSet: "*", nodes: "i1" }] };
  expect(found(selects({ pool: "gpu" }), WORKERS, policy)).toMatchObject([
    { severity: "warning", nodes: ["i1"] },
  ]);
  const alone = { mustCover: [{ daemonSet: "*", nodes: "cp" }] };
  expect(found({}, [CONTROL_PLANE], alone)).toMatchObject([{ severity: "warning" }]);
});

test.each([
  ["its DaemonSet object was not read", { DaemonSet: [daemonSet("a", { inferred: true })] }],
  [
    "not all nodes were read",
    { DaemonSet: [daemonSet("a", selects({ x: "y" }))], notSeen: notSeen("Node") },
  ],
  [
    "a toleration that only a newer Kubernetes compares decides",
    {
      DaemonSet: [
        daemonSet("a", {
          template: { tolerations: [{ ...tolerate("sla"), operator: "Gt", value: "900" }] },
        }),
      ],
      Node: [
        node("n", { taints: [taint("sla", "NoSchedule", "950")] }),
        node("m", { taints: [taint("x")] }),
      ],
      version: undefined,
    },
  ],
] as const)("cannot tell: %s", (_rule, parts) => {
  expect(matchesNoNode.find(setOf({ Node: WORKERS, ...parts }))).toHaveProperty("cannotTell");
});

test("of several slips the one that most nodes show is told", () => {
  const nodes = [labelled("x", { role: "Worker" }), ...WORKERS];
  expect(found(selects({ role: "worker" }), nodes)).toMatchObject([
    { nodes: ["w1", "w2"], evidence: { meant: { key: "role", value: "workers" } } },
  ]);
});
