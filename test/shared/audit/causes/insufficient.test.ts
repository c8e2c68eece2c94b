import { describe, expect, test } from "vitest";
import { causeOf } from "#shared/audit/catalogue.ts";
import { codeOfHit } from "#shared/audit/cause.ts";
import {
  insufficientCpu,
  insufficientMemory,
  insufficientResource,
} from "#shared/audit/causes/insufficient.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { RemedyView } from "#shared/audit/cause.ts";
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
import { crashing, notUp, placementOf, unscheduled } from "../../../fixtures/placement.ts";

const asks = (memory: string, extra: Readonly<Record<string, string>> = {}) => [
  container({ requests: resources({ memory, ...extra }) }),
];

const agent = (priority = 0) =>
  daemonSet("agent", { template: { priority, containers: asks("512Mi") } });

const held = (name: string, memory: string, priority = 0): Pod =>
  pod(name, {
    spec: { nodeName: "n1", priority, containers: asks(memory) },
    owners: [{ kind: "ReplicaSet", name: "web", uid: "rs", controller: true }],
  });

/** A node of 4Gi with these pods on it, and the agent waiting. */
function waiting(pods: readonly Pod[], set = agent()) {
  const n1 = node("n1", { allocatable: resources({ cpu: "4", memory: "4Gi", pods: "110" }) });
  const own = daemonPod(set, "n1", { spec: { nodeName: "" }, status: unscheduled() });
  return placementOf(cluster({ Node: [n1], DaemonSet: [set], Pod: [...pods, own] }));
}

const remedyView = (view: ReturnType<typeof waiting>): RemedyView => ({
  facts: view.facts,
  nodes: ["n1"],
  daemonSets: ["kube-system/agent"],
});

function hitOf(view: ReturnType<typeof waiting>) {
  const hit = insufficientMemory.find(view);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  return hit;
}

test("the arithmetic, the holders and the way out are evidence", () => {
  const view = waiting([held("big", "3Gi"), held("small", "768Mi")]);

  const hit = hitOf(view);

  const Mi = 1024n * 1024n;
  expect(hit.evidence).toEqual({
    node: "n1",
    daemonSet: "kube-system/agent",
    resource: "memory",
    requested: String(512n * Mi),
    allocatable: String(4096n * Mi),
    used: String(3840n * Mi),
    free: String(256n * Mi),
    missing: String(256n * Mi),
    priority: 0,
    preemption: "none-lower",
    above: 0,
    displaceable: 2,
    holders: 2,
    byPriority: [{ priority: 0, pods: 2, amount: String(3840n * Mi) }],
    largest: [
      { pod: "default/big", priority: 0, amount: String(3072n * Mi) },
      { pod: "default/small", priority: 0, amount: String(768n * Mi) },
    ],
    movable: [
      { pod: "default/small", priority: 0, amount: String(768n * Mi) },
      { pod: "default/big", priority: 0, amount: String(3072n * Mi) },
    ],
    also: [],
  });
  expect(insufficientMemory.explain(hit.evidence)).toBe(
    "needs 512Mi memory, 256Mi free of 4Gi: 2 pods hold 3.8Gi, none of them below its priority 0; 2 of them could be preempted above priority 0",
  );
  expect(insufficientMemory.remedies(hit.evidence, remedyView(view))).toEqual([
    { action: "raise-priority", daemonSet: "kube-system/agent", above: 0, nodes: ["n1"] },
    { action: "make-room", daemonSet: "kube-system/agent", node: "n1" },
    {
      action: "lower-requests",
      daemonSet: "kube-system/agent",
      resource: "memory",
      from: 512n * Mi,
      to: 256n * Mi,
    },
    {
      action: "larger-nodes",
      daemonSet: "kube-system/agent",
      nodes: ["n1"],
      resource: "memory",
      needed: 256n * Mi,
    },
  ]);
});

