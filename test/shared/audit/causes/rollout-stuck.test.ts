import { expect, test } from "vitest";
import { rolloutStuck } from "#shared/audit/causes/rollout-stuck.ts";
import { rolloutSuspectRevision } from "#shared/audit/causes/rollout-suspect-revision.ts";
import type { IntOrPercent } from "#shared/cluster/daemon-set.ts";
import {
  ago,
  condition,
  labels,
  node,
  notSeen,
  NOW,
  revision,
  taint,
} from "../../../fixtures/build.ts";
import { event, unscheduled } from "../../../fixtures/placement.ts";
import {
  CHANGED,
  changed,
  CRASHING,
  dead,
  fresh,
  hitOf,
  names,
  old,
  remediesOf,
  rolling,
  sentenceOf,
  unheard,
  updatingOf,
} from "../../../fixtures/rollout.ts";

const ONE = changed({ updateStrategy: rolling(1) });
const GOING = { deletionAt: CHANGED + 90_000 };

const updating = updatingOf(ONE);

/** n1, n2 and n3 died long before the update; their old pods were deleted and never end. */
const S7 = updating(
  Object.fromEntries(names(3).map((n) => [n, [old(ONE, n, { ...GOING, status: unheard })]])),
  { count: 164, machines: names(3).map((name) => dead(name, 90_000)) },
);

test("dead nodes use up the budget: who, since when, and that they were dead before", () => {
  const hit = hitOf(rolloutStuck, S7);
  expect(hit).toMatchObject({
    since: CHANGED + 90_000,
    nodes: ["n1", "n2", "n3"],
    evidence: {
      daemonSet: "kube-system/agent",
      limitedBy: "maxUnavailable",
      setting: "1",
      budget: 1,
      desired: 161,
      outdated: 161,
      updated: 0,
      stalledFor: 3_510_000,
      userCount: 3,
      innocent: true,
    },
  });
  expect(hit.evidence.users[0]).toEqual({
    node: "n1",
    use: "dark",
    order: "before",
    downAt: ago(89_990),
    replacedAt: null,
    cause: "node-unreachable",
  });
  expect(rolloutStuck.explain(hit.evidence)).toBe(
    "161 of 161 pods are outdated and none was replaced for 59 min: maxUnavailable 1 is used up by 3 nodes: n1, n2 and n3 (down since before the update came there)",
  );
});

test("dead before the update: a wider budget, and an end of the machines, never of Node objects", () => {
  expect(remediesOf(rolloutStuck, S7)).toEqual([
    { action: "raise-max-unavailable", daemonSet: "kube-system/agent", to: "10%" },
    { action: "end-machine", node: "n1", by: "own-hardware" },
    { action: "end-machine", node: "n2", by: "own-hardware" },
    { action: "end-machine", node: "n3", by: "own-hardware" },
  ]);
});

test.each([
  ["EKS node group", { "eks.amazonaws.com/nodegroup": "a" }, "end-machine", "managed-group"],
  ["Karpenter, after its clock", { "karpenter.sh/nodepool": "a" }, "end-machine", "karpenter"],
  ["Auto Mode", { "eks.amazonaws.com/compute-type": "auto" }, "repair-node", "AWS (EKS Auto Mode)"],
] as const)("the machine is ended by whoever made it: %s", (_who, own, action, by) => {
  const view = updating(
    { n1: [old(ONE, "n1", { ...GOING, status: unheard })] },
    { machines: [dead("n1", 90_000, { labels: labels(own) })] },
  );
  expect(remediesOf(rolloutStuck, view).at(-1)).toEqual({ action, node: "n1", by });
});

test("deleting the pod of a dead node is no step: the node stays in the way", () => {
  const view = updating(
    { n1: [old(ONE, "n1", { status: unheard })] },
    { machines: [dead("n1", 90_000)] },
  );
  expect(sentenceOf(rolloutStuck, view)).toContain("n1 (down since before the update came there)");
});

const stale = (share: IntOrPercent, count: number, users: number) => {
  const set = changed({ updateStrategy: rolling(share) });
  return updating(Object.fromEntries(names(users).map((n) => [n, [old(set, n, GOING)]])), {
    set,
    count,
    machines: names(users).map((name) => dead(name, 90_000)),
  });
};

test.each([
  ["ten percent frees it", 1, 40, 1, ["10%"]],
  ["ten percent are no more than are dead already", 1, 11, 1, [2]],
  ["ten percent are rounded up", 1, 16, 1, ["10%"]],
  ["half of the nodes may be down", 1, 5, 1, [2]],
  ["more than half of the nodes would be down", 1, 4, 1, []],
  ["most nodes are dead", "50%", 6, 3, []],
] as const)("the wider budget: %s", (_rule, share, count, users, to) => {
  const wider = remediesOf(rolloutStuck, stale(share, count, users)).flatMap((call) =>
    call.action === "raise-max-unavailable" ? [call.to] : [],
  );
  expect(wider).toEqual(to);
});

