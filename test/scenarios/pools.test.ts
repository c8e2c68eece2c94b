import { describe, expect, test } from "vitest";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import { makeReport } from "#shared/report/make-report.ts";
import {
  ago,
  daemonPod,
  daemonSet,
  labels,
  metadata,
  READY,
  taint,
  tolerate,
  TOLERATE_ALL,
} from "../fixtures/build.ts";
import {
  autoNode,
  claimOf,
  fargateNode,
  gpuNode,
  hybridNode,
  karpenterNode,
  managedNode,
  some,
  virtualNode,
  windowsNode,
  type Shape,
} from "../fixtures/pools.ts";
import { creating } from "./ailing.ts";
import { awsNode, ebsCsiNode, fleet, fluentBit, kubeProxy, USUAL } from "./fleet.ts";
import { alarms, audited, heard, saidOf, verdictOn } from "./heard.ts";

/** Tolerates everything and has no affinity, as security agents do. */
const falco = daemonSet("falco", {
  namespace: "security",
  template: { tolerations: [TOLERATE_ALL] },
});
/** An older chart of the VPC network, which does not leave hybrid nodes out by itself. */
const oldAwsNode = daemonSet("aws-node", {
  namespace: "old",
  uid: "uid-old-aws-node",
  template: { tolerations: [TOLERATE_ALL], hostNetwork: true },
});
const ALL: readonly DaemonSet[] = [...USUAL, falco, oldAwsNode];

