import type { IgnoreRule } from "#shared/audit/policy.ts";
import {
  agent,
  allUp,
  counters,
  deletePodOn,
  healthyAgent,
  nodeAt,
  nodePath,
  patchSet,
  pinnedPod,
  podsPath,
  setTaints,
  template,
  type Stage,
  untilDark,
} from "../stage.ts";
import { until } from "../world.ts";
import { BRISK, type Eye, type Scenario } from "./scenario.ts";

const ALL = [{ operator: "Exists" }];
const AUTO = { "eks.amazonaws.com/compute-type": "auto" };
const lateNode = (stage: Stage): string => `${stage.name}-late`;
const inPool = (stage: Stage) => ({ labels: { pool: stage.name } });
const newRevision = (stage: Stage, version = "2"): Promise<void> =>
  patchSet(stage, template({}, { version }));

const updated = (stage: Stage, eye: Eye, count: number): Promise<unknown> =>
  Promise.all([
    eye.watch(4),
    until("the update is through", 90, async () => {
      await eye.now();
      const { updatedNumberScheduled } = await counters(stage);
      return updatedNumberScheduled === count ? true : undefined;
    }),
  ]);

const says = async (stage: Stage, eye: Eye, node: string): Promise<string | undefined> => {
  const { audit } = await eye.now();
  const placements = audit.facts.daemonSet(`${stage.name}/agent`)?.placements() ?? [];
  return placements.find((one) => one.node.node.name === node)?.verdict().says;
};

const lives: readonly Scenario[] = [
  {
    id: "A1",
    what: "a node joins",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage);
      await stage.world.hollow.addNodes([{ name: lateNode(stage), ...inPool(stage) }]);
      await eye.watch(3);
      await allUp(stage);
      if ((await says(stage, eye, lateNode(stage))) !== "covered") throw new Error("not covered");
    },
  },
  {
    id: "A2",
    what: "a node that never became Ready is a boot that failed, not a gap of each daemon",
    loud: ["node-never-ready"],
    policy: () => ({ grace: { ...BRISK.grace, nodeNeverReady: 8, nodeStart: 4, podStart: 2 } }),
    async play(stage, eye) {
      await healthyAgent(stage);
      await healthyAgent(stage, { name: "logs" });
      const conditions = { Ready: "False" };
      await stage.world.hollow.addNodes([{ name: lateNode(stage), ...inPool(stage), conditions }]);
      await eye.until("node-never-ready", { nodes: [lateNode(stage)] });
      await eye.watch(5);
    },
  },
  {
    id: "A3",
    what: "a node is dark for a moment: nothing is misplaced, nothing is missing",
    loud: [],
    aged: true,
    async play(stage, eye) {
      await healthyAgent(stage);
      const node = nodeAt(stage, 1);
      stage.world.hollow.silence(node);
      await Promise.all([untilDark(stage, node), eye.watch(8)]);
      await eye.watch(3);
      await stage.world.hollow.wake(node);
      await allUp(stage);
      await eye.watch(2);
    },
  },
  {
    id: "A4",
    what: "Karpenter takes a node away while its daemons end before its workload",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage);
      const node = nodeAt(stage, 1);
      await stage.world.create(pinnedPod(stage, { name: "workload", node }, {}));
      await setTaints(stage, 1, [{ key: "karpenter.sh/disrupted", effect: "NoSchedule" }]);
      await deletePodOn(stage, node);
      await eye.watch(6);
      await stage.world.remove(`${podsPath(stage)}/workload`);
      await stage.world.hollow.removeNode(node);
      await eye.watch(4);
    },
  },
  {
    id: "A5",
    what: "a machine is shut down and its Node object kept",
    loud: [],
    aged: true,
    async play(stage, eye) {
      await healthyAgent(stage);
      const node = nodeAt(stage, 1);
      stage.world.hollow.silence(node);
      await setTaints(stage, 1, [
        { key: "node.cloudprovider.kubernetes.io/shutdown", effect: "NoSchedule" },
      ]);
      await Promise.all([untilDark(stage, node), eye.watch(8)]);
      await eye.watch(24);
    },
  },
  {
    id: "A6",
    what: "a node is cordoned, and another tainted for maintenance",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage);
      await stage.world.patch(nodePath(nodeAt(stage, 0)), { spec: { unschedulable: true } });
      await setTaints(stage, 1, [{ key: "maintenance", effect: "NoSchedule" }]);
      await eye.watch(6);
      await deletePodOn(stage, nodeAt(stage, 0));
      await eye.watch(3);
      if ((await says(stage, eye, nodeAt(stage, 0))) !== "covered")
        throw new Error("a cordoned node is not covered");
    },
  },
  {
    id: "A9",
    what: "a reboot with no new template is no rollout",
    loud: [],
    aged: true,
    async play(stage, eye) {
      await healthyAgent(stage);
      const node = nodeAt(stage, 1);
      stage.world.hollow.silence(node);
      await eye.watch(10);
      await stage.world.hollow.wake(node);
      await deletePodOn(stage, node);
      await allUp(stage);
      await eye.watch(3);
    },
  },
  {
    id: "A9b",
    what: "a drain leaves the daemons and takes the workload",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage);
      const node = nodeAt(stage, 1);
      await stage.world.create(pinnedPod(stage, { name: "workload", node }, {}));
      await stage.world.patch(nodePath(node), { spec: { unschedulable: true } });
      await stage.world.client.call("POST", `${podsPath(stage)}/workload/eviction`, {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name: "workload", namespace: stage.name },
      });
      await eye.watch(6);
      await stage.world.patch(nodePath(node), { spec: { unschedulable: null } });
      await eye.watch(2);
    },
  },
  {
    id: "A23",
    what: "a machine is replaced by a new one of the same name",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage);
      const name = nodeAt(stage, 1);
      await stage.world.hollow.removeNode(name);
      await stage.world.hollow.addNodes([{ name, ...inPool(stage) }]);
      await eye.watch(10);
    },
  },
];

