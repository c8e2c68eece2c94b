import { expect, test } from "vitest";
import { stuckStartupTaint } from "#shared/audit/causes/stuck-startup-taint.ts";
import type { AuditPolicy } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node, Taint } from "#shared/cluster/node.ts";
import type { CsiNode } from "#shared/cluster/storage.ts";
import {
  ago,
  condition,
  daemonPod,
  daemonSet,
  labels,
  metadata,
  node,
  notSeen,
  taint,
  TOLERATE_ALL,
} from "../../../fixtures/build.ts";
import { hitIn, lease, nodePool, nodeViewOf, told } from "../../../fixtures/node-view.ts";

const EFS = taint("efs.csi.aws.com/agent-not-ready", "NoExecute");
const everywhere = { template: { tolerations: [TOLERATE_ALL] } };
const efs = daemonSet("efs-csi-node", everywhere);
const logs = daemonSet("logs", everywhere);

const readyFor = (set: DaemonSet, seconds: number) =>
  daemonPod(set, "n1", {
    status: { conditions: [condition("Ready", "True", { transitionAt: ago(seconds) })] },
  });
const down = (set: DaemonSet) =>
  daemonPod(set, "n1", {
    status: { conditions: [condition("Ready", "False", { transitionAt: ago(3600) })] },
  });

/** A node that has been Ready for 25 minutes and carries these taints. */
const tainted = (
  taints: readonly Taint[],
  more: Partial<Cluster> = {},
  parts: Partial<Node> = {},
  policy: Partial<AuditPolicy> = {},
) =>
  nodeViewOf(
    {
      Node: [
        node("n1", {
          taints,
          createdAt: ago(1560),
          conditions: [condition("Ready", "True", { transitionAt: ago(1500) })],
          ...parts,
        }),
      ],
      ...more,
    },
    policy,
  );
const drivers = (...of: CsiNode["drivers"]): CsiNode => ({
  ...metadata({ name: "n1" }),
  drivers: of,
});

test("the agent has been Ready for long and its gate is still shut (S15)", () => {
  const view = tainted([EFS], {
    DaemonSet: [efs, logs],
    Pod: [readyFor(efs, 1440), down(logs)],
    CSINode: [drivers({ name: "efs.csi.aws.com", limit: 16 })],
  });
  expect(told(stuckStartupTaint, view)).toEqual([
    "warning",
    "taint efs.csi.aws.com/agent-not-ready:NoExecute is still there, though kube-system/efs-csi-node, which it waits for, has been Ready for 24 min",
    [
      {
        action: "remove-taint",
        node: "n1",
        taint: { key: EFS.key, value: "", effect: "NoExecute" },
      },
      {
        action: "restart-pod",
        pod: "kube-system/efs-csi-node-n1",
        node: "n1",
        care: "csi",
      },
    ],
  ]);
  expect(hitIn(stuckStartupTaint.find(view)).since).toBe(ago(1440));
});

test.each([
  [
    "registered with a count: the taint goes first",
    [drivers({ name: "efs.csi.aws.com", limit: 16 })],
    ["remove-taint", "restart-pod"],
  ],
  [
    "registered without one: nothing is lost",
    [drivers({ name: "efs.csi.aws.com", limit: undefined })],
    ["restart-pod", "remove-taint"],
  ],
  [
    "not registered: the restart is the fix",
    [drivers({ name: "ebs.csi.aws.com", limit: 25 })],
    ["restart-pod", "remove-taint"],
  ],
  ["no CSINode of this name", [], ["restart-pod", "remove-taint"]],
] as const)("a CSI driver %s", (_rule, CSINode, actions) => {
  const view = tainted([EFS], { DaemonSet: [efs], Pod: [readyFor(efs, 1440)], CSINode });
  expect(told(stuckStartupTaint, view)[2].map(({ action }) => action)).toEqual(actions);
});

test("where CSINode was not read it is looked at first", () => {
  const view = tainted([EFS], {
    DaemonSet: [efs],
    Pod: [readyFor(efs, 1440)],
    notSeen: notSeen("CSINode"),
  });
  expect(told(stuckStartupTaint, view)[2]).toMatchObject([
    {
      action: "look",
      command: ["kubectl", "get", "csinode", "n1", "-o", "jsonpath={.spec.drivers}"],
    },
    { action: "restart-pod" },
    { action: "remove-taint" },
  ]);
});

