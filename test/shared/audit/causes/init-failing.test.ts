import { expect, test } from "vitest";
import { initFailing } from "#shared/audit/causes/init-failing.ts";
import type { ContainerStatus } from "#shared/cluster/pod.ts";
import { ago, cluster, container, daemonPod, daemonSet, node } from "../../../fixtures/build.ts";
import {
  crashing,
  notUp,
  placementOf,
  terminated,
  waitingContainer,
} from "../../../fixtures/placement.ts";

const withInit = (status: Partial<ContainerStatus>, sidecar = false) => {
  const set = daemonSet("agent", {
    template: { initContainers: [container({ name: "mount", sidecar })] },
  });
  const init = { ...waitingContainer("PodInitializing"), name: "mount", ...status };
  const pod = daemonPod(set, "n1", {
    status: notUp({
      phase: "Pending",
      initContainers: [init],
      containers: [waitingContainer("PodInitializing")],
    }),
  });
  return placementOf(cluster({ Node: [node("n1")], DaemonSet: [set], Pod: [pod] }));
};

test("it fails: exit code and restarts of the init container, not of the daemon", () => {
  const hit = initFailing.find(withInit({ ...crashing({ exitCode: 127 }), name: "mount" }));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(hit).toEqual({
    since: ago(60),
    evidence: {
      daemonSet: "kube-system/agent",
      pod: "agent-n1",
      container: "mount",
      exitCode: 127,
      meaning: "its command was not found in the image",
      reason: "Error",
      message: "",
      restarts: 7,
      running: null,
    },
  });
  expect(initFailing.explain(hit.evidence)).toBe(
    "init container mount ends with exit code 127: its command was not found in the image; 7 restarts",
  );
});

test("it hangs: nothing fails and nothing goes on", () => {
  const hit = initFailing.find(withInit({ state: { type: "running", startedAt: ago(1500) } }));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(initFailing.explain(hit.evidence)).toBe(
    "init container mount has been running for 25 min and does not end",
  );
});

test.each([
  ["it runs for a short time yet", { state: { type: "running", startedAt: ago(30) } }, false],
  ["it ended well", { state: terminated({ exitCode: 0 }) }, false],
  ["a sidecar is meant to run on", { state: { type: "running", startedAt: ago(9000) } }, true],
] as const)("silent: %s", (_rule, status, sidecar) => {
  expect(initFailing.find(withInit(status, sidecar))).toBeUndefined();
});