const rollouts: readonly Scenario[] = [
  {
    id: "A7",
    what: "a rollout goes on node by node while the counters look flat",
    loud: [],
    count: 5,
    async play(stage, eye) {
      await healthyAgent(stage, {
        annotations: { "hollow/play": "slow" },
        spec: { terminationGracePeriodSeconds: 30 },
      });
      await newRevision(stage);
      await updated(stage, eye, 5);
      await allUp(stage);
    },
  },
  {
    id: "A8",
    what: "a rollout inside its budget",
    loud: [],
    count: 6,
    async play(stage, eye) {
      const rollingUpdate = { maxUnavailable: "50%", maxSurge: 0 };
      await healthyAgent(stage, { strategy: { type: "RollingUpdate", rollingUpdate } });
      await newRevision(stage);
      await updated(stage, eye, 6);
      await allUp(stage);
    },
  },
  {
    id: "A8b",
    what: "a rollout that brings the new pod up first",
    loud: [],
    count: 4,
    async play(stage, eye) {
      const rollingUpdate = { maxUnavailable: 0, maxSurge: 2 };
      await healthyAgent(stage, { strategy: { type: "RollingUpdate", rollingUpdate } });
      await newRevision(stage);
      await updated(stage, eye, 4);
      await allUp(stage);
    },
  },
  {
    id: "A10",
    what: "OnDelete: a new template is drift, not a rollout that is stuck",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage, { strategy: { type: "OnDelete" } });
      await newRevision(stage);
      await eye.until("ondelete-drift", { severity: "info" });
      await eye.watch(6);
    },
  },
  {
    id: "A11",
    what: "a counter that is stale by Kubernetes' own rules",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage);
      await setTaints(stage, 1, [{ key: "team", effect: "NoSchedule" }]);
      await eye.watch(3);
      await setTaints(stage, 1, null);
      await eye.watch(6);
      const { findings } = await eye.now();
      if (findings.some(({ cause }) => cause === "misplaced" || cause === "status-disagrees"))
        throw new Error("the old counter is believed");
    },
  },
];

