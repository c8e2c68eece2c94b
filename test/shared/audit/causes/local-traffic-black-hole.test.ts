import { expect, test } from "vitest";
import { localTrafficBlackHole } from "#shared/audit/causes/local-traffic-black-hole.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import {
  ago,
  condition,
  container,
  daemonPod,
  daemonSet,
  labels,
  node,
  notSeen,
  pod,
  revision,
  taint,
} from "../../../fixtures/build.ts";
import { askService, endpoint, service, serviceOf, slice } from "../../../fixtures/ask-cause.ts";
import { crashing, notUp, waitingContainer } from "../../../fixtures/placement.ts";
import { fargateNode } from "../../../fixtures/pools.ts";

const agent = daemonSet("agent");
const local = service("agent", { internalTrafficPolicy: "Local" });
const NODES = [node("n1"), node("n2")];
const DOWN = notUp({ containers: [crashing()] });
const STARTING = notUp({ containers: [waitingContainer("ContainerCreating")] });

const client = (name: string, on: string, parts: Partial<Pod> = {}): Pod =>
  pod(name, {
    ...parts,
    owners: parts.owners ?? [{ kind: "ReplicaSet", name: "web", uid: "web", controller: true }],
    spec: { nodeName: on },
  });
const CLIENTS = [client("c1", "n1"), client("c2", "n1"), client("c3", "n2")];

/** The daemon is broken on n1 and well on n2. */
const world = (parts: Partial<Cluster> = {}): Partial<Cluster> => ({
  Node: NODES,
  DaemonSet: [agent],
  Service: [local],
  EndpointSlice: [slice(local, endpoint("n2"), endpoint("n1", { ready: false, serving: false }))],
  Pod: [...CLIENTS, daemonPod(agent, "n1", { status: DOWN }), daemonPod(agent, "n2")],
  ...parts,
});
const found = (parts: Partial<Cluster> = {}) =>
  askService(localTrafficBlackHole, serviceOf(world(parts)));

test("clients beside a broken daemon reach nobody: the node, its clients, and since when", () => {
  expect(found()).toEqual({
    since: ago(900),
    nodes: ["n1"],
    severity: "warning",
    evidence: {
      service: "kube-system/agent",
      traffic: "internal",
      clients: 2,
      nodes: 1,
      places: [{ node: "n1", clients: 2 }],
      intended: 1,
      rolling: 0,
      seconds: 900,
      canSurge: ["kube-system/agent"],
      preferSameNode: true,
    },
    says: "2 pods on node n1 have had no endpoint on their node for 15 min",
    remedies: [
      {
        action: "set-traffic",
        service: "kube-system/agent",
        field: "trafficDistribution",
        to: "PreferSameNode",
        why: "with internalTrafficPolicy Cluster, clients take their own node's daemon as long as it is ready",
      },
      {
        action: "set-traffic",
        service: "kube-system/agent",
        field: "internalTrafficPolicy",
        to: "Cluster",
        why: "clients may then reach the daemon of another node",
      },
    ],
  });
});

/** A rolling update: the new pod on n1 is 18 s old, n2 waits for its turn. */
function rollout(of: Partial<DaemonSet> = {}, revised = 60): Partial<Cluster> {
  const set = daemonSet("agent", { templateGeneration: "2", ...of, template: of.template ?? {} });
  const old = {
    labels: labels({ "controller-revision-hash": "r1", "pod-template-generation": "1" }),
  };
  const young = {
    labels: labels({ "controller-revision-hash": "r2" }),
    createdAt: ago(18),
    status: {
      ...STARTING,
      conditions: [condition("Ready", "False", { transitionAt: ago(18) })],
    },
  };
  return {
    DaemonSet: [set],
    Pod: [...CLIENTS, daemonPod(set, "n1", young), daemonPod(set, "n2", old)],
    ControllerRevision: [
      revision(set, 1, "r1"),
      { ...revision(set, 2, "r2"), createdAt: ago(revised) },
    ],
  };
}
const SURGE = {
  action: "change-strategy",
  daemonSet: "kube-system/agent",
  maxUnavailable: 0,
  maxSurge: 1,
  why: "the new pod is there before the old one goes",
};

test("an update that takes the only endpoint away is told from its first second, and surge is the cure", () => {
  const hit = found(rollout());
  expect(hit).toMatchObject({ severity: "warning", nodes: ["n1"], since: ago(18) });
  expect(hit?.says).toBe(
    "2 pods on node n1 have had no endpoint on their node for 18 s while an update replaces it",
  );
  expect(hit?.remedies.map(({ action }) => action)).toEqual([
    "change-strategy",
    "set-traffic",
    "set-traffic",
  ]);
  expect(hit?.remedies[0]).toEqual(SURGE);
});

const PORT = { containerPort: 80, hostPort: 80, hostIP: "", protocol: "TCP" };

