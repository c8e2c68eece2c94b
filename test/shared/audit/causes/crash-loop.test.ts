import { expect, test } from "vitest";
import { crashLoop } from "#shared/audit/causes/crash-loop.ts";
import type { ContainerStatus } from "#shared/cluster/pod.ts";
import { ago, cluster, daemonPod, daemonSet, node, revision } from "../../../fixtures/build.ts";
import {
  crashing,
  notUp,
  placementOf,
  terminated,
  waitingContainer,
} from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
function crashed(status: ContainerStatus, hashElsewhere = "r1") {
  const labels = new Map([["controller-revision-hash", hashElsewhere]]);
  return placementOf(
    cluster({
      Node: [node("n1"), node("n2")],
      DaemonSet: [set],
      ControllerRevision: [revision(set, 4, "r0"), revision(set, 5, "r1")],
      Pod: [
        daemonPod(set, "n1", { status: notUp({ containers: [status] }) }),
        daemonPod(set, "n2", { labels }),
      ],
    }),
  );
}
function hitOf(view: ReturnType<typeof crashed>) {
  const hit = crashLoop.find(view);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  return hit;
}

test("the last end is the evidence, not the back-off", () => {
  expect(hitOf(crashed(crashing({ exitCode: 139 })))).toEqual({
    since: ago(60),
    evidence: {
      daemonSet: "kube-system/agent",
      pod: "agent-n1",
      container: "agent",
      exitCode: 139,
      meaning: "SIGSEGV: it touched memory that is not its own",
      reason: "Error",
      message: "",
      restarts: 7,
      ran: 5000,
      upElsewhere: 1,
    },
  });
});

test.each([
  [
    "its own exit code and message",
    crashing({ exitCode: 3, message: "no config" }),
    "agent ends with exit code 3: no config; 7 restarts",
  ],
  [
    "killed without OOM",
    crashing({ exitCode: 137 }),
    "agent ends with exit code 137: SIGKILL, and no word of OOM: a liveness probe, a node out of memory, or somebody killed it; 7 restarts",
  ],
  [
    "not executable",
    crashing({ exitCode: 126 }),
    "agent ends with exit code 126: its command cannot be executed: not a program, or no permission; 7 restarts",
  ],
  [
    "a daemon that ends well",
    crashing({ exitCode: 0, reason: "Completed" }),
    "agent ends with exit code 0 (Completed): it ended well, but a daemon must not end; 7 restarts",
  ],
  [
    "never started",
    waitingContainer("RunContainerError", "no such file"),
    "agent cannot be started (RunContainerError): no such file; 0 restarts",
  ],
] as const)("%s", (_rule, status, sentence) => {
  expect(crashLoop.explain(hitOf(crashed(status)).evidence)).toBe(sentence);
});

test("when no pod of the revision is up, the revision is the suspect", () => {
  const view = crashed(crashing(), "r0");
  const { evidence } = hitOf(view);
  expect(crashLoop.explain(evidence)).toBe(
    "agent ends with exit code 1; 7 restarts, and no pod of this revision is up",
  );
  expect(
    crashLoop
      .remedies(evidence, { facts: view.facts, nodes: ["n1"], daemonSets: [] })
      .map(({ action }) => action),
  ).toEqual(["look", "roll-back"]);
});

test("an init container that crashes is another cause's", () => {
  const pod = daemonPod(set, "n1", {
    status: notUp({
      initContainers: [crashing()],
      containers: [waitingContainer("PodInitializing")],
    }),
  });
  const view = placementOf(cluster({ Node: [node("n1")], DaemonSet: [set], Pod: [pod] }));
  expect(crashLoop.find(view)).toBeUndefined();
});

const running = { type: "running", startedAt: ago(30) } as const;
test.each([
  [
    "one old restart",
    {
      ...waitingContainer(""),
      restarts: 1,
      state: running,
      lastState: terminated({ finishedAt: ago(7200) }),
    },
  ],
  ["it waits for its image", waitingContainer("ErrImagePull")],
] as const)("silent: %s", (_rule, status) => {
  expect(crashLoop.find(crashed(status))).toBeUndefined();
});
