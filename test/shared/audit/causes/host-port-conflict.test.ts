import { expect, test } from "vitest";
import { hostPortConflict } from "#shared/audit/causes/host-port-conflict.ts";
import {
  cluster,
  container,
  daemonPod,
  daemonSet,
  node,
  notSeen,
  pod,
  resources,
} from "../../../fixtures/build.ts";
import { placementOf, unscheduled } from "../../../fixtures/placement.ts";

const port = (hostPort: number, protocol = "TCP", hostIP = "") => [
  container({ ports: [{ containerPort: hostPort, hostPort, hostIP, protocol }] }),
];
const set = daemonSet("exporter", { template: { containers: port(9100) } });
const own = daemonPod(set, "n1", { spec: { nodeName: "" }, status: unscheduled() });
const holder = (containers: ReturnType<typeof port>, phase = "Running") =>
  pod("proxy", {
    namespace: "web",
    owners: [{ kind: "DaemonSet", name: "proxy", uid: "p", controller: true }],
    spec: { nodeName: "n1", containers },
    status: { phase },
  });
const beside = (...pods: readonly ReturnType<typeof holder>[]) =>
  placementOf(cluster({ Node: [node("n1")], DaemonSet: [set], Pod: [...pods, own] }));

test("the holder is named", () => {
  const hit = hostPortConflict.find(beside(holder(port(9100))));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(hit.evidence).toEqual({
    node: "n1",
    daemonSet: "kube-system/exporter",
    port: 9100,
    protocol: "TCP",
    ip: "0.0.0.0",
    holder: "web/proxy",
    holderOwner: "DaemonSet proxy",
    own: false,
    conflicts: 1,
    also: [],
  });
  expect(hostPortConflict.explain(hit.evidence)).toBe(
    "host port TCP 9100 is held by web/proxy of DaemonSet proxy",
  );
});

test("what the node is short of as well is told, since the scheduler stops at the ports", () => {
  const [needs] = port(9100);
  const hungry = daemonSet("exporter", {
    template: {
      containers: [container({ requests: resources({ cpu: "8" }), ports: needs?.ports ?? [] })],
    },
  });
  const waiting = daemonPod(hungry, "n1", { spec: { nodeName: "" }, status: unscheduled() });
  const view = placementOf(
    cluster({ Node: [node("n1")], DaemonSet: [hungry], Pod: [holder(port(9100)), waiting] }),
  );

  const hit = hostPortConflict.find(view);

  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(hit.evidence.also).toEqual([{ resource: "cpu", missing: "4000" }]);
  expect(hostPortConflict.explain(hit.evidence)).toBe(
    "host port TCP 9100 is held by web/proxy of DaemonSet proxy; also short of cpu",
  );
});

test("an earlier pod of the same DaemonSet holds it: the strategy is wrong, not the port", () => {
  const old = daemonPod(set, "n1", { name: "exporter-old" });
  const hit = hostPortConflict.find({ ...beside(old), pod: own });
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(hostPortConflict.explain(hit.evidence)).toBe(
    "host port TCP 9100 is held by kube-system/exporter-old, an earlier pod of its own",
  );
  const view = { facts: beside().facts, nodes: ["n1"], daemonSets: [] };
  expect(hostPortConflict.remedies(hit.evidence, view)).toMatchObject([
    { action: "change-strategy", maxSurge: 0, maxUnavailable: 1 },
  ]);
});

test.each([
  ["another port is held", holder(port(9101))],
  ["another protocol is held", holder(port(9100, "UDP"))],
  ["the holder has ended", holder(port(9100), "Succeeded")],
] as const)("silent: %s", (_rule, other) => {
  expect(hostPortConflict.find(beside(other))).toBeUndefined();
});

test("without all pods the holder cannot be told", () => {
  const view = placementOf(
    cluster({ Node: [node("n1")], DaemonSet: [set], Pod: [own], notSeen: notSeen("Pod") }),
  );
  expect(hostPortConflict.find(view)).toEqual({
    cannotTell: "not all pods were read, so who holds host ports is not known",
  });
});