test.each([
  [
    "it has a host port",
    { template: { ...agent.template, containers: [container({ ports: [PORT] })] } },
  ],
  [
    "it surges already",
    { updateStrategy: { type: "RollingUpdate", maxUnavailable: 0, maxSurge: 1 } },
  ],
] as const)("surge is not advised where %s", (_rule, of) => {
  expect(found(rollout(of))?.remedies.map(({ action }) => action)).toEqual([
    "set-traffic",
    "set-traffic",
  ]);
});

test.each([
  ["v1.34.0", ["trafficDistribution", "internalTrafficPolicy"]],
  ["v1.33.9", ["internalTrafficPolicy"]],
  ["", ["internalTrafficPolicy"]],
] as const)("in Kubernetes %s the Service can say %s", (version, fields) => {
  const hit = found({ version: parseVersion(version) });
  expect(hit?.remedies.flatMap((one) => ("field" in one ? [one.field] : []))).toEqual(fields);
});

const rolled = (of: Partial<DaemonSet>, revised: number, newest: Partial<Pod> = {}) => {
  const parts = rollout(of, revised);
  const [set] = parts.DaemonSet ?? [];
  if (set === undefined) throw new Error("no set");
  const fresh = {
    labels: labels({ "controller-revision-hash": "r2" }),
    createdAt: ago(18),
    ...newest,
  };
  return {
    ...parts,
    Pod: [
      ...CLIENTS,
      daemonPod(set, "n1", { ...fresh, status: STARTING }),
      daemonPod(set, "n2", { labels: labels({ "controller-revision-hash": "r2" }) }),
    ],
  };
};

test("the last pod of an update is told from a pod that somebody deleted by the age of the revision", () => {
  expect(found(rolled({}, 60))).toMatchObject({ evidence: { rolling: 1 } });
  expect(found(rolled({}, 899))).toMatchObject({ evidence: { rolling: 1 } });
  expect(found(rolled({}, 900))).toBeUndefined();
});

test("a pod that came with its node in the middle of an update is a start", () => {
  const made = (nodeAge: number) => {
    const parts = rollout();
    const Pod = (parts.Pod ?? []).map((one) =>
      one.name === "agent-n1" ? { ...one, createdAt: ago(150) } : one,
    );
    return found({ ...parts, Pod, Node: [node("n1", { createdAt: ago(nodeAge) }), node("n2")] });
  };
  expect(made(310)).toBeUndefined();
  expect(made(5000)).toMatchObject({ evidence: { rolling: 1 } });
});

test("between two pods there is none: an update is told, a deletion is a start", () => {
  const parts = rollout();
  const without = (parts.Pod ?? []).filter(({ name }) => name !== "agent-n1");
  expect(found({ ...parts, Pod: without })).toMatchObject({
    nodes: ["n1"],
    evidence: { rolling: 1 },
  });
});

test("an old pod that is ending and serves no more was taken by the update", () => {
  const parts = rollout();
  const [set] = parts.DaemonSet ?? [];
  if (set === undefined) throw new Error("no set");
  const ending = (hash: string) => ({
    ...parts,
    Pod: [
      ...CLIENTS,
      daemonPod(set, "n1", {
        deletionAt: ago(-20),
        labels: labels({
          "controller-revision-hash": hash,
          "pod-template-generation": hash === "r2" ? "2" : "1",
        }),
        status: notUp({}),
      }),
      daemonPod(set, "n2", {
        labels: labels({ "controller-revision-hash": "r1", "pod-template-generation": "1" }),
      }),
    ],
  });
  expect(found(ending("r1"))).toMatchObject({ evidence: { rolling: 1 } });
  expect(found(ending("r2"))).toBeUndefined();
});

const served = (parts: Parameters<typeof endpoint>[1]) => ({
  EndpointSlice: [slice(local, endpoint("n2")), slice(local, endpoint("n1", parts))],
});
const one = (parts: Parameters<typeof daemonPod>[2], nodes = NODES) => ({
  Node: nodes,
  Pod: [...CLIENTS, daemonPod(agent, "n1", parts), daemonPod(agent, "n2")],
});
const noClients = (...pods: readonly Pod[]) => ({
  Pod: [...pods, daemonPod(agent, "n1", { status: DOWN }), daemonPod(agent, "n2")],
});
const DAEMON = [{ kind: "DaemonSet", name: "x", uid: "x", controller: true }];
const STATIC = [{ kind: "Node", name: "n1", uid: "x", controller: true }];
const withService = (parts: Parameters<typeof service>[1]) => ({
  Service: [service("agent", { internalTrafficPolicy: "Local", ...parts })],
});

