import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allowsSurge,
  manageNode,
  unscheduledWithoutNode,
  type Managed,
  type NodeQuestion,
} from "#shared/cluster/daemon-controller/manage.ts";
import type { IntOrPercent } from "#shared/cluster/daemon-set.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import {
  ago,
  condition,
  daemonPod,
  daemonSet,
  labels,
  node,
  NOW,
  taint,
} from "../../../fixtures/build.ts";

const rolling = (maxUnavailable: IntOrPercent, maxSurge: IntOrPercent) =>
  ({ type: "RollingUpdate", maxUnavailable, maxSurge }) as const;
const PLAIN = daemonSet("agent");
const SURGE = daemonSet("agent", { updateStrategy: rolling(0, 1) });
const HERE = node("n1");
const GATED = node("n1", { taints: [taint("team")] });
const AWAY = node("n1", { taints: [taint("team", "NoExecute")] });
const UNCLEAR = node("n1", { taints: [taint("team", "NoAdmit")] });

type Looks = {
  readonly phase?: string;
  readonly ready?: boolean;
  readonly going?: boolean;
  readonly bound?: boolean;
  readonly old?: boolean;
  readonly age?: number;
};

const made = (name: string, looks: Looks = {}): Pod =>
  daemonPod(PLAIN, "n1", {
    name,
    createdAt: ago(looks.age ?? 100),
    deletionAt: looks.going === true ? NOW : undefined,
    labels: labels({ "controller-revision-hash": looks.old === true ? "r0" : "r1" }),
    spec: { nodeName: looks.bound === false ? "" : "n1" },
    status: {
      phase: looks.phase ?? "Running",
      conditions: [condition("Ready", looks.ready === false ? "False" : "True")],
    },
  });

const ask = (parts: Partial<NodeQuestion> & { readonly pods: readonly Pod[] }): Managed =>
  manageNode({
    set: PLAIN,
    node: HERE,
    now: NOW,
    inBackoff: false,
    updatedHash: "r1",
    version: undefined,
    ...parts,
  });

const NOTHING: Managed = { create: false, delete: [] };
const CREATE: Managed = { create: true, delete: [] };
const gone = (...names: readonly string[]): Managed => ({ create: false, delete: names });

// daemon_controller.go, podsShouldBeOnNode
test.each([
  ["an eligible node without a pod gets one", HERE, [], CREATE],
  ["an ineligible one does not", GATED, [], NOTHING],
  ["a Pending pod is a pod", HERE, [made("a", { phase: "Pending", bound: false })], NOTHING],
  ["of two live pods the older stays", HERE, [made("a", { age: 1 }), made("b")], gone("a")],
  [
    "an unscheduled older twin goes, the bound younger one stays",
    HERE,
    [made("a", { age: 900, bound: false }), made("b", { age: 1 })],
    gone("a"),
  ],
  [
    "a failed pod goes first, and its successor comes next time",
    HERE,
    [made("a", { phase: "Failed" })],
    gone("a"),
  ],
  ["so does one that succeeded", HERE, [made("a", { phase: "Succeeded" })], gone("a")],
  [
    "of two failed pods one goes: it starts the back-off of the other",
    HERE,
    [made("a", { phase: "Failed" }), made("b", { phase: "Failed" })],
    gone("a"),
  ],
  ["a terminating pod is waited for", HERE, [made("a", { going: true })], NOTHING],
  ["but not one that has ended", HERE, [made("a", { going: true, phase: "Failed" })], CREATE],
  ["a NoSchedule taint of one's own: a running pod stays", GATED, [made("a")], NOTHING],
  [
    "a NoSchedule taint of one's own: a failed pod goes and is not replaced",
    GATED,
    [made("a", { phase: "Failed" })],
    gone("a"),
  ],
  [
    "a NoExecute taint: everything goes that does not go already",
    AWAY,
    [made("a"), made("b", { going: true }), made("c", { phase: "Pending" })],
    gone("a", "c"),
  ],
  ["where it cannot be told, nothing is done", UNCLEAR, [made("a"), made("b")], NOTHING],
  ["nor is anything made there", UNCLEAR, [], NOTHING],
] as const)("%s", (_rule, on, pods, says) => {
  expect(ask({ node: on, pods })).toEqual(says);
});

test("a failed pod in back-off stays, and hinders a new one", () => {
  const pods = [made("a", { phase: "Failed" })];
  expect(ask({ pods, inBackoff: true })).toEqual(NOTHING);
});

test("pods of other nodes and of none are nobody's here", () => {
  const there = daemonPod(PLAIN, "n2", { name: "a" });
  expect(ask({ pods: [there] })).toEqual(CREATE);
});

