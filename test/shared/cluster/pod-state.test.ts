import { expect, test } from "vitest";
import { containerViews, crashOf, podStage } from "#shared/cluster/pod-state.ts";
import { ago, condition, container, daemonPod, daemonSet, NOW } from "../../fixtures/build.ts";
import {
  crashing,
  notUp,
  terminated,
  unscheduled,
  waitingContainer,
} from "../../fixtures/placement.ts";

const set = daemonSet("agent");
const up = waitingContainer("");
const running = { type: "running", startedAt: ago(60) } as const;

test.each([
  [
    "a deleted pod is terminating whatever its phase",
    { deletionAt: ago(30), status: { phase: "Failed" } },
    { stage: "terminating", overdue: 30_000 },
  ],
  [
    "a failed pod has ended",
    { status: { phase: "Failed", reason: "Evicted", message: "low" } },
    { stage: "ended", phase: "Failed", reason: "Evicted", message: "low" },
  ],
  [
    "a gate comes before the scheduler's word",
    {
      spec: { nodeName: "", schedulingGates: ["a/b"] },
      status: unscheduled("", "SchedulingGated"),
    },
    { stage: "gated", gates: ["a/b"] },
  ],
  [
    "an unbound pod waits for the scheduler",
    { spec: { nodeName: "" }, status: unscheduled("0/1 …") },
    { stage: "unscheduled", reason: "Unschedulable", message: "0/1 …", since: ago(1200) },
  ],
  [
    "an unbound pod without a condition waits since it was made",
    {
      createdAt: ago(5),
      spec: { nodeName: "" },
      status: { phase: "Pending", conditions: [], containers: [] },
    },
    { stage: "unscheduled", reason: "", message: "", since: ago(5) },
  ],
  [
    "a bound pod without statuses was not taken by the kubelet",
    {
      createdAt: ago(9),
      status: { phase: "Pending", conditions: [], containers: [], startedAt: undefined },
    },
    { stage: "unseen", since: ago(9) },
  ],
  [
    "a bound pod whose containers are being created prepares",
    { status: notUp({ phase: "Pending", containers: [waitingContainer("ContainerCreating")] }) },
    { stage: "preparing", sandbox: undefined, since: ago(900) },
  ],
  [
    "a container that crashed once is past preparing",
    { status: notUp({ containers: [crashing()] }) },
    { stage: "running", ready: false },
  ],
  [
    "an unfinished init container means initialising",
    {
      status: notUp({
        initContainers: [{ ...up, name: "init", state: running }],
        containers: [waitingContainer("PodInitializing")],
      }),
    },
    { stage: "initialising" },
  ],
  ["a pod in good order is running and ready", {}, { stage: "running", ready: true }],
] as const)("%s", (_rule, parts, expected) => {
  expect(podStage(daemonPod(set, "n1", parts), NOW)).toEqual(expected);
});

test("the sandbox condition is told when it is there", () => {
  const status = notUp({ phase: "Pending", containers: [up] });
  const sandbox = condition("PodReadyToStartContainers", "False");
  const pod = daemonPod(set, "n1", {
    status: { ...status, conditions: [...(status.conditions ?? []), sandbox] },
  });
  expect(podStage(pod, NOW)).toMatchObject({ stage: "preparing", sandbox: false });
});

const ok = terminated({ exitCode: 0, reason: "Completed" });
const old = terminated({ finishedAt: ago(3600) });

test.each([
  ["back-off: its last end", crashing({ exitCode: 2 }), false, 2],
  ["dead: this end", { ...up, state: terminated({ exitCode: 3 }) }, false, 3],
  ["a daemon that ended well is down too", { ...up, state: ok }, false, 0],
  ["an init container that ended well is done", { ...up, state: ok }, true, undefined],
  [
    "back less than ten minutes ago and not ready",
    { ...up, restarts: 1, state: running, lastState: terminated() },
    false,
    1,
  ],
  [
    "an end of an hour ago says nothing of a container that runs",
    { ...up, restarts: 1, state: running, lastState: old },
    false,
    undefined,
  ],
  [
    "a ready container is not down",
    { ...up, ready: true, restarts: 1, state: running, lastState: terminated() },
    false,
    undefined,
  ],
  [
    "a container that waits for its image did not crash",
    waitingContainer("ImagePullBackOff"),
    false,
    undefined,
  ],
] as const)("%s", (_rule, status, init, exitCode) => {
  expect(crashOf({ status, init }, NOW)?.exitCode).toBe(exitCode);
});

test("what could not be started has no exit code", () => {
  const status = waitingContainer("RunContainerError", "exec: no such file");
  expect(crashOf({ status, init: false }, NOW)).toEqual({
    reason: "RunContainerError",
    message: "exec: no such file",
    exitCode: undefined,
    startedAt: undefined,
    finishedAt: undefined,
  });
});

test("a sidecar stands among the init containers and is none", () => {
  const pod = daemonPod(set, "n1", {
    spec: {
      initContainers: [container({ name: "proxy", sidecar: true }), container({ name: "init" })],
    },
    status: {
      initContainers: [
        { ...up, name: "proxy" },
        { ...up, name: "init" },
      ],
      containers: [],
    },
  });
  expect(containerViews(pod).map(({ status, init }) => [status.name, init])).toEqual([
    ["proxy", false],
    ["init", true],
  ]);
});
