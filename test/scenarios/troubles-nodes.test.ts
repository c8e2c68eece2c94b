import { expect, test } from "vitest";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { makeReport } from "#shared/report/make-report.ts";
import { TOLERATE_ALL, ago, condition, daemonPod, daemonSet, taint } from "../fixtures/build.ts";
import { managedNode, some } from "../fixtures/pools.ts";
import { creating, emptied, lastKnown, NO_CNI, notReady, unreachable } from "./ailing.ts";
import { fleet, healthy, USUAL, workload } from "./fleet.ts";
import {
  advised,
  alarms,
  audited,
  factsOf,
  heard,
  onlyAlarm,
  saidOf,
  told,
  verdictOn,
} from "./heard.ts";

/** Nine daemons: four tolerate every taint, five drop out of desired with the node. */
const tolerant = ["aws-node", "kube-proxy", "ebs-csi-node", "falco"].map((name) =>
  daemonSet(name, { template: { tolerations: [TOLERATE_ALL] } }),
);
const plain = ["fluent-bit", "node-exporter", "otel-agent", "node-local-cache", "trivy"].map(
  (name) => daemonSet(name, { namespace: "tools", uid: `uid-tools-${name}` }),
);
const nine = [...tolerant, ...plain];

test("S4 a silent node is one finding: nine daemons unobservable, none misscheduled, none missing, not 100 % covered", () => {
  const since = ago(720);
  const dead = unreachable(managedNode("worker-9"), since);
  const cluster = fleet({
    nodes: [...some(8, "worker", managedNode), dead],
    sets: nine,
    there: (set, node) => (node === dead ? [lastKnown(set, node, since)] : undefined),
    silent: { "worker-9": 760 },
  });

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("warning node-unreachable Node worker-9");
  expect(alarm.nodes).toEqual(["worker-9"]);
  expect(alarm.daemonSets).toEqual(
    nine.map(({ namespace, name }) => `${namespace}/${name}`).toSorted(),
  );
  expect(factsOf(alarm)).toMatchObject([
    { node: "worker-9", how: "silent", leaseAge: 760_000, daemons: alarm.daemonSets },
  ]);
  expect(saidOf(cluster, "misplaced")).toEqual([]);
  const { summary } = makeReport(audited(cluster).facts, heard(cluster));
  expect(summary).toMatchObject({ intended: 81, covered: 72, unknown: 9, gaps: 0 });
  expect(summary.coveragePercent).toBe(88.88);
});

test("S4 whoever reads its remedies is not told to delete the Node object first", () => {
  const since = ago(720);
  const dead = unreachable(managedNode("worker-9"), since);
  const cluster = fleet({
    nodes: [...some(8, "worker", managedNode), dead],
    sets: nine,
    there: (set, node) => (node === dead ? [lastKnown(set, node, since)] : undefined),
    silent: { "worker-9": 760 },
  });

  const remedies = advised(cluster, onlyAlarm(cluster));

  expect(remedies.map(({ action }) => action)).toEqual(["repair-node", "end-machine"]);
  expect(remedies[1]?.limit).toContain("do not delete the Node object first");
  for (const { command = "" } of remedies) expect(command).not.toMatch(/delete node/);
});

test("S4b the nodes wait for a network whose daemon pod no scheduler bound: the gap is the root, NotReady its symptom", () => {
  const calico = daemonSet("calico-node", {
    template: { tolerations: [TOLERATE_ALL], hostNetwork: true, priority: 2_000_001_000 },
  });
  const others = USUAL.filter(({ name }) => name !== "aws-node");
  const born = ago(3600);
  const stuck = some(4, "new", (name) =>
    notReady(managedNode(name, { createdAt: born }), born + 8_000, NO_CNI),
  );
  const onStuck = (set: DaemonSet, node: Node): readonly Pod[] => {
    const createdAt = born + 10_000;
    const unseen = { phase: "Pending", conditions: [], containers: [], hasIP: false };
    if (set === calico)
      return [daemonPod(set, node.name, { createdAt, spec: { nodeName: "" }, status: unseen })];
    const { hostNetwork, tolerations } = set.template;
    if (tolerations.length === 0) return [];
    return [hostNetwork ? healthy(set, node) : creating(set, node, createdAt)];
  };
  const cluster = fleet({
    nodes: [...some(196, "worker", managedNode), ...stuck],
    sets: [calico, ...others],
    there: (set, node) => (stuck.includes(node) ? onStuck(set, node) : undefined),
  });

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("critical unschedulable-other DaemonSet kube-system/calico-node");
  expect(alarm.nodes).toEqual(["new-1", "new-2", "new-3", "new-4"]);
  expect(saidOf(cluster, "node-never-ready")).toEqual([]);
  expect(saidOf(cluster, "node-not-ready")).toEqual([]);
});

