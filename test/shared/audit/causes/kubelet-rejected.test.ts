import { expect, test } from "vitest";
import { kubeletRejected } from "#shared/audit/causes/kubelet-rejected.ts";
import type { PodStatus } from "#shared/cluster/pod.ts";
import { cluster, daemonPod, daemonSet, node } from "../../../fixtures/build.ts";
import { placementOf } from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
const ended = (status: Partial<PodStatus>) =>
  placementOf(
    cluster({ Node: [node("n1")], DaemonSet: [set], Pod: [daemonPod(set, "n1", { status })] }),
  );
const CPU =
  "Pod was rejected: Node didn't have enough resource: cpu, requested: 100, used: 3950, capacity: 4000";

test.each([
  [
    "out of places",
    "OutOfpods",
    "",
    "refused by the kubelet, OutOfpods: every pod place of the node is taken",
    "make-room",
  ],
  [
    "out of cpu, by the kubelet's count",
    "OutOfcpu",
    CPU,
    "refused by the kubelet, OutOfcpu: needs 100m cpu, 3950m of 4 are used",
    "make-room",
  ],
  [
    "a device plugin",
    "UnexpectedAdmissionError",
    "Allocate failed",
    "refused by the kubelet, UnexpectedAdmissionError: a device or resource plugin of the node refused it",
    "look",
  ],
  [
    "labels changed",
    "NodeAffinity",
    "",
    "refused by the kubelet, NodeAffinity: the node's labels no longer fit the pod's selector or affinity",
    "look",
  ],
  [
    "a node that goes down",
    "NodeShutdown",
    "",
    "refused by the kubelet, NodeShutdown: the node is shutting down",
    "wait",
  ],
  [
    "a reason we do not know",
    "Moonphase",
    "full moon",
    "refused by the kubelet, Moonphase: full moon",
    "look",
  ],
] as const)("%s", (_rule, reason, message, sentence, action) => {
  const view = ended({ phase: "Failed", reason, message });
  const hit = kubeletRejected.find(view);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(kubeletRejected.explain(hit.evidence)).toBe(sentence);
  expect(
    kubeletRejected.remedies(hit.evidence, { facts: view.facts, nodes: ["n1"], daemonSets: [] }),
  ).toMatchObject([{ action }]);
});

test.each([
  ["an eviction is another cause", { phase: "Failed", reason: "Evicted" }],
  ["a running pod was admitted", {}],
] as const)("silent: %s", (_rule, status) => {
  expect(kubeletRejected.find(ended(status))).toBeUndefined();
});