test.each([
  ["ebs.csi.aws.com/agent-not-ready", "ebs-csi-node", "kube-system", "csi"],
  ["node.cilium.io/agent-not-ready", "cilium", "kube-system", "cni"],
  [
    "ignore-taint.cluster-autoscaler.kubernetes.io/cilium-agent-not-ready",
    "cilium",
    "kube-system",
    "cni",
  ],
  ["cni.istio.io/not-ready", "istio-cni-node", "istio-system", "cni"],
  ["nidhogg.uswitch.com/spegel.spegel.v2", "spegel.v2", "spegel", "none"],
] as const)("%s waits for %s alone", (key, name, namespace, care) => {
  const owner = daemonSet(name, { namespace, ...everywhere });
  const view = (pods: Cluster["Pod"]) =>
    tainted([taint(key)], { DaemonSet: [logs, owner], Pod: pods });
  expect(stuckStartupTaint.find(view([down(owner), readyFor(logs, 1400)]))).toBeUndefined();
  const up = view([readyFor(owner, 1440), down(logs)]);
  const { evidence } = hitIn(stuckStartupTaint.find(up));
  expect(evidence.gates).toMatchObject([
    { owner: `${namespace}/${name}`, why: "owner-ready", care },
  ]);
});

test.each([
  [
    "a gate of the network follows a condition",
    "node.kubernetes.io/network-unavailable",
    "the network plugin or the cloud's route controller",
  ],
  [
    "the cloud controller has work to do",
    "node.cloudprovider.kubernetes.io/uninitialized",
    "the cloud controller manager",
  ],
  ["Cluster API too", "node.cluster.x-k8s.io/uninitialized", "Cluster API"],
  ["and Karpenter", "karpenter.sh/unregistered", "Karpenter"],
] as const)("%s, so it is not taken off by hand", (_rule, key, by) => {
  const cni = daemonSet("aws-node", everywhere);
  const view = tainted([taint(key)], { DaemonSet: [cni], Pod: [readyFor(cni, 1440)] });
  const [, , remedies] = told(stuckStartupTaint, view);
  expect(remedies).toEqual([
    {
      action: "look",
      command: ["kubectl", "describe", "node", "n1"],
      why: `${by} takes this taint off, and taking it off by hand does not do its work`,
    },
  ]);
});

test.each([
  ["readiness.k8s.io/network", "; node-readiness-controller should take it off"],
  ["startup-taint.cluster-autoscaler.kubernetes.io/x", "; nobody is known to take it off"],
] as const)("%s may wait for any daemon, so all of them count", (key, who) => {
  const metrics = daemonSet("metrics", everywhere);
  const view = (pods: Cluster["Pod"]) =>
    tainted([taint(key)], { DaemonSet: [logs, metrics], Pod: pods });
  expect(stuckStartupTaint.find(view([readyFor(logs, 1440), down(metrics)]))).toBeUndefined();
  expect(stuckStartupTaint.find(view([readyFor(logs, 1440)]))).toBeUndefined();
  expect(
    told(stuckStartupTaint, view([readyFor(logs, 1440), readyFor(metrics, 900)])),
  ).toMatchObject([
    "warning",
    `taint ${key}:NoSchedule is still there, though every daemon of the node has been up for 15 min${who}`,
    [{ action: "remove-taint" }],
  ]);
});

test("an owner that is not in the cluster opens nothing: all daemons count", () => {
  const view = tainted([EFS], { DaemonSet: [logs], Pod: [readyFor(logs, 1440)] });
  expect(told(stuckStartupTaint, view).slice(1)).toEqual([
    "taint efs.csi.aws.com/agent-not-ready:NoExecute is still there, though every daemon of the node has been up for 24 min; the node daemon of efs.csi.aws.com should take it off",
    [
      {
        action: "remove-taint",
        node: "n1",
        taint: { key: EFS.key, value: "", effect: "NoExecute" },
      },
    ],
  ]);
});

