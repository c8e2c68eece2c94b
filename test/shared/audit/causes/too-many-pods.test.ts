import { expect, test } from "vitest";
import { tooManyPods } from "#shared/audit/causes/too-many-pods.ts";
import {
  cluster,
  daemonPod,
  daemonSet,
  node,
  notSeen,
  pod,
  resources,
} from "../../../fixtures/build.ts";
import { placementOf, unscheduled } from "../../../fixtures/placement.ts";

const set = daemonSet("agent", { template: { priority: 10 } });
const own = daemonPod(set, "n1", { spec: { nodeName: "" }, status: unscheduled() });
const small = node("n1", { allocatable: resources({ cpu: "4", memory: "4Gi", pods: "2" }) });
const there = (name: string, phase = "Running", priority = 0) =>
  pod(name, { spec: { nodeName: "n1", priority }, status: { phase } });
const full = (...pods: readonly ReturnType<typeof there>[]) =>
  placementOf(cluster({ Node: [small], DaemonSet: [set], Pod: [...pods, own] }));

test("every place is taken, and who could go is told", () => {
  const hit = tooManyPods.find(full(there("a"), there("b", "Running", 99)));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(hit.evidence).toMatchObject({
    resource: "pods",
    allocatable: "2",
    used: "2",
    missing: "1",
    preemption: "possible",
    holders: 2,
  });
  expect(tooManyPods.explain(hit.evidence)).toBe(
    "all 2 pod places are taken by 2 pods, 1 of them could be preempted at its priority 10",
  );
});

test.each([
  ["a place is left", [there("a")]],
  ["pods that ended hold no place", [there("a"), there("b", "Succeeded"), there("c", "Failed")]],
] as const)("silent: %s", (_rule, pods) => {
  expect(tooManyPods.find(full(...pods))).toBeUndefined();
});

test("without all pods free places cannot be told", () => {
  const view = placementOf(
    cluster({ Node: [small], DaemonSet: [set], Pod: [own], notSeen: notSeen("Pod") }),
  );
  expect(tooManyPods.find(view)).toEqual({
    cannotTell: "not all pods were read, so free places are not known",
  });
});
