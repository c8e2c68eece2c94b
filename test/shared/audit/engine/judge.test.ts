import { expect, test } from "vitest";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Lease } from "#shared/cluster/policy.ts";
import {
  ago,
  cluster,
  condition,
  daemonPod,
  daemonSet,
  labels,
  metadata,
  node,
  NOW,
  notSeen,
  taint,
} from "../../../fixtures/build.ts";
import {
  crashing,
  event,
  notUp,
  unscheduled,
  waitingContainer,
} from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
const steady = node("n1");
const up = daemonPod(set, "n1");

type World = {
  readonly on?: Node;
  readonly of?: DaemonSet;
  readonly pods?: readonly Pod[];
  readonly more?: Parameters<typeof cluster>[0];
};

function judged({ on = steady, of = set, pods = [up], more = {} }: World): PlacementView {
  const audit = auditCluster(
    cluster({ Node: [on], DaemonSet: [of], Pod: pods, ...more }),
    DEFAULT_POLICY,
  );
  const [placement] = audit.facts.daemonSets[0]?.placements() ?? [];
  if (placement === undefined) throw new Error("no placement");
  return placement;
}
const says = (world: World): string => judged(world).verdict().says;

const young = { createdAt: ago(30) };
const pending = daemonPod(set, "n1", { ...young, spec: { nodeName: "" }, status: unscheduled() });
const broken = daemonPod(set, "n1", { status: notUp({ containers: [crashing()] }) });
const silent = node("n1", { conditions: [condition("Ready", "Unknown")] });
const dark = (since: number): Node =>
  node("n1", { conditions: [condition("Ready", "False", { transitionAt: ago(since) })] });
const windows = node("n1", { os: "windows", createdAt: ago(600) });
const lease = (renewed: number, name = "n1"): Lease => ({
  ...metadata({ name, namespace: "kube-node-lease" }),
  renewedAt: ago(renewed),
  holder: name,
});
const failed = daemonPod(set, "n1", { ...young, status: { phase: "Failed", reason: "Evicted" } });

test.each<[string, World, string]>([
  ["a pod that is available covers", {}, "covered"],
  ["no pod on a steady node is a gap", { pods: [] }, "gap"],
  [
    "a node without a place for the daemon is excluded",
    { on: node("n1", { taints: [taint("a")] }), pods: [] },
    "excluded",
  ],
  [
    "a pod where it is not meant to be is misplaced",
    { on: node("n1", { taints: [taint("a")] }) },
    "misplaced",
  ],
  [
    "a passing taint takes nothing away from coverage",
    { on: node("n1", { taints: [taint("karpenter.sh/disrupted")] }) },
    "covered",
  ],
  ["a pod that broke is a gap", { pods: [broken] }, "gap"],
  [
    "a phase that nobody knows tells nothing, though the pod says that it is ready",
    { pods: [daemonPod(set, "n1", { status: { phase: "Zombie" } })] },
    "unknown",
  ],
  [
    "a pod without a status is judged like one that has not started",
    { pods: [daemonPod(set, "n1", { status: notUp({ phase: "" }) })] },
    "gap",
  ],
  ["a young pod may take its time", { pods: [pending] }, "starting"],
  ["a young DaemonSet may take its time", { of: daemonSet("agent", young), pods: [] }, "starting"],
  ["a young node may take its time", { on: node("n1", young), pods: [] }, "starting"],
  ["a Windows node may take longer", { on: windows, pods: [] }, "starting"],
  [
    "a Linux node of that age may not",
    { on: node("n1", { createdAt: ago(600) }), pods: [] },
    "gap",
  ],
  ["a young pod that crashed already is a gap", { pods: [{ ...broken, ...young }] }, "gap"],
  [
    "on a young node a crash may pass",
    { on: node("n1", young), pods: [{ ...broken, ...young }] },
    "starting",
  ],
  [
    "on a young node an image that is not there is a gap",
    {
      on: node("n1", young),
      pods: [
        daemonPod(set, "n1", {
          ...young,
          status: notUp({ containers: [waitingContainer("ImagePullBackOff", "manifest unknown")] }),
        }),
      ],
    },
    "gap",
  ],
  ["a pod that failed gets no time", { pods: [failed] }, "gap"],
  [
    "a young pod after several that failed gets no time",
    {
      pods: [pending],
      more: {
        Event: [
          event(set, {
            reason: "FailedDaemonPod",
            message: "Found failed daemon pod kube-system/x on node n1, will try to kill it",
            count: 3,
          }),
        ],
      },
    },
    "gap",
  ],
  [
    "a pod that is being replaced is starting",
    { pods: [daemonPod(set, "n1", { deletionAt: ago(60) })] },
    "starting",
  ],
  [
    "a pod that does not go is a gap",
    { pods: [daemonPod(set, "n1", { deletionAt: ago(900) })] },
    "gap",
  ],
  ["a silent node makes its pod's word old", { on: silent }, "unknown"],
  [
    "a node whose lease is old beside its like is silent",
    { more: { Lease: [lease(600), lease(5, "n2")] } },
    "unknown",
  ],
  [
    "all leases old together are an old dump",
    { more: { Lease: [lease(600), lease(595, "n2")] } },
    "covered",
  ],
  ["a node that is not Ready and speaks is judged by its pod", { on: dark(900) }, "covered"],
  [
    "pods that were not read are unknown, not missing",
    { pods: [], more: { notSeen: notSeen("Pod") } },
    "unknown",
  ],
  [
    "a pod that was read covers, though others were not",
    { more: { notSeen: notSeen("Pod") } },
    "covered",
  ],
  [
    "a pod older than its Node object may be of the machine before",
    { on: node("n1", young) },
    "starting",
  ],
  [
    "a pod with time left of minReadySeconds is not available",
    {
      of: daemonSet("agent", { minReadySeconds: 60 }),
      pods: [
        daemonPod(set, "n1", {
          status: { conditions: [condition("Ready", "True", { transitionAt: ago(30) })] },
        }),
      ],
    },
    "gap",
  ],
])("%s", (_rule, world, answer) => {
  expect(says(world)).toBe(answer);
});

