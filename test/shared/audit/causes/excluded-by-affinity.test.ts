import { expect, test } from "vitest";
import { excludedByAffinity } from "#shared/audit/causes/excluded-by-affinity.ts";
import type { AuditPolicy } from "#shared/audit/policy.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Requirement } from "#shared/cluster/selector.ts";
import { container, daemonSet, labels, taint } from "../../../fixtures/build.ts";
import { askSet, setOf } from "../../../fixtures/ask-cause.ts";
import { autoNode, fargateNode, karpenterNode, windowsNode } from "../../../fixtures/pools.ts";

const NODES = [
  karpenterNode("a1"),
  karpenterNode("a2"),
  karpenterNode("r1", { pool: "arm", arch: "arm64" }),
  karpenterNode("r2", { pool: "arm", arch: "arm64" }),
];
type SetParts = NonNullable<Parameters<typeof daemonSet>[1]>;
const selects = (record: Readonly<Record<string, string>>): SetParts => ({
  template: { nodeSelector: labels(record) },
});
const needs = (...terms: readonly (readonly Requirement[])[]): SetParts => ({
  template: {
    requiredNodeAffinity: {
      terms: terms.map((matchExpressions) => ({ matchExpressions, matchFields: [] })),
    },
  },
});
const rule = (key: string, operator: string, ...values: readonly string[]): Requirement => ({
  key,
  operator,
  values,
});
const AMD64 = selects({ "kubernetes.io/arch": "amd64" });

const found = (
  set: SetParts,
  nodes: readonly Node[] = NODES,
  more: { readonly policy?: Partial<AuditPolicy>; readonly others?: readonly DaemonSet[] } = {},
) =>
  askSet(
    excludedByAffinity,
    setOf(
      { Node: nodes, DaemonSet: [daemonSet("agent", set), ...(more.others ?? [])] },
      more.policy,
    ),
  );

test("another processor's pool is told, with the rule that leaves it out", () => {
  expect(found(AMD64)).toEqual([
    {
      part: "arm",
      nodes: ["r1", "r2"],
      severity: "info",
      evidence: {
        daemonSet: "kube-system/agent",
        pool: "arm",
        rules: [{ key: "kubernetes.io/arch", operator: "In", values: ["amd64"] }],
        excluded: 2,
        intended: 2,
        compute: "ec2",
        arch: "arm64",
        mustCover: false,
      },
      says: "meant for 2 nodes; 2 of pool arm left out because it asks for kubernetes.io/arch=amd64",
      remedies: [
        {
          action: "change-affinity",
          daemonSet: "kube-system/agent",
          requirement: { key: "kubernetes.io/arch", operator: "In", values: ["amd64"] },
          change: "remove",
          nodes: ["r1", "r2"],
          why: "right once its image has a build for arm64",
        },
      ],
    },
  ]);
});

test.each([
  ["a list of pools", rule("karpenter.sh/nodepool", "In", "general", "memory"), "arm"],
  [
    "a list of machine types",
    rule("node.kubernetes.io/instance-type", "In", "m7i.xlarge", "m7i.large"),
    "big",
  ],
] as const)("%s that lacks a pool is told", (_rule, requirement, pool) => {
  const nodes = [...NODES, karpenterNode("b", { pool: "big", type: "m7i.8xlarge" })];
  const parts = found(needs([requirement]), nodes).map(({ part }) => part);
  expect(parts).toContain(pool);
});

test("a chart's default that leaves out EKS Auto Mode is a hint", () => {
  const [hit] = found(needs([rule("eks.amazonaws.com/compute-type", "NotIn", "auto", "fargate")]), [
    ...NODES,
    autoNode("auto1"),
    fargateNode("f1"),
  ]);
  expect(hit).toMatchObject({ nodes: ["auto1"], severity: "info" });
  expect(hit?.says).toBe(
    "meant for 4 nodes; 1 of pool general-purpose left out because it asks for eks.amazonaws.com/compute-type not in auto, fargate; EKS Auto Mode may have it built in",
  );
});

const ALSO_WINDOWS = [...NODES, windowsNode("w1")];
const AUTO_TOO = [...NODES, autoNode("auto1")];

