import { expect, test } from "vitest";
import { nodeStuckLeaving } from "#shared/audit/causes/node-stuck-leaving.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { PodDisruptionBudget } from "#shared/cluster/policy.ts";
import {
  ago,
  condition,
  daemonPod,
  daemonSet,
  labels,
  metadata,
  node,
  pod,
  taint,
  tolerate,
} from "../../../fixtures/build.ts";
import { hitIn, nodeClaim, nodeViewOf, told } from "../../../fixtures/node-view.ts";

const DISRUPTED = taint("karpenter.sh/disrupted");
const scaleDown = (seconds: number) =>
  taint("ToBeDeletedByClusterAutoscaler", "NoSchedule", String(ago(seconds) / 1000));
const leaving = (seconds: number, parts: Partial<Node> = {}, more: Partial<Cluster> = {}) =>
  nodeViewOf({ Node: [node("n1", { deletionAt: ago(seconds), ...parts })], ...more });
const web = (name: string, parts: Parameters<typeof pod>[1] = {}) =>
  pod(name, { namespace: "web", spec: { nodeName: "n1" }, ...parts });
const budget = (disruptionsAllowed: number, parts: Partial<PodDisruptionBudget> = {}) => ({
  ...metadata({ name: "web", namespace: "web" }),
  selector: { matchLabels: labels({ app: "web" }), matchExpressions: [] },
  disruptionsAllowed,
  disruptedPods: new Set<string>(),
  ...parts,
});
const actions = (view: ReturnType<typeof nodeViewOf>): readonly string[] =>
  told(nodeStuckLeaving, view)[2].map(({ action }) => action);

test("until its time is over it is nobody's alarm, to the second", () => {
  expect(nodeStuckLeaving.find(leaving(3600))).toBeUndefined();
  expect(hitIn(nodeStuckLeaving.find(leaving(3601)))).toMatchObject({
    since: ago(3601),
    evidence: { boundBy: "policy", mayTake: 3_600_000, leavingFor: 3_601_000 },
  });
});

test("an empty node that does not go", () => {
  const view = leaving(3 * 3600, {}, { Pod: [web("done", { status: { phase: "Succeeded" } })] });
  expect(told(nodeStuckLeaving, view)).toEqual([
    "warning",
    "leaving for 3 h (it is being deleted), longer than the 60 min it may take; no workload still runs there",
    [
      {
        action: "look",
        command: ["kubectl", "describe", "node/n1"],
        why: "what the removal waits for: its finalizers and its last events",
      },
    ],
  ]);
});

test("a NodeClaim's own time is the bound, with five minutes for the machine to end", () => {
  const claimed = (seconds: number, terminationGracePeriodSeconds: number) =>
    nodeStuckLeaving.find(
      leaving(
        100_000,
        {},
        {
          NodeClaim: [nodeClaim("n1", { deletionAt: ago(seconds), terminationGracePeriodSeconds })],
        },
      ),
    );
  expect(claimed(7500, 7200)).toBeUndefined();
  expect(claimed(7501, 7200)).toMatchObject({
    evidence: { boundBy: "NodeClaim", mayTake: 7_500_000, claim: "claim-of-n1" },
  });
  expect(claimed(301, 0)).toMatchObject({ evidence: { mayTake: 300_000 } });
});

test("a NodeClaim without a time of its own has the policy's, and is what to look at", () => {
  const view = leaving(7200, {}, { NodeClaim: [nodeClaim("n1", { deletionAt: ago(7200) })] });
  const [, sentence, remedies] = told(nodeStuckLeaving, view);
  expect(sentence).toContain("longer than the 60 min it may take");
  expect(remedies).toMatchObject([{ command: ["kubectl", "describe", "nodeclaim/claim-of-n1"] }]);
});

test.each([
  ["a pod that asks for it", web("a", { doNotDisrupt: true }), "it asks not to be disrupted"],
  [
    "a budget that is used up",
    web("a", { labels: labels({ app: "web" }) }),
    "PodDisruptionBudget web allows no disruption",
  ],
  [
    "a pod that does not end",
    web("a", { deletionAt: ago(301), doNotDisrupt: true }),
    "it was deleted and does not end",
  ],
] as const)("the drain is held by %s", (_rule, held, why) => {
  const view = leaving(7200, {}, { Pod: [web("free"), held], PodDisruptionBudget: [budget(0)] });
  const [, sentence, remedies] = told(nodeStuckLeaving, view);
  expect(sentence).toBe(
    `leaving for 2 h (it is being deleted), longer than the 60 min it may take; 2 workload pods still run there, held by web/a (${why})`,
  );
  expect(remedies).toMatchObject([
    {
      action: "look",
      command: [
        "kubectl",
        "get",
        "pods",
        "-A",
        "--field-selector",
        "spec.nodeName=n1",
        "-o",
        "wide",
      ],
    },
  ]);
});

