import * as fc from "fast-check";
import { expect, test } from "vitest";
import { recomputeStatus, type StatusQuestion } from "#shared/cluster/daemon-controller/status.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import {
  ago,
  condition,
  daemonPod,
  daemonSet,
  labels,
  node,
  NOW,
  taint,
  TOLERATE_ALL,
} from "../../../fixtures/build.ts";

const SET = daemonSet("agent");
const HERE = node("n1");
const GATED = node("n1", { taints: [taint("team")] });
const UNREADY = { conditions: [condition("Ready", "False")] };

type Parts = Partial<StatusQuestion> & Pick<StatusQuestion, "nodes" | "pods">;
const counted = (parts: Parts) =>
  recomputeStatus({ set: SET, now: NOW, updatedHash: "r1", version: undefined, ...parts });

/** desired/current/ready/available/misscheduled */
const short = (parts: Parts): string => {
  const { desired, current, ready, available, misscheduled } = counted(parts);
  return [desired, current, ready, available, misscheduled].join("/");
};

const made = (name: string, parts: Parameters<typeof daemonPod>[2] = {}) =>
  daemonPod(SET, "n1", { name, ...parts });
const UNBOUND = { nodeName: "" };

// daemon_controller.go, updateDaemonSetStatus
test.each([
  ["nothing there yet", HERE, [], "1/0/0/0/0"],
  [
    "a Pending daemon pod is currently scheduled",
    HERE,
    [made("a", { spec: UNBOUND, status: { phase: "Pending", conditions: [] } })],
    "1/1/0/0/0",
  ],
  [
    "so is a failed one that waits in back-off",
    HERE,
    [made("a", { status: { phase: "Failed", ...UNREADY } })],
    "1/1/0/0/0",
  ],
  [
    "a terminating pod still counts as ready and available",
    HERE,
    [made("a", { deletionAt: NOW })],
    "1/1/1/1/0",
  ],
  [
    "a terminating pod that has failed does not count",
    HERE,
    [made("a", { deletionAt: NOW, status: { phase: "Failed" } })],
    "1/0/0/0/0",
  ],
  [
    "of an older unscheduled twin and a younger bound one the bound one is judged",
    HERE,
    [
      made("a", { createdAt: ago(9000), spec: UNBOUND, status: { phase: "Pending", ...UNREADY } }),
      made("b", { createdAt: ago(10) }),
    ],
    "1/1/1/1/0",
  ],
  [
    "two pods on an ineligible node are one misscheduled: nodes are counted",
    GATED,
    [made("a"), made("b")],
    "0/0/0/0/1",
  ],
  ["pods of a node that is gone are in no counter", HERE, [daemonPod(SET, "n9")], "1/0/0/0/0"],
] as const)("%s", (_rule, on, pods, says) => {
  expect(short({ nodes: [on], pods })).toBe(says);
});

const FIVE = ["n1", "n2", "n3", "n4", "n5"];
const DEAD = [
  taint("node.kubernetes.io/unreachable"),
  taint("node.kubernetes.io/unreachable", "NoExecute"),
];
const oneDead = FIVE.map((name) => node(name, { taints: name === "n1" ? DEAD : [] }));
const podsOf = (set: typeof SET): readonly Pod[] =>
  FIVE.map((name) => daemonPod(set, name, name === "n1" ? { status: UNREADY } : {}));

test("NotReady lowers desired; it does not raise unavailable", () => {
  const says = counted({ nodes: oneDead, pods: podsOf(SET) });
  expect(says).toMatchObject({
    desired: 4,
    current: 4,
    available: 4,
    unavailable: 0,
    misscheduled: 1,
  });
});

test("a daemon that tolerates everything stays desired on the dead node, and is unavailable there", () => {
  const set = daemonSet("agent", { template: { tolerations: [TOLERATE_ALL] } });
  expect(counted({ set, nodes: oneDead, pods: podsOf(set) })).toMatchObject({
    desired: 5,
    current: 5,
    available: 4,
    unavailable: 1,
    misscheduled: 0,
  });
});

test("a pod is updated by its hash or by the template generation", () => {
  const old = labels({ "controller-revision-hash": "r0", "pod-template-generation": "0" });
  const byGeneration = labels({ "controller-revision-hash": "r0" });
  const nodes = FIVE.slice(0, 3).map((name) => node(name));
  const pods = [
    daemonPod(SET, "n1", { labels: old }),
    daemonPod(SET, "n2", { labels: byGeneration }),
    daemonPod(SET, "n3"),
  ];
  expect(counted({ nodes, pods }).updated).toBe(2);
});

test("the second in which minReadySeconds end counts from 1.34 on", () => {
  const pods = [
    made("a", { status: { conditions: [condition("Ready", "True", { transitionAt: ago(30) })] } }),
  ];
  const set = { ...SET, minReadySeconds: 30 };
  const available = (version: string) =>
    counted({ set, nodes: [HERE], pods, version: parseVersion(version) }).available;
  expect([available("v1.33.5"), available("v1.34.0")]).toEqual([0, 1]);
});

const anyPod = fc
  .record({
    target: fc.constantFrom("n1", "n2", "n3", "n9"),
    phase: fc.constantFrom("Running", "Pending", "Failed"),
    ready: fc.boolean(),
    going: fc.boolean(),
    age: fc.nat({ max: 3 }),
  })
  .map(
    (looks) => (name: string) =>
      daemonPod(SET, looks.target, {
        name,
        createdAt: ago(looks.age),
        deletionAt: looks.going ? NOW : undefined,
        status: {
          phase: looks.phase,
          conditions: [condition("Ready", looks.ready ? "True" : "False")],
        },
      }),
  );

test("counters never exceed each other, and neither order of pods nor of nodes matters", () => {
  const nodes = [node("n1"), node("n2"), node("n3", { taints: [taint("team")] })];
  fc.assert(
    fc.property(fc.array(anyPod, { maxLength: 8 }), (makers) => {
      const pods = makers.map((make, i) => make(`p${i}`));
      const says = counted({ nodes, pods });

      expect(says.desired).toBe(2);
      expect(says.current).toBeLessThanOrEqual(says.desired);
      expect(says.ready).toBeLessThanOrEqual(says.current);
      expect(says.available).toBe(says.ready);
      expect(says.unavailable).toBe(says.desired - says.available);
      expect(says.desired + says.misscheduled).toBeLessThanOrEqual(nodes.length);
      expect(counted({ nodes: nodes.toReversed(), pods: pods.toReversed() })).toEqual(says);
    }),
  );
});
