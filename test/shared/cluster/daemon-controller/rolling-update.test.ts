import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  rollingUpdate,
  rolloutBudget,
  type RollingUpdate,
  type RolloutQuestion,
} from "#shared/cluster/daemon-controller/rolling-update.ts";
import type { DaemonSet, IntOrPercent } from "#shared/cluster/daemon-set.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import {
  condition,
  daemonPod,
  daemonSet,
  labels,
  node,
  NOW,
  taint,
} from "../../../fixtures/build.ts";

const rolling = (maxUnavailable: IntOrPercent, maxSurge: IntOrPercent = 0): DaemonSet =>
  daemonSet("agent", { updateStrategy: { type: "RollingUpdate", maxUnavailable, maxSurge } });
const ONE = rolling(1);
const SURGE = rolling(0, 1);

type Looks = {
  readonly name?: string;
  readonly old?: boolean;
  readonly ready?: boolean;
  readonly going?: boolean;
};
const made = (nodeName: string, looks: Looks = {}): Pod =>
  daemonPod(ONE, nodeName, {
    name: looks.name ?? nodeName,
    deletionAt: looks.going === true ? NOW : undefined,
    labels: labels({
      "controller-revision-hash": looks.old === true ? "r0" : "r1",
      "pod-template-generation": looks.old === true ? "0" : "1",
    }),
    status: { conditions: [condition("Ready", looks.ready === false ? "False" : "True")] },
  });

const nodesOf = (count: number, tainted: readonly string[] = []) =>
  Array.from({ length: count }, (_, i) => `n${i + 1}`).map((name) =>
    node(name, { taints: tainted.includes(name) ? [taint("node.kubernetes.io/not-ready")] : [] }),
  );
const FIVE = nodesOf(5);
const names = (count: number): readonly string[] => nodesOf(count).map(({ name }) => name);
/** Old and available everywhere, but for what is said. */
const olds = (count: number, but: Readonly<Record<string, readonly Pod[]>> = {}): readonly Pod[] =>
  names(count).flatMap((name) => but[name] ?? [made(name, { old: true })]);

const ask = (parts: Partial<RolloutQuestion> & Pick<RolloutQuestion, "nodes" | "pods">) =>
  rollingUpdate({ set: ONE, now: NOW, updatedHash: "r1", version: undefined, ...parts });

type Shares = Pick<
  RollingUpdate,
  | "create"
  | "delete"
  | "candidates"
  | "deleteFromCandidates"
  | "surgeCandidates"
  | "createOnCandidates"
>;
const deletes = (found: Shares | undefined): number | undefined =>
  found && found.delete.length + found.deleteFromCandidates;
const creates = (found: Shares | undefined): number | undefined =>
  found && found.create.length + found.createOnCandidates;

// update.go, rollingUpdate with maxSurge 0
test.each([
  ["all old pods are available: as many go as may be unavailable", ONE, olds(5), 1],
  ["a percentage is rounded up", rolling("30%"), olds(5), 2],
  ["everything is new already", ONE, names(5).map((name) => made(name)), 0],
  [
    "one was replaced and is not available yet",
    ONE,
    olds(5, { n1: [made("n1", { ready: false })] }),
    0,
  ],
  ["one is terminating", ONE, olds(5, { n1: [made("n1", { old: true, going: true })] }), 0],
  ["an eligible node has no pod", ONE, olds(5, { n1: [] }), 0],
  [
    "a node has an old and a new pod",
    ONE,
    olds(5, { n1: [made("n1", { old: true }), made("n1", { name: "b" })] }),
    0,
  ],
  ["a node has two new pods", ONE, olds(5, { n1: [made("n1"), made("n1", { name: "b" })] }), 0],
  [
    "a pod that is pinned to a node that does not exist uses the budget up",
    ONE,
    [...olds(5), made("n9", { ready: false })],
    0,
  ],
] as const)("%s", (_rule, set, pods, says) => {
  expect(deletes(ask({ set, nodes: FIVE, pods }))).toBe(says);
});

