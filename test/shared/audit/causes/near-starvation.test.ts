import { expect, test } from "vitest";
import { nearStarvation } from "#shared/audit/causes/near-starvation.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import {
  ago,
  container,
  metadata,
  node,
  notSeen,
  pod,
  resources,
} from "../../../fixtures/build.ts";
import {
  changed,
  CRASHING,
  dead,
  fresh,
  hitOf,
  old,
  remediesOf,
  sentenceOf,
  viewOf,
} from "../../../fixtures/rollout.ts";

const asks = (memory: string) => [container({ requests: resources({ memory }) })];
const small = (name: string, parts: Parameters<typeof node>[1] = {}) =>
  node(name, { allocatable: resources({ cpu: "4", memory: "4Gi", pods: "110" }), ...parts });
const web = (on: string, memory: string, priority = 0, name = `web-${on}`): Pod =>
  pod(name, {
    owners: [{ kind: "ReplicaSet", name: "web", uid: "rs", controller: true }],
    spec: { nodeName: on, priority, containers: asks(memory) },
  });

/** The new template asks for 1Gi where the old pods have 256Mi. */
const set = changed({ template: { containers: asks("1Gi") } });
const had = (on: string, parts: Parameters<typeof old>[2] = {}): Pod =>
  old(set, on, { ...parts, spec: { containers: asks("256Mi"), ...parts.spec } });

const growing = (parts: Partial<Cluster>, of = set) =>
  viewOf(of, { Node: [small("n1")], ...parts });

test("an update that these nodes have no room for, the tightest first", () => {
  const view = growing({
    Node: [small("n1"), small("n2"), small("n3")],
    Pod: [had("n1"), web("n1", "3200Mi"), had("n2"), web("n2", "3500Mi"), had("n3")],
  });
  const hit = hitOf(nearStarvation, view);
  expect(hit).toEqual({
    nodes: ["n1", "n2"],
    evidence: {
      daemonSet: "kube-system/agent",
      tight: [
        { node: "n2", resource: "memory", needed: "1073741824", free: String(596 << 20) },
        { node: "n1", resource: "memory", needed: "1073741824", free: String(896 << 20) },
      ],
      nodeCount: 2,
      byUpdate: 2,
      byNode: 0,
    },
  });
  expect(nearStarvation.explain(hit.evidence)).toBe(
    "it runs on n2 and n1, but its new template would find no place on these 2 nodes: n2 would have 596Mi memory for the 1Gi that it needs",
  );
  expect(remediesOf(nearStarvation, view)).toEqual([
    {
      action: "lower-requests",
      daemonSet: "kube-system/agent",
      resource: "memory",
      from: 1024n << 20n,
      to: 596n << 20n,
    },
    { action: "raise-priority", daemonSet: "kube-system/agent", above: 0, nodes: [] },
    {
      action: "larger-nodes",
      daemonSet: "kube-system/agent",
      nodes: ["n1", "n2"],
      resource: "memory",
      needed: 428n << 20n,
    },
  ]);
});

const FULL = [had("n1"), web("n1", "3500Mi")];
const shrunk = small("n1", { allocatable: resources({ cpu: "4", memory: "2Gi", pods: "110" }) });
const current = (parts: Parameters<typeof fresh>[2] = {}) => fresh(set, "n1", parts);

test("a node that shrank below its promises cannot take the same pod again", () => {
  const view = growing({ Node: [shrunk], Pod: [current(), web("n1", "2500Mi")] });
  expect(sentenceOf(nearStarvation, view)).toBe(
    "it runs on n1, but its next pod would find no place on it: n1 would have no memory for the 1Gi that it needs",
  );
  expect(hitOf(nearStarvation, view).evidence).toMatchObject({ byUpdate: 0, byNode: 1 });
  expect(remediesOf(nearStarvation, view).map(({ action }) => action)).toEqual([
    "raise-priority",
    "larger-nodes",
  ]);
});

test("a node with more pods than places cannot take it again either", () => {
  const Node = [small("n1", { allocatable: resources({ cpu: "4", memory: "4Gi", pods: "2" }) })];
  const Pod = [current(), web("n1", "1Mi", 0, "a"), web("n1", "1Mi", 0, "b")];
  const view = growing({ Node, Pod });
  expect(sentenceOf(nearStarvation, view)).toContain("n1 has no pod place left for it");
  expect(remediesOf(nearStarvation, view).map(({ action }) => action)).toEqual([
    "raise-priority",
    "larger-nodes",
  ]);
});

const CLASS = {
  ...metadata({ name: "agents" }),
  value: 1000,
  globalDefault: false,
  preemptionPolicy: "",
};
const classy = changed({ template: { containers: asks("1Gi"), priorityClassName: "agents" } });

