import { describe, expect, test } from "vitest";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import {
  ago,
  condition,
  daemonPod,
  daemonSet,
  metadata,
  taint,
  TOLERATE_ALL,
} from "../fixtures/build.ts";
import { crashing, notUp } from "../fixtures/placement.ts";
import { autoNode, claimOf, karpenterNode, managedNode, some } from "../fixtures/pools.ts";
import { beside, lastKnown, unreachable } from "./ailing.ts";
import {
  awsNode,
  ebsCsiNode,
  fleet,
  fluentBit,
  healthy,
  kubeProxy,
  USUAL,
  workload,
} from "./fleet.ts";
import {
  actionsOf,
  advised,
  alarms,
  audited,
  factsOf,
  onlyAlarm,
  told,
  verdictOn,
} from "./heard.ts";

/**
 * What managed clusters, autoscalers and on-call habits ask of the core, rule by rule. Rules 12 to 14 and 20 have more in
 * pools.test.ts, rule 9 in troubles-nodes.test.ts. Not the core's: writes (2, 3, 5: the executor), messages (18) and the first
 * baseline (19).
 */
const HOUR = 3600;
const workers = some(5, "worker", managedNode);

describe("field rule 2: our own taint on a node stops the very daemon that is missing", () => {
  const ours = (effect: string, sets = USUAL): Cluster =>
    beside(managedNode("held-1", { taints: [taint("dsaudit.dev/uncovered", effect)] }), {
      sets,
      lacking: fluentBit,
    });

  test("PreferNoSchedule keeps no daemon away, so a gap there is an ordinary one", () => {
    const alarm = onlyAlarm(ours("PreferNoSchedule"));

    expect(factsOf(alarm)).toMatchObject([{ why: "silent" }]);
  });

  test.each(["NoSchedule", "NoExecute"])(
    "%s is told as what keeps it out, and can be taken off",
    (effect) => {
      const alarm = onlyAlarm(ours(effect));

      expect(told(alarm)).toBe("warning pod-not-created DaemonSet logging/fluent-bit");
      expect(factsOf(alarm)).toMatchObject([
        { why: "kept-out", taint: { key: "dsaudit.dev/uncovered", effect } },
      ]);
      expect(actionsOf(alarm)).toEqual(["remove-taint", "add-toleration"]);
    },
  );

  test("coverage is judged with our own taints taken away", () => {
    const placement = audited(ours("NoSchedule"))
      .facts.daemonSet("logging/fluent-bit")
      ?.placements()
      .find(({ node }) => node.node.name === "held-1");

    expect(placement).toMatchObject({ eligible: "no", intended: "yes" });
  });

  test("its near miss: a taint of somebody else excludes", () => {
    const other = managedNode("held-1", { taints: [taint("example.com/uncovered")] });

    expect(
      verdictOn(beside(other, { lacking: fluentBit }), "logging/fluent-bit", "held-1").says,
    ).toBe("excluded");
  });
});

describe("field rule 5: we stand back from a Karpenter node only while Karpenter acts", () => {
  const silent = (minutes: number): Cluster => {
    const since = ago(minutes * 60);
    const node = unreachable(karpenterNode("dead-1"), since);
    return fleet({
      nodes: [...some(5, "general", karpenterNode), node],
      sets: USUAL,
      there: (set, on) => (on === node ? [lastKnown(set, on, since)] : undefined),
      silent: { "dead-1": minutes * 60 + 30 },
    });
  };

  test("while its repair has time left, nothing but waiting for it is advised", () => {
    const alarm = onlyAlarm(silent(12));

    expect(actionsOf(alarm)).toEqual(["repair-node"]);
    expect(alarm.remedies[0]).toMatchObject({
      by: "Karpenter (30 min, where its node repair is on)",
    });
  });

  test("after it, the machine is to be ended", () => {
    expect(onlyAlarm(silent(40)).remedies).toContainEqual({
      action: "end-machine",
      node: "dead-1",
      by: "karpenter",
    });
  });

  test("a healthy Karpenter node is nobody's but ours: its missing daemon is told", () => {
    const cluster = beside(karpenterNode("general-1"), { lacking: fluentBit });

    expect(alarms(cluster)).toEqual(["warning pod-not-created DaemonSet logging/fluent-bit"]);
  });
});

