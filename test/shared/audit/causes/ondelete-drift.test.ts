import { expect, test } from "vitest";
import { ondeleteDrift } from "#shared/audit/causes/ondelete-drift.ts";
import { rolloutStuck } from "#shared/audit/causes/rollout-stuck.ts";
import { ago, labels, node, notSeen, revision } from "../../../fixtures/build.ts";
import {
  changed,
  CRASHING,
  dead,
  fresh,
  hitOf,
  names,
  old,
  remediesOf,
  viewOf,
} from "../../../fixtures/rollout.ts";

const set = changed({ updateStrategy: { type: "OnDelete" } });
const DAY = 86_400;
const NINE_DAYS = [
  { ...revision(set, 3, "r1"), createdAt: ago(90 * DAY) },
  { ...revision(set, 4, "r2"), createdAt: ago(9 * DAY) },
];

/** 37 of 50 nodes still have a pod of the template of nine days ago. */
const S8 = viewOf(set, {
  Node: names(50).map((n) => node(n)),
  Pod: [
    ...names(37).map((n) => old(set, n, { createdAt: ago(30 * DAY) })),
    ...names(13, 38).map((n) => fresh(set, n)),
  ],
  ControllerRevision: NINE_DAYS,
});

test("how many, which revision, since when; and it is not stuck", () => {
  const hit = hitOf(ondeleteDrift, S8);
  expect(hit).toEqual({
    since: ago(9 * DAY),
    nodes: names(37),
    evidence: {
      daemonSet: "kube-system/agent",
      outdated: 37,
      pods: 50,
      revisions: [{ revision: 3, pods: 37 }],
      changedFor: 9 * DAY * 1000,
      oldest: 30 * DAY * 1000,
    },
  });
  expect(ondeleteDrift.explain(hit.evidence)).toBe(
    "37 of 50 pods are outdated: the template changed 9 d ago and OnDelete replaces none; the oldest was made 30 d ago",
  );
  expect(ondeleteDrift.severity).toBe("info");
  expect(rolloutStuck.find(S8)).toEqual([]);
});

test("several revisions are told apart, the largest group first, and one that is gone has no number", () => {
  const ancient = (n: string) => ({
    ...old(set, n),
    labels: labels({ "controller-revision-hash": "r0" }),
  });
  const view = viewOf(set, {
    Node: names(3).map((n) => node(n)),
    Pod: [old(set, "n1"), ancient("n2"), ancient("n3")],
  });
  expect(hitOf(ondeleteDrift, view).evidence.revisions).toEqual([
    { revision: null, pods: 2 },
    { revision: 3, pods: 1 },
  ]);
});

test("a pod of a node that is gone is counted, and its node is none of the finding", () => {
  const view = viewOf(set, { Node: [node("n1")], Pod: [old(set, "n1"), old(set, "n9")] });
  expect(hitOf(ondeleteDrift, view)).toMatchObject({ nodes: ["n1"], evidence: { outdated: 2 } });
});

test("deleted where least is lost first, one zone after the other, dead nodes last", () => {
  const zoned = (name: string, zone: string, role = "") =>
    node(name, {
      labels: labels({
        "topology.kubernetes.io/zone": zone,
        ...(role === "" ? {} : { [`node-role.kubernetes.io/${role}`]: "" }),
      }),
    });
  const Node = [
    zoned("a1", "a"),
    zoned("a2", "a"),
    zoned("a3", "a"),
    zoned("b1", "b"),
    zoned("b2", "b"),
    zoned("c1", "c", "control-plane"),
    zoned("broken", "a"),
    dead("dark", 90_000),
  ];
  const Pod = Node.map(({ name }) =>
    old(set, name, { name, ...(name === "broken" ? { status: CRASHING } : {}) }),
  );
  expect(remediesOf(ondeleteDrift, viewOf(set, { Node, Pod }))).toEqual([
    {
      action: "roll-on-delete",
      daemonSet: "kube-system/agent",
      pods: ["broken", "a1", "b1", "a2", "b2", "a3", "c1", "dark"].map((n) => `kube-system/${n}`),
    },
  ]);
});

const Node = [node("n1")];
test.each([
  ["every pod is of the newest template", set, { Pod: [fresh(set, "n1")] }],
  ["the old pod is going", set, { Pod: [old(set, "n1", { deletionAt: ago(1) })] }],
  ["the old pod has ended", set, { Pod: [old(set, "n1", { status: { phase: "Failed" } })] }],
  ["a rolling update", changed(), { Pod: [old(changed(), "n1")] }],
  ["known from its pods only", { ...set, inferred: true }, { Pod: [old(set, "n1")] }],
] as const)("silent: %s", (_rule, of, parts) => {
  expect(ondeleteDrift.find(viewOf(of, { Node, ...parts }))).toEqual([]);
});

test("without revisions it cannot be told, unless the pods themselves say that they are new", () => {
  const parts = { Node, ControllerRevision: [], notSeen: notSeen("ControllerRevision") };
  expect(ondeleteDrift.find(viewOf(set, { ...parts, Pod: [old(set, "n1")] }))).toEqual({
    cannotTell: "ControllerRevisions were not read, so which pods are outdated is not known",
  });
  const told = viewOf(set, { ...parts, Pod: [fresh(set, "n1")] });
  expect(ondeleteDrift.find(told)).toEqual([]);
});