test.each([
  ["lower pods hold enough: the scheduler can do it", [held("a", "4Gi", -1)], 0, "possible", -1, 1],
  [
    "lower pods hold too little",
    [held("a", "3Gi", 5), held("b", "1Gi", 5), held("c", "0", -1), held("d", "64Mi", -1)],
    0,
    "not-enough",
    5,
    3,
  ],
  [
    "all holders are above: one of a higher priority would have to go",
    [held("a", "4Gi", 100)],
    0,
    "none-lower",
    100,
    1,
  ],
  [
    "only as many as are needed have to be below",
    [held("a", "2Gi", 1), held("b", "2Gi", 9)],
    0,
    "none-lower",
    1,
    1,
  ],
] as const)("%s", (_rule, pods, priority, preemption, above, displaceable) => {
  expect(hitOf(waiting(pods, agent(priority))).evidence).toMatchObject({
    preemption,
    above,
    displaceable,
  });
});

test("a class that never preempts is told, whatever the holders' priority", () => {
  const set = daemonSet("agent", {
    template: { preemptionPolicy: "Never", priority: 10, containers: asks("512Mi") },
  });
  const { evidence } = hitOf(waiting([held("a", "4Gi")], set));
  expect(insufficientMemory.explain(evidence)).toBe(
    "needs 512Mi memory, 0 free of 4Gi: 1 pod holds 4Gi, and its priority class never preempts",
  );
});

test("more than the empty node has: nobody's going helps, and no priority is advised", () => {
  const view = waiting([], daemonSet("agent", { template: { containers: asks("8Gi") } }));
  const { evidence } = hitOf(view);
  expect(evidence).toMatchObject({ preemption: "too-large", above: null, displaceable: 0 });
  expect(insufficientMemory.explain(evidence)).toBe(
    "needs 8Gi memory, more than the 4Gi that the empty node has",
  );
  expect(
    insufficientMemory.remedies(evidence, remedyView(view)).map(({ action }) => action),
  ).toEqual(["lower-requests", "larger-nodes"]);
});

test.each([
  ["was killed for want of memory", "OOMKilled", ["larger-nodes"]],
  ["ended of itself", "Error", ["lower-requests", "larger-nodes"]],
] as const)("a daemon that %s elsewhere is advised accordingly", (_what, reason, actions) => {
  const set = daemonSet("agent", { template: { containers: asks("8Gi") } });
  const elsewhere = daemonPod(set, "n2", { status: notUp({ containers: [crashing({ reason })] }) });
  const view = waiting([elsewhere], set);
  const { evidence } = hitOf(view);
  expect(
    insufficientMemory.remedies(evidence, remedyView(view)).map(({ action }) => action),
  ).toEqual(actions);
});

test("pods that nobody would make anew elsewhere are not movable", () => {
  const daemon = pod("daemon", {
    spec: { nodeName: "n1", containers: asks("1Gi") },
    owners: [{ kind: "DaemonSet", name: "x", uid: "x", controller: true }],
  });
  const bare = pod("bare", { spec: { nodeName: "n1", containers: asks("1Gi") } });
  const mirror = pod("mirror", {
    spec: { nodeName: "n1" },
    owners: [{ kind: "Node", name: "n1", uid: "n1", controller: true }],
  });
  const fixed = { ...mirror, spec: { ...mirror.spec, containers: asks("512Mi") } };
  const kept = { ...held("kept", "512Mi"), doNotDisrupt: true };
  const leaving = { ...held("leaving", "512Mi"), deletionAt: 0 };
  expect(
    hitOf(waiting([daemon, bare, kept, fixed, leaving, held("web", "1Gi")])).evidence.movable,
  ).toMatchObject([{ pod: "default/web" }]);
});

describe("stays silent", () => {
  test.each([
    ["when it fits to the byte", [held("a", "3584Mi")]],
    [
      "when the pods that held it have ended",
      [{ ...held("a", "4Gi"), status: { ...held("a", "4Gi").status, phase: "Succeeded" } }],
    ],
  ] as const)("%s", (_rule, pods) => {
    expect(insufficientMemory.find(waiting(pods))).toBeUndefined();
  });

  test("when the pod is bound, however full the node is", () => {
    const set = agent();
    const view = placementOf(
      cluster({
        Node: [node("n1")],
        DaemonSet: [set],
        Pod: [held("a", "64Gi"), daemonPod(set, "n1")],
      }),
    );
    expect(insufficientMemory.find(view)).toBeUndefined();
  });

  test("when another resource is short", () => {
    expect(insufficientCpu.find(waiting([held("a", "4Gi")]))).toBeUndefined();
  });
});

