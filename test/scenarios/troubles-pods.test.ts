import { expect, test } from "vitest";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { makeReport } from "#shared/report/make-report.ts";
import {
  TOLERATE_ALL,
  ago,
  condition,
  container,
  daemonPod,
  daemonSet,
  resources,
  taint,
} from "../fixtures/build.ts";
import { crashing, event, notUp, unscheduled, waitingContainer } from "../fixtures/placement.ts";
import { autoNode, fargateNode, karpenterNode, managedNode, some } from "../fixtures/pools.ts";
import { failed } from "./ailing.ts";
import { awsNode, ebsCsiNode, fleet, fluentBit, kubeProxy, notOn, USUAL } from "./fleet.ts";
import { advised, alarms, audited, factsOf, heard, onlyAlarm, saidOf, told } from "./heard.ts";

const Mi = 1024n * 1024n;

const pressed = managedNode("full-1", {
  taints: [taint("node.kubernetes.io/disk-pressure")],
  conditions: [
    condition("Ready", "True", { reason: "KubeletReady" }),
    condition("DiskPressure", "True", {
      reason: "KubeletHasDiskPressure",
      message: "kubelet has disk pressure",
      transitionAt: ago(700),
    }),
  ],
});

test("S10 one daemon made and evicted 40 times in ten minutes under DiskPressure: one finding with the count", () => {
  const last = daemonPod(fluentBit, "full-1", {
    name: "fluent-bit-40",
    createdAt: ago(10),
    status: {
      phase: "Failed",
      reason: "Evicted",
      message: "Pod was rejected: The node had condition: [DiskPressure]. ",
      conditions: [],
      containers: [],
    },
  });
  const before = Array.from({ length: 39 }, (_, at) => ({
    ...event(fluentBit, {
      reason: "FailedDaemonPod",
      message: `Found failed daemon pod logging/fluent-bit-${at + 1} on node full-1, will try to kill it`,
      firstAt: ago(600 - at * 15),
      lastAt: ago(600 - at * 15),
    }),
    name: `fluent-bit.${at}`,
    uid: `uid-event-${at}`,
  }));
  const cluster = fleet({
    nodes: [...some(7, "worker", managedNode), pressed],
    sets: USUAL,
    there: (set, node) => (set === fluentBit && node === pressed ? [last] : undefined),
    Event: before,
  });

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("warning evict-loop DaemonSet logging/fluent-bit");
  expect(alarm.nodes).toEqual(["full-1"]);
  expect(factsOf(alarm)).toMatchObject([
    { resource: "ephemeral-storage", times: 40, priority: 0, pressure: ["DiskPressure"] },
  ]);
  expect(alarm.since).toBe(ago(600));
  expect(alarm.summary).toContain("its priority 0 does not protect it");
  expect(alarm.remedies).toEqual([
    { action: "free-disk", node: "full-1", resource: "ephemeral-storage" },
  ]);
  expect(saidOf(cluster, "node-pressure").map(told)).toEqual(["info node-pressure Node full-1"]);
});

test("S10 several daemons that one node evicts are one trouble of the node, as grave as their loops", () => {
  const cluster = fleet({
    nodes: [...some(7, "worker", managedNode), pressed],
    sets: USUAL,
    there: (set, node) =>
      node === pressed && (set.template.priority ?? 0) < 2_000_000_000
        ? [failed(set, node, "Evicted")]
        : undefined,
  });

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("warning node-pressure Node full-1");
  expect(alarm.daemonSets).toEqual(["logging/fluent-bit", "monitoring/node-exporter"]);
});

/** The same limit everywhere; only on the largest machines does the agent need more. */
function killedOnLarge(name: string, namespace: string) {
  const limited = daemonSet(name, {
    namespace,
    template: {
      containers: [
        container({
          requests: resources({ cpu: "100m", memory: "200Mi" }),
          limits: resources({ memory: "200Mi" }),
        }),
      ],
    },
  });
  const large = some(3, "large", (node) =>
    karpenterNode(node, {
      pool: "large",
      type: "m7i.24xlarge",
      allocatable: resources({ cpu: "96", memory: "384Gi", pods: "737" }),
    }),
  );
  const killed = (node: Node): Pod =>
    daemonPod(limited, node.name, {
      createdAt: ago(86_400),
      status: notUp({
        containers: [crashing({ reason: "OOMKilled", exitCode: 137 }, { restarts: 41 })],
      }),
    });
  return fleet({
    nodes: [...some(17, "general", karpenterNode), ...large],
    sets: [...USUAL, limited],
    there: (set, node) => (set === limited && large.includes(node) ? [killed(node)] : undefined),
  });
}