test.each([
  [
    "a role that only some nodes have",
    selects({ "node-role": "storage" }),
    [...NODES, karpenterNode("s", { pool: "s", labels: { "node-role": "storage" } })],
  ],
  ["one pool by its name", selects({ "karpenter.sh/nodepool": "general" }), NODES],
  [
    "one machine type",
    selects({ "node.kubernetes.io/instance-type": "m7i.xlarge" }),
    [...NODES, karpenterNode("b", { pool: "big", type: "m7i.8xlarge" })],
  ],
  [
    "pools that are named to be left out",
    needs([rule("karpenter.sh/nodepool", "NotIn", "arm", "x")]),
    NODES,
  ],
  ["another operating system", selects({ "kubernetes.io/os": "linux" }), ALSO_WINDOWS],
  [
    "another operating system and processor",
    needs([rule("kubernetes.io/os", "In", "windows"), rule("kubernetes.io/arch", "In", "amd64")]),
    [...NODES, windowsNode("w1")],
  ],
  [
    "a device plugin's machine types",
    {
      ...needs([rule("node.kubernetes.io/instance-type", "In", "m7i.xlarge", "x")]),
      name: "nvidia-device-plugin",
    },
    [...NODES, karpenterNode("b", { pool: "big", type: "m7i.8xlarge" })],
  ],
  [
    "what EKS Auto Mode has built in",
    { ...needs([rule("eks.amazonaws.com/compute-type", "NotIn", "auto")]), name: "aws-node" },
    AUTO_TOO,
  ],
  [
    "a pool of which it takes some nodes",
    needs([rule("topology.kubernetes.io/zone", "In", "eu-west-1b", "x")]),
    [...NODES, karpenterNode("z", { labels: { "topology.kubernetes.io/zone": "c" } })],
  ],
  [
    "a pool of which a taint keeps the rest",
    AMD64,
    [...NODES, karpenterNode("r3", { pool: "arm", taints: [taint("team")] })],
  ],
  [
    "a rule with an intended one beside it",
    needs([rule("kubernetes.io/arch", "In", "amd64"), rule("tier", "In", "web")]),
    [...NODES, karpenterNode("t", { pool: "t", labels: { tier: "web" } })],
  ],
  [
    "a node that leaves",
    AMD64,
    [
      ...NODES.slice(0, 2),
      karpenterNode("r", { pool: "arm", arch: "arm64", taints: [taint("karpenter.sh/disrupted")] }),
    ],
  ],
  ["excluded everywhere: that is matches-no-node", AMD64, NODES.slice(2)],
] as const)("silent: %s", (_rule, set, nodes) => {
  expect(found(set as SetParts, nodes)).toEqual([]);
});

const onArm = selects({ "kubernetes.io/arch": "arm64" }).template ?? {};
const image = (text: string) => ({ containers: [container({ image: text })] });
const DIGEST = "@sha256:0123456789abcdef";

test.each([
  ["of its name", daemonSet("agent-arm64", { template: { ...onArm, ...image("other:1") } }), 0],
  [
    "of its image",
    daemonSet("sensor", { template: { ...onArm, ...image(`registry.example/agent:2${DIGEST}`) } }),
    0,
  ],
  [
    "of its image in another namespace",
    daemonSet("sensor", { namespace: "b", template: onArm }),
    1,
  ],
  [
    "of its image that leaves them out too",
    daemonSet("sensor", { template: { nodeSelector: labels({ x: "y" }) } }),
    1,
  ],
  [
    "of another image",
    daemonSet("sensor", { template: { ...onArm, ...image("registry.example/agent-x:1") } }),
    1,
  ],
] as const)("a twin takes the other processor: one %s", (_rule, twin, hits) => {
  expect(found(AMD64, NODES, { others: [twin] })).toHaveLength(hits);
});

test("nodes that it must cover are a warning whatever the rule is about, and only those", () => {
  const set = selects({ "karpenter.sh/nodepool": "general" });
  const policy = { mustCover: [{ daemonSet: "*", nodes: "r2" }] };
  const [hit, ...more] = found(set, NODES, { policy });
  expect(more).toEqual([]);
  expect(hit).toMatchObject({ part: "arm", nodes: ["r2"], severity: "warning" });
  expect(hit?.says).toBe(
    "meant for 2 nodes; 1 of pool arm left out because it asks for karpenter.sh/nodepool=general, though it must cover them",
  );
});

test("of several terms the one that a node comes nearest to is told", () => {
  const set = needs(
    [rule("kubernetes.io/arch", "In", "amd64"), rule("kubernetes.io/os", "In", "linux")],
    [rule("tier", "In", "x"), rule("kubernetes.io/os", "In", "windows")],
  );
  expect(found(set).map(({ evidence }) => evidence.rules)).toEqual([
    [{ key: "kubernetes.io/arch", operator: "In", values: ["amd64"] }],
  ]);
});

test("a rule about the node's name is no label that could be taken out", () => {
  const set: SetParts = {
    template: {
      requiredNodeAffinity: {
        terms: [{ matchExpressions: [], matchFields: [rule("metadata.name", "NotIn", "r1")] }],
      },
    },
  };
  const [hit] = found(set, NODES, { policy: { mustCover: [{ daemonSet: "*", nodes: "r1" }] } });
  expect(hit?.says).toContain("field metadata.name≠r1");
  expect(hit?.remedies).toEqual([]);
});