test("10% of 11 nodes are 2 pods at a time", () => {
  expect(deletes(ask({ set: rolling("10%"), nodes: nodesOf(11), pods: olds(11) }))).toBe(2);
});

test("a terminating ready pod counts as available in the status, not in the rollout", () => {
  const found = ask({ nodes: FIVE, pods: olds(5, { n1: [made("n1", { going: true })] }) });
  expect(found?.nodes[0]).toMatchObject({ node: "n1", state: "empty" });
  expect(deletes(found)).toBe(0);
});

const ONE_UNREADY = olds(5, { n1: [made("n1", { old: true, ready: false })] });
test.each([
  ["v1.37.0", 1],
  ["v1.31.0", 1],
  ["v1.30.6", 1],
  ["v1.29.10", 1],
  ["v1.28.15", 1],
  ["v1.30.5", 2],
  ["v1.28.14", 2],
  ["v1.27.16", 2],
  ["", 1],
] as const)("%s: one old pod is unready; with it go %s pods in all", (version, says) => {
  const found = ask({ nodes: FIVE, pods: ONE_UNREADY, version: parseVersion(version) });
  expect(found?.delete).toEqual(["n1"]);
  expect(deletes(found)).toBe(says);
});

describe("the budget is eaten by nodes that are not even desired", () => {
  const nodes = nodesOf(5, ["n1"]);
  const dead = (looks: Looks) => ask({ nodes, pods: olds(5, { n1: [made("n1", looks)] }) });

  test("the dead node's old pod is deleted, though nobody will ever finish that", () => {
    const found = dead({ old: true, ready: false });
    expect([found?.desired, found?.delete, deletes(found)]).toEqual([4, ["n1"], 1]);
  });

  test("it then hangs in termination and nothing more goes, for ever", () => {
    expect(deletes(dead({ old: true, ready: false, going: true }))).toBe(0);
  });

  test("a new pod that is unready there stops the rollout as well", () => {
    expect(deletes(dead({ ready: false }))).toBe(0);
  });

  test("one more that may be unavailable lets it go on", () => {
    const pods = olds(5, { n1: [made("n1", { ready: false })] });
    expect(deletes(ask({ set: rolling(2), nodes, pods }))).toBe(1);
  });
});

describe("with surge", () => {
  test.each([
    ["all old pods are available: so many new ones beside them", olds(5), 1, 0],
    [
      "a surge pod that is not available uses the budget up",
      olds(5, { n1: [made("n1", { old: true }), made("n1", { name: "b", ready: false })] }),
      0,
      0,
    ],
    [
      "its old twin goes once it is available",
      olds(5, { n1: [made("n1", { old: true }), made("n1", { name: "b" })] }),
      1,
      1,
    ],
    [
      "old pods that are not available are replaced without limit",
      olds(5, {
        n1: [made("n1", { old: true, ready: false })],
        n2: [made("n2", { old: true, ready: false })],
      }),
      3,
      0,
    ],
    [
      "two of a kind on a node use the budget up",
      olds(5, { n1: [made("n1", { old: true }), made("n1", { old: true, name: "b" })] }),
      0,
      0,
    ],
  ] as const)("%s", (_rule, pods, created, deleted) => {
    const found = ask({ set: SURGE, nodes: FIVE, pods });
    expect([creates(found), deletes(found)]).toEqual([created, deleted]);
  });

  const nodes = nodesOf(3, ["n1"]);
  test.each([
    ["all available: the pod of the node that is tainted away goes", olds(3), 1, 1],
    [
      "another is not: the pod there stays, it serves",
      olds(3, { n2: [made("n2", { old: true, ready: false })] }),
      2,
      0,
    ],
  ] as const)("3 nodes, one tainted away; %s", (_rule, pods, created, deleted) => {
    const found = ask({ set: SURGE, nodes, pods });
    expect([found?.desired, creates(found), deletes(found)]).toEqual([2, created, deleted]);
  });

  test("an old pod that is not available where none should run goes", () => {
    const pods = olds(3, { n1: [made("n1", { old: true, ready: false })] });
    expect(ask({ set: SURGE, nodes, pods })?.delete).toEqual(["n1"]);
  });

  test("an old pod on a node that is gone makes the controller give up", () => {
    expect(ask({ set: SURGE, nodes: FIVE, pods: [...olds(5), made("n9", { old: true })] })).toBe(
      undefined,
    );
  });
});

