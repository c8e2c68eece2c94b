import { describe, expect, test } from "vitest";
import { CATALOGUE } from "#shared/audit/catalogue.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { type Remedy } from "#shared/remediation/remedy.ts";
import {
  ago,
  container,
  daemonPod,
  daemonSet,
  labels,
  resources,
  taint,
  tolerate,
  TOLERATE_ALL,
} from "../fixtures/build.ts";
import { crashing, event, notUp, unscheduled } from "../fixtures/placement.ts";
import {
  autoNode,
  fargateNode,
  gpuNode,
  karpenterNode,
  managedNode,
  some,
} from "../fixtures/pools.ts";
import { creating, lastKnown, unreachable } from "./ailing.ts";
import { awsNode, fleet, fluentBit, kubeProxy, USUAL, workload } from "./fleet.ts";
import {
  actionsOf,
  advised,
  alarms,
  factsOf,
  heard,
  onlyAlarm,
  saidOf,
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

describe("field rule 1: who lacks a toleration is told once for each DaemonSet and pool", () => {
  const teamNode = (name: string): Node =>
    managedNode(name, { pool: "team-a", taints: [taint("team", "NoSchedule", "a")] });
  const cluster = fleet({
    nodes: [...workers, ...some(3, "gpu", gpuNode), ...some(2, "team", teamNode)],
    sets: USUAL,
  });
  const policy = {
    ...DEFAULT_POLICY,
    mustCover: [{ daemonSet: "logging/*", nodes: "team-*" }],
  };

  test("as information while nobody said that it must be there", () => {
    expect(alarms(cluster)).toEqual([]);
    expect(saidOf(cluster, "excluded-by-taint").map(told)).toEqual([
      "info excluded-by-taint DaemonSet logging/fluent-bit (gpu)",
      "info excluded-by-taint DaemonSet logging/fluent-bit (team-a)",
    ]);
  });

  test("as a warning for the pool that the configuration says it must cover, and for no other", () => {
    expect(alarms(cluster, policy)).toEqual([
      "warning excluded-by-taint DaemonSet logging/fluent-bit (team-a)",
    ]);
  });
});

const hungry = daemonSet("agent", {
  namespace: "monitoring",
  template: { containers: [container({ requests: resources({ cpu: "2" }) })] },
});
const waiting = (set: DaemonSet, name: string): Pod =>
  daemonPod(set, name, {
    createdAt: ago(900),
    spec: { nodeName: "" },
    status: unscheduled(),
  });
/** Three workloads hold 3 of the node's 4 cpu; the agent asks for 2. */
const full = (mark: (pod: Pod) => Pod = (pod) => pod, set = hungry): Cluster =>
  fleet({
    nodes: workers,
    sets: [set],
    there: (one, { name }) => (name === "worker-2" ? [waiting(one, name)] : undefined),
    pods: [1, 2, 3].map((at) => mark(workload(`web-${at}`, "worker-2", { cpu: "1" }))),
  });

test("field rule 3: room is made by holding the node, evicting, waiting until it is bound, and releasing, in this order", () => {
  const cluster = full();
  const room = advised(cluster, onlyAlarm(cluster)).find(({ action }) => action === "make-room");

  expect(
    room?.command?.split("\n").map((line) => /cordon|eviction|wait|uncordon/.exec(line)?.[0]),
  ).toEqual(["cordon", "eviction", "wait", "uncordon"]);
});

test("field rule 4: a pod that asks not to be disrupted is never one to be moved", () => {
  const all = full((pod) => ({ ...pod, doNotDisrupt: true }));
  const one = full((pod) => ({ ...pod, doNotDisrupt: pod.name === "web-1" }));

  expect(factsOf(onlyAlarm(all))).toMatchObject([{ movable: [] }]);
  expect(actionsOf(onlyAlarm(all))).not.toContain("make-room");
  const [evidence] = factsOf(onlyAlarm(one));
  expect(evidence).toMatchObject({ movable: [{ pod: "shop/web-2" }, { pod: "shop/web-3" }] });
});

describe("field rule 11: the VPC network is out of addresses", () => {
  const born = ago(900);
  const [worker] = workers;
  const noIp = (set: DaemonSet): Cluster =>
    fleet({
      nodes: workers,
      sets: [awsNode, set],
      there: (one, on) => (one === set && on === worker ? [creating(set, on, born)] : undefined),
      Event: [
        event(daemonPod(set, "worker-1"), {
          reason: "FailedCreatePodSandBox",
          message:
            'Failed to create pod sandbox: plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
          count: 40,
        }),
      ],
    });

  test("it is a cause of its own, and more addresses are what helps, not an eviction", () => {
    const alarm = onlyAlarm(noIp(fluentBit));

    expect(told(alarm)).toBe("warning no-pod-ip DaemonSet logging/fluent-bit");
    expect(actionsOf(alarm)).toEqual(["more-addresses"]);
  });

  test("a daemon with hostNetwork takes a pod place and no address", () => {
    expect(onlyAlarm(noIp({ ...kubeProxy })).cause).not.toBe("no-pod-ip");
  });
});

test("field rule 12: the scheduler's “Too many pods” of a Fargate node is neither believed nor counted", () => {
  const falco = daemonSet("falco", {
    namespace: "security",
    template: { tolerations: [TOLERATE_ALL] },
  });
  const node = fargateNode("fargate-ip-10-0-0-1");
  const cluster = fleet({
    nodes: [...workers, node],
    sets: [falco],
    there: (set, on) =>
      on === node
        ? [
            daemonPod(set, on.name, {
              createdAt: ago(HOUR),
              spec: { nodeName: "" },
              status: unscheduled("0/6 nodes are available: 1 Too many pods."),
            }),
          ]
        : undefined,
    pods: [workload("api-1", node.name)],
  });

  expect(heard(cluster).map(({ cause }) => cause)).not.toContain("too-many-pods");
  expect(onlyAlarm(cluster)).toMatchObject({
    cause: "ineligible-but-targeted",
    nodes: [node.name],
  });
});

test("field rule 14: the grace for Windows is a setting of its own", () => {
  expect(DEFAULT_POLICY.grace.windowsNodeStart).toBeGreaterThanOrEqual(900);
  expect(DEFAULT_POLICY.grace.windowsNodeStart).toBeGreaterThan(DEFAULT_POLICY.grace.nodeStart);
});

describe("field rule 15: which priority is advised", () => {
  const raised = (set: DaemonSet): Remedy | undefined => {
    const cluster = full((pod) => pod, set);
    return advised(cluster, onlyAlarm(cluster)).find(({ action }) => action === "raise-priority");
  };
  const named = (name: string): DaemonSet =>
    daemonSet(name, {
      namespace: "monitoring",
      template: { containers: [container({ requests: resources({ cpu: "2" }) })] },
    });

  test.each(["fluent-bit", "node-exporter", "falco", "anything"])(
    "%s gets a class of its own, far below what is never evicted",
    (name) => {
      const { command = "" } = raised(named(name)) ?? {};

      expect(command).not.toContain("system-");
      expect(Number(/--value=(\d+)/.exec(command)?.[1])).toBeLessThanOrEqual(1_000_000_000);
    },
  );

  test.each(["cilium", "ebs-csi-node", "kube-proxy", "node-local-dns"])(
    "%s may have the node's own class",
    (name) => {
      expect(raised(named(name))?.command).toContain("system-node-critical");
    },
  );
});

test.each([
  ["nobody", {}, true],
  ["Argo CD", { labels: labels({ "argocd.argoproj.io/instance": "agents" }) }, false],
  ["Helm", { labels: labels({ "app.kubernetes.io/managed-by": "Helm" }) }, false],
  ["the EKS add-on", { managers: ["eks"] }, false],
] as const)(
  "field rule 16: of a DaemonSet that %s writes, the advice is a patch: %s",
  (_owner, parts, patched) => {
    const set = daemonSet("agent", {
      namespace: "monitoring",
      ...parts,
      template: hungry.template,
    });
    const cluster = full((pod) => pod, set);
    const lower = advised(cluster, onlyAlarm(cluster)).find(
      ({ action }) => action === "lower-requests",
    );

    expect(lower?.patch !== undefined).toBe(patched);
    expect(lower?.summary.includes("change it in")).toBe(!patched);
  },
);

test("field rule 17: the page of every cause says what the usual advice gets wrong", () => {
  expect(
    CATALOGUE.filter(({ doc }) => doc.usualAdvice.length < 40).map(({ code }) => code),
  ).toEqual([]);
});

test("field rule 18: CNI stands alone: its gap is a finding of its own beside that of the log agent on the same node", () => {
  const node = managedNode("worker-9");
  const sick = (set: DaemonSet): Pod =>
    daemonPod(set, "worker-9", {
      createdAt: ago(HOUR),
      status: notUp({ containers: [crashing({ exitCode: 1 })] }),
    });
  const cluster = fleet({
    nodes: [...workers, node],
    sets: [awsNode, fluentBit],
    there: (set, on) => (on === node ? [sick(set)] : undefined),
  });

  expect(alarms(cluster)).toEqual([
    "critical crash-loop DaemonSet kube-system/aws-node",
    "warning crash-loop DaemonSet logging/fluent-bit",
  ]);
});

/** The preset by that name belongs to the configuration of alerts; the core's part is that causes of nodes can be silenced. */
test("field rule 19: causes of nodes can be information, and still fold the gaps of their daemons", () => {
  const since = ago(HOUR);
  const node = unreachable(managedNode("worker-9"), since);
  const cluster = fleet({
    nodes: [...workers, node],
    sets: USUAL,
    there: (set, on) => (on === node ? [lastKnown(set, on, since)] : undefined),
    silent: { "worker-9": HOUR },
  });
  const policy = {
    ...DEFAULT_POLICY,
    severities: new Map([["node-unreachable", "info" as const]]),
  };

  expect(alarms(cluster)).toEqual(["warning node-unreachable Node worker-9"]);
  expect(alarms(cluster, policy)).toEqual([]);
  expect(
    heard(cluster, policy).find(({ cause }) => cause === "node-unreachable")?.daemonSets,
  ).toHaveLength(5);
});

test("field rule 20: a daemon with the toleration for its pool is covered there, whatever the pool's shape", () => {
  const tolerant = daemonSet("tolerant", {
    template: {
      tolerations: [tolerate("nvidia.com/gpu"), tolerate("CriticalAddonsOnly"), tolerate("os")],
    },
  });
  const nodes = [
    karpenterNode("a"),
    managedNode("b"),
    gpuNode("c"),
    autoNode("d", { pool: "system" }),
  ];

  expect(
    nodes.map(
      (node) =>
        verdictOn(fleet({ nodes, sets: [tolerant] }), "kube-system/tolerant", node.name).says,
    ),
  ).toEqual(["covered", "covered", "covered", "covered"]);
});
