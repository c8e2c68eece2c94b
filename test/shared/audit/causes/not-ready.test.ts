import { expect, test } from "vitest";
import { notReady } from "#shared/audit/causes/not-ready.ts";
import type { PodSpec, PodStatus } from "#shared/cluster/pod.ts";
import { ago, cluster, daemonPod, daemonSet, node } from "../../../fixtures/build.ts";
import {
  event,
  notUp,
  placementOf,
  terminated,
  waitingContainer,
} from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
const runs = (ready: boolean) =>
  ({ ...waitingContainer(""), ready, state: { type: "running", startedAt: ago(900) } }) as const;
function placed(status: Partial<PodStatus>, probe = "", spec: Partial<PodSpec> = {}) {
  const pod = daemonPod(set, "n1", { status, spec });
  return placementOf(
    cluster({
      Node: [node("n1")],
      DaemonSet: [set],
      Pod: [pod],
      Event: probe === "" ? [] : [event(pod, { reason: "Unhealthy", message: probe })],
    }),
  );
}

test.each([
  [
    "a probe fails",
    notUp({ containers: [runs(false)] }),
    "Readiness probe failed: 503",
    {},
    "agent runs and is not ready for 15 min, 0 restarts: Readiness probe failed: 503",
  ],
  [
    "a readiness gate is missing",
    notUp({ containers: [runs(true)] }),
    "",
    { readinessGates: ["lb/ready"] },
    "not ready for 15 min: readiness gate lb/ready is not True",
  ],
  [
    "the node controller marked it",
    notUp({ containers: [runs(true)] }),
    "",
    {},
    "its containers are ready, but the pod is marked not ready for 15 min, as for a node that fell silent",
  ],
] as const)("%s", (_rule, status, probe, spec, sentence) => {
  const hit = notReady.find(placed(status, probe, spec));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(hit.since).toBe(ago(900));
  expect(notReady.explain(hit.evidence)).toBe(sentence);
});

test("an init container is done, not unready", () => {
  const done = { ...runs(false), name: "init", state: terminated({ exitCode: 0 }) };
  const view = placed(notUp({ initContainers: [done], containers: [runs(false)] }));
  expect(notReady.find(view)).toMatchObject({ evidence: { containers: ["agent"] } });
});

test.each([
  ["it is ready", {}],
  [
    "its containers are being created",
    notUp({ phase: "Pending", containers: [waitingContainer("ContainerCreating")] }),
  ],
  ["it has failed", { phase: "Failed", reason: "Evicted" }],
] as const)("silent: %s", (_rule, status) => {
  expect(notReady.find(placed(status))).toBeUndefined();
});
