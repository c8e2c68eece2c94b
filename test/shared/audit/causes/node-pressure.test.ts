import { expect, test } from "vitest";
import { nodePressure } from "#shared/audit/causes/node-pressure.ts";
import type { Condition, Node } from "#shared/cluster/node.ts";
import {
  ago,
  condition,
  container,
  daemonPod,
  daemonSet,
  node,
  resources,
  taint,
} from "../../../fixtures/build.ts";
import { hitIn, lease, nodeViewOf, told } from "../../../fixtures/node-view.ts";

const READY = condition("Ready", "True");
const pressure = (type: string, parts: Partial<Condition> = {}): Condition =>
  condition(type, "True", {
    reason: "KubeletHasDiskPressure",
    message: "kubelet has disk pressure",
    transitionAt: ago(720),
    ...parts,
  });
const daemon = (name: string, priority: number, requests: Readonly<Record<string, string>> = {}) =>
  daemonSet(name, {
    template: { priority, containers: [container({ requests: resources(requests) })] },
  });

const SETS = [
  daemon("critical", 2_000_000_000),
  daemon("high", 1000, { memory: "1Gi", "ephemeral-storage": "1Gi" }),
  daemon("no-memory", 2000, { "ephemeral-storage": "1Gi" }),
  daemon("no-disk", 3000, { memory: "1Gi" }),
  daemon("low", 0, { memory: "1Gi", "ephemeral-storage": "1Gi" }),
];
const pressed = (conditions: readonly Condition[], parts: Partial<Node> = {}, sets = SETS) =>
  nodeViewOf({
    Node: [node("n1", { conditions: [READY, ...conditions], ...parts })],
    DaemonSet: sets,
    Pod: sets.map((set) => daemonPod(set, "n1")),
    Lease: [lease("n1", 5)],
  });
const order = (...types: readonly string[]): readonly string[] =>
  hitIn(nodePressure.find(pressed(types.map((type) => pressure(type))))).evidence.next.map(
    ({ daemonSet: key }) => key.replace("kube-system/", ""),
  );

test("who is evicted next is told, and who never is", () => {
  const view = pressed([pressure("DiskPressure")]);
  expect(told(nodePressure, view)).toEqual([
    "info",
    "DiskPressure for 12 min; of its daemons the kubelet evicts next: kube-system/no-disk (priority 3000, no request), kube-system/low (priority 0), kube-system/high (priority 1000) and 1 more; 1 is too important to be evicted",
    [{ action: "free-disk", node: "n1", resource: "ephemeral-storage" }],
  ]);
  const { since, evidence } = hitIn(nodePressure.find(view));
  expect(since).toBe(ago(720));
  expect(evidence.safe).toEqual(["kube-system/critical"]);
});

test("whoever asked for nothing of what is short goes first, then the lower priority", () => {
  expect(order("DiskPressure")).toEqual(["no-disk", "low", "high", "no-memory"]);
  expect(order("MemoryPressure")).toEqual(["no-memory", "low", "high", "no-disk"]);
  expect(order("PIDPressure")).toEqual(["low", "high", "no-memory", "no-disk"]);
  expect(order("DiskPressure", "MemoryPressure")).toEqual(["no-memory", "no-disk", "low", "high"]);
});

test("equal daemons are in the order of their names", () => {
  const sets = [
    ...["c", "b", "a"].map((name) => daemon(name, 0)),
    ...["z", "y"].map((name) => daemon(name, 2_000_000_000)),
  ];
  const view = pressed([pressure("PIDPressure")], {}, sets);
  expect(told(nodePressure, view)[1]).toMatch(
    /next: kube-system\/a \(priority 0\), kube-system\/b \(priority 0\), kube-system\/c \(priority 0\); 2 are/,
  );
  expect(hitIn(nodePressure.find(view)).evidence.safe).toEqual(["kube-system/y", "kube-system/z"]);
});

test("several pressures are one trouble since the first of them", () => {
  const view = pressed([
    pressure("MemoryPressure", { transitionAt: ago(60) }),
    pressure("PIDPressure", { transitionAt: ago(7200) }),
  ]);
  const [, sentence, remedies] = told(nodePressure, view);
  expect(sentence).toMatch(/^MemoryPressure and PIDPressure for 2 h; /);
  expect(remedies).toMatchObject([
    {
      action: "look",
      command: ["kubectl", "get", "--raw", "/api/v1/nodes/n1/proxy/stats/summary"],
      why: "which pod uses more memory than it asked for; no auto repair acts on pressure",
    },
    { action: "look", why: "which pod has the most processes; no auto repair acts on pressure" },
  ]);
});

test("only pods that are there can be evicted", () => {
  const [, sentence] = told(
    nodePressure,
    nodeViewOf({
      Node: [
        node("n1", { conditions: [READY, pressure("DiskPressure", { transitionAt: undefined })] }),
      ],
      DaemonSet: SETS,
      Pod: SETS.slice(1, 3).map((set, at) =>
        daemonPod(
          set,
          "n1",
          at === 0 ? { spec: { nodeName: "" } } : { status: { phase: "Failed" } },
        ),
      ),
    }),
  );
  expect(sentence).toBe("DiskPressure; none of its daemons can be evicted");
});

test.each([
  ["it is False", [condition("DiskPressure", "False")], {}],
  ["it is Unknown", [condition("DiskPressure", "Unknown")], {}],
  ["a condition of somebody else", [pressure("KernelDeadlock"), pressure("StorageReady")], {}],
  [
    "the node leaves",
    [pressure("DiskPressure")],
    { taints: [taint("ToBeDeletedByClusterAutoscaler")] },
  ],
  [
    "what a silent kubelet said is old",
    [pressure("DiskPressure"), condition("Ready", "Unknown")],
    { conditions: [condition("Ready", "Unknown"), pressure("DiskPressure")] },
  ],
  [
    "no daemon runs on Fargate",
    [pressure("DiskPressure")],
    { labels: new Map([["eks.amazonaws.com/compute-type", "fargate"]]) },
  ],
] as const)("silent: %s", (_rule, conditions, parts) => {
  expect(nodePressure.find(pressed(conditions, parts))).toBeUndefined();
});