describe("field rule 6: a leaving node is nobody's alarm until its NodeClaim's time is over, or an hour", () => {
  const leaving = (age: number, allowed: number | undefined): Cluster => {
    const node = karpenterNode("old-1", {
      taints: [taint("karpenter.sh/disrupted")],
      deletionAt: ago(age),
    });
    const claim = {
      ...claimOf(node, { terminationGracePeriodSeconds: allowed }),
      deletionAt: ago(age),
    };
    return beside(node, {
      lacking: fluentBit,
      NodeClaim: [claim],
      Pod: [],
    });
  };
  const withWork = (cluster: Cluster): Cluster => ({
    ...cluster,
    Pod: [
      ...fleet({
        nodes: cluster.Node,
        sets: USUAL,
        there: (set, on) => (set === fluentBit && on.name === "old-1" ? [] : [healthy(set, on)]),
      }).Pod,
      workload("web-1", "old-1"),
    ],
  });

  test.each([
    ["half an hour, of an hour", 0.5 * HOUR, undefined, []],
    ["two hours, of an hour", 2 * HOUR, undefined, ["warning node-stuck-leaving Node old-1"]],
    ["two hours, of four that the claim allows", 2 * HOUR, 4 * HOUR, []],
    [
      "five hours, of four that the claim allows",
      5 * HOUR,
      4 * HOUR,
      ["warning node-stuck-leaving Node old-1"],
    ],
  ] as const)("%s", (_how, age, allowed, hears) => {
    expect(alarms(withWork(leaving(age, allowed)))).toEqual(hears);
  });

  test("a daemon that is gone beside a running workload is named then, with the toleration that would have kept it", () => {
    const alarm = onlyAlarm(withWork(leaving(2 * HOUR, undefined)));

    expect(factsOf(alarm)).toMatchObject([
      {
        workloads: 1,
        missing: [{ daemonSet: "logging/fluent-bit", key: "karpenter.sh/disrupted" }],
      },
    ]);
    expect(alarm.remedies).toContainEqual(
      expect.objectContaining({ action: "add-toleration", daemonSet: "logging/fluent-bit" }),
    );
  });
});

test.each([
  ["before Karpenter 1.0", taint("karpenter.sh/disruption", "NoSchedule", "disrupting"), "leaving"],
  ["the termination handler", taint("aws-node-termination-handler/spot-itn"), "leaving"],
  [
    "the same, for maintenance",
    taint("aws-node-termination-handler/scheduled-maintenance", "NoExecute"),
    "leaving",
  ],
  ["a mere candidate stays", taint("karpenter.sh/disrupted", "PreferNoSchedule"), "steady"],
  ["another key of Karpenter's is nothing to us", taint("karpenter.sh/team"), "steady"],
] as const)("field rule 7: %s", (_who, mark, phase) => {
  const cluster = beside(karpenterNode("general-1", { taints: [mark] }));

  expect(audited(cluster).facts.node("general-1")?.phase.name).toBe(phase);
});

test.each(["node.kubernetes.io/out-of-service", "node.cloudprovider.kubernetes.io/shutdown"])(
  "field rule 7: %s on a node that is not Ready is a machine that is off",
  (key) => {
    const dead = unreachable(managedNode("off-1"), ago(HOUR));
    const off = { ...dead, taints: [...dead.taints, taint(key, "NoExecute", "nodeshutdown")] };
    const cluster = fleet({ nodes: [...workers, off], sets: USUAL, silent: { "off-1": HOUR } });

    expect(audited(cluster).facts.node("off-1")?.phase.name).toBe("stopped");
    expect(alarms(cluster)).toEqual([]);
  },
);

