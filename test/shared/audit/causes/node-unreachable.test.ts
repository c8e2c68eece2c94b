import { expect, test } from "vitest";
import { nodeNeverReady } from "#shared/audit/causes/node-never-ready.ts";
import { nodeNotReady } from "#shared/audit/causes/node-not-ready.ts";
import { nodeStuckLeaving } from "#shared/audit/causes/node-stuck-leaving.ts";
import { nodeUnreachable } from "#shared/audit/causes/node-unreachable.ts";
import type { NodeView } from "#shared/audit/facts.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Node } from "#shared/cluster/node.ts";
import {
  ago,
  condition,
  daemonPod,
  daemonSet,
  node,
  READY,
  taint,
} from "../../../fixtures/build.ts";
import { hitIn, lease, nodeViewOf, told } from "../../../fixtures/node-view.ts";

const set = daemonSet("logs");
const unknown = (seconds: number) =>
  condition("Ready", "Unknown", {
    reason: "NodeStatusUnknown",
    message: "Kubelet stopped posting node status.",
    transitionAt: ago(seconds),
  });
const healthy = ["n2", "n3", "n4"];

/** One node in trouble beside three that are well. */
const beside = (parts: Partial<Node>, more: Partial<Cluster> = {}) =>
  nodeViewOf({
    Node: [node("n1", parts), ...healthy.map((name) => node(name))],
    DaemonSet: [daemonSet("metrics"), set],
    ...more,
    Lease: [...healthy.map((name) => lease(name, 5)), ...(more.Lease ?? [])],
  });

test("a kubelet that stopped reporting is one trouble for all its daemons", () => {
  const view = beside({ conditions: [unknown(680)] }, { Lease: [lease("n1", 720)] });
  expect(told(nodeUnreachable, view)).toEqual([
    "warning",
    "its kubelet has been silent for 12 min (last lease renewal), so its 2 daemons cannot be judged",
    [
      { action: "repair-node", node: "n1", by: "" },
      { action: "end-machine", node: "n1", by: "own-hardware" },
    ],
  ]);
  const hit = hitIn(nodeUnreachable.find(view));
  expect(hit.since).toBe(ago(720));
  expect(hit.evidence).toMatchObject({
    leaseAge: 720_000,
    calledReady: false,
    reason: "NodeStatusUnknown",
    daemons: ["kube-system/logs", "kube-system/metrics"],
  });
});

test("without leases the node controller's word is enough", () => {
  const view = nodeViewOf({
    Node: [node("n1", { conditions: [unknown(720)] })],
    DaemonSet: [set],
  });
  expect(told(nodeUnreachable, view)[1]).toBe(
    "its kubelet has been silent for 12 min (last status), so its daemon cannot be judged",
  );
});

test("a node that no daemon wants is silent all the same", () => {
  const view = nodeViewOf({ Node: [node("n1", { conditions: [unknown(720)] })] });
  expect(told(nodeUnreachable, view)[1]).toBe(
    "its kubelet has been silent for 12 min (last status)",
  );
});

test("a lease that stands still under a node that is called Ready asks for the controller first", () => {
  const [severity, sentence, [first]] = told(
    nodeUnreachable,
    beside({}, { Lease: [lease("n1", 720)] }),
  );
  expect(severity).toBe("warning");
  expect(sentence).toContain(
    "; Kubernetes still calls it Ready, so its node controller does not act",
  );
  expect(first).toMatchObject({
    action: "look",
    command: ["kubectl", "-n", "kube-system", "get", "lease", "kube-controller-manager"],
  });
});

test("silent: the clock of the node is behind, and its newest pod proves it", () => {
  const early = daemonPod(set, "n1", { createdAt: ago(3600), status: { startedAt: ago(4320) } });
  expect(
    nodeUnreachable.find(beside({}, { Lease: [lease("n1", 720)], Pod: [early] })),
  ).toBeUndefined();
  const inTime = daemonPod(set, "n1", { createdAt: ago(3600), status: { startedAt: ago(3599) } });
  expect(
    nodeUnreachable.find(beside({}, { Lease: [lease("n1", 720)], Pod: [inTime] })),
  ).toMatchObject({ evidence: { calledReady: true } });
});

test("silent: the clock of another node is ahead, and this one is like the rest", () => {
  const ahead = (first: number): Partial<Cluster> => ({
    Lease: [lease("n1", first), lease("n2", 0), lease("n3", 840), lease("n4", 840)],
  });
  expect(nodeUnreachable.find(beside({}, ahead(960)))).toBeUndefined();
  expect(nodeUnreachable.find(beside({}, ahead(961)))).toMatchObject({
    evidence: { leaseAge: 961_000 },
  });
});

