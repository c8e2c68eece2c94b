import { expect, test } from "vitest";
import { excludedByTaint } from "#shared/audit/causes/excluded-by-taint.ts";
import type { AuditPolicy } from "#shared/audit/policy.ts";
import type { Node, Taint } from "#shared/cluster/node.ts";
import {
  ago,
  daemonSet,
  labels,
  node,
  taint,
  tolerate,
  TOLERATE_ALL,
} from "../../../fixtures/build.ts";
import { nodePool } from "../../../fixtures/node-view.ts";
import { windowsNode } from "../../../fixtures/pools.ts";
import { askSet, setOf } from "../../../fixtures/ask-cause.ts";

const GPU = taint("nvidia.com/gpu", "NoSchedule", "present");
const inPool = (name: string, pool: string, ...taints: readonly Taint[]): Node =>
  node(name, { labels: labels({ "karpenter.sh/nodepool": pool }), taints });

const GENERAL = inPool("a1", "general");
const NODES = [
  GENERAL,
  inPool("a2", "general"),
  inPool("a3", "general"),
  inPool("g1", "gpu", GPU),
  inPool("g2", "gpu", GPU),
];
type SetParts = Parameters<typeof daemonSet>[1];
const found = (set: SetParts, nodes: readonly Node[] = NODES, policy: Partial<AuditPolicy> = {}) =>
  askSet(excludedByTaint, setOf({ Node: nodes, DaemonSet: [daemonSet("agent", set)] }, policy));

test("a pool that only a taint keeps the daemon from is told with its counts and the cost of a pod", () => {
  expect(found({})).toEqual([
    {
      part: "gpu",
      nodes: ["g1", "g2"],
      severity: "info",
      evidence: {
        daemonSet: "kube-system/agent",
        pool: "gpu",
        taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
        excluded: 2,
        inPool: 2,
        intended: 3,
        of: 5,
        mustCover: false,
        requests: [
          { resource: "cpu", amount: "100m" },
          { resource: "memory", amount: "128Mi" },
        ],
      },
      says: "meant for 3 of 5 nodes; 2 of pool gpu excluded by nvidia.com/gpu=present:NoSchedule",
      remedies: [
        {
          action: "add-toleration",
          daemonSet: "kube-system/agent",
          toleration: tolerate("nvidia.com/gpu", "NoSchedule", "present"),
          nodes: ["g1", "g2"],
        },
      ],
    },
  ]);
});

test.each([
  ["it tolerates the taint", { template: { tolerations: [tolerate("nvidia.com/gpu")] } }, NODES],
  [
    "its selector would not take them",
    { template: { nodeSelector: labels({ "karpenter.sh/nodepool": "general" }) } },
    NODES,
  ],
  ["a preference only", {}, [GENERAL, inPool("p", "soft", taint("x", "PreferNoSchedule"))]],
  [
    "a start-up taint",
    {},
    [GENERAL, inPool("s", "new", taint("ebs.csi.aws.com/agent-not-ready", "NoExecute"))],
  ],
  [
    "a node that is not ready",
    {},
    [GENERAL, inPool("s", "new", taint("node.kubernetes.io/not-ready"))],
  ],
  ["a node that leaves", {}, [GENERAL, inPool("s", "gpu", GPU, taint("karpenter.sh/disrupted"))]],
  [
    "Fargate",
    {},
    [
      GENERAL,
      node("f", {
        labels: labels({ "eks.amazonaws.com/compute-type": "fargate" }),
        taints: [taint("eks.amazonaws.com/compute-type", "NoSchedule", "fargate")],
      }),
    ],
  ],
  [
    "what EKS Auto Mode has built in",
    { name: "kube-proxy" },
    [
      GENERAL,
      node("f", {
        labels: labels({ "eks.amazonaws.com/compute-type": "auto" }),
        taints: [taint("CriticalAddonsOnly")],
      }),
    ],
  ],
  ["a Windows pool, where its image could not run", {}, [GENERAL, windowsNode("w")]],
  ["excluded everywhere: that is matches-no-node", {}, [inPool("g1", "gpu", GPU)]],
] as const)("silent: %s", (_rule, set, nodes) => {
  expect(found(set as SetParts, nodes)).toEqual([]);
});