test.each([
  ["the new template fits", set, { Pod: [had("n1"), web("n1", "3000Mi")] }],
  [
    "the pod there is as large as the next one",
    set,
    { Pod: [old(set, "n1"), web("n1", "3000Mi")] },
  ],
  ["nothing changes, and the node is full", set, { Pod: [current(), web("n1", "3000Mi")] }],
  [
    "admission makes the new pods smaller",
    set,
    {
      Node: [small("n1"), small("n2")],
      Pod: [...FULL, fresh(set, "n2", { spec: { containers: asks("128Mi") } })],
    },
  ],
  ["the class of the new template makes room", classy, { Pod: FULL, PriorityClass: [CLASS] }],
  [
    "the class of the pod makes room",
    set,
    { Node: [shrunk], Pod: [current({ spec: { priority: 1000 } }), web("n1", "2500Mi")] },
  ],
  [
    "its pod is not Ready: another cause tells",
    set,
    { Pod: [had("n1", { status: CRASHING }), web("n1", "3500Mi")] },
  ],
  ["its pod is going", set, { Pod: [had("n1", { deletionAt: ago(1) }), web("n1", "3500Mi")] }],
  [
    "the node is dead",
    set,
    { Node: [dead("n1", 9000, { allocatable: shrunk.allocatable })], Pod: FULL },
  ],
  ["the node is being removed", set, { Node: [small("n1", { deletionAt: ago(60) })], Pod: FULL }],
  [
    "pods that have ended take no place",
    set,
    {
      Node: [small("n1", { allocatable: resources({ cpu: "4", memory: "4Gi", pods: "1" }) })],
      Pod: [
        current(),
        { ...web("n1", "1Mi"), status: { ...web("n1", "1Mi").status, phase: "Succeeded" } },
      ],
    },
  ],
  ["known from its pods only", { ...set, inferred: true }, { Pod: FULL }],
] as const)("silent: %s", (_rule, of, parts) => {
  expect(nearStarvation.find(growing(parts, of))).toEqual([]);
});

test.each([
  [
    "a class that never preempts makes no room",
    {
      template: { containers: asks("1Gi"), priorityClassName: "agents", preemptionPolicy: "Never" },
    },
    FULL,
  ],
  [
    "pods of the same priority make no room",
    { template: { containers: asks("1Gi"), priorityClassName: "agents" } },
    [had("n1"), web("n1", "3500Mi", 1000)],
  ],
] as const)("told: %s", (_rule, parts, Pod) => {
  expect(
    nearStarvation.find(growing({ Pod, PriorityClass: [CLASS] }, changed(parts))),
  ).toHaveLength(1);
});

test("it is enough that one of several resources grows", () => {
  const two = (memory: string) => [container({ requests: resources({ cpu: "100m", memory }) })];
  const grown = changed({ template: { containers: two("1Gi") } });
  const Pod = [old(grown, "n1", { spec: { containers: two("256Mi") } }), web("n1", "3500Mi")];
  expect(nearStarvation.find(growing({ Pod }, grown))).toHaveLength(1);
});

test("a RuntimeClass whose overhead the next pod will carry makes it larger", () => {
  const sandboxed = changed({ template: { containers: asks("256Mi"), runtimeClassName: "kata" } });
  const classOf = (name: string, memory: string) => ({
    ...metadata({ name }),
    nodeSelector: new Map<string, string>(),
    tolerations: [],
    overhead: resources({ memory }),
  });
  const RuntimeClass = [classOf("gvisor", "1Mi"), classOf("kata", "1Gi")];
  const view = growing(
    { Pod: [old(sandboxed, "n1"), web("n1", "3500Mi")], RuntimeClass },
    sandboxed,
  );
  expect(hitOf(nearStarvation, view).evidence.tight).toMatchObject([
    { needed: String(1280 << 20) },
  ]);
});

test("an old pod that is as large as the next one is in danger from its node only", () => {
  const view = growing({ Node: [shrunk], Pod: [old(set, "n1"), web("n1", "2500Mi")] });
  expect(hitOf(nearStarvation, view).evidence).toMatchObject({ byUpdate: 0, byNode: 1 });
});

test("where not all pods were read, what is short stays short, and what fits may not", () => {
  const unseen = { notSeen: notSeen("Pod") };
  expect(nearStarvation.find(growing({ ...unseen, Pod: FULL }))).toHaveLength(1);
  expect(nearStarvation.find(growing({ ...unseen, Pod: [had("n1")] }))).toEqual({
    cannotTell: "not all pods were read, so what the nodes have left is not known",
  });
});
