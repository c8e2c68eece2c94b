import { expect, test } from "vitest";
import { rolloutStuck } from "#shared/audit/causes/rollout-stuck.ts";
import { rolloutSuspectRevision } from "#shared/audit/causes/rollout-suspect-revision.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { metadata, ago, condition, node, READY, revision } from "../../../fixtures/build.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { event, notUp, unscheduled, waitingContainer } from "../../../fixtures/placement.ts";
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

const THREE = changed({ updateStrategy: rolling(3) });
const SURGE = changed({ updateStrategy: rolling(0, 2) });

const updating = updatingOf(THREE);

const on = (list: readonly string[], pod: (name: string) => Pod) =>
  Object.fromEntries(list.map((name) => [name, [pod(name)]]));
const lost = (name: string): Pod => fresh(THREE, name, { status: unheard });
const MADE = (NOW_LESS: number) => ({ createdAt: ago(NOW_LESS) });

/** Replaced 59 minutes ago; the machines went silent `seconds` ago. */
const died = (list: readonly string[], seconds: number) => list.map((name) => dead(name, seconds));

test("the machines went down after they got it: roll back, and leave the budget alone", () => {
  const view = updating(on(names(3), lost), { count: 164, machines: died(names(3), 3300) });
  const hit = hitOf(rolloutSuspectRevision, view);
  expect(hit).toEqual({
    since: ago(3310),
    nodes: ["n1", "n2", "n3"],
    evidence: {
      daemonSet: "kube-system/agent",
      revision: 4,
      previous: 3,
      down: ["n1", "n2", "n3"],
      downCount: 3,
      failing: [],
      failingCount: 0,
      causes: [],
      replaced: 3,
      well: 0,
      outdated: 161,
      surge: false,
    },
  });
  expect(rolloutSuspectRevision.explain(hit.evidence)).toBe(
    "3 of 3 nodes that got revision 4 went down after it (n1, n2 and n3); 161 pods of an older revision are still there",
  );
  expect(remediesOf(rolloutSuspectRevision, view)).toEqual([
    { action: "roll-back", daemonSet: "kube-system/agent", toRevision: 3 },
  ]);
  expect(rolloutStuck.find(view)).toEqual([]);
});

test("the new pods do not come up on healthy nodes, where the old ones are well", () => {
  const view = updating(on(names(3), (name) => fresh(THREE, name, { status: CRASHING })));
  const hit = hitOf(rolloutSuspectRevision, view);
  expect(hit.severity).toBeUndefined();
  expect(hit.since).toBe(CHANGED + 60_000);
  expect(rolloutSuspectRevision.explain(hit.evidence)).toBe(
    "3 pods of revision 4 do not come up on healthy nodes (n1, n2 and n3: crash-loop) and none does; 7 pods of an older revision are still there",
  );
  expect(rolloutStuck.find(view)).toEqual([]);
});

test("with surge the old pods still do the work, so broken new ones are a warning", () => {
  const both = (name: string): readonly Pod[] => [
    old(SURGE, name),
    fresh(SURGE, name, { status: CRASHING }),
  ];
  const pairs = Object.fromEntries(names(2).map((name) => [name, both(name)]));
  const view = updating(pairs, { set: SURGE });
  expect(hitOf(rolloutSuspectRevision, view).severity).toBe("warning");
  expect(sentenceOf(rolloutSuspectRevision, view)).toBe(
    "2 pods of revision 4 do not come up on healthy nodes (n1 and n2) and none does; 10 pods of an older revision are still there",
  );
});

test("both kinds of evidence are told together", () => {
  const view = updating(
    {
      ...on(["n1"], lost),
      ...on(["n2", "n3"], (name) => fresh(THREE, name, { status: CRASHING })),
      ...on(["n4"], (name) => fresh(THREE, name)),
    },
    { machines: died(["n1"], 3300) },
  );
  expect(hitOf(rolloutSuspectRevision, view).nodes).toEqual(["n1", "n2", "n3"]);
  expect(sentenceOf(rolloutSuspectRevision, view)).toBe(
    "1 of 4 nodes that got revision 4 went down after it (n1); 2 pods of revision 4 do not come up on healthy nodes (n2 and n3: crash-loop) and only 1 does; 6 pods of an older revision are still there",
  );
});