test("S11 an agent that is killed for memory on 24xlarge nodes only: one finding, and the raise is for these nodes", () => {
  const cluster = killedOnLarge("agent", "monitoring");

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toBe("warning oom-killed DaemonSet monitoring/agent");
  expect(alarm.nodes).toEqual(["large-1", "large-2", "large-3"]);
  for (const facts of factsOf(alarm))
    expect(facts).toMatchObject({ limit: String(200n * Mi), restarts: 41, fineElsewhere: 17 });
  const [remedy] = advised(cluster, alarm);
  expect(remedy).toMatchObject({
    action: "raise-limit",
    price: "up to 104Mi more on each of 20 nodes, 2080Mi in all",
    limit:
      "3 nodes of 20 need it: a DaemonSet of their own for these nodes costs less than more for all",
  });
});

test("S11 when it is the node-local DNS, every pod of the node is cut off: critical", () => {
  expect(alarms(killedOnLarge("node-local-dns", "kube-system"))).toEqual([
    "critical oom-killed DaemonSet kube-system/node-local-dns",
  ]);
});

const NO_MANIFEST =
  'Back-off pulling image "registry.example/agent:1": ErrImagePull: no match for platform in manifest: not found';

test.each([
  [
    "exec format error",
    crashing({ exitCode: 255, message: "exec /agent: exec format error" }),
    "exec-format",
  ],
  ["no manifest", waitingContainer("ImagePullBackOff", NO_MANIFEST), "no-manifest"],
] as const)(
  "S12 an arm64 pool joins and the image is not made for it (%s): one finding a platform",
  (_how, state, proof) => {
    const agent = daemonSet("agent", { namespace: "monitoring" });
    const arm = some(4, "arm", (name) =>
      karpenterNode(name, { pool: "graviton", type: "m8g.xlarge", arch: "arm64" }),
    );
    const cluster = fleet({
      nodes: [...some(9, "general", karpenterNode), ...arm],
      sets: [...USUAL, agent],
      there: (set, node) =>
        set === agent && arm.includes(node)
          ? [
              daemonPod(agent, node.name, {
                createdAt: ago(1200),
                status: notUp({ containers: [state] }),
              }),
            ]
          : undefined,
    });

    const alarm = onlyAlarm(cluster);

    expect(told(alarm)).toBe("warning wrong-platform DaemonSet monitoring/agent (linux/arm64)");
    expect(alarm.nodes).toEqual(["arm-1", "arm-2", "arm-3", "arm-4"]);
    expect(factsOf(alarm)[0]).toMatchObject({ proof, arch: "arm64", coveredElsewhere: 9 });
    expect(alarm.remedies.map(({ action }) => action)).toContain("change-affinity");
  },
);

test("S13 an agent that tolerates everything waits for ever on Fargate: told once, and outside coverage", () => {
  const agent = daemonSet("agent", {
    namespace: "monitoring",
    template: { tolerations: [TOLERATE_ALL] },
  });
  const waiting = (node: Node): Pod =>
    daemonPod(agent, node.name, {
      createdAt: ago(86_400),
      spec: { nodeName: "" },
      status: unscheduled(
        "0/8 nodes are available: 1 Too many pods, 7 node(s) didn't satisfy plugin(s) [NodeAffinity].",
      ),
    });
  const fargate = some(3, "fargate-ip-10-0-0", fargateNode);
  const cluster = fleet({
    nodes: [...some(5, "worker", managedNode), ...fargate],
    sets: [awsNode, kubeProxy, ebsCsiNode, fluentBit, agent],
    there: (set, node) => (set === agent && fargate.includes(node) ? [waiting(node)] : undefined),
  });

  const alarm = onlyAlarm(cluster);

  expect(told(alarm)).toMatch(/^warning ineligible-but-targeted DaemonSet monitoring\/agent/);
  expect(alarm.nodes).toEqual(fargate.map(({ name }) => name));
  expect(alarm.remedies).toContainEqual(
    expect.objectContaining({
      action: "change-affinity",
      requirement: {
        key: "eks.amazonaws.com/compute-type",
        operator: "NotIn",
        values: ["fargate"],
      },
    }),
  );
  const report = makeReport(audited(cluster).facts, heard(cluster));
  expect(report.summary).toMatchObject({ intended: 25, covered: 25, coveragePercent: 100 });
});

test("S13 a chart that leaves Auto Mode nodes out, though hardware is there: information", () => {
  const gpuAgent = daemonSet("dcgm-exporter", {
    namespace: "monitoring",
    template: { ...notOn("fargate", "auto") },
  });
  const cluster = fleet({
    nodes: [...some(3, "worker", managedNode), ...some(2, "i-0auto", autoNode)],
    sets: [awsNode, kubeProxy, ebsCsiNode, gpuAgent],
  });

  expect(alarms(cluster)).toEqual([]);
  const [finding, ...more] = saidOf(cluster, "excluded-by-affinity");
  expect(more).toEqual([]);
  expect(finding && told(finding)).toContain(
    "info excluded-by-affinity DaemonSet monitoring/dcgm-exporter",
  );
  expect(finding?.nodes).toEqual(["i-0auto-1", "i-0auto-2"]);
});