test("to the second it may take its grace", () => {
  const after = (seconds: number) =>
    nodeUnreachable.find(beside({ conditions: [unknown(200)] }, { Lease: [lease("n1", seconds)] }));
  expect(after(300)).toBeUndefined();
  expect(after(301)).toMatchObject({ evidence: { silentFor: 301_000 } });
});

test.each([
  ["a machine that was shut down", "node.cloudprovider.kubernetes.io/shutdown"],
  ["a machine out of service", "node.kubernetes.io/out-of-service"],
] as const)("%s is told once, low, and nobody repairs it", (_rule, key) => {
  const view = beside({ conditions: [unknown(86_400)], taints: [taint(key)] });
  expect(told(nodeUnreachable, view)).toEqual([
    "info",
    `its machine is off (taint ${key}) and its Node object stays, so no daemon can run there`,
    [
      {
        action: "wait",
        why: "a machine that is off needs no daemon, and is judged again when it is back",
      },
    ],
  ]);
});

test("a stopped machine of a group can be ended for good", () => {
  const view = beside({
    conditions: [unknown(86_400)],
    taints: [taint("node.cloudprovider.kubernetes.io/shutdown")],
    labels: new Map([["eks.amazonaws.com/nodegroup", "g"]]),
  });
  expect(told(nodeUnreachable, view)[2]).toMatchObject([
    { action: "wait" },
    { action: "end-machine", by: "managed-group" },
  ]);
});

test.each([
  ["it is Ready and renews", { conditions: [READY] }],
  [
    "it says that it is NotReady",
    { conditions: [condition("Ready", "False", { transitionAt: ago(720) })] },
  ],
  [
    "its kubelet never spoke: node-never-ready",
    { conditions: [condition("Ready", "Unknown", { reason: "NodeStatusNeverUpdated" })] },
  ],
  ["it leaves", { conditions: [unknown(720)], taints: [taint("karpenter.sh/disrupted")] }],
  [
    "no daemon runs on Fargate",
    {
      conditions: [unknown(720)],
      labels: new Map([["eks.amazonaws.com/compute-type", "fargate"]]),
    },
  ],
  [
    "nor on one that is stopped",
    {
      conditions: [unknown(720)],
      labels: new Map([["type", "virtual-kubelet"]]),
      taints: [taint("node.kubernetes.io/out-of-service")],
    },
  ],
] as const)("silent: %s", (_rule, parts) => {
  expect(nodeUnreachable.find(beside(parts, { Lease: [lease("n1", 10)] }))).toBeUndefined();
});

test("a silence without any time cannot be told from a moment's", () => {
  const view = beside({ conditions: [condition("Ready", "Unknown", { transitionAt: undefined })] });
  expect(nodeUnreachable.find(view)).toEqual({
    cannotTell: "since when it is silent is not told",
  });
});

const at = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : ago(seconds);
const READINESS = ["True", "False", "Unknown", "Perhaps"].flatMap((status) =>
  ["", "NodeStatusNeverUpdated"].flatMap((reason) =>
    [10, 400, 8000, undefined].map((seconds) => [
      condition("Ready", status, { reason, transitionAt: at(seconds) }),
    ]),
  ),
);
const KEYS = [
  "karpenter.sh/disrupted",
  "node.kubernetes.io/out-of-service",
  "efs.csi.aws.com/agent-not-ready",
];

/** One node of each kind that can be made of these signs. */
function* everyNode(): Generator<NodeView> {
  for (const conditions of [[], ...READINESS])
    for (const born of [10, 8000, undefined])
      for (const deleted of [8000, undefined])
        for (const renewed of [10, 8000, undefined])
          for (const taints of [[], ...KEYS.map((key) => [taint(key)])])
            yield beside(
              { conditions, taints, createdAt: at(born), deletionAt: at(deleted) },
              { Lease: renewed === undefined ? [] : [lease("n1", renewed)] },
            );
}

test("no two causes say of one node why nothing runs there, and a node that is dark for long is never passed over", () => {
  const causes = [nodeUnreachable, nodeNotReady, nodeNeverReady, nodeStuckLeaving];
  const seen = new Set<string>();
  const wrong: unknown[] = [];
  for (const view of everyNode()) {
    const answers = causes.map((cause) => cause.find(view));
    const hits = causes.filter((_, index) => isHit(answers[index]));
    for (const { code } of hits) seen.add(code);
    const { name, since } = view.phase;
    const longDark = name === "dark" && (since === undefined || since <= ago(8000));
    const passedOver = answers.every((answer) => answer === undefined);
    if (hits.length > 1 || (longDark && passedOver)) wrong.push([view.node, view.phase]);
  }
  expect(wrong).toEqual([]);
  expect(seen.size).toBe(causes.length);
});

const isHit = (answer: object | undefined): boolean =>
  answer !== undefined && !("cannotTell" in answer);