test("Fargate is told by another cause: its pod is not astray, and the node is out of coverage", () => {
  const fargate = node("n1", { labels: labels({ "eks.amazonaws.com/compute-type": "fargate" }) });
  const placement = judged({ on: fargate });

  expect([placement.eligible, placement.intended, placement.verdict().says]).toEqual([
    "yes",
    "no",
    "excluded",
  ]);
});

test("a silent node names its cause", () => {
  expect(judged({ on: silent }).verdict()).toMatchObject({ cause: "node-unreachable" });
});

test("on a leaving node a missing daemon is a gap that nobody explains", () => {
  const leaving = node("n1", { taints: [taint("karpenter.sh/disrupted")] });
  const verdict = judged({ on: leaving, pods: [] }).verdict();

  expect(verdict).toMatchObject({ says: "gap" });
  expect(verdict.cause).toBeUndefined();
  expect(verdict.reason).toContain("leaving (taint karpenter.sh/disrupted)");
});

test("of two pods the one that is up is judged, though the controller counts the older one", () => {
  const old = daemonPod(set, "n1", { name: "old", createdAt: ago(9000), status: unscheduled() });
  const fresh = daemonPod(set, "n1", { name: "fresh", createdAt: ago(900) });
  const placement = judged({ pods: [old, fresh] });

  expect([placement.pod?.name, placement.verdict().says]).toEqual(["fresh", "covered"]);
  expect(placement.pods.map(({ name }) => name)).toEqual(["old", "fresh"]);
});

test("while a rollout moves, the moment between two pods is excused; when it stands, it is not", () => {
  const other = node("n2");
  const old = daemonPod(set, "n2", {
    labels: labels({ "controller-revision-hash": "r0", "pod-template-generation": "0" }),
  });
  const at = (made: number): string => {
    const newest = daemonPod(set, "n3", { createdAt: ago(made) });
    return says({ pods: [old, newest], more: { Node: [steady, other, node("n3")] } });
  };

  expect([at(20), at(2000)]).toEqual(["starting", "gap"]);
});

test("a rule that throws makes the placement unknown, under the rule's name", () => {
  const hostile = daemonPod(set, "n1", { status: notUp({}) });
  Object.defineProperty(hostile.spec, "readinessGates", {
    get() {
      throw new Error("out of order");
    },
  });
  const audit = auditCluster(
    cluster({ Node: [steady], DaemonSet: [set], Pod: [hostile], at: NOW }),
    DEFAULT_POLICY,
  );
  const verdict = audit.facts.daemonSets[0]?.placements()[0]?.verdict();

  expect(verdict?.says).toBe("unknown");
  expect(audit.unanswered.some(({ threw, why }) => threw && why.includes("out of order"))).toBe(
    true,
  );
});
