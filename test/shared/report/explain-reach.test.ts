import { expect, test } from "vitest";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { EndpointSlice, Service } from "#shared/cluster/service.ts";
import { reachOf } from "#shared/report/explain-reach.ts";
import {
  cluster,
  container,
  daemonSet,
  labels,
  metadata,
  node,
  notSeen,
} from "../../fixtures/build.ts";
import { service as serviceNamed } from "../../fixtures/ask-cause.ts";

const service = (parts: Partial<Service> = {}): Service =>
  serviceNamed("agent", { ports: [{ port: 4317, nodePort: 0, protocol: "TCP" }], ...parts });
const slice = (...ready: readonly boolean[]): EndpointSlice => ({
  ...metadata({ name: "agent-1", namespace: "kube-system" }),
  service: "agent",
  endpoints: ready.map((one, at) => ({
    nodeName: "n1",
    podUid: `p${at}`,
    ready: one,
    serving: one,
    terminating: false,
    hintNodes: [],
  })),
});

type Template = NonNullable<Parameters<typeof daemonSet>[1]>["template"];

function ways(template: Template, parts: Partial<Cluster> = {}) {
  const set = daemonSet("agent", template === undefined ? {} : { template });
  const { facts } = auditCluster(
    cluster({ Node: [node("n1")], DaemonSet: [set], ...parts }),
    DEFAULT_POLICY,
  );
  const [view] = facts.daemonSets;
  return view === undefined ? [] : reachOf(view);
}

test.each([
  ["any pod", {}, "a client reaches any pod of any node"],
  [
    "its own node's only",
    { internalTrafficPolicy: "Local" },
    "and nothing where that is not ready",
  ],
  ["a near one", { trafficDistribution: "PreferSameNode" }, "a near pod if there is one, else any"],
  [
    "from outside",
    { type: "NodePort", externalTrafficPolicy: "Local" },
    "only nodes with a ready pod answer",
  ],
  ["by DNS", { headless: true }, "look up every pod's address by DNS"],
] as const)("a Service leads to %s", (_whom, parts, says) => {
  const [way, ...more] = ways(undefined, {
    Service: [service(parts)],
    EndpointSlice: [slice(true, false)],
  });
  expect(more).toEqual([]);
  expect(way).toMatchObject({ way: "service", name: "kube-system/agent" });
  expect(way?.says).toContain(says);
  expect(way?.says).toContain("1 of 2 endpoints ready");
});

test("slices that were not read: how many are ready cannot be told", () => {
  const [way] = ways(undefined, { Service: [service()], notSeen: notSeen("EndpointSlice") });
  expect(way?.says).toContain("EndpointSlices were not read");
});

test("a Service of other labels, or of another namespace, is not its own", () => {
  const Service = [
    service({ selector: labels({ app: "other" }) }),
    service({ namespace: "default" }),
  ];
  expect(ways(undefined, { Service }).map(({ way }) => way)).toEqual(["unseen"]);
});

const port = container({
  ports: [{ containerPort: 9100, hostPort: 9100, hostIP: "", protocol: "TCP" }],
});
const bare = container({
  ports: [{ containerPort: 9100, hostPort: 0, hostIP: "", protocol: "TCP" }],
});
const mount = (path: string) => [{ name: "v", source: { type: "hostPath", path } as const }];

test.each([
  ["a host port", { containers: [port] }, ["host-port"]],
  ["a port of the pod only is no way in by itself", { containers: [bare] }, ["unseen"]],
  [
    "with hostNetwork every port is a host port",
    { containers: [bare], hostNetwork: true },
    ["host-port", "host-network"],
  ],
  ["the kubelet's sockets", { volumes: mount("/var/lib/kubelet/pods") }, ["socket", "unseen"]],
  ["the runtime's socket", { volumes: mount("/run/containerd") }, ["socket", "unseen"]],
  ["logs are read, not spoken to", { volumes: mount("/var/log/pods") }, ["unseen"]],
  ["another folder", { volumes: mount("/data") }, ["unseen"]],
] as const)("%s", (_what, template, expected) => {
  expect(ways(template).map(({ way }) => way)).toEqual(expected);
});

test.each([
  ["a CNI is called by the runtime", "cni"],
  ["a CSI driver by the kubelet", "csi"],
  ["kube-proxy by nobody", "kube-proxy"],
] as const)("%s, though no object says so", (_who, role) => {
  const set = daemonSet("agent", { annotations: labels({ role }) });
  expect(ways(undefined, { DaemonSet: [set] }).map(({ way }) => way)).toEqual(["role"]);
});

test("whoever only sends looks like one that nobody uses: that is said", () => {
  expect(ways(undefined)[0]?.says).toContain("it sends on its own");
});

test("Services that were not read prove nothing", () => {
  const [way, ...more] = ways({ containers: [port] }, { notSeen: notSeen("Service") }).toReversed();
  expect(way).toMatchObject({
    way: "unseen",
    says: expect.stringContaining("were not read") as string,
  });
  expect(more.map((one) => one.way)).toEqual(["host-port"]);
});