test("it goes back to the revision that most old pods have", () => {
  const before = (name: string): Pod => ({
    ...old(THREE, name),
    labels: new Map([["controller-revision-hash", "r0"]]),
  });
  const view = updating(
    {
      ...on(["n1"], (name) => fresh(THREE, name, { status: CRASHING })),
      ...on(names(8, 2), before),
    },
    {
      ControllerRevision: [
        revision(THREE, 1, "r0"),
        revision(THREE, 3, "r1"),
        revision(THREE, 4, "r2"),
      ],
    },
  );
  expect(remediesOf(rolloutSuspectRevision, view)).toMatchObject([{ toRevision: 1 }]);
});

const well = (list: readonly string[]) => on(list, (name) => fresh(THREE, name));

test.each([
  ["one of two nodes that got it", 2, ["n1"], true],
  ["one of twenty", 20, ["n1"], true],
  ["one of twenty-one may be chance", 21, ["n1"], false],
  ["two of forty", 40, names(2), true],
  ["two of forty-one may be chance", 41, names(2), false],
  ["three of a hundred are no chance", 100, names(3), true],
] as const)("machines that went down: %s", (_rule, replaced, down, suspected) => {
  const view = updating(
    { ...well(names(replaced)), ...on(down, lost) },
    { count: 200, machines: died(down, 3300) },
  );
  const found = rolloutSuspectRevision.find(view);
  expect(found).toHaveLength(suspected ? 1 : 0);
});

const lease = (name: string, seconds: number) => ({
  ...metadata({ name, namespace: "kube-node-lease" }),
  renewedAt: ago(seconds),
  holder: name,
});
const silentSince = (seconds: number): Partial<Cluster> => ({
  Lease: [lease("n1", seconds), ...names(9, 2).map((name) => lease(name, 1))],
});
const notReady = (seconds: number): Node =>
  node("n1", {
    conditions: [
      condition("Ready", "False", { reason: "KubeletNotReady", transitionAt: ago(seconds) }),
    ],
  });

// The pod on n1 was made 3540 s ago.
test.each([
  ["the lease was renewed after the pod was made", dead("n1", 3000), silentSince(3539), true],
  [
    "the lease was renewed last just before, so nobody knows",
    dead("n1", 3000),
    silentSince(3545),
    false,
  ],
  ["the lease ended well before", dead("n1", 3000), silentSince(3600), false],
  ["no lease: noticed a minute after the pod was made", dead("n1", 3530), {}, true],
  ["no lease: noticed too soon after to know", dead("n1", 3545), {}, false],
  ["no lease: noticed when it had been silent for long", dead("n1", 3560), {}, false],
  ["the kubelet said NotReady after the pod was made", notReady(3539), {}, true],
  ["the kubelet said NotReady before", notReady(3541), {}, false],
] as const)("the order of two moments: %s", (_rule, machine, parts, suspected) => {
  const view = updating(on(["n1"], lost), { machines: [machine], ...parts });
  expect(rolloutSuspectRevision.find(view)).toHaveLength(suspected ? 1 : 0);
});

const failing = (name: string, parts: Parameters<typeof fresh>[2] = {}): Pod =>
  fresh(THREE, name, { status: CRASHING, ...parts });
const LOOP = event(THREE, {
  reason: "FailedDaemonPod",
  message: "Found failed daemon pod kube-system/agent-x on node n1, will try to kill it",
  count: 9,
});
const STARTING = notUp({ containers: [waitingContainer("ContainerCreating")] });
const PULLING = notUp({ containers: [waitingContainer("ImagePullBackOff")] });

