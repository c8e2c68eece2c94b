import { expect, test } from "vitest";
import { unschedulableOther } from "#shared/audit/causes/unschedulable-other.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { PodSpec, PodStatus } from "#shared/cluster/pod.ts";
import {
  ago,
  cluster,
  daemonPod,
  daemonSet,
  labels,
  node,
  taint,
} from "../../../fixtures/build.ts";
import { placementOf, unscheduled } from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
function waiting(spec: Partial<PodSpec>, status: Partial<PodStatus>, on: Partial<Node> = {}) {
  const own = daemonPod(set, "n1", {
    createdAt: ago(1200),
    spec: { nodeName: "", ...spec },
    status,
  });
  return placementOf(cluster({ Node: [node("n1", on)], DaemonSet: [set], Pod: [own] }));
}
const silent = { ...unscheduled(), conditions: [] };
const said =
  "0/3 nodes are available: 1 node(s) were out of luck, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].";

test.each([
  [
    "no scheduler took it",
    { schedulerName: "mine" },
    silent,
    {},
    "no scheduler has looked at the pod for 20 min; it asks for mine",
  ],
  [
    "a selector was added to the pod",
    { nodeSelector: labels({ kata: "yes" }) },
    unscheduled(said),
    {},
    "the pod asks for nodeSelector kata=yes, which its template does not and the node does not have",
  ],
  [
    "the node has a taint",
    {},
    unscheduled(said),
    { taints: [taint("own", "NoSchedule", "x")] },
    "the pod does not tolerate own=x:NoSchedule of its node",
  ],
  [
    "the scheduler failed",
    {},
    unscheduled("boom", "SchedulerError"),
    {},
    "the scheduler failed while it tried the pod: boom",
  ],
  [
    "only the scheduler knows, and other nodes are left out",
    {},
    unscheduled(said),
    {},
    "not scheduled for 20 min: node(s) were out of luck",
  ],
] as const)("%s", (_rule, spec, status, on, sentence) => {
  const hit = unschedulableOther.find(waiting(spec, status, on));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(unschedulableOther.explain(hit.evidence)).toBe(sentence);
});

test("of an old scheduler's message the other nodes' clause is left out too", () => {
  const old =
    "0/3 nodes are available: 1 node(s) were out of luck, 2 node(s) didn't match Pod's node affinity/selector.";
  expect(unschedulableOther.find(waiting({}, unscheduled(old)))).toMatchObject({
    evidence: { why: "told", message: "node(s) were out of luck" },
  });
});

test("a pod that was made a moment ago is not overlooked yet", () => {
  const own = daemonPod(set, "n1", { createdAt: ago(10), spec: { nodeName: "" }, status: silent });
  const view = placementOf(cluster({ Node: [node("n1")], DaemonSet: [set], Pod: [own] }));
  expect(unschedulableOther.find(view)).toBeUndefined();
});

test("a bound pod was scheduled", () => {
  const view = placementOf(
    cluster({ Node: [node("n1")], DaemonSet: [set], Pod: [daemonPod(set, "n1")] }),
  );
  expect(unschedulableOther.find(view)).toBeUndefined();
});