const kinds: readonly Scenario[] = [
  {
    id: "A13",
    what: "a Fargate node on which the daemon waits for ever is told once, and is no gap",
    loud: ["ineligible-but-targeted"],
    async play(stage, eye) {
      await healthyAgent(stage, { spec: { tolerations: ALL } });
      const labels = { pool: stage.name, "eks.amazonaws.com/compute-type": "fargate" };
      const node = { name: lateNode(stage), labels, allocatable: { pods: "0" } };
      await stage.world.hollow.addNodes([node]);
      await eye.until("ineligible-but-targeted", { nodes: [lateNode(stage)] });
      await eye.watch(14);
    },
  },
  {
    id: "A14",
    what: "EKS Auto Mode has the network daemon built in",
    loud: [],
    async play(stage, eye) {
      const rule = { key: "eks.amazonaws.com/compute-type", operator: "NotIn", values: ["auto"] };
      const required = { nodeSelectorTerms: [{ matchExpressions: [rule] }] };
      const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: required };
      await healthyAgent(stage, { name: "aws-node", spec: { affinity: { nodeAffinity } } });
      const node = { name: lateNode(stage), labels: { pool: stage.name, ...AUTO } };
      await stage.world.hollow.addNodes([node]);
      await eye.watch(14);
      const { findings } = await eye.now();
      if (findings.some(({ cause }) => cause === "matches-no-node" || cause.startsWith("excluded")))
        throw new Error(findings.map(({ cause }) => cause).join());
    },
  },
  {
    id: "A15",
    what: "twins for two platforms, each with nothing on the other's nodes",
    loud: [],
    async play(stage, eye) {
      await stage.world.hollow.addNodes([
        { name: lateNode(stage), ...inPool(stage), arch: "arm64" },
      ]);
      for (const arch of ["amd64", "arm64"])
        await healthyAgent(stage, {
          name: `flannel-${arch}`,
          spec: { nodeSelector: { pool: stage.name, "kubernetes.io/arch": arch } },
        });
      await eye.watch(14);
    },
  },
  {
    id: "A16",
    what: "a device plugin whose pool is at zero, then comes back",
    loud: [],
    async play(stage, eye) {
      const labels = { pool: stage.name, accelerator: "neuron" };
      await stage.world.hollow.addNodes([{ name: lateNode(stage), labels }]);
      await healthyAgent(stage, { spec: { nodeSelector: labels } });
      await stage.world.hollow.removeNode(lateNode(stage));
      await eye.watch(14);
      await stage.world.hollow.addNodes([{ name: `${stage.name}-again`, labels }]);
      await eye.watch(4);
    },
  },
  {
    id: "A17",
    what: "conditions of nodes that nobody told us of",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage);
      await stage.world.hollow.report(nodeAt(stage, 1), {
        KernelReady: "True",
        NetworkingReady: "True",
        FrequentKubeletRestart: "False",
        SomethingOfAVendor: "True",
      });
      await eye.watch(14);
    },
  },
  {
    id: "A18",
    what: "a gate keeps a young node until its driver is there",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage);
      const taints = [{ key: "ebs.csi.aws.com/agent-not-ready", effect: "NoExecute" }];
      const name = lateNode(stage);
      await stage.world.hollow.addNodes([{ name, ...inPool(stage), taints }]);
      await eye.watch(14);
      await stage.world.patch(nodePath(name), { spec: { taints: null } });
      await allUp(stage);
      await eye.watch(2);
    },
  },
  {
    id: "A19",
    what: "Karpenter has not registered a node that is seconds old",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage);
      const taints = [{ key: "karpenter.sh/unregistered", effect: "NoExecute" }];
      const labels = { pool: stage.name, "karpenter.sh/nodepool": stage.name };
      await stage.world.hollow.addNodes([{ name: lateNode(stage), labels, taints }]);
      await eye.watch(8);
      await stage.world.patch(nodePath(lateNode(stage)), {
        metadata: {
          labels: { "karpenter.sh/registered": "true", "karpenter.sh/initialized": "true" },
        },
        spec: { taints: null },
      });
      await eye.watch(4);
    },
  },
];

const always: readonly IgnoreRule[] = [
  { cause: "*", daemonSet: "*", node: "a29-*", reason: "sleeps at night", until: undefined },
];