test("a percentage is told with what it comes to", () => {
  expect(sentenceOf(rolloutStuck, stale("10%", 11, 1))).toContain(
    "maxUnavailable 10%, here 1, is used up by 1 node: n1",
  );
});

const LATE = { createdAt: CHANGED + 60_000 };
const failed = (on: string) =>
  fresh(ONE, on, { ...LATE, status: { phase: "Failed", reason: "OutOfcpu", conditions: [] } });
const WELL = names(8, 2).map((name) => [name, [fresh(ONE, name)]] as const);

test.each([
  [
    "the new pod has no place",
    { n1: [fresh(ONE, "n1", { spec: { nodeName: "" }, status: unscheduled() })] },
    "n1 (new pod has no place",
  ],
  [
    "one new pod of many does not come up",
    { ...Object.fromEntries(WELL), n1: [fresh(ONE, "n1", { status: CRASHING })] },
    "n1 (new pod is not available: crash-loop)",
  ],
  ["the kubelet refused the new pod", { n1: [failed("n1")] }, "n1 (new pod has failed"],
  ["no pod is there", { n1: [] }, "n1 (no pod"],
  ["the old pod does not go", { n1: [old(ONE, "n1", GOING)] }, "n1 (old pod does not go away"],
  [
    "two new pods on one node",
    { n1: [fresh(ONE, "n1"), fresh(ONE, "n1", { name: "twin" })] },
    "n1 (two pods of a kind)",
  ],
] as const)("up and in the way: %s", (_rule, but, says) => {
  const view = updating(but);
  expect(sentenceOf(rolloutStuck, view)).toContain(says);
  expect(rolloutSuspectRevision.find(view)).toEqual([]);
});

test("a new pod that finds no place speaks against a wider budget", () => {
  const view = updating({
    n1: [fresh(ONE, "n1", { spec: { nodeName: "" }, status: unscheduled() })],
  });
  expect(remediesOf(rolloutStuck, view).map(({ action }) => action)).toEqual(["look"]);
});

test.each([
  ["after", 1300, "n1 (down after the update)"],
  ["about when", 8910, "n1 (down)"],
] as const)(
  "a node that went down %s its pod was replaced is no reason to widen the budget",
  (_when, seconds, says) => {
    const view = updating(
      {
        ...Object.fromEntries(WELL),
        n1: [fresh(ONE, "n1", { createdAt: ago(8900), status: unheard })],
      },
      {
        count: 40,
        machines: [dead("n1", seconds)],
        ControllerRevision: [{ ...revision(ONE, 4, "r2"), createdAt: ago(9000) }],
      },
    );
    expect(sentenceOf(rolloutStuck, view)).toContain(says);
    expect(remediesOf(rolloutStuck, view).map(({ action }) => action)).toEqual(["end-machine"]);
  },
);

test("a pod left behind by a Node that is gone is named, and is no node of the finding", () => {
  const lost = old(ONE, "n99", { ...GOING, status: unheard });
  const view = updating({}, { Pod: [...names(10).map((n) => old(ONE, n)), lost] });
  expect(hitOf(rolloutStuck, view).nodes).toEqual([]);
  expect(sentenceOf(rolloutStuck, view)).toContain("n99 (gone, with a pod left behind)");
});

test("with surge the nodes with a waiting second pod use it up, and one after the other is advised", () => {
  const set = changed({ updateStrategy: rolling(0, 1) });
  const view = updating(
    { n1: [old(set, "n1"), fresh(set, "n1", { spec: { nodeName: "" }, status: unscheduled() })] },
    { set },
  );
  expect(sentenceOf(rolloutStuck, view)).toContain("maxSurge 1 is used up by 1 node: n1");
  expect(remediesOf(rolloutStuck, view)).toMatchObject([
    { action: "change-strategy", maxUnavailable: 1, maxSurge: 0 },
    { action: "look" },
  ]);
});

test("of very many nodes the first are kept, and the rest is counted", () => {
  const set = changed({ updateStrategy: rolling("50%") });
  const users = names(30);
  const view = updating(Object.fromEntries(users.map((n) => [n, [old(set, n, GOING)]])), {
    set,
    count: 60,
  });
  expect(hitOf(rolloutStuck, view).evidence.users).toHaveLength(20);
  expect(sentenceOf(rolloutStuck, view)).toMatch(
    /30 nodes: n1, n2, n3 and 17 more \(old pod does not go away: terminating-stuck\), 10 more$/,
  );
});

