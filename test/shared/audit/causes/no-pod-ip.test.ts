import { expect, test } from "vitest";
import { noPodIp } from "#shared/audit/causes/no-pod-ip.ts";
import type { PodSpec } from "#shared/cluster/pod.ts";
import {
  ago,
  cluster,
  condition,
  daemonPod,
  daemonSet,
  node,
  notSeen,
  pod,
} from "../../../fixtures/build.ts";
import { event, notUp, placementOf, waitingContainer } from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
function creating(messages: readonly string[], spec: Partial<PodSpec> = {}, sandbox = "False") {
  const status = notUp({
    phase: "Pending",
    hasIP: false,
    containers: [waitingContainer("ContainerCreating")],
  });
  const own = daemonPod(set, "n1", {
    spec,
    status: {
      ...status,
      conditions: [...(status.conditions ?? []), condition("PodReadyToStartContainers", sandbox)],
    },
  });
  return {
    Node: [node("n1")],
    DaemonSet: [set],
    Pod: [
      own,
      pod("web", { spec: { nodeName: "n1" } }),
      pod("host", { spec: { nodeName: "n1", hostNetwork: true } }),
    ],
    Event: messages.map((message) =>
      event(own, { reason: "FailedCreatePodSandBox", message, count: 12 }),
    ),
  };
}
const VPC =
  'Failed to create pod sandbox: rpc error: plugin type="aws-cni" failed (add): add cmd: failed to assign an IP address to container';

test("addresses ran out: the plugin's words and the pods that have one", () => {
  const hit = noPodIp.find(placementOf(cluster(creating([VPC]))));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(hit).toEqual({
    since: ago(600),
    evidence: {
      daemonSet: "kube-system/agent",
      node: "n1",
      message: VPC,
      times: 12,
      podsWithAddress: 1,
    },
  });
  expect(noPodIp.explain(hit.evidence)).toBe(
    "no address is left for the pod, 1 other pod on the node has one: add cmd: failed to assign an IP address to container",
  );
});

test.each([
  "no IP addresses available in range set: 10.0.0.1-10.0.0.254",
  "failed to allocate for range 0: no available IP addresses",
  "range is full",
  "InsufficientFreeAddressesInSubnet",
])("%s", (message) => {
  expect(noPodIp.find(placementOf(cluster(creating([message]))))).toMatchObject({
    evidence: { message },
  });
});

test.each([
  [
    "another sandbox failure",
    creating(['plugin type="cilium-cni" failed: unable to connect to Cilium agent']),
  ],
  ["no event of it", creating([])],
  ["the daemon uses the node's network", creating([VPC], { hostNetwork: true })],
  ["the sandbox stands by now", creating([VPC], {}, "True")],
] as const)("silent: %s", (_rule, parts) => {
  expect(noPodIp.find(placementOf(cluster(parts)))).toBeUndefined();
});

test("without events it cannot be told", () => {
  expect(
    noPodIp.find(placementOf(cluster({ ...creating([]), notSeen: notSeen("Event") }))),
  ).toEqual({
    cannotTell: "events were not read, and only they tell whether addresses ran out",
  });
});
