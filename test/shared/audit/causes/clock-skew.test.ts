import { expect, test } from "vitest";
import { clockSkew } from "#shared/audit/causes/clock-skew.ts";
import { leaseTime } from "#shared/audit/evidence/clocks.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Node } from "#shared/cluster/node.ts";
import {
  ago,
  condition,
  daemonPod,
  daemonSet,
  node,
  NOW,
  pod,
  READY,
} from "../../../fixtures/build.ts";
import { factsOf, lease, nodeViewOf, told } from "../../../fixtures/node-view.ts";

const nameOf = (at: number): string => `n${at + 1}`;
/** Leases of n1, n2 …, so many seconds old; negative: in the future. */
const renewed = (ages: readonly number[], more: Partial<Cluster> = {}, first: Partial<Node> = {}) =>
  nodeViewOf({
    Node: ages.map((_, at) => node(nameOf(at), at === 0 ? first : {})),
    Lease: ages.map((age, at) => lease(nameOf(at), age)),
    ...more,
  });

test("a lease ahead of the others' is told against them, though the dump's newest moment is its own", () => {
  // n1 is 14 minutes ahead, so "now" is too.
  expect(told(clockSkew, renewed([0, 840, 843, 846]))).toEqual([
    "info",
    "its clock is 14 min ahead of the other nodes' by its lease",
    [{ action: "sync-clock", node: "n1" }],
  ]);
});

test.each([
  ["60 seconds are the time it takes to read", [0, 60, 60, 60], false],
  ["61 are not", [0, 61, 61, 61], true],
  ["two of five may be wrong alike", [0, 0, 90, 90, 90], true],
  ["the others of a skewed node are right", [90, 0, 90, 90], false],
  ["all are equally old", [300, 301, 302, 303], false],
] as const)("ahead: %s", (_rule, ages, says) => {
  expect(clockSkew.find(renewed(ages)) !== undefined).toBe(says);
});

test("nodes that died renew nothing, and do not make the living look early", () => {
  const dead = condition("Ready", "Unknown", { transitionAt: ago(600) });
  const view = nodeViewOf({
    Node: [0, 1, 2, 3].map((at) => node(nameOf(at), at === 0 ? {} : { conditions: [dead] })),
    Lease: [0, 1, 2, 3].map((at) => lease(nameOf(at), at === 0 ? 5 : 640)),
  });
  expect(leaseTime(view.facts)).toBeUndefined();
  expect(clockSkew.find(view)).toBeUndefined();
});

test("two nodes cannot say which of them is wrong, so the moment of the audit decides", () => {
  expect(clockSkew.find(renewed([5, 900]))).toBeUndefined();
  expect(told(clockSkew, renewed([-61, 5]))[1]).toBe(
    "its clock is 61 s ahead of the cluster's by its lease",
  );
  expect(clockSkew.find(renewed([-60, 5]))).toBeUndefined();
});

test.each([
  [
    "later than now",
    condition("Ready", "True", { transitionAt: NOW + 90_000 }),
    "its clock is at least 90 s ahead: one of its conditions changed in the future",
  ],
  [
    "to the second",
    condition("MemoryPressure", "False", { transitionAt: NOW + 61_000 }),
    "its clock is at least 61 s ahead: one of its conditions changed in the future",
  ],
] as const)("a condition %s", (_rule, changed, sentence) => {
  const view = nodeViewOf({
    Node: [node("n1", { conditions: [READY, changed, condition("DiskPressure", "False")] })],
  });
  expect(told(clockSkew, view)[1]).toBe(sentence);
});

test.each([
  ["within a minute", condition("Ready", "True", { transitionAt: NOW + 60_000 })],
  ["the node controller wrote it", condition("Ready", "Unknown", { transitionAt: NOW + 90_000 })],
  ["not the kubelet's", condition("NetworkUnavailable", "False", { transitionAt: NOW + 90_000 })],
  ["without a time", condition("Ready", "True", { transitionAt: undefined })],
] as const)("silent: a condition %s", (_rule, changed) => {
  expect(
    clockSkew.find(nodeViewOf({ Node: [node("n1", { conditions: [changed] })] })),
  ).toBeUndefined();
});

test("silent: the audit is judged at a moment before the dump, and all leases agree on it", () => {
  const changed = condition("Ready", "True", { transitionAt: NOW + 90_000 });
  const view = renewed([-100, -101, -102], {}, { conditions: [changed] });
  expect(clockSkew.find(view)).toBeUndefined();
});

const set = daemonSet("logs");
const early = (seconds: number, createdAt = ago(3600)) =>
  daemonPod(set, "n1", { createdAt, status: { startedAt: createdAt - seconds * 1000 } });

test("behind: its lease is old, Kubernetes calls it Ready, and its newest pod began before it was made", () => {
  expect(told(clockSkew, renewed([1500, 5, 5, 5], { Pod: [early(1500)] }))).toEqual([
    "info",
    "its clock is 25 min behind the other nodes' by its lease; kube-system/logs-n1 says that it began before it was made",
    [{ action: "sync-clock", node: "n1" }],
  ]);
});

test.each([
  ["no pod proves it", [1500, 5, 5, 5], []],
  ["its lease agrees: the clock was set right since", [5, 5, 5, 5], [early(1500)]],
  ["its pod was early by a minute only", [1500, 5, 5, 5], [early(60)]],
  ["its lease is behind by a minute only", [65, 5, 5, 5], [early(1500)]],
  [
    "a newer pod began in time",
    [1500, 5, 5, 5],
    [
      early(1500),
      daemonPod(set, "n1", { name: "newer", createdAt: ago(60), status: { startedAt: ago(59) } }),
    ],
  ],
  [
    "a static pod runs before it is mirrored",
    [1500, 5, 5, 5],
    [
      pod("kube-proxy-n1", {
        createdAt: ago(3600),
        owners: [{ kind: "Node", name: "n1", uid: "uid--n1", controller: true }],
        spec: { nodeName: "n1" },
        status: { startedAt: ago(7200) },
      }),
    ],
  ],
] as const)("silent: %s", (_rule, ages, pods) => {
  expect(clockSkew.find(renewed(ages, { Pod: pods }))).toBeUndefined();
});

test("silent: a node that is NotReady may simply be dead", () => {
  const unknown = condition("Ready", "Unknown", { transitionAt: ago(1400) });
  const view = renewed([1500, 5, 5, 5], { Pod: [early(1500)] }, { conditions: [unknown] });
  expect(clockSkew.find(view)).toBeUndefined();
});

test("silent: no daemon runs on Fargate", () => {
  const fargate = new Map([["eks.amazonaws.com/compute-type", "fargate"]]);
  expect(clockSkew.find(renewed([0, 840, 843, 846], {}, { labels: fargate }))).toBeUndefined();
});

test("the time of the leases is the middle of three or more", () => {
  const timeOf = (...ages: readonly number[]) =>
    leaseTime(
      factsOf({
        Node: ages.map((_, at) => node(`n${at}`)),
        Lease: ages.map((age, at) => lease(`n${at}`, age)),
      }),
    );
  expect(timeOf(5, 10)).toBeUndefined();
  expect(timeOf(10, 5, 900)).toBe(ago(10));
  expect(timeOf(10, 5, -900, 7)).toBe(ago(7));
});