const intendedOn = (node: Node): readonly string[] =>
  audited(fleet({ nodes: [node], sets: ALL }))
    .facts.daemonSets.flatMap((view) => view.placements())
    .filter(({ intended }) => intended === "yes")
    .map(({ daemonSet: { key } }) =>
      key.replace(/^(?:kube-system|logging|monitoring|security)\//, ""),
    );

const EVERYWHERE = ["aws-node", "kube-proxy", "ebs-csi-node", "fluent-bit", "node-exporter"];

test.each([
  ["a managed node group", managedNode("n"), [...EVERYWHERE, "falco", "old/aws-node"]],
  ["Karpenter", karpenterNode("n"), [...EVERYWHERE, "falco", "old/aws-node"]],
  [
    "a GPU pool: not who lacks its toleration",
    gpuNode("n"),
    ["aws-node", "kube-proxy", "ebs-csi-node", "node-exporter", "falco", "old/aws-node"],
  ],
  ["Auto Mode: not what it has built in", autoNode("n"), ["fluent-bit", "node-exporter", "falco"]],
  [
    "Auto Mode's system pool: not who lacks CriticalAddonsOnly",
    autoNode("n", { pool: "system" }),
    ["node-exporter", "falco"],
  ],
  [
    "a hybrid node: not the VPC network, however its chart reads",
    hybridNode("n"),
    ["kube-proxy", "fluent-bit", "node-exporter", "falco"],
  ],
  ["Fargate: nobody", fargateNode("n"), []],
  ["a virtual node: nobody", virtualNode("n"), []],
  [
    "Windows: not who asks for Linux, nor who lacks its toleration",
    windowsNode("n"),
    ["node-exporter", "falco", "old/aws-node"],
  ],
] as const)("on %s", (_pool, node, intended) => {
  expect(intendedOn(node)).toEqual(intended);
});

test.each([
  [managedNode("n"), "workers", "ec2"],
  [karpenterNode("n"), "general", "ec2"],
  [gpuNode("n"), "gpu", "ec2"],
  [autoNode("n"), "general-purpose", "auto"],
  [windowsNode("n"), "windows", "ec2"],
  [hybridNode("n"), "", "hybrid"],
  [fargateNode("n"), "fargate", "fargate"],
  [virtualNode("n"), "virtual", "virtual"],
] as const)(
  "its pool and who runs the machine are read from labels (%#)",
  (node, pool, compute) => {
    const [view] = audited(fleet({ nodes: [node], sets: [] })).facts.nodes;

    expect([view?.pool, view?.compute.name]).toEqual([pool, compute]);
  },
);

describe("Windows", () => {
  const winLogs = daemonSet("fluent-bit-windows", {
    namespace: "logging",
    template: {
      nodeSelector: labels({ "kubernetes.io/os": "windows" }),
      tolerations: [tolerate("os", "NoSchedule")],
    },
  });
  const starting = (
    make: (name: string, parts: Shape) => Node,
    set: DaemonSet,
    age: number,
  ): Cluster => {
    const born = ago(age);
    const node = make("young-1", {
      createdAt: born,
      conditions: [{ ...READY, transitionAt: born + 20_000 }],
    });
    return fleet({
      nodes: [...some(3, "worker", managedNode), ...some(2, "win", windowsNode), node],
      sets: [set],
      there: (_set, on) => (on === node ? [creating(set, node, born + 25_000)] : undefined),
    });
  };

  test.each([
    ["after 10 minutes", 600, []],
    [
      "after 16 minutes",
      960,
      ["warning container-creating-stuck DaemonSet logging/fluent-bit-windows"],
    ],
  ] as const)("a node pulls images of gigabytes: %s", (_when, age, hears) => {
    expect(alarms(starting(windowsNode, winLogs, age))).toEqual(hears);
  });

  const tenMinutes = ago(600);
  test.each([
    [
      "a new pod on a node of a month",
      "win-1",
      tenMinutes,
      (node: Node) => [creating(winLogs, node, tenMinutes)],
    ],
    ["no pod at all on a new node", "young-1", tenMinutes, () => []],
  ] as const)("its ten minutes hold for %s as well", (_what, name, createdAt, own) => {
    const node =
      name === "win-1"
        ? windowsNode(name)
        : windowsNode(name, { createdAt, conditions: [{ ...READY, transitionAt: createdAt }] });
    const cluster = fleet({
      nodes: [...some(3, "worker", managedNode), node],
      sets: [winLogs],
      there: (_set, on) => (on === node ? own(node) : undefined),
    });

    expect(verdictOn(cluster, "logging/fluent-bit-windows", name).says).toBe("starting");
    expect(alarms(cluster)).toEqual([]);
  });

  test("a Linux node of the same age is out of time", () => {
    expect(alarms(starting(managedNode, fluentBit, 600))).toEqual([
      "warning container-creating-stuck DaemonSet logging/fluent-bit",
    ]);
  });

  test("a kubelet that refuses the pod for its operating system is told as the wrong platform", () => {
    const cluster = fleet({
      nodes: [...some(6, "worker", managedNode), windowsNode("win-1")],
      sets: [falco],
      there: (set, node) =>
        node.os === "windows"
          ? [
              daemonPod(set, node.name, {
                createdAt: ago(20),
                status: {
                  phase: "Failed",
                  reason: "PodOSSelectorNodeLabelDoesNotMatch",
                  message:
                    "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
                  conditions: [],
                  containers: [],
                },
              }),
            ]
          : undefined,
    });

    expect(alarms(cluster)).toEqual([
      "warning wrong-platform DaemonSet security/falco (windows/amd64)",
    ]);
  });

  test("a cluster whose Windows nodes have neither a network nor a proxy DaemonSet lacks nothing", () => {
    const cluster = fleet({
      nodes: [...some(4, "worker", managedNode), ...some(2, "win", windowsNode)],
      sets: [awsNode, kubeProxy, ebsCsiNode, winLogs],
    });

    expect(alarms(cluster)).toEqual([]);
  });
});

describe("Karpenter", () => {
  const young = (age: number, parts: Shape = {}): Node =>
    karpenterNode("young-1", {
      createdAt: ago(age),
      conditions: [{ ...READY, transitionAt: ago(age - 30) }],
      ...parts,
    });
  const uninitialized = { labels: { "karpenter.sh/initialized": "false" } };
  const withYoung = (node: Node, more: Partial<Cluster> = {}): Cluster =>
    fleet({
      nodes: [...some(5, "general", karpenterNode), node],
      sets: USUAL,
      there: (set, on) => (set === fluentBit && on === node ? [] : undefined),
      ...more,
    });

  test.each([
    ["Ready for ten minutes and not initialized: still starting", young(600, uninitialized), []],
    [
      "Ready for ten minutes and initialized",
      young(600),
      ["warning pod-not-created DaemonSet logging/fluent-bit"],
    ],
    [
      "not initialized after twenty",
      young(1200, uninitialized),
      ["warning pod-not-created DaemonSet logging/fluent-bit"],
    ],
  ] as const)("a node boots until Karpenter calls it initialized: %s", (_when, node, hears) => {
    expect(alarms(withYoung(node))).toEqual(hears);
  });

  const gate = taint("example.com/gpu-driver");
  test("its pool's own start-up taints pass; the same key on another node is there to stay", () => {
    const pool = {
      ...metadata({ name: "general" }),
      startupTaints: [{ key: gate.key, value: "", effect: "NoSchedule" }],
    };
    const intended = (more: Partial<Cluster>): string =>
      audited(withYoung(young(100, { taints: [gate] }), more))
        .facts.daemonSet("logging/fluent-bit")
        ?.placements()
        .find(({ node }) => node.node.name === "young-1")?.intended ?? "";

    expect([intended({ NodePool: [pool] }), intended({})]).toEqual(["yes", "no"]);
  });

  test("a NodeClaim that is being deleted is a leaving node, whatever its taints", () => {
    const node = karpenterNode("general-9");
    const cluster = withYoung(node, {
      NodeClaim: [{ ...claimOf(node), deletionAt: ago(300) }],
    });

    expect(audited(cluster).facts.node("general-9")?.phase.name).toBe("leaving");
    expect(alarms(cluster)).toEqual([]);
    expect(alarms(withYoung(node))).toEqual([
      "warning pod-not-created DaemonSet logging/fluent-bit",
    ]);
  });
});

describe("Auto Mode and hybrid", () => {
  const onlyAuto = fleet({
    nodes: some(3, "i-0auto", autoNode),
    sets: [awsNode, kubeProxy, ebsCsiNode, fluentBit],
  });
  const onlyHybrid = fleet({
    nodes: some(3, "mi-0", hybridNode),
    sets: [awsNode, kubeProxy, ebsCsiNode, fluentBit],
  });

  test.each([
    ["Auto Mode", onlyAuto],
    ["hybrid nodes", onlyHybrid],
  ] as const)(
    "in a cluster of nothing but %s the add-ons that it needs no pods of are no finding",
    (_kind, cluster) => {
      expect(alarms(cluster)).toEqual([]);
      expect(saidOf(cluster, "matches-no-node")).toEqual([]);
    },
  );

  test("its near miss: a DaemonSet for a label that none of these nodes has is told", () => {
    const lost = daemonSet("lost", { template: { nodeSelector: labels({ disk: "nvme" }) } });
    const cluster = fleet({ nodes: some(3, "i-0auto", autoNode), sets: [lost] });

    expect(saidOf(cluster, "matches-no-node")).toHaveLength(1);
  });
});

test("Fargate and virtual nodes are out of every count, and on no map as lacking something", () => {
  const outside = [...some(4, "fargate-ip-10-0-0", fargateNode), virtualNode("virtual-1")];
  const cluster = fleet({
    nodes: [...some(3, "worker", managedNode), ...outside],
    sets: [awsNode, kubeProxy, fluentBit],
  });

  const report = makeReport(audited(cluster).facts, heard(cluster));

  expect(report.summary).toMatchObject({ nodes: 8, intended: 9, covered: 9, gaps: 0, unknown: 0 });
  expect(
    report.nodes.filter((row) => row.outsideCoverage).map(({ name, intended }) => [name, intended]),
  ).toEqual(outside.map(({ name }) => [name, 0]));
});