describe("field rule 8: Cilium puts its taint back on an old node when its agent dies", () => {
  const cilium = daemonSet("cilium", {
    template: { tolerations: [TOLERATE_ALL], hostNetwork: true },
  });
  const node = managedNode("old-1", {
    taints: [taint("node.cilium.io/agent-not-ready", "NoExecute")],
  });
  const dying = daemonPod(cilium, "old-1", {
    createdAt: ago(2 * HOUR),
    status: notUp({ containers: [crashing({ exitCode: 1 })] }),
  });
  const cluster = (pods: readonly Pod[]): Cluster =>
    fleet({
      nodes: [...workers, node],
      sets: [cilium, fluentBit],
      there: (set, on) => (on !== node ? undefined : set === cilium ? pods : []),
    });

  test("the agent's trouble is the one that is told, and who it keeps out is still intended", () => {
    expect(alarms(cluster([dying]))).toEqual(["critical crash-loop DaemonSet kube-system/cilium"]);
    expect(verdictOn(cluster([dying]), "logging/fluent-bit", "old-1").says).toBe("gap");
  });

  test("with the agent up for long, the taint is what is stuck", () => {
    expect(alarms(cluster([healthy(cilium, node)]))).toEqual([
      "warning stuck-startup-taint Node old-1",
    ]);
  });
});

test("field rule 9: of a machine of one's own, make sure that it is off before anything is done to its Node object", () => {
  const node = unreachable(
    managedNode("rack-1", { providerId: "", labels: { "eks.amazonaws.com/nodegroup": "" } }),
    ago(HOUR),
  );
  const bare = {
    ...node,
    labels: new Map([...node.labels].filter(([key]) => !key.includes("nodegroup"))),
  };
  const cluster = fleet({
    nodes: [...workers, bare],
    sets: USUAL,
    there: (set, on) => (on === bare ? [lastKnown(set, on, ago(HOUR))] : undefined),
    silent: { "rack-1": HOUR },
  });

  const remedies = advised(cluster, onlyAlarm(cluster));

  const end = remedies.find(({ action }) => action === "end-machine");
  expect(`${end?.summary} ${end?.limit}`).toMatch(/off/);
  for (const { command = "" } of remedies) expect(command).not.toMatch(/delete node/);
});

describe("field rule 10: a CSI driver that has registered is not restarted for its taint", () => {
  const gated = managedNode("late-1", {
    createdAt: ago(HOUR),
    conditions: [condition("Ready", "True", { transitionAt: ago(HOUR - 30) })],
    taints: [taint("ebs.csi.aws.com/agent-not-ready", "NoExecute")],
  });
  const csiNode = (limit: number | undefined, name = "ebs.csi.aws.com"): Cluster["CSINode"] => [
    { ...metadata({ name: "late-1" }), drivers: [{ name, limit }] },
  ];
  const first = (CSINode: Cluster["CSINode"]): string | undefined =>
    actionsOf(onlyAlarm(beside(gated, { sets: [awsNode, kubeProxy, ebsCsiNode], CSINode })))[0];

  test.each([
    ["CSINode lists it with a count: the taint goes", csiNode(25), "remove-taint"],
    [
      "CSINode lists another driver only: its pod is restarted",
      csiNode(25, "efs.csi.aws.com"),
      "restart-pod",
    ],
    ["no CSINode: its pod is restarted", [], "restart-pod"],
  ] as const)("%s", (_how, listed, action) => {
    expect(first(listed)).toBe(action);
  });
});

test("field rule 13: an Auto Mode node is AWS' to repair, and we advise to do nothing but ask", () => {
  const since = ago(2 * HOUR);
  const node = unreachable(autoNode("i-0auto-1"), since);
  const cluster = fleet({
    nodes: [...workers, node],
    sets: [fluentBit],
    there: (set, on) => (on === node ? [lastKnown(set, on, since)] : undefined),
    silent: { "i-0auto-1": 2 * HOUR },
  });

  expect(onlyAlarm(cluster).remedies).toEqual([
    { action: "repair-node", node: "i-0auto-1", by: "AWS (EKS Auto Mode)" },
  ]);
});
