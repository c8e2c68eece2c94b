import { expect, test } from "vitest";
import { noPriority } from "#shared/audit/causes/no-priority.ts";
import type { PriorityClass } from "#shared/cluster/policy.ts";
import { remedyOf } from "#shared/remediation/remedy.ts";
import { daemonPod, daemonSet, metadata, node, notSeen, pod } from "../../../fixtures/build.ts";
import { hitOf, remediesOf, sentenceOf, viewOf } from "../../../fixtures/rollout.ts";

const set = daemonSet("promtail");
const Node = [node("n1")];
const made = (priority: number) => [daemonPod(set, "n1", { spec: { priority } })];
const byDefault = (value: number): PriorityClass => ({
  ...metadata({ name: `default-${value}` }),
  value,
  globalDefault: true,
  preemptionPolicy: "",
});

test.each([
  ["no class anywhere", { Pod: made(0) }, 0],
  ["no pod yet, and a global default", { PriorityClass: [byDefault(500)] }, 500],
  ["the lowest of several global defaults", { PriorityClass: [byDefault(500), byDefault(-7)] }, -7],
  ["the pods have the global default", { Pod: made(500), PriorityClass: [byDefault(500)] }, 500],
  [
    "classes were not read, and the pods have none",
    { Pod: made(0), notSeen: notSeen("PriorityClass") },
    0,
  ],
  ["neither pods nor classes were read", { notSeen: notSeen("PriorityClass") }, null],
] as const)("told: %s", (_rule, parts, priority) => {
  expect(hitOf(noPriority, viewOf(set, { Node, ...parts })).evidence).toEqual({
    daemonSet: "kube-system/promtail",
    role: "logs",
    priority,
  });
});

test.each([
  ["its class is named", daemonSet("agent", { template: { priorityClassName: "agents" } }), {}],
  ["admission gave its pods more than the default", set, { Pod: made(1000) }],
  ["known from its pods only", { ...set, inferred: true }, { Pod: made(0) }],
] as const)("silent: %s", (_rule, of, parts) => {
  expect(noPriority.find(viewOf(of, { Node, ...parts }))).toEqual([]);
});

test("without the classes a priority of pods may be the default or not", () => {
  const view = viewOf(set, { Node, Pod: made(1000), notSeen: notSeen("PriorityClass") });
  expect(noPriority.find(view)).toEqual({
    cannotTell:
      "priority classes were not read, so whether its pods have more than the default is not known",
  });
});

test("what a node cannot do without is named as such", () => {
  expect(sentenceOf(noPriority, viewOf(set, { Node, Pod: made(0) }))).toBe(
    "it has no priority class: its priority is 0, like any workload, so on a full node nobody makes way for it",
  );
  const cni = daemonSet("aws-node");
  expect(sentenceOf(noPriority, viewOf(cni, { Node, notSeen: notSeen("PriorityClass") }))).toBe(
    "it has no priority class: its priority is that of any workload, so on a full node nobody makes way for it, though the node is of no use without its CNI",
  );
});

const workload = (name: string, priority: number, owner = "ReplicaSet", phase = "Running") =>
  pod(name, {
    owners: [{ kind: owner, name, uid: name, controller: true }],
    spec: { nodeName: "n1", priority },
    status: { phase },
  });

test("a class above what workloads have; system classes, daemons and what has ended do not count", () => {
  const view = viewOf(set, {
    Node,
    Pod: [
      ...made(0),
      workload("web", 300),
      workload("dns", 2_000_000_000),
      workload("agent", 900, "DaemonSet"),
      workload("static", 800, "Node"),
      workload("job", 700, "Job", "Succeeded"),
    ],
  });
  expect(remediesOf(noPriority, view)).toEqual([
    { action: "raise-priority", daemonSet: "kube-system/promtail", above: 300, nodes: [] },
  ]);
});

test.each([
  ["promtail", "node-agents-1000"],
  ["falco", "node-agents-1000"],
  ["aws-node", "system-node-critical"],
  ["ebs-csi-node", "system-node-critical"],
] as const)("the class for %s is %s", (name, className) => {
  const view = viewOf(daemonSet(name), { Node });
  const [call] = remediesOf(noPriority, view);
  if (call === undefined) throw new Error("no remedy");
  expect(remedyOf(call, view.facts).summary).toContain(`the priority class ${className} (`);
});