// update.go, updatedDesiredNodeCounts
const budgetOf = (set: DaemonSet, desired: number) => {
  const question = { set, now: NOW, updatedHash: "r1", version: undefined, nodes: [], pods: [] };
  const found = rolloutBudget(question, desired);
  return found && [found.maxUnavailable, found.maxSurge];
};
test.each([
  ["percentages are of what is desired", rolling("50%"), 5, [3, 0]],
  ["both zero means one", rolling(0, 0), 5, [1, 0]],
  ["but not where nothing is desired", rolling(0, 0), 0, [0, 0]],
  ["a share of nothing is nothing", rolling("10%"), 0, [0, 0]],
  ["what is no percentage stops the controller", rolling("much"), 5, undefined],
  [
    "OnDelete replaces nothing",
    daemonSet("a", { updateStrategy: { type: "OnDelete" } }),
    5,
    [0, 0],
  ],
] as const)("budget: %s", (_rule, set, desired, says) => {
  expect(budgetOf(set, desired)).toEqual(says);
});

const anyPod = fc
  .record({
    target: fc.constantFrom("n1", "n2", "n3", "n4", "n5", "n9"),
    old: fc.boolean(),
    ready: fc.boolean(),
    going: fc.constantFrom(false, false, true),
  })
  .map((looks) => (i: number) => made(looks.target, { ...looks, name: `p${i}` }));
const anyPods = fc
  .array(anyPod, { maxLength: 8 })
  .map((makers) => makers.map((make, i) => make(i)));
const isUp = (pod: Pod): boolean =>
  pod.deletionAt === undefined &&
  pod.status.conditions.some(({ type, status }) => type === "Ready" && status === "True");

test("the budget is never exceeded: whatever chance picks, no more nodes are down than it allows", () => {
  fc.assert(
    fc.property(fc.nat({ max: 4 }), anyPods, (allowed, pods) => {
      const set = rolling(allowed);
      const found = ask({ set, nodes: nodesOf(5, ["n5"]), pods });
      const picked = found?.candidates.slice(0, found.deleteFromCandidates) ?? [];
      const down = (left: readonly Pod[]): number =>
        new Set([...pods.map(({ spec }) => spec.nodeName), ...names(4)]).size -
        new Set(left.filter(isUp).map(({ spec }) => spec.nodeName)).size;
      const left = pods.filter(({ name }) => !picked.includes(name));

      expect(down(left)).toBeLessThanOrEqual(Math.max(allowed, 1, down(pods)));
      expect(
        found?.delete.every((name) => !pods.some((pod) => pod.name === name && isUp(pod))),
      ).toBe(true);
      expect(found?.create).toEqual([]);
    }),
  );
});

test("with surge no more candidates get a second pod than may, and only old pods go", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), anyPods, (allowed, some) => {
      const pods = some.filter(({ spec }) => spec.nodeName !== "n9");
      const found = ask({ set: rolling(0, allowed), nodes: nodesOf(5, ["n5"]), pods });
      const isOld = (name: string): boolean =>
        pods.some(
          (pod) => pod.name === name && pod.labels.get("controller-revision-hash") === "r0",
        );

      expect(found?.createOnCandidates).toBeLessThanOrEqual(allowed);
      expect([...(found?.delete ?? []), ...(found?.candidates ?? [])].every(isOld)).toBe(true);
      expect(found?.surgeCandidates).not.toContain("n5");
    }),
  );
});

test("nodes that somebody has judged already are not judged again", () => {
  const found = ask({ nodes: nodesOf(5, ["n5"]), pods: olds(3), running: new Set(["n1", "n2"]) });
  expect(found?.desired).toBe(2);
});
