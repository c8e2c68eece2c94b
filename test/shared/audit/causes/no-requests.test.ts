import { expect, test } from "vitest";
import { noRequests } from "#shared/audit/causes/no-requests.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { LimitRange } from "#shared/cluster/policy.ts";
import type { PodSpec } from "#shared/cluster/pod.ts";
import {
  container,
  daemonPod,
  daemonSet,
  metadata,
  node,
  notSeen,
  resources,
} from "../../../fixtures/build.ts";
import { hitOf, old, remediesOf, sentenceOf, viewOf } from "../../../fixtures/rollout.ts";

const Node = [node("n1")];
type Asked = Readonly<Record<string, string>>;
const c = (name: string, requests: Asked = {}, limits: Asked = {}) =>
  container({ name, requests: resources(requests), limits: resources(limits) });
const of = (template: Partial<PodSpec>, parts: Partial<Cluster> = {}) =>
  viewOf(daemonSet("agent", { template }), { Node, ...parts });
const BOTH = { cpu: "10m", memory: "16Mi" };
const podLevel = (requests: Asked, limits: Asked = {}) => ({
  containers: [c("agent")],
  resources: { requests: resources(requests), limits: resources(limits) },
});

test.each([
  [
    "nothing at all",
    { containers: [c("agent"), c("helper")] },
    "agent and helper ask for no cpu and no memory: its pods are BestEffort, the first to go when the node is short",
  ],
  [
    "one of two containers",
    { containers: [c("agent", BOTH), c("helper")] },
    "helper asks for no cpu and no memory: whatever memory it uses is above its request, and such pods go first",
  ],
  [
    "no cpu",
    { containers: [c("agent", { memory: "16Mi" })] },
    "agent asks for no cpu: it gets the smallest share when the node is busy",
  ],
  [
    "a request of 0 is none",
    { containers: [c("agent", { cpu: "0", memory: "16Mi" })] },
    "agent asks for no cpu: it gets the smallest share when the node is busy",
  ],
  [
    "each of two containers lacks another one",
    { containers: [c("agent", { memory: "16Mi" }), c("helper", { cpu: "1m" })] },
    "agent asks for no cpu, helper asks for no memory: whatever memory it uses is above its request, and such pods go first",
  ],
  [
    "a sidecar",
    {
      containers: [c("agent", BOTH)],
      initContainers: [{ ...c("mesh", { cpu: "1m" }), sidecar: true }],
    },
    "mesh asks for no memory: whatever memory it uses is above its request, and such pods go first",
  ],
  [
    "an init container lifts the class of service, and asks for nobody",
    { containers: [c("agent")], initContainers: [c("setup", BOTH)] },
    "agent asks for no cpu and no memory: whatever memory it uses is above its request, and such pods go first",
  ],
  [
    "the whole pod asks for cpu only",
    podLevel({ cpu: "10m" }),
    "agent asks for no memory: whatever memory it uses is above its request, and such pods go first",
  ],
] as const)("told: %s", (_rule, template, sentence) => {
  expect(sentenceOf(noRequests, of(template))).toBe(sentence);
});

test("the containers are named, to be given requests", () => {
  const view = of({ containers: [c("agent", BOTH), c("helper")] });
  expect(hitOf(noRequests, view).evidence).toEqual({
    daemonSet: "kube-system/agent",
    missing: [{ container: "helper", resources: ["cpu", "memory"] }],
    bestEffort: false,
  });
  expect(remediesOf(noRequests, view)).toEqual([
    { action: "set-requests", daemonSet: "kube-system/agent", containers: ["helper"] },
  ]);
});

const range = (
  parts: Partial<LimitRange["limits"][number]>,
  namespace = "kube-system",
): LimitRange => ({
  ...metadata({ name: "defaults", namespace }),
  limits: [
    {
      type: "Container",
      default: resources(),
      defaultRequest: resources(),
      max: resources(),
      min: resources(),
      ...parts,
    },
  ],
});
const NONE = { containers: [c("agent")] };
const bare = daemonSet("agent", { template: NONE });

test.each([
  ["both are asked for", { containers: [c("agent", BOTH)] }, {}],
  ["a limit becomes the request", { containers: [c("agent", {}, BOTH)] }, {}],
  ["the whole pod asks for both", podLevel(BOTH), {}],
  ["the whole pod is limited in both", podLevel({}, BOTH), {}],
  [
    "an init container may ask for nothing",
    { containers: [c("agent", BOTH)], initContainers: [c("setup")] },
    {},
  ],
  [
    "a LimitRange gives default requests",
    NONE,
    { LimitRange: [range({ defaultRequest: resources(BOTH) })] },
  ],
  [
    "a LimitRange gives default limits",
    NONE,
    { LimitRange: [range({ default: resources(BOTH) })] },
  ],
  [
    "admission gave its pods some",
    NONE,
    {
      Pod: [
        daemonPod(bare, "n1", {
          labels: new Map([["controller-revision-hash", "r2"]]),
          spec: { containers: [c("agent", BOTH)] },
        }),
      ],
    },
  ],
] as const)("silent: %s", (_rule, template, parts) => {
  expect(noRequests.find(of(template, parts))).toEqual([]);
});

test.each([
  ["of another namespace", range({ defaultRequest: resources(BOTH) }, "default")],
  ["of whole pods", range({ type: "Pod", defaultRequest: resources(BOTH) })],
] as const)("a LimitRange %s gives nothing", (_which, LimitRange) => {
  expect(hitOf(noRequests, of(NONE, { LimitRange: [LimitRange] })).evidence.bestEffort).toBe(true);
});

test("pods of an older template do not speak for the newest one", () => {
  const set = daemonSet("agent", { template: NONE, templateGeneration: "2" });
  const Pod = [old(set, "n1", { spec: { containers: [c("agent", BOTH)] } })];
  expect(hitOf(noRequests, viewOf(set, { Node, Pod })).evidence.bestEffort).toBe(true);
});

test("before 1.34 requests of the whole pod count for nothing", () => {
  const version = { major: 1, minor: 33, patch: 0, text: "v1.33.0" };
  expect(hitOf(noRequests, of(podLevel(BOTH), { version })).evidence).toMatchObject({
    missing: [{ container: "agent", resources: ["cpu", "memory"] }],
    bestEffort: true,
  });
});

test("without limit ranges and pods it cannot be told; with a pod it can", () => {
  const unseen = { notSeen: notSeen("LimitRange") };
  expect(noRequests.find(of(NONE, unseen))).toHaveProperty("cannotTell");
  expect(noRequests.find(of(NONE, { ...unseen, Pod: [daemonPod(bare, "n1")] }))).toHaveLength(1);
});

test("known from its pods only: silent", () => {
  expect(noRequests.find(viewOf({ ...bare, inferred: true }, { Node }))).toEqual([]);
});
