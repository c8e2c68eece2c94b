import { expect, test } from "vitest";
import { evictLoop } from "#shared/audit/causes/evict-loop.ts";
import type { Role } from "#shared/audit/facts.ts";
import type { PodStatus } from "#shared/cluster/pod.ts";
import {
  ago,
  cluster,
  condition,
  daemonPod,
  daemonSet,
  node,
  READY,
} from "../../../fixtures/build.ts";
import { event, placementOf } from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
const pressed = node("n1", { conditions: [READY, condition("DiskPressure", "True")] });
const failed = (times: number, on = "n1", pod = "agent-old") =>
  event(set, {
    reason: "FailedDaemonPod",
    message: `Found failed daemon pod kube-system/${pod} on node ${on}, will try to kill it`,
    count: times,
  });
const evicted = (message: string): Partial<PodStatus> => ({
  phase: "Failed",
  reason: "Evicted",
  message,
  containers: [],
});
const LOW =
  "The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 1Gi.";
const REFUSED = "Pod was rejected: The node had condition: [DiskPressure].";

function looped(
  status: Partial<PodStatus> | undefined,
  events: readonly ReturnType<typeof failed>[],
  on = pressed,
) {
  return (role: Role = "other") =>
    placementOf(
      cluster({
        Node: [on],
        DaemonSet: [set],
        Pod: status === undefined ? [] : [daemonPod(set, "n1", { status })],
        Event: events,
      }),
      { role },
    );
}

test.each([
  [
    "evicted",
    looped(evicted(LOW), [failed(39)]),
    "the node is short of ephemeral-storage (DiskPressure) and the kubelet ends the pod: 40 failed pods so far; its priority 0 does not protect it",
  ],
  [
    "refused at the door",
    looped(evicted(REFUSED), [failed(1)]),
    "the node is short of ephemeral-storage (DiskPressure) and the kubelet refuses the pod: 2 failed pods so far; its priority 0 does not protect it",
  ],
  [
    "between two tries no pod is there",
    looped(undefined, [failed(4)]),
    "the node is short of ephemeral-storage (DiskPressure) and the kubelet ends the pod: 4 failed pods so far",
  ],
] as const)("%s", (_rule, view, sentence) => {
  const hit = evictLoop.find(view());
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(evictLoop.explain(hit.evidence)).toBe(sentence);
});

test("one pod that an event names too is counted once", () => {
  const hit = evictLoop.find(looped(evicted(LOW), [failed(3), failed(1, "n1", "agent-n1")])());
  expect(hit).toMatchObject({ since: ago(600), evidence: { times: 4 } });
});

test("only what the node depends on is advised the priority that is never evicted", () => {
  const actions = (role: Role): readonly string[] => {
    const view = looped(evicted(LOW), [])(role);
    const hit = evictLoop.find(view);
    if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
    return evictLoop
      .remedies(hit.evidence, { facts: view.facts, nodes: ["n1"], daemonSets: [] })
      .map(({ action }) => action);
  };
  expect(actions("cni")).toEqual(["free-disk", "raise-priority"]);
  expect(actions("logs")).toEqual(["free-disk"]);
});

test("a priority that is never evicted is not said to be too low", () => {
  const critical = daemonSet("agent", { template: { priority: 2_000_001_000 } });
  const pod = daemonPod(critical, "n1", { status: evicted(REFUSED) });
  const view = placementOf(cluster({ Node: [pressed], DaemonSet: [critical], Pod: [pod] }), {
    role: "cni",
  });
  const hit = evictLoop.find(view);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(evictLoop.explain(hit.evidence)).not.toContain("priority");
  expect(
    evictLoop.remedies(hit.evidence, { facts: view.facts, nodes: ["n1"], daemonSets: [] }),
  ).toEqual([{ action: "free-disk", node: "n1", resource: "ephemeral-storage" }]);
});

test.each([
  ["the kubelet refused it for cpu", looped({ phase: "Failed", reason: "OutOfcpu" }, [])],
  ["failed pods on a node without pressure", looped(undefined, [failed(9)], node("n1"))],
  ["one failed pod that is gone makes no loop", looped(undefined, [failed(1)])],
  ["failed pods on another node", looped(undefined, [failed(9, "n10")])],
  ["a healthy pod", looped({}, [failed(9)])],
] as const)("silent: %s", (_rule, view) => {
  expect(evictLoop.find(view())).toBeUndefined();
});