test("a gate that keeps out the daemon that it waits for never opens", () => {
  const strict = daemonSet("efs-csi-node");
  const view = tainted([EFS], { DaemonSet: [strict] });
  expect(told(stuckStartupTaint, view)).toEqual([
    "warning",
    "taint efs.csi.aws.com/agent-not-ready:NoExecute has kept out kube-system/efs-csi-node, the very daemon that it waits for, for 25 min",
    [
      {
        action: "add-toleration",
        daemonSet: "kube-system/efs-csi-node",
        toleration: {
          key: EFS.key,
          operator: "Exists",
          value: "",
          effect: "NoExecute",
          seconds: undefined,
        },
        nodes: ["n1"],
      },
    ],
  ]);
});

test("daemons that a gate of nobody keeps out are told, and do not hold it shut", () => {
  const strict = ["metrics", "agent"].map((name) => daemonSet(name));
  const view = tainted([taint("readiness.k8s.io/x")], {
    DaemonSet: [logs, ...strict],
    Pod: [readyFor(logs, 1440)],
  });
  const [, sentence, remedies] = told(stuckStartupTaint, view);
  expect(sentence).toContain(
    "though every daemon of the node but kube-system/agent, kube-system/metrics, which it keeps out, has been up for 24 min",
  );
  expect(remedies).toMatchObject([
    { action: "remove-taint" },
    { action: "add-toleration", daemonSet: "kube-system/agent" },
    { action: "add-toleration", daemonSet: "kube-system/metrics" },
  ]);
});

test("the network's gate waits for the network daemons, and for no other", () => {
  const cni = daemonSet("aws-node", everywhere);
  const view = (pods: Cluster["Pod"]) =>
    tainted([taint("node.kubernetes.io/network-unavailable")], {
      DaemonSet: [cni, logs],
      Pod: pods,
    });
  expect(stuckStartupTaint.find(view([down(cni), readyFor(logs, 1440)]))).toBeUndefined();
  expect(told(stuckStartupTaint, view([readyFor(cni, 1440), down(logs)]))[1]).toContain(
    "though kube-system/aws-node, which it waits for, has been Ready for 24 min",
  );
});

test("two gates are one trouble of the node, the older one first", () => {
  const ebs = daemonSet("ebs-csi-node", everywhere);
  const view = tainted([EFS, taint("ebs.csi.aws.com/agent-not-ready", "NoExecute")], {
    DaemonSet: [efs, ebs],
    Pod: [readyFor(efs, 700), readyFor(ebs, 1400)],
  });
  const [, sentence, remedies] = told(stuckStartupTaint, view);
  expect(sentence).toMatch(/^taint ebs\.csi.*has been Ready for 23 min; so is 1 other$/);
  expect(remedies).toHaveLength(4);
});

test("what a team or a NodePool calls a start-up taint is one", () => {
  const own = taint("example.com/gate");
  const all = { DaemonSet: [logs], Pod: [readyFor(logs, 1440)] };
  expect(stuckStartupTaint.find(tainted([own], all))).toBeUndefined();
  expect(
    stuckStartupTaint.find(tainted([own], all, {}, { startupTaints: ["example.com/*"] })),
  ).toBeDefined();
  const pooled = {
    labels: labels({ "karpenter.sh/nodepool": "p", "karpenter.sh/initialized": "true" }),
  };
  const pools = { NodePool: [nodePool("other"), nodePool("p", "example.com/gate")] };
  expect(stuckStartupTaint.find(tainted([own], { ...all, ...pools }, pooled))).toBeDefined();
  expect(stuckStartupTaint.find(tainted([own], { ...all, ...pools }))).toBeUndefined();
});