test("one that speaks against the new revision is enough not to give it to more nodes", () => {
  const view = updating(
    {
      n1: [old(ONE, "n1", { ...GOING, status: unheard })],
      n2: [fresh(ONE, "n2", { spec: { nodeName: "" }, status: unscheduled() })],
      ...Object.fromEntries(names(7, 3).map((name) => [name, [fresh(ONE, name)]])),
    },
    { machines: [dead("n1", 90_000)] },
  );
  expect(sentenceOf(rolloutStuck, view)).toMatch(/^1 of 9 pods is outdated and none was replaced/);
  expect(remediesOf(rolloutStuck, view).map(({ action }) => action)).toEqual([
    "end-machine",
    "look",
  ]);
});

test("of several surge pods one without a place is enough to advise against surge", () => {
  const set = changed({ updateStrategy: rolling(0, 2) });
  const waiting = fresh(set, "n1", { spec: { nodeName: "" }, status: unscheduled() });
  const view = updating(
    {
      n1: [old(set, "n1"), waiting],
      n2: [old(set, "n2"), fresh(set, "n2", { status: { phase: "Failed", conditions: [] } })],
    },
    { set },
  );
  expect(remediesOf(rolloutStuck, view).map(({ action }) => action)).toEqual([
    "change-strategy",
    "look",
  ]);
});

test("a machine that is off and tells no time is kept without one", () => {
  const off = dead("n1", 0, {
    taints: [taint("node.cloudprovider.kubernetes.io/shutdown")],
    conditions: [],
  });
  const view = updating({ n1: [old(ONE, "n1", GOING)] }, { machines: [off] });
  expect(hitOf(rolloutStuck, view).evidence.users).toMatchObject([
    { use: "stopped", downAt: null },
  ]);
});

test("a machine that was switched off holds up the update like one that died", () => {
  const off = dead("n1", 90_000, {
    taints: [taint("node.cloudprovider.kubernetes.io/shutdown")],
  });
  const view = updating(
    { n1: [old(ONE, "n1", { ...GOING, status: unheard })] },
    { machines: [off] },
  );
  expect(hitOf(rolloutStuck, view).evidence.users).toMatchObject([
    { node: "n1", use: "stopped", order: "before", downAt: ago(89_990) },
  ]);
  expect(remediesOf(rolloutStuck, view).map(({ action }) => action)).toEqual([
    "raise-max-unavailable",
    "end-machine",
  ]);
});

test("a node that has been leaving for longer than it may does not excuse the update", () => {
  const view = updating({ n1: [] }, { machines: [node("n1", { deletionAt: ago(7200) })] });
  expect(sentenceOf(rolloutStuck, view)).toContain("n1 (being removed)");
});

test("with surge a node whose new pod is up uses nothing, even if it is dead and nothing can end there", () => {
  const set = changed({ updateStrategy: rolling(0, 1) });
  const waiting = fresh(set, "n1", { spec: { nodeName: "" }, status: unscheduled() });
  const view = updating(
    { n1: [old(set, "n1"), waiting], n2: [old(set, "n2"), fresh(set, "n2")] },
    { set, machines: [dead("n2", 90_000)] },
  );
  expect(hitOf(rolloutStuck, view).evidence.users).toMatchObject([{ node: "n1" }]);
});

const young = (on: string) =>
  fresh(ONE, on, { createdAt: ago(600), spec: { nodeName: "" }, status: unscheduled() });
const broken = {
  n1: [fresh(ONE, "n1", { ...LATE, spec: { nodeName: "" }, status: unscheduled() })],
};