test.each([
  ["Karpenter", "karpenter.sh/disrupted", ""],
  ["cluster-autoscaler", "ToBeDeletedByClusterAutoscaler", String(ago(400) / 1000)],
] as const)(
  "S5 %s removes the node while its daemons fail and come back: nobody is called",
  (_who, key, value) => {
    const cluster = emptied(key, ago(400), value);

    expect(alarms(cluster)).toEqual([]);
    expect(verdictOn(cluster, "kube-system/aws-node", "old-1")).toMatchObject({ says: "gap" });
  },
);

test("S5 a node that is still there long after is told", () => {
  expect(alarms(emptied("karpenter.sh/disrupted", ago(3 * 3600)))).toEqual([
    "warning node-stuck-leaving Node old-1",
  ]);
});

/** The old pool got a taint by hand; nothing that runs there is ended by NoSchedule. */
const drained = (age: number) =>
  fleet({
    nodes: [
      ...some(6, "new", managedNode),
      ...some(4, "old", (name) =>
        managedNode(name, {
          pool: "old",
          unschedulable: true,
          taints: [
            taint("node.kubernetes.io/unschedulable"),
            { ...taint("example.com/upgrade", "NoSchedule", "2026-11"), timeAdded: ago(age) },
          ],
        }),
      ),
    ],
    sets: USUAL,
    there: (set, node) =>
      set.name === "fluent-bit" && node.name.startsWith("old-")
        ? [lastKnownWell(set, node.name)]
        : undefined,
  });

const lastKnownWell = (set: (typeof USUAL)[number], node: string) => daemonPod(set, node);

test("S6 a pool cordoned and tainted by hand keeps its daemons: four pods misplaced, as information", () => {
  const cluster = drained(1800);

  expect(alarms(cluster)).toEqual([]);
  const [finding, ...more] = saidOf(cluster, "misplaced");
  expect(more).toEqual([]);
  expect(finding && told(finding)).toContain("info misplaced DaemonSet logging/fluent-bit");
  expect(finding?.nodes).toEqual(["old-1", "old-2", "old-3", "old-4"]);
  expect(heard(cluster).filter(({ cause }) => cause.startsWith("rollout"))).toEqual([]);
});

test("S6 a day later it still alarms nobody, and the way out is offered", () => {
  const cluster = drained(2 * 86_400);

  expect(alarms(cluster)).toEqual([]);
  const [finding] = saidOf(cluster, "misplaced");
  expect(finding?.remedies).toContainEqual(
    expect.objectContaining({ action: "add-toleration", daemonSet: "logging/fluent-bit" }),
  );
});

/** All daemons of the node are up; the gate of the EFS driver was not taken away. */
function gated(age: number) {
  const born = ago(age);
  const efs = daemonSet("efs-csi-node", {
    template: { tolerations: [TOLERATE_ALL], hostNetwork: true },
  });
  const node = managedNode("late-1", {
    createdAt: born,
    conditions: [
      condition("Ready", "True", { reason: "KubeletReady", transitionAt: born + 30_000 }),
    ],
    taints: [taint("efs.csi.aws.com/agent-not-ready", "NoExecute")],
  });
  const sets = [efs, ...USUAL.filter(({ template }) => template.tolerations[0]?.effect === "")];
  return fleet({
    nodes: [...some(5, "worker", managedNode), node],
    sets,
    pods: [
      {
        ...workload("web-1", ""),
        status: {
          ...workload("web-1", "").status,
          phase: "Pending",
          conditions: [
            condition("PodScheduled", "False", {
              reason: "Unschedulable",
              message:
                "0/6 nodes are available: 1 node(s) had untolerated taint(s), 5 Too many pods.",
            }),
          ],
          containers: [],
        },
      },
    ],
  });
}

test("S15 the owner of a start-up taint has been up for 24 minutes and the taint is still there", () => {
  const cluster = gated(1500);

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toContain("warning stuck-startup-taint Node late-1");
  expect(alarm.nodes).toEqual(["late-1"]);
  expect(factsOf(alarm)).toMatchObject([
    {
      gates: [
        {
          key: "efs.csi.aws.com/agent-not-ready",
          owner: "kube-system/efs-csi-node",
          why: "owner-ready",
          stuckFor: 1_470_000,
        },
      ],
    },
  ]);
  expect(alarm.remedies.map(({ action }) => action)).toEqual(["restart-pod", "remove-taint"]);
});

test("S15 while the node is young the same taint is expected", () => {
  expect(alarms(gated(240))).toEqual([]);
});