describe("with surge", () => {
  const asked = (...pods: readonly Pod[]) => ask({ set: SURGE, pods });

  test.each([
    ["a terminating pod is not waited for", [made("a", { going: true })], CREATE],
    ["nor is a failed one in back-off", [made("a", { phase: "Failed" })], CREATE],
    ["one live pod is enough", [made("a", { ready: false })], NOTHING],
    [
      "old and ready beside new and unready: both stay",
      [made("o", { old: true }), made("n", { ready: false })],
      NOTHING,
    ],
    [
      "old and ready beside new and available: the old one goes",
      [made("o", { old: true }), made("n")],
      gone("o"),
    ],
    [
      "both unready: the old one goes",
      [made("o", { old: true, ready: false }), made("n", { ready: false })],
      gone("o"),
    ],
    [
      "of each kind the oldest stays, however it is",
      [
        made("o1", { old: true, age: 9 }),
        made("o2", { old: true, age: 8 }),
        made("n1", { age: 7, ready: false }),
        made("n2", { age: 6 }),
      ],
      gone("o2", "n2"),
    ],
    ["two of one kind: the older stays", [made("a", { age: 5 }), made("b", { age: 6 })], gone("a")],
  ] as const)("%s", (_rule, pods, says) => {
    expect(ask({ set: SURGE, pods, inBackoff: true })).toEqual(says);
  });

  test("an ineligible node where pods may stay gets none", () => {
    expect(ask({ set: SURGE, node: GATED, pods: [made("a", { going: true })] })).toEqual(NOTHING);
  });

  test("a failed pod goes and a new one comes at once", () => {
    expect(asked(made("a", { phase: "Failed" }))).toEqual({ create: true, delete: ["a"] });
  });

  test("new is available only after minReadySeconds", () => {
    const set = { ...SURGE, minReadySeconds: 60 };
    const fresh = made("n");
    const young = {
      ...fresh,
      status: {
        ...fresh.status,
        conditions: [condition("Ready", "True", { transitionAt: ago(59) })],
      },
    };
    expect(ask({ set, pods: [made("o", { old: true }), young] })).toEqual(NOTHING);
    expect(ask({ set, pods: [made("o", { old: true }), fresh] })).toEqual(gone("o"));
  });
});

test.each([
  ["a number", rolling(0, 1), true],
  ["any percentage is at least one of one node", rolling(0, "1%"), true],
  ["zero", rolling(1, 0), false],
  ["zero percent", rolling(1, "0%"), false],
  ["what is no percentage", rolling(1, "much"), false],
  ["OnDelete", { type: "OnDelete" } as const, false],
  ["a strategy of another version", { type: "other", name: "Canary" } as const, false],
] as const)("surges: %s", (_what, updateStrategy, says) => {
  expect(allowsSurge({ updateStrategy })).toBe(says);
});

test("unscheduled pods of a node that is gone are deleted, bound ones are left to pod GC", () => {
  const pods = [
    made("here", { bound: false }),
    daemonPod(PLAIN, "n9", { name: "bound" }),
    daemonPod(PLAIN, "n9", { name: "unbound", spec: { nodeName: "" } }),
  ];
  expect(unscheduledWithoutNode(pods, [HERE])).toEqual(["unbound"]);
});

const anyPod = fc
  .record({
    phase: fc.constantFrom("Running", "Running", "Pending", "Failed", "Succeeded", "Odd"),
    ready: fc.boolean(),
    going: fc.boolean(),
    bound: fc.boolean(),
    old: fc.boolean(),
    age: fc.nat({ max: 3 }),
  })
  .map((looks) => (name: string) => made(name, looks));
const anyPods = fc
  .array(anyPod, { maxLength: 5 })
  .map((makers) => makers.map((make, i) => make(`p${i}`)));
const anySet = fc.constantFrom(PLAIN, SURGE);
const isLive = ({ deletionAt, status }: Pod): boolean =>
  deletionAt === undefined && status.phase !== "Failed" && status.phase !== "Succeeded";

test("where pods may stay, the last live one is never deleted", () => {
  fc.assert(
    fc.property(anySet, anyPods, fc.constantFrom(HERE, GATED, UNCLEAR), (set, pods, on) => {
      const found = ask({ set, node: on, pods });
      const left = pods.filter((pod) => isLive(pod) && !found.delete.includes(pod.name));

      expect(left.length > 0).toBe(pods.some(isLive));
    }),
  );
});

test("without surge the node is left with one live pod at most, with surge with one of each kind", () => {
  fc.assert(
    fc.property(anySet, anyPods, (set, pods) => {
      const found = ask({ set, pods });
      const left = pods.filter((pod) => isLive(pod) && !found.delete.includes(pod.name));
      const kinds = new Set(left.map((pod) => pod.labels.get("controller-revision-hash")));

      expect(left.length).toBeLessThanOrEqual(set === SURGE ? kinds.size : 1);
      expect(found.create && left.length > 0).toBe(false);
    }),
  );
});

test("only pods that are here and not going already are deleted, each once, whatever their order", () => {
  fc.assert(
    fc.property(anySet, anyPods, fc.constantFrom(HERE, GATED, AWAY), (set, pods, on) => {
      const found = ask({ set, node: on, pods });
      const there = pods.filter(({ deletionAt }) => deletionAt === undefined);
      const turned = ask({ set, node: on, pods: pods.toReversed() });
      const live = (names: readonly string[]) =>
        names.filter((name) => pods.some((pod) => pod.name === name && isLive(pod))).toSorted();

      expect(new Set(found.delete).size).toBe(found.delete.length);
      expect(there.map(({ name }) => name)).toEqual(expect.arrayContaining([...found.delete]));
      expect(turned.create).toBe(found.create);
      expect(live(turned.delete)).toEqual(live(found.delete));
    }),
  );
});
