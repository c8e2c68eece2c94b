import { expect, test } from "vitest";
import { containerCreatingStuck } from "#shared/audit/causes/container-creating-stuck.ts";
import type { PodStatus } from "#shared/cluster/pod.ts";
import { cluster, daemonPod, daemonSet, node, notSeen } from "../../../fixtures/build.ts";
import { event, notUp, placementOf, waitingContainer } from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
const creating = notUp({ phase: "Pending", containers: [waitingContainer("ContainerCreating")] });
const unseen = notUp({ phase: "Pending", containers: [], startedAt: undefined });
function stuck(
  status: Partial<PodStatus>,
  events: readonly (readonly [string, string])[],
  blind = false,
) {
  const pod = daemonPod(set, "n1", { status });
  return placementOf(
    cluster({
      Node: [node("n1")],
      DaemonSet: [set],
      Pod: [pod],
      Event: events.map(([reason, message]) => event(pod, { reason, message })),
      notSeen: blind ? notSeen("Event") : [],
    }),
  );
}
const MOUNT = 'MountVolume.SetUp failed for volume "conf" : configmap "agent" not found';

test.each([
  [
    "a ConfigMap is missing for a volume",
    creating,
    [["FailedMount", MOUNT]],
    false,
    "waiting for 15 min: there is no ConfigMap agent",
  ],
  [
    "a volume does not attach",
    creating,
    [["FailedAttachVolume", "Multi-Attach error for volume pv-1"]],
    false,
    "waiting for 15 min, a volume cannot be attached or mounted: Multi-Attach error for volume pv-1",
  ],
  [
    "the network daemon is away",
    creating,
    [["FailedCreatePodSandBox", "connect: no such file"]],
    false,
    "waiting for 15 min, the pod's sandbox cannot be made: connect: no such file",
  ],
  [
    "the kubelet never took it",
    unseen,
    [],
    false,
    "waiting for 15 min, the kubelet has not taken the pod, and no event says why",
  ],
  [
    "events were not read",
    creating,
    [],
    true,
    "waiting for 15 min, no container has started, and events were not read",
  ],
] as const)("%s", (_rule, status, events, blind, sentence) => {
  const hit = containerCreatingStuck.find(stuck(status, events, blind));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(containerCreatingStuck.explain(hit.evidence)).toBe(sentence);
});

test("an object that is missing is the remedy", () => {
  const view = stuck(creating, [["FailedMount", MOUNT]]);
  const hit = containerCreatingStuck.find(view);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(
    containerCreatingStuck.remedies(hit.evidence, {
      facts: view.facts,
      nodes: ["n1"],
      daemonSets: [],
    }),
  ).toEqual([
    {
      action: "create-object",
      kind: "ConfigMap",
      namespace: "kube-system",
      name: "agent",
      why: "a volume of the pod is made of it",
    },
  ]);
});

test.each([
  [
    "it waits for its image",
    notUp({ phase: "Pending", containers: [waitingContainer("ErrImagePull")] }),
  ],
  ["it runs", {}],
] as const)("silent: %s", (_rule, status) => {
  expect(containerCreatingStuck.find(stuck(status, []))).toBeUndefined();
});