test("an image that nobody can pull is the revision's", () => {
  expect(
    hitOf(rolloutSuspectRevision, updating({ n1: [failing("n1", { status: PULLING })] })).evidence,
  ).toMatchObject({ failing: ["n1"], well: 0 });
});

test.each([
  ["nothing is rolled out", on(names(10), (name) => failing(name)), {}],
  ["most new pods come up", { ...well(names(2, 2)), n1: [failing("n1")] }, {}],
  ["half of the new pods come up", { ...well(["n2"]), n1: [failing("n1")] }, {}],
  [
    "the new pod has no place",
    { n1: [failing("n1", { spec: { nodeName: "" }, status: unscheduled() })] },
    {},
  ],
  [
    "the kubelet refused the new pod",
    { n1: [failing("n1", { status: { phase: "Failed", conditions: [] } })] },
    {},
  ],
  ["its network or volumes are not there yet", { n1: [failing("n1", { status: STARTING })] }, {}],
  [
    "the node is under pressure",
    { n1: [failing("n1")] },
    { machines: [node("n1", { conditions: [READY, condition("DiskPressure", "True")] })] },
  ],
  ["the pod is one of many tries on its node", { n1: [failing("n1")] }, { Event: [LOOP] }],
  ["the new pod was made two minutes ago", { n1: [failing("n1", MADE(120))] }, {}],
  [
    "on Windows the new pod was made ten minutes ago",
    { n1: [failing("n1", MADE(600))] },
    { machines: [node("n1", { os: "windows" })] },
  ],
  [
    "the new pod is the first of a new node",
    { n1: [failing("n1", MADE(1000))] },
    { machines: [node("n1", { createdAt: ago(1100) })] },
  ],
  [
    "the old pods are no better",
    { n1: [failing("n1")], ...on(names(6, 2), (name) => old(THREE, name, { status: CRASHING })) },
    {},
  ],
  ["the machine went down a day before", on(["n1"], lost), { machines: died(["n1"], 90_000) }],
  ["the machine went down a minute ago", on(["n1"], lost), { machines: died(["n1"], 300) }],
  [
    "the machine went down two hours after",
    on(["n1"], (name) => fresh(THREE, name, { createdAt: ago(9000), status: unheard })),
    {
      machines: died(["n1"], 1200),
      ControllerRevision: [{ ...revision(THREE, 4, "r2"), createdAt: ago(9100) }],
    },
  ],
  [
    "the machine was switched off",
    on(["n1"], lost),
    {
      machines: [
        dead("n1", 3300, {
          taints: [
            {
              key: "node.cloudprovider.kubernetes.io/shutdown",
              value: "",
              effect: "NoSchedule",
              timeAdded: ago(3300),
            },
          ],
        }),
      ],
    },
  ],
  [
    "the machine that went down never got the new pod",
    on(["n1"], (name) => fresh(THREE, name, { spec: { nodeName: "" }, status: unscheduled() })),
    { machines: died(["n1"], 3300) },
  ],
  [
    "a zone failed, and nodes of both revisions went with it",
    { ...well(names(2, 4)), ...on(names(3), lost) },
    { count: 12, machines: died([...names(3), ...names(4, 6)], 3300) },
  ],
] as const)("silent: %s", (_rule, but, parts) => {
  expect(rolloutSuspectRevision.find(updating(but, parts))).toEqual([]);
});

test("nodes that were down before the update do not clear it", () => {
  const view = updating(on(names(3), lost), {
    machines: [...died(names(3), 3300), ...died(names(5, 4), 90_000)],
  });
  expect(hitOf(rolloutSuspectRevision, view).evidence.downCount).toBe(3);
});

test("without revisions it cannot be told", () => {
  const view = updating({ n1: [failing("n1")] }, { ControllerRevision: [] });
  expect(rolloutSuspectRevision.find(view)).toHaveProperty("cannotTell");
});