test.each([
  ["a place that is promised to a pod of equal priority is taken", 0, 1],
  ["one that is promised to a lower pod is not", -1, undefined],
] as const)("%s", (_rule, priority, holders) => {
  const promised = held("promised", "4Gi", priority);
  const nominated = {
    ...promised,
    spec: { ...promised.spec, nodeName: "" },
    status: { ...promised.status, ...unscheduled(), nominatedNodeName: "n1" },
  };
  const hit = insufficientMemory.find(waiting([nominated]));
  expect(hit && "evidence" in hit ? hit.evidence.holders : undefined).toBe(holders);
});

test("a pod is never in its own way, though a place is promised to it", () => {
  const set = agent();
  const own = daemonPod(set, "n1", {
    spec: { nodeName: "" },
    status: { ...unscheduled(), nominatedNodeName: "n1" },
  });
  const n1 = node("n1", { allocatable: resources({ cpu: "4", memory: "512Mi", pods: "9" }) });
  const view = placementOf(cluster({ Node: [n1], DaemonSet: [set], Pod: [own] }));
  expect(insufficientMemory.find(view)).toBeUndefined();
});

test("a terminating pod holds its room until it is gone", () => {
  const leaving = { ...held("a", "4Gi"), deletionAt: 0 };
  expect(hitOf(waiting([leaving])).evidence.holders).toBe(1);
});

test("without all pods room cannot be told, a shortage can", () => {
  const set = agent();
  const own = daemonPod(set, "n1", { spec: { nodeName: "" }, status: unscheduled() });
  const partly = (pods: readonly Pod[]) =>
    placementOf(
      cluster({
        Node: [node("n1", { allocatable: resources({ cpu: "4", memory: "4Gi", pods: "9" }) })],
        DaemonSet: [set],
        Pod: [...pods, own],
        notSeen: notSeen("Pod"),
      }),
    );
  expect(insufficientMemory.find(partly([]))).toEqual({
    cannotTell: "not all pods were read, so what the node has left is not known",
  });
  expect(insufficientMemory.find(partly([held("a", "4Gi")]))).toMatchObject({
    evidence: { holders: 1 },
  });
});

test("a device that the node does not offer has a code of its own", () => {
  const set = daemonSet("agent", {
    template: { containers: asks("64Mi", { "nvidia.com/gpu": "1" }) },
  });
  const hit = insufficientResource.find(waiting([], set));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(codeOfHit(insufficientResource, hit.evidence)).toBe("insufficient-nvidia.com/gpu");
  expect(causeOf("insufficient-nvidia.com/gpu")).toBe(insufficientResource);
  expect(insufficientResource.explain(hit.evidence)).toBe(
    "needs 1 nvidia.com/gpu, more than the 0 that the empty node has",
  );
});

// A filter that fails first ends the node: "free ports" is all that the scheduler says, though cpu is short as well.
test.each([
  [
    "names only the first filter that failed, which hides the shortage",
    "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
  ],
  [
    "tells one node's story among five: the others are passed over for a pinned pod",
    "0/5 nodes are available: 1 Insufficient memory, 4 node(s) didn't satisfy plugin(s) [NodeAffinity].",
  ],
  ["was never written", ""],
] as const)("what is short is worked out, for the scheduler's message %s", (_rule, message) => {
  const set = agent();
  const own = daemonPod(set, "n1", { spec: { nodeName: "" }, status: unscheduled(message) });
  const n1 = node("n1", { allocatable: resources({ cpu: "4", memory: "4Gi", pods: "110" }) });
  const others = ["n2", "n3", "n4", "n5"].map((name) => node(name));
  const view = placementOf(
    cluster({ Node: [n1, ...others], DaemonSet: [set], Pod: [held("a", "4Gi"), own] }),
  );
  expect(hitOf(view).evidence).toMatchObject({
    node: "n1",
    holders: 1,
    missing: String(512n << 20n),
  });
});