test.each([
  ["since its owner is Ready", 601, 600, {}, undefined],
  [
    "since the node is Ready",
    1400,
    1400,
    { conditions: [condition("Ready", "True", { transitionAt: ago(600) })] },
    undefined,
  ],
  ["since the node was made", 1400, 1400, { createdAt: ago(600) }, undefined],
  ["since the taint was added", 1400, 1400, {}, ago(600)],
] as const)("to the second it may take its time %s", (_rule, late, inTime, parts, timeAdded) => {
  const found = (seconds: number, by: number) =>
    stuckStartupTaint.find(
      tainted(
        [{ ...EFS, timeAdded: timeAdded === undefined ? undefined : timeAdded - by }],
        { DaemonSet: [efs], Pod: [readyFor(efs, seconds)] },
        earlier(parts, by),
      ),
    );
  expect(found(inTime, 0)).toBeUndefined();
  expect(found(late, 1000)).toBeDefined();
});

/** The same node, all of it so many milliseconds earlier. */
const earlier = (parts: Partial<Node>, by: number): Partial<Node> => ({
  ...parts,
  ...(parts.createdAt !== undefined && { createdAt: parts.createdAt - by }),
  ...(parts.conditions && {
    conditions: parts.conditions.map((one) => ({
      ...one,
      transitionAt: one.transitionAt === undefined ? undefined : one.transitionAt - by,
    })),
  }),
});

test.each([
  [
    "its agent is down: Cilium's gate comes back on old nodes",
    [taint("node.cilium.io/agent-not-ready")],
    {},
    [daemonSet("cilium", everywhere)],
  ],
  ["a mere preference keeps nobody away", [taint(EFS.key, "PreferNoSchedule")], {}, []],
  ["no start-up taint is there", [taint("nvidia.com/gpu")], {}, []],
  [
    "the node is NotReady",
    [EFS],
    { conditions: [condition("Ready", "False", { transitionAt: ago(1500) })] },
    [],
  ],
  ["it leaves", [EFS, taint("karpenter.sh/disrupted")], {}, []],
  [
    "no daemon runs on Fargate",
    [EFS],
    { labels: labels({ "eks.amazonaws.com/compute-type": "fargate" }) },
    [],
  ],
] as const)("silent: %s", (_rule, taints, parts, sets) => {
  const view = tainted(taints, { DaemonSet: [efs, ...sets], Pod: [readyFor(efs, 1440)] }, parts);
  expect(stuckStartupTaint.find(view)).toBeUndefined();
});

test("silent: nobody hears its kubelet, whatever its pods say", () => {
  const leases = { Lease: [lease("n1", 700), lease("n2", 5)] };
  const view = tainted([EFS], { DaemonSet: [efs], Pod: [readyFor(efs, 1440)], ...leases });
  expect(stuckStartupTaint.find(view)).toBeUndefined();
});

test("a pod that ends or waits elsewhere opens no gate", () => {
  const pods = [
    { ...readyFor(efs, 1440), deletionAt: ago(10) },
    daemonPod(efs, "n1", { spec: { nodeName: "" } }),
  ];
  for (const one of pods)
    expect(
      stuckStartupTaint.find(tainted([EFS], { DaemonSet: [efs], Pod: [one] })),
    ).toBeUndefined();
});

test("what the taint waits for is not known without pods, DaemonSets or times", () => {
  for (const kind of ["Pod", "DaemonSet"] as const)
    expect(
      stuckStartupTaint.find(
        tainted([EFS], { DaemonSet: [efs], Pod: [readyFor(efs, 1440)], notSeen: notSeen(kind) }),
      ),
    ).toEqual({
      cannotTell: "without all pods and DaemonSets nobody knows what its taint waits for",
    });
  const timeless = daemonPod(efs, "n1", {
    createdAt: undefined,
    status: {
      startedAt: undefined,
      conditions: [condition("Ready", "True", { transitionAt: undefined })],
    },
  });
  expect(stuckStartupTaint.find(tainted([EFS], { DaemonSet: [efs], Pod: [timeless] }))).toEqual({
    cannotTell: "since when kube-system/efs-csi-node is up is not told",
  });
  const ready = condition("Ready", "True", { transitionAt: undefined });
  expect(
    stuckStartupTaint.find(tainted([EFS], {}, { createdAt: undefined, conditions: [ready] })),
  ).toEqual({ cannotTell: "since when the node is up is not told" });
});

test("a node without taints is not asked what was not read", () => {
  expect(stuckStartupTaint.find(tainted([], { notSeen: notSeen("Pod") }))).toBeUndefined();
});
