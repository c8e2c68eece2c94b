import { expect, test } from "vitest";
import { schedulingGated } from "#shared/audit/causes/scheduling-gated.ts";
import { cluster, daemonPod, daemonSet, node } from "../../../fixtures/build.ts";
import { placementOf, unscheduled } from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
const gated = (schedulingGates: readonly string[]) =>
  placementOf(
    cluster({
      Node: [node("n1")],
      DaemonSet: [set],
      Pod: [
        daemonPod(set, "n1", { spec: { nodeName: "", schedulingGates }, status: unscheduled() }),
      ],
    }),
  );

test("a gate that admission added is told from one of the template", () => {
  const hit = schedulingGated.find(gated(["quota.example/wait"]));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(hit.evidence).toEqual({
    daemonSet: "kube-system/agent",
    gates: ["quota.example/wait"],
    inTemplate: [],
  });
  expect(schedulingGated.explain(hit.evidence)).toBe(
    "1 scheduling gate (quota.example/wait) keeps the scheduler away; the template has none, so admission added them",
  );
});

test("a pod without gates is not gated", () => {
  expect(schedulingGated.find(gated([]))).toBeUndefined();
});
