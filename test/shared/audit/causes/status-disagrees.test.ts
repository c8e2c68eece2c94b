import { expect, test } from "vitest";
import { statusDisagrees } from "#shared/audit/causes/status-disagrees.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet, DaemonSetStatus } from "#shared/cluster/daemon-set.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import {
  ago,
  condition,
  daemonPod,
  daemonSet,
  node,
  notSeen,
  revision,
  taint,
  tolerate,
} from "../../../fixtures/build.ts";
import { askSet, setOf } from "../../../fixtures/ask-cause.ts";
import { event } from "../../../fixtures/placement.ts";

/** Counters in the order desired, current, ready, available, updated, misscheduled. */
type Six = readonly [number, number, number, number, number, number];
const says = ([
  desired,
  current,
  ready,
  available,
  updated,
  misscheduled,
]: Six): DaemonSetStatus => ({
  desired,
  current,
  ready,
  available,
  updated,
  misscheduled,
  unavailable: desired - available,
  observedGeneration: 1,
});
const RIGHT: Six = [2, 2, 2, 2, 2, 0];
const WRONG: Six = [0, 0, 0, 0, 0, 0];

const NODES = [node("n1"), node("n2")];
const made = (six: Six, parts: Partial<DaemonSet> = {}): DaemonSet =>
  daemonSet("agent", { status: says(six), ...parts, template: {} });

function found(six: Six, parts: Partial<Cluster> = {}, of: Partial<DaemonSet> = {}) {
  const set = made(six, of);
  return askSet(
    statusDisagrees,
    setOf({
      Node: NODES,
      DaemonSet: [set],
      Pod: [daemonPod(set, "n1"), daemonPod(set, "n2")],
      ...parts,
    }),
  );
}

test("counters that nobody would write now are named, with how long nothing has changed", () => {
  expect(found([0, 0, 0, 0, 0, 0], { Pod: [] })).toEqual([
    {
      since: ago(30 * 86_400),
      severity: "info",
      evidence: {
        daemonSet: "kube-system/agent",
        counters: [{ counter: "desiredNumberScheduled", status: 0, counted: 2 }],
        quietSeconds: 30 * 86_400,
      },
      says: "its status says desiredNumberScheduled 0 instead of 2, though nothing has changed for 30 d",
      remedies: [
        {
          action: "touch-daemon-set",
          daemonSet: "kube-system/agent",
          why: "any change of the object makes it count again",
        },
      ],
    },
  ]);
});

test.each([
  ["ready", [2, 2, 1, 2, 2, 0], "numberReady 1 instead of 2"],
  ["available", [2, 2, 2, 1, 2, 0], "numberAvailable 1 instead of 2"],
  ["updated", [2, 2, 2, 2, 0, 0], "updatedNumberScheduled 0 instead of 2"],
  ["current", [2, 1, 2, 2, 2, 0], "currentNumberScheduled 1 instead of 2"],
  ["misscheduled", [2, 2, 2, 2, 2, 1], "numberMisscheduled 1 instead of 0"],
] as const)("%s is compared", (_counter, six, sentence) => {
  expect(found(six)[0]?.says).toContain(sentence);
});

const VERSIONS = { new: parseVersion("v1.34.2"), old: parseVersion("v1.32.1"), none: undefined };

test.each([
  ["a deleted node stays desired", [3, 2, 2, 2, 2, 0], "old", true],
  ["a taint came under a pod", [3, 3, 3, 3, 3, -1], "new", true],
  ["a taint came under a pod that is not ready", [3, 3, 2, 2, 3, -1], "new", true],
  ["a taint came under a pod, unknown version", [3, 3, 3, 3, 3, -1], "none", true],
  ["a taint came under a pod, before 1.33", [3, 3, 3, 3, 3, -1], "old", false],
  ["a taint went, and its node is still misscheduled", [1, 1, 1, 1, 1, 1], "new", true],
  ["a taint went, and more than its pod is missing", [1, 1, 0, 1, 1, 1], "new", false],
  ["a taint came, and a node went", [4, 3, 3, 3, 3, -1], "new", true],
  ["a node came and is not desired", [1, 1, 1, 1, 1, 0], "new", false],
  ["ready is too high", [2, 2, 3, 2, 2, 0], "new", false],
] as const)("stale by Kubernetes' own rules: %s", (_rule, six, version, known) => {
  // One node more is misscheduled than two, so that the counter can be one too low.
  const [desired, current, ready, available, updated, misscheduled] = six;
  const set = made([desired, current, ready, available, updated, misscheduled + 1]);
  const hits = askSet(
    statusDisagrees,
    setOf({
      Node: [...NODES, node("x", { taints: [taint("team")] })],
      DaemonSet: [set],
      Pod: ["n1", "n2", "x"].map((name) => daemonPod(set, name)),
      version: VERSIONS[version],
    }),
  );
  expect(hits).toHaveLength(known ? 0 : 1);
});