test.each([
  ["an endpoint is ready", served({})],
  ["an endpoint is ending and still serves", served({ ready: false, terminating: true })],
  ["any node will do", withService({ internalTrafficPolicy: "Cluster" })],
  ["it is headless", withService({ headless: true })],
  ["it has no selector", withService({ selector: labels() })],
  ["it selects other pods", withService({ selector: labels({ app: "web" }) })],
  ["nobody else runs there", noClients()],
  [
    "only daemons and static pods run there",
    noClients(client("d", "n1", { owners: DAEMON }), client("s", "n1", { owners: STATIC })),
  ],
  ["its other pods end", noClients(client("c", "n1", { deletionAt: ago(1) }))],
  ["the pod is within its time to start", one({ status: STARTING, createdAt: ago(60) })],
  ["the node is starting", one({ status: DOWN }, [node("n1", { createdAt: ago(60) }), node("n2")])],
  [
    "the node leaves",
    one({ status: DOWN }, [node("n1", { taints: [taint("karpenter.sh/disrupted")] }), node("n2")]),
  ],
  [
    "the node is not ready",
    one({ status: DOWN }, [node("n1", { conditions: [condition("Ready", "False")] }), node("n2")]),
  ],
  [
    "the pod has just become ready, and the slices lag",
    one({ status: { conditions: [condition("Ready", "True", { transitionAt: ago(179) })] } }),
  ],
  ["Fargate has no daemons", { Node: [fargateNode("n1"), node("n2")] }],
] as const)("silent: %s", (_rule, parts) => {
  expect(found(parts as Partial<Cluster>)).toBeUndefined();
});

test("a pod that has been ready for long and is in no slice is no lag", () => {
  expect(
    found(
      one({ status: { conditions: [condition("Ready", "True", { transitionAt: ago(180) })] } }),
    ),
  ).toMatchObject({ nodes: ["n1"] });
});

test("publishNotReadyAddresses makes the slices say ready, and they are believed", () => {
  const parts = withService({ publishNotReadyAddresses: true });
  expect(found({ ...parts, ...served({ ready: true, serving: false }) })).toBeUndefined();
});

test("where the daemon is not meant to be its clients are information, and only where it is meant nowhere else in vain", () => {
  const tainted = [node("n1", { taints: [taint("gpu")] }), node("n2")];
  const away = { Node: tainted, Pod: [...CLIENTS, daemonPod(agent, "n2")] };
  const hit = found({ ...away, EndpointSlice: [slice(local, endpoint("n2"))] });
  expect(hit).toMatchObject({
    severity: "info",
    nodes: ["n1"],
    evidence: { intended: 0, seconds: null },
  });
  expect(hit?.says).toBe(
    "2 pods on node n1 have had no endpoint on their node, where no daemon of it is meant to be",
  );
  const both = found({
    Node: tainted,
    EndpointSlice: [],
    Pod: [...CLIENTS, daemonPod(agent, "n2", { status: DOWN })],
  });
  expect(both).toMatchObject({ severity: "warning", nodes: ["n2"], evidence: { clients: 1 } });
});

test("of many nodes the one with most clients is named", () => {
  const pods = ["n1", "n2"].map((name) => daemonPod(agent, name, { status: DOWN }));
  const hit = found({ Pod: [client("c0", "n1"), ...CLIENTS, ...pods], EndpointSlice: [] });
  expect(hit?.says).toBe(
    "4 pods on 2 nodes, most of them on n1, have had no endpoint on their node for 15 min",
  );
});

test("a node port with externalTrafficPolicy Local drops calls from outside: information", () => {
  const parts = { internalTrafficPolicy: "Cluster", externalTrafficPolicy: "Local" };
  const hit = found(withService({ ...parts, type: "NodePort" }));
  expect(hit).toMatchObject({
    severity: "info",
    nodes: ["n1"],
    says: "calls from outside to a node port of node n1 are dropped: no endpoint is there",
    remedies: [{ field: "externalTrafficPolicy", to: "Cluster" }],
  });
  expect(found(withService({ ...parts, type: "LoadBalancer" }))).toBeUndefined();
  expect(
    found({
      ...withService({ ...parts, type: "NodePort" }),
      ...one({ status: STARTING, createdAt: ago(60) }),
    }),
  ).toBeUndefined();
});

test("without slices or pods it cannot be told, and only a Local Service asks for them", () => {
  const asked = (kind: "EndpointSlice" | "Pod", parts: Partial<Cluster> = {}) =>
    localTrafficBlackHole.find(serviceOf(world({ notSeen: notSeen(kind), ...parts })));
  expect(asked("EndpointSlice")).toHaveProperty("cannotTell");
  expect(asked("Pod")).toHaveProperty("cannotTell");
  expect(asked("EndpointSlice", withService({ internalTrafficPolicy: "Cluster" }))).toBeUndefined();
});

test("of very many nodes the evidence keeps twenty, and counts and names all", () => {
  const many = Array.from({ length: 25 }, (_, at) => `m${at + 10}`);
  const hit = found({
    Node: many.map((name) => node(name)),
    EndpointSlice: [],
    Pod: many.flatMap((name) => [
      client(`c-${name}`, name),
      daemonPod(agent, name, { status: DOWN }),
    ]),
  });
  expect(hit?.evidence.places).toHaveLength(20);
  expect(hit?.evidence).toMatchObject({ nodes: 25, clients: 25, intended: 25 });
  expect(hit?.nodes).toEqual(many);
});