test.each([
  [
    "every pod is of the newest template",
    { n1: [] },
    { Pod: names(9, 2).map((n) => fresh(ONE, n)) },
  ],
  ["a pod is missing and no template changed", {}, { Pod: names(9, 2).map((n) => fresh(ONE, n)) }],
  [
    "the budget leaves something to replace",
    { n1: [] },
    { set: changed({ updateStrategy: rolling(2) }) },
  ],
  [
    "an old pod that is not available goes whatever the budget says",
    { ...broken, n2: [old(ONE, "n2", { status: CRASHING })] },
    {},
  ],
  ["the last step was ten minutes ago", { n1: [young("n1")] }, {}],
  [
    "the template changed ten minutes ago",
    broken,
    { ControllerRevision: [{ ...revision(ONE, 4, "r2"), createdAt: ago(600) }] },
  ],
  ["a pod may take an hour to end", { n1: [old(ONE, "n1", { deletionAt: ago(-60) })] }, {}],
  [
    "the new pod is Ready and must be so for longer",
    {
      n1: [
        fresh(ONE, "n1", {
          status: { conditions: [condition("Ready", "True", { transitionAt: ago(1000) })] },
        }),
      ],
    },
    { set: changed({ updateStrategy: rolling(1), minReadySeconds: 1800 }) },
  ],
  [
    "the node that is in the way is starting",
    { n1: [] },
    { machines: [node("n1", { createdAt: ago(30) })] },
  ],
  [
    "the node that is in the way is being removed",
    { n1: [] },
    { machines: [node("n1", { deletionAt: ago(600) })] },
  ],
  [
    "the node is being removed, nobody knows since when",
    { n1: [] },
    { machines: [node("n1", { taints: [taint("karpenter.sh/disrupted")] })] },
  ],
  [
    "only nodes that are no longer eligible have old pods",
    {
      n1: [],
      ...Object.fromEntries(names(9, 2).map((n) => [n, [fresh(ONE, n)]])),
      n10: [old(ONE, "n10")],
    },
    { machines: [node("n10", { taints: [taint("pool", "NoSchedule")] })] },
  ],
  [
    "with OnDelete nobody rolls out",
    broken,
    { set: changed({ updateStrategy: { type: "OnDelete" } }) },
  ],
  ["the DaemonSet is being deleted", broken, { set: changed({ deletionAt: NOW }) }],
  ["the DaemonSet is known from its pods only", broken, { set: changed({ inferred: true }) }],
] as const)("silent: %s", (_rule, but, parts) => {
  expect(rolloutStuck.find(updating(but, parts))).toEqual([]);
});

const LOOP = event(ONE, {
  reason: "FailedDaemonPod",
  message: "Found failed daemon pod kube-system/agent-x on node n1, will try to kill it",
  count: 9,
});
const MINUTE_OLD = { createdAt: ago(60), spec: { nodeName: "" }, status: unscheduled() };

test.each([
  ["the tries of an evict loop", { n1: [fresh(ONE, "n1", MINUTE_OLD)] }, { Event: [LOOP] }],
  [
    "the first pod of a new node",
    { n1: [], n2: [fresh(ONE, "n2", { createdAt: ago(580) })] },
    { machines: [node("n2", { createdAt: ago(600) })] },
  ],
] as const)("no step forward: %s", (_what, but, parts) => {
  expect(hitOf(rolloutStuck, updating(but, parts)).since).toBe(CHANGED);
});

test("a revision that came back keeps its age; the pods of the one between tell that the change is later", () => {
  const back = [old(ONE, "n2", { createdAt: ago(2000) })];
  const ControllerRevision = [{ ...revision(ONE, 5, "r2"), createdAt: ago(900_000) }];
  const view = updating({ n1: [], n2: back }, { ControllerRevision });
  expect(hitOf(rolloutStuck, view).since).toBe(ago(2000));
});

test.each([
  [
    "revisions were not read",
    { ControllerRevision: [], notSeen: notSeen("ControllerRevision") },
    "ControllerRevisions were not read, so which pods are outdated is not known",
  ],
  [
    "the controller has not looked yet",
    { ControllerRevision: [] },
    "the controller has not looked at the newest template yet, so which pods are outdated is not known",
  ],
  [
    "pods were not all read",
    { notSeen: notSeen("Pod") },
    "not all pods and nodes were read, so who uses up the budget is not known",
  ],
  [
    "nodes were not all read",
    { notSeen: notSeen("Node") },
    "not all pods and nodes were read, so who uses up the budget is not known",
  ],
] as const)("cannot be told: %s", (_why, parts, cannotTell) => {
  expect(rolloutStuck.find(updating(broken, parts))).toEqual({ cannotTell });
});

const GONE = { deletionAt: ago(60) };
const KEPT_OFF = { machines: [node("n1", { taints: [taint("pool")] })] };

test.each([
  ["every node has an available pod", {}, {}, false],
  ["a node that is not eligible has none", { n1: [] }, KEPT_OFF, false],
  [
    "one of two pods is available",
    { n1: [old(ONE, "n1", { status: CRASHING }), old(ONE, "n1", { name: "twin" })] },
    {},
    false,
  ],
  ["a node has none", { n1: [] }, {}, true],
  ["the only pod of a node is going", { n1: [old(ONE, "n1", GONE)] }, {}, true],
  [
    "a pod is not available on a node that is not eligible",
    { n1: [old(ONE, "n1", { status: CRASHING })] },
    KEPT_OFF,
    true,
  ],
] as const)(
  "unknown revisions matter only where something is missing: %s",
  (_rule, but, more, matters) => {
    const parts = { ...more, ControllerRevision: [], notSeen: notSeen("ControllerRevision") };
    const found = rolloutStuck.find(updating(but, parts));
    expect("cannotTell" in found ? "cannot tell" : found).toEqual(matters ? "cannot tell" : []);
  },
);