test("a start-up gate that never went is there to stay", () => {
  const old = inPool("s", "old", taint("acme.example/agent-not-ready"));
  const young = inPool("s", "new", taint("acme.example/agent-not-ready"));
  expect(found({}, [inPool("a", "x"), old])).toHaveLength(1);
  expect(found({}, [inPool("a", "x"), { ...young, createdAt: ago(30) }])).toEqual([]);
});

test("each pool is a finding of its own; without pools the taint is", () => {
  const nodes = [
    node("a"),
    node("b", { taints: [taint("team", "NoSchedule", "x")] }),
    node("c", { taints: [taint("team", "NoSchedule", "y")] }),
    node("d", { taints: [taint("gpu")] }),
    inPool("e", "gpu", GPU),
  ];
  expect(found({}, nodes).map(({ part, nodes: out, says }) => [part, out, says])).toEqual([
    [
      "taint team",
      ["b", "c"],
      "meant for 1 of 5 nodes; 2 excluded by team=x:NoSchedule and team=y:NoSchedule",
    ],
    ["taint gpu", ["d"], "meant for 1 of 5 nodes; 1 excluded by gpu:NoSchedule"],
    [
      "gpu",
      ["e"],
      "meant for 1 of 5 nodes; 1 of pool gpu excluded by nvidia.com/gpu=present:NoSchedule",
    ],
  ]);
});

test("all taints of a pool are tolerated in one step, and several values of one as any value", () => {
  const nodes = [
    node("a"),
    inPool("b", "mixed", taint("team", "NoSchedule", "x"), taint("gpu", "NoExecute")),
    inPool("c", "mixed", taint("team", "NoSchedule", "y")),
  ];
  expect(found({}, nodes)[0]?.remedies).toEqual([
    {
      action: "add-toleration",
      daemonSet: "kube-system/agent",
      toleration: tolerate("team", "NoSchedule"),
      also: [tolerate("gpu", "NoExecute")],
      nodes: ["b", "c"],
    },
  ]);
});

test.each([
  [
    "the configuration, by pool",
    {},
    { mustCover: [{ daemonSet: "kube-system/*", nodes: "gp*" }] },
    "warning",
  ],
  ["the configuration, by node", {}, { mustCover: [{ daemonSet: "*", nodes: "g2" }] }, "warning"],
  ["the annotation", { annotations: labels({ "must-cover": "infra, gpu" }) }, {}, "warning"],
  ["the annotation, all", { annotations: labels({ "must-cover": "true" }) }, {}, "warning"],
  ["another DaemonSet's rule", {}, { mustCover: [{ daemonSet: "other/*", nodes: "*" }] }, "info"],
  ["a rule for another pool", { annotations: labels({ "must-cover": "infra" }) }, {}, "info"],
  ["an annotation that says no", { annotations: labels({ "must-cover": "false" }) }, {}, "info"],
] as const)("must cover, by %s", (_rule, set, policy, severity) => {
  const [hit] = found(set, NODES, policy);
  expect(hit?.severity).toBe(severity);
  expect(hit?.says.endsWith(", though it must cover them")).toBe(severity === "warning");
});

test("a toleration of everything leaves nothing out; a DaemonSet known by its pods only cannot be asked", () => {
  expect(found({ template: { tolerations: [TOLERATE_ALL] } })).toEqual([]);
  const view = setOf({ Node: NODES, DaemonSet: [daemonSet("agent", { inferred: true })] });
  expect(excludedByTaint.find(view)).toHaveProperty("cannotTell");
});

test("what Karpenter's pool calls a start-up taint passes at any age", () => {
  const nodes = [GENERAL, inPool("s", "slow", taint("acme.example/setup"))];
  const hits = (name: string) =>
    askSet(
      excludedByTaint,
      setOf({
        Node: nodes,
        DaemonSet: [daemonSet("agent")],
        NodePool: [nodePool(name, "acme.example/setup")],
      }),
    );
  expect(hits("slow")).toEqual([]);
  expect(hits("other")).toHaveLength(1);
});