const set = made(WRONG);
const pods = (parts: Parameters<typeof daemonPod>[2]) => [
  daemonPod(set, "n1", parts),
  daemonPod(set, "n2"),
];

test.each([
  ["they are right", RIGHT, {}, {}],
  ["the controller has not seen the newest spec", WRONG, {}, { generation: 2 }],
  ["the DaemonSet is being deleted", WRONG, {}, { deletionAt: ago(9000) }],
  ["the DaemonSet is new", WRONG, {}, { createdAt: ago(200) }],
  ["a pod is new", WRONG, { Pod: pods({ createdAt: ago(299) }) }, {}],
  [
    "a pod became ready lately",
    WRONG,
    {
      Pod: pods({
        status: { conditions: [condition("Ready", "True", { transitionAt: ago(299) })] },
      }),
    },
    {},
  ],
  ["a pod is terminating", WRONG, { Pod: pods({ deletionAt: ago(9000) }) }, {}],
  [
    "a pod of an old revision is there",
    WRONG,
    {
      Pod: pods({
        labels: new Map([
          ["controller-revision-hash", "r0"],
          ["pod-template-generation", "0"],
        ]),
      }),
    },
    {},
  ],
  ["a node is new", WRONG, { Node: [...NODES, node("n3", { createdAt: ago(299) })] }, {}],
  [
    "a node's condition changed lately",
    WRONG,
    {
      Node: [
        ...NODES,
        node("n3", { conditions: [condition("Ready", "False", { transitionAt: ago(299) })] }),
      ],
    },
    {},
  ],
  [
    "a taint is new",
    WRONG,
    { Node: [...NODES, node("n3", { taints: [{ ...taint("x"), timeAdded: ago(299) }] })] },
    {},
  ],
  [
    "the controller did something lately",
    WRONG,
    { Event: [event(set, { reason: "SuccessfulDelete", lastAt: ago(299) })] },
    {},
  ],
  [
    "a pod needs longer to be available",
    [2, 2, 2, 0, 2, 0],
    {
      Pod: pods({
        status: { conditions: [condition("Ready", "True", { transitionAt: ago(899) })] },
      }),
    },
    { minReadySeconds: 600 },
  ],
] as const)("silent: %s", (_rule, six, parts, of) => {
  expect(found(six, parts as Partial<Cluster>, of)).toEqual([]);
});

test("to the second everything must have been quiet for five minutes", () => {
  const at = (seconds: number) => found(WRONG, { Pod: pods({ createdAt: ago(seconds) }) });
  expect(at(299)).toEqual([]);
  expect(at(300)[0]?.says).toContain("nothing has changed for 5 min");
});

test("without revisions nobody can count the updated ones, so they are not compared", () => {
  expect(found([2, 2, 2, 2, 1, 0], { ControllerRevision: [] })).toEqual([]);
  expect(found([2, 2, 2, 2, 1, 0], { ControllerRevision: [revision(set, 1, "r1")] })).toHaveLength(
    1,
  );
});

test.each([
  ["pods were not read", { notSeen: notSeen("Pod") }],
  ["nodes were not read", { notSeen: notSeen("Node") }],
  ["its DaemonSet object was not read", { DaemonSet: [made(WRONG, { inferred: true })] }],
  [
    "a toleration that only a newer Kubernetes compares decides",
    {
      DaemonSet: [
        daemonSet("agent", {
          template: { tolerations: [{ ...tolerate("sla"), operator: "Gt", value: "900" }] },
        }),
      ],
      Node: [node("n1", { taints: [taint("sla", "NoSchedule", "950")] })],
      version: undefined,
    },
  ],
] as const)("cannot tell: %s", (_rule, parts) => {
  expect(statusDisagrees.find(setOf({ Node: NODES, DaemonSet: [set], ...parts }))).toHaveProperty(
    "cannotTell",
  );
});