const signs: readonly Scenario[] = [
  {
    id: "A20",
    what: "two looks at the same trouble give the same findings",
    loud: ["crash-loop"],
    async play(stage, eye) {
      await stage.world.create(agent(stage, { annotations: { "hollow/play": "crash" } }));
      const found = await eye.until("crash-loop", { nodes: stage.nodes });
      await eye.watch(3);
      const again = await eye.until("crash-loop", { nodes: stage.nodes });
      if (found.id !== again.id) throw new Error("one trouble, two findings");
    },
  },
  {
    id: "A21",
    what: "events are gone, and the trouble is still told",
    loud: ["insufficient-cpu"],
    async play(stage, eye) {
      const resources = { requests: { cpu: "5" } };
      await stage.world.create(agent(stage, { container: { resources } }));
      await eye.until("insufficient-cpu", { nodes: stage.nodes });
      await stage.world.remove(`/api/v1/namespaces/${stage.name}/events`);
      await eye.watch(2);
      await eye.until("insufficient-cpu", { nodes: stage.nodes });
    },
  },
  {
    id: "A22",
    what: "one bad end two days ago",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage, { annotations: { "hollow/play": "recovered" } });
      await eye.watch(14);
    },
  },
  {
    id: "A24",
    what: "a daemon that has priority displaces workload, which then waits",
    loud: [],
    node: { allocatable: { cpu: "1" } },
    async play(stage, eye) {
      for (const node of stage.nodes)
        await stage.world.create(
          pinnedPod(
            stage,
            { name: `batch-${node}`, node },
            {
              priorityClassName: "suite-low",
              containers: [
                {
                  name: "c",
                  image: "registry.example/batch",
                  resources: { requests: { cpu: "900m" } },
                },
              ],
            },
          ),
        );
      const resources = { requests: { cpu: "500m" } };
      await stage.world.create(
        agent(stage, { spec: { priorityClassName: "suite-high" }, container: { resources } }),
      );
      await allUp(stage);
      await eye.watch(3);
    },
  },
  {
    id: "A25",
    what: "admission gives the pods what their template does not ask for",
    loud: [],
    async play(stage, eye) {
      await stage.world.create({
        apiVersion: "v1",
        kind: "LimitRange",
        metadata: { name: "usual", namespace: stage.name },
        spec: {
          limits: [
            {
              type: "Container",
              default: { cpu: "100m" },
              defaultRequest: { cpu: "50m", memory: "32Mi" },
            },
          ],
        },
      });
      await healthyAgent(stage, { container: { resources: {} } });
      await eye.watch(14);
      const { findings } = await eye.now();
      if (findings.some(({ cause }) => cause.startsWith("rollout") || cause.endsWith("drift")))
        throw new Error(findings.map(({ cause }) => cause).join());
    },
  },
  {
    id: "A26",
    what: "a clock that runs ahead keeps the daemon from being available: the clock is told",
    // While the clock is two minutes ahead, minReadySeconds passes two minutes late.
    loud: ["not-ready"],
    async play(stage, eye) {
      await healthyAgent(stage);
      await patchSet(stage, { spec: { minReadySeconds: 2 } });
      stage.world.hollow.shiftClock(nodeAt(stage, 1), 120);
      await deletePodOn(stage, nodeAt(stage, 1));
      await eye.until("clock-skew", { nodes: [nodeAt(stage, 1)], facts: { direction: "ahead" } });
      await eye.watch(3);
    },
  },
  {
    id: "A28",
    what: "most of a pool goes dark at once: one finding of the pool",
    loud: ["node-unreachable"],
    count: 5,
    aged: true,
    policy: () => ({ grace: { ...BRISK.grace, nodeNotReady: 3 } }),
    async play(stage, eye) {
      await healthyAgent(stage);
      const dark = stage.nodes.slice(0, 4);
      for (const node of dark) stage.world.hollow.silence(node);
      await eye.until("node-unreachable", { nodes: dark });
      const { findings } = await eye.now();
      const loud = findings.filter(({ severity }) => severity !== "info");
      if (loud.length !== 1) throw new Error(loud.map(({ cause }) => cause).join());
    },
  },
  {
    id: "A29",
    what: "nodes that sleep, and a policy that says so",
    loud: [],
    aged: true,
    policy: () => ({ grace: { ...BRISK.grace, nodeNotReady: 3 }, ignore: always }),
    async play(stage, eye) {
      await healthyAgent(stage);
      stage.world.hollow.silence(nodeAt(stage, 1));
      const found = await eye.until("node-unreachable", { nodes: [nodeAt(stage, 1)] });
      if (found.ignored?.reason !== "sleeps at night") throw new Error("it is not ignored");
    },
  },
];

export const QUIET: readonly Scenario[] = [...lives, ...rollouts, ...kinds, ...signs];

export type Unmanaged = Scenario & {
  /** While the controller manager is down. */
  away(stage: Stage, eye: Eye): Promise<unknown>;
  /** When it is back. */
  back(stage: Stage, eye: Eye): Promise<unknown>;
};

export const UNMANAGED: readonly Unmanaged[] = [
  {
    id: "A12",
    what: "a template is changed and nobody has acted on it yet",
    loud: [],
    play: (stage) => healthyAgent(stage),
    away: async (stage, eye) => {
      await newRevision(stage);
      await eye.watch(6);
    },
    back: async (stage, eye) => {
      await updated(stage, eye, 3);
      await allUp(stage);
    },
  },
  {
    id: "A12b",
    what: "a DaemonSet is made before its controller is there",
    loud: [],
    play: async () => undefined,
    away: async (stage, eye) => {
      await stage.world.create(agent(stage));
      await eye.watch(6);
    },
    back: async (stage, eye) => {
      await allUp(stage);
      await eye.watch(2);
    },
  },
];