test.each([
  ["a budget with room", budget(1)],
  ["a budget that counted this pod already", budget(0, { disruptedPods: new Set(["a"]) })],
  ["a budget of another namespace", budget(0, { namespace: "db" })],
  [
    "a budget of other pods",
    budget(0, { selector: { matchLabels: labels({ app: "db" }), matchExpressions: [] } }),
  ],
] as const)("nothing is held by %s", (_rule, pdb) => {
  const view = leaving(
    7200,
    {},
    {
      Pod: [
        web("a", { labels: labels({ app: "web" }) }),
        web("b", { deletionAt: ago(300), doNotDisrupt: true }),
      ],
      PodDisruptionBudget: [pdb],
    },
  );
  expect(nodeStuckLeaving.find(view)).toMatchObject({ evidence: { held: [], workloads: 2 } });
});

test("a daemon that is gone beside running workloads lacks a toleration", () => {
  const logs = daemonSet("logs");
  const tolerant = daemonSet("metrics", { template: { tolerations: [tolerate(DISRUPTED.key)] } });
  const there = daemonSet("proxy");
  const ended = daemonPod(logs, "n1", { status: { phase: "Failed" } });
  const view = leaving(
    7200,
    { taints: [DISRUPTED] },
    {
      DaemonSet: [there, tolerant, logs],
      Pod: [web("a"), daemonPod(there, "n1"), ended],
    },
  );
  const [, sentence, [first]] = told(nodeStuckLeaving, view);
  expect(sentence).toMatch(/; 1 workload pod still runs there, without kube-system\/logs$/);
  expect(first).toEqual({
    action: "add-toleration",
    daemonSet: "kube-system/logs",
    toleration: {
      key: "karpenter.sh/disrupted",
      operator: "Exists",
      value: "",
      effect: "NoSchedule",
      seconds: undefined,
    },
    nodes: ["n1"],
  });
});

test("several missing daemons are in order, and none is missed where no workload is left", () => {
  const sets = ["b", "a"].map((name) => daemonSet(name));
  const missing = (pods: Cluster["Pod"]) =>
    hitIn(
      nodeStuckLeaving.find(leaving(7200, { taints: [DISRUPTED] }, { DaemonSet: sets, Pod: pods })),
    ).evidence.missing.map(({ daemonSet: key }) => key);
  expect(missing([web("a")])).toEqual(["kube-system/a", "kube-system/b"]);
  expect(missing([])).toEqual([]);
});

test("a taint that the autoscaler left behind can be taken off, one of a running removal not", () => {
  const left = nodeViewOf({ Node: [node("n1", { taints: [scaleDown(7200)] })] });
  expect(told(nodeStuckLeaving, left)[2]).toEqual([
    {
      action: "remove-taint",
      node: "n1",
      taint: { key: "ToBeDeletedByClusterAutoscaler", value: "", effect: "NoSchedule" },
    },
  ]);
  expect(actions(leaving(7200, { taints: [scaleDown(7200)] }))).toEqual(["look"]);
  expect(
    nodeStuckLeaving.find(nodeViewOf({ Node: [node("n1", { taints: [scaleDown(3600)] })] })),
  ).toBeUndefined();
});

test.each([
  ["own hardware", {}, [["end-machine", "own-hardware"]]],
  ["Karpenter's", { "karpenter.sh/nodepool": "p" }, [["end-machine", "karpenter"]]],
  [
    "Auto Mode's",
    { "eks.amazonaws.com/compute-type": "auto" },
    [["repair-node", "AWS (EKS Auto Mode)"]],
  ],
] as const)("a node that fell silent on its way out: %s", (_rule, given, expected) => {
  const view = leaving(7200, {
    conditions: [condition("Ready", "Unknown", { transitionAt: ago(7000) })],
    labels: labels(given),
  });
  expect(
    told(nodeStuckLeaving, view)[2].map((call) => [call.action, "by" in call ? call.by : ""]),
  ).toEqual(expected);
});

test.each([
  ["it stays", {}],
  [
    "a candidate is often kept",
    { taints: [taint("DeletionCandidateOfClusterAutoscaler", "PreferNoSchedule")] },
  ],
  ["a cordon is no removal", { unschedulable: true }],
] as const)("silent: %s", (_rule, parts) => {
  expect(nodeStuckLeaving.find(nodeViewOf({ Node: [node("n1", parts)] }))).toBeUndefined();
});

test("silent: Fargate's nodes go by themselves", () => {
  const view = leaving(7200, { labels: labels({ "eks.amazonaws.com/compute-type": "fargate" }) });
  expect(nodeStuckLeaving.find(view)).toBeUndefined();
});

test("a mere taint of Karpenter does not say since when", () => {
  expect(
    nodeStuckLeaving.find(nodeViewOf({ Node: [node("n1", { taints: [DISRUPTED] })] })),
  ).toEqual({
    cannotTell: "since when it is leaving is not told",
  });
});
