import {
  agent,
  allUp,
  deletePodOn,
  deletePods,
  healthyAgent,
  nodeAt,
  patchSet,
  pinnedPod,
  podsPath,
  setTaints,
  template,
  type Stage,
} from "../stage.ts";
import { until } from "../world.ts";
import { BRISK, type Scenario } from "./scenario.ts";

const ALL = [{ operator: "Exists" }];
const asks = (requests: object): Readonly<Record<string, unknown>> => ({ resources: { requests } });
const filler = (requests: object): Readonly<Record<string, unknown>> => ({
  containers: [{ name: "c", image: "registry.example/filler", ...asks(requests) }],
});
const rolling = (maxUnavailable: number, maxSurge = 0): Readonly<Record<string, unknown>> => ({
  type: "RollingUpdate",
  rollingUpdate: { maxUnavailable, maxSurge },
});
const lateNode = (stage: Stage): string => `${stage.name}-late`;

const starvation: readonly Scenario[] = [
  {
    id: "S1",
    what: "workload takes the room of a new node before its daemon does",
    loud: ["insufficient-memory"],
    async play(stage, eye) {
      const node = lateNode(stage);
      await healthyAgent(stage, {
        spec: { priorityClassName: null },
        container: asks({ cpu: "10m", memory: "512Mi" }),
      });
      for (let i = 0; i < 6; i += 1)
        await stage.world.create(
          pinnedPod(
            stage,
            { name: `ci-${i}`, node },
            { ...filler({ memory: "300Mi" }), priorityClassName: null },
          ),
        );
      await stage.world.hollow.addNodes([
        { name: node, labels: { pool: stage.name }, allocatable: { memory: "2Gi" } },
      ]);
      await eye.until("insufficient-memory", {
        nodes: [node],
        facts: {
          priority: 0,
          preemption: "none-lower",
          holders: 6,
          missing: String(264 * 2 ** 20),
        },
        remedies: ["raise-priority"],
      });
    },
  },
  {
    id: "S2",
    what: "all pod places are taken by pods of the same priority",
    loud: ["too-many-pods"],
    node: { allocatable: { pods: "4" } },
    async play(stage, eye) {
      const node = nodeAt(stage, 1);
      for (let i = 0; i < 4; i += 1)
        await stage.world.create(
          pinnedPod(stage, { name: `p-${i}`, node }, { priorityClassName: "suite-middle" }),
        );
      await stage.world.create(agent(stage));
      await eye.until("too-many-pods", {
        nodes: [node],
        facts: { preemption: "none-lower", priority: 1000, above: 1000 },
        remedies: ["raise-priority"],
      });
    },
  },
  {
    id: "S3",
    what: "a new DaemonSet does not fit on the smallest nodes: one finding",
    loud: ["insufficient-cpu"],
    count: 4,
    async play(stage, eye) {
      const small = [`${stage.name}-small-0`, `${stage.name}-small-1`];
      await stage.world.hollow.addNodes(
        small.map((name) => ({
          name,
          labels: { pool: stage.name, "node.kubernetes.io/instance-type": "small" },
          allocatable: { cpu: "500m" },
        })),
      );
      for (const node of small)
        await stage.world.create(
          pinnedPod(stage, { name: `old-${node}`, node }, filler({ cpu: "300m" })),
        );
      await stage.world.create(agent(stage, { container: asks({ cpu: "400m", memory: "1Mi" }) }));
      await eye.until("insufficient-cpu", {
        nodes: small,
        facts: { requested: "400", free: "200", missing: "200" },
        remedies: ["lower-requests"],
      });
    },
  },
  {
    id: "S10",
    what: "a node under disk pressure evicts its daemon again and again",
    loud: ["evict-loop"],
    async play(stage, eye) {
      const node = lateNode(stage);
      await healthyAgent(stage);
      await stage.world.hollow.addNodes([
        {
          name: node,
          labels: { pool: stage.name },
          conditions: { DiskPressure: "True" },
          play: "evict",
        },
      ]);
      const found = await eye.until("evict-loop", {
        nodes: [node],
        facts: { resource: "ephemeral-storage", pressure: ["DiskPressure"] },
      });
      // Between two tries there is no pod at all, and the finding stays what it is.
      await eye.watch(12);
      const { findings } = await eye.now();
      if (!findings.some(({ id }) => id === found.id)) throw new Error("the finding flaps");
    },
  },
  {
    id: "S11",
    what: "the agent is killed for its memory on the large nodes only",
    loud: ["oom-killed"],
    async play(stage, eye) {
      const node = lateNode(stage);
      const limits = { memory: "200Mi" };
      await healthyAgent(stage, {
        container: { resources: { requests: { cpu: "10m", memory: "100Mi" }, limits } },
      });
      await stage.world.hollow.addNodes([
        { name: node, labels: { pool: stage.name }, allocatable: { memory: "384Gi" }, play: "oom" },
      ]);
      await eye.until("oom-killed", {
        nodes: [node],
        facts: { limit: String(200 * 2 ** 20), fineElsewhere: 3 },
        remedies: ["raise-limit"],
      });
    },
  },
];

const nodes: readonly Scenario[] = [
  {
    id: "S4",
    what: "a node goes silent under three daemons: one finding",
    loud: ["node-unreachable"],
    aged: true,
    async play(stage, eye) {
      await healthyAgent(stage);
      await healthyAgent(stage, { name: "logs" });
      await healthyAgent(stage, { name: "all", spec: { tolerations: ALL } });
      const node = nodeAt(stage, 1);
      stage.world.hollow.silence(node);
      await eye.until("node-unreachable", { nodes: [node], facts: { node } });
      const { audit } = await eye.now();
      for (const name of ["agent", "logs", "all"]) {
        const verdict = audit.facts
          .daemonSet(`${stage.name}/${name}`)
          ?.placements()
          .find((one) => one.node.node.name === node)
          ?.verdict();
        if (verdict?.says !== "unknown") throw new Error(`${name}: ${JSON.stringify(verdict)}`);
      }
      await eye.watch(5);
      await stage.world.hollow.wake(node);
      await eye.gone("node-unreachable");
    },
  },
  {
    id: "S4b",
    what: "a node waits for its network daemon, which finds no place: the gap is the root",
    loud: ["insufficient-cpu"],
    async play(stage, eye) {
      const node = lateNode(stage);
      await healthyAgent(stage, {
        name: "calico-node",
        spec: { tolerations: ALL, hostNetwork: true },
        container: asks({ cpu: "300m" }),
      });
      await stage.world.create(pinnedPod(stage, { name: "batch", node }, filler({ cpu: "900m" })));
      await stage.world.hollow.addNodes([
        {
          name: node,
          labels: { pool: stage.name },
          allocatable: { cpu: "1" },
          conditions: { Ready: "False" },
          trouble: "container runtime network not ready: cni plugin not initialized",
        },
      ]);
      await eye.until("insufficient-cpu", { nodes: [node], severity: "critical" });
      await eye.watch(5);
    },
  },
  {
    id: "S15",
    what: "a start-up taint is left behind though its owner is ready",
    loud: ["stuck-startup-taint"],
    async play(stage, eye) {
      await healthyAgent(stage, { name: "efs-csi-node", spec: { tolerations: ALL } });
      const taint = { key: "efs.csi.aws.com/agent-not-ready", effect: "NoExecute" };
      await setTaints(stage, 1, [taint]);
      await eye.until("stuck-startup-taint", {
        nodes: [nodeAt(stage, 1)],
        facts: { gates: [{ key: taint.key, owner: `${stage.name}/efs-csi-node` }] },
        remedies: ["restart-pod"],
      });
      await setTaints(stage, 1, null);
      await eye.gone("stuck-startup-taint");
    },
  },
];

const rollouts: readonly Scenario[] = [
  {
    id: "S7",
    what: "nodes that were dark before the update eat its budget",
    loud: ["rollout-stuck", "node-unreachable"],
    count: 8,
    aged: true,
    async play(stage, eye) {
      await healthyAgent(stage, { spec: { terminationGracePeriodSeconds: 1 } });
      const dark = [nodeAt(stage, 1), nodeAt(stage, 4)];
      for (const node of dark) stage.world.hollow.silence(node);
      for (const node of dark) await eye.until("node-unreachable", { facts: { node } });
      await patchSet(stage, template({}, { version: "2" }));
      const found = await eye.until("rollout-stuck", {
        nodes: dark,
        facts: { budget: 1, userCount: 2, innocent: true, updated: 0 },
        remedies: ["raise-max-unavailable"],
      });
      if (JSON.stringify(found.evidence).includes('"order":"after"'))
        throw new Error(JSON.stringify(found.evidence));
      for (const node of dark) await stage.world.hollow.wake(node);
      await eye.gone("rollout-stuck");
    },
  },
  {
    id: "S7b",
    what: "nodes go dark after the new revision came to them: the revision is the suspect",
    // Until they go dark, their new pods are told for what they are.
    loud: ["rollout-suspect-revision", "node-unreachable", "not-ready"],
    count: 6,
    aged: true,
    async play(stage, eye) {
      await healthyAgent(stage, { strategy: rolling(2) });
      await patchSet(stage, template({}, { "hollow/play": "unready" }));
      const replaced = await replacedNodes(stage, 2);
      for (const node of replaced) stage.world.hollow.silence(node);
      await eye.until("rollout-suspect-revision", {
        nodes: replaced,
        severity: "critical",
        remedies: ["roll-back"],
      });
      for (const node of replaced) await stage.world.hollow.wake(node);
    },
  },
  {
    id: "S8",
    what: "OnDelete: most nodes are on the old template",
    loud: [],
    count: 4,
    async play(stage, eye) {
      await healthyAgent(stage, { strategy: { type: "OnDelete" } });
      await patchSet(stage, template({}, { version: "2" }));
      await deletePodOn(stage, nodeAt(stage, 0));
      await eye.until("ondelete-drift", {
        facts: { outdated: 3, pods: 4 },
        severity: "info",
        remedies: ["roll-on-delete"],
      });
      await eye.watch(8);
    },
  },
  {
    id: "S9",
    what: "maxSurge with a host port can never roll out",
    loud: ["rollout-impossible"],
    async play(stage, eye) {
      const ports = [{ containerPort: 80, hostPort: 54323 }];
      await healthyAgent(stage, { strategy: rolling(0, 2), container: { ports } });
      await eye.until("surge-with-host-port", { severity: "info" });
      await patchSet(stage, template({}, { version: "2" }));
      await eye.until("rollout-impossible", {
        facts: { ports: ["TCP 54323"], trapped: 3 },
        remedies: ["change-strategy"],
      });
      await patchSet(stage, { spec: { updateStrategy: rolling(1, 0) } });
      await eye.gone("rollout-impossible");
    },
  },
  {
    id: "S16",
    what: "a node-local Service has no endpoint while the daemon rolls out",
    // The slow new revision is told too: it is the reason.
    loud: ["local-traffic-black-hole", "not-ready", "rollout-suspect-revision"],
    async play(stage, eye) {
      await healthyAgent(stage, { strategy: rolling(1) });
      await stage.world.create({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "agent", namespace: stage.name },
        spec: {
          selector: { app: "agent" },
          internalTrafficPolicy: "Local",
          ports: [{ port: 80, protocol: "TCP" }],
        },
      });
      for (const node of stage.nodes)
        await stage.world.create(pinnedPod(stage, { name: `client-${node}`, node }, {}));
      await patchSet(stage, template({}, { "hollow/play": "unready" }));
      const [node = ""] = await replacedNodes(stage, 1);
      await eye.until("local-traffic-black-hole", {
        nodes: [node],
        facts: { traffic: "internal", intended: 1 },
      });
      await patchSet(stage, template({}, { "hollow/play": null }));
      await allUp(stage);
    },
  },
];

/** Nodes on which the first pods of a new revision stand and are not ready. */
async function replacedNodes(stage: Stage, count: number): Promise<readonly string[]> {
  const found = await until("new pods are there", 60, async () => {
    const pods = await stage.world.list(`${podsPath(stage)}?labelSelector=app%3Dagent`);
    const fresh = pods.filter(
      ({ metadata, ...pod }) =>
        metadata.annotations?.["hollow/play"] === "unready" &&
        (pod["status"] as { phase?: string }).phase === "Running",
    );
    return fresh.length === count ? fresh : undefined;
  });
  return found.map((pod) => (pod["spec"] as { nodeName: string }).nodeName).toSorted();
}

const elsewhere: readonly Scenario[] = [
  {
    id: "S5",
    what: "a node is scaled down: nothing is said",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage);
      const value = String(Math.floor(Date.now() / 1000));
      const taint = { key: "ToBeDeletedByClusterAutoscaler", value, effect: "NoSchedule" };
      await setTaints(stage, 1, [taint]);
      await eye.watch(3);
      await deletePodOn(stage, nodeAt(stage, 1));
      await eye.watch(6);
      await stage.world.hollow.removeNode(nodeAt(stage, 1));
      await eye.watch(6);
    },
    policy: () => BRISK,
  },
  {
    id: "S6",
    what: "a pool is tainted for an upgrade while its daemons run on",
    loud: [],
    async play(stage, eye) {
      await healthyAgent(stage);
      for (const i of [0, 1]) await setTaints(stage, i, [{ key: "upgrade", effect: "NoSchedule" }]);
      await eye.until("misplaced", {
        nodes: [nodeAt(stage, 0), nodeAt(stage, 1)],
        facts: { pods: 2, steady: false },
        severity: "info",
      });
      await eye.watch(8);
    },
    policy: () => BRISK,
  },
  {
    id: "S12",
    what: "an arm64 node joins and the image has no build for it",
    loud: ["wrong-platform"],
    async play(stage, eye) {
      const node = lateNode(stage);
      await healthyAgent(stage);
      await stage.world.hollow.addNodes([
        { name: node, labels: { pool: stage.name }, arch: "arm64", play: "exec-format" },
      ]);
      await eye.until("wrong-platform", {
        nodes: [node],
        facts: { os: "linux", arch: "arm64", proof: "exec-format", coveredElsewhere: 3 },
      });
    },
  },
  {
    id: "S13",
    what: "a daemon that tolerates all is Pending on a Fargate node",
    loud: ["ineligible-but-targeted"],
    async play(stage, eye) {
      const node = lateNode(stage);
      const key = "eks.amazonaws.com/compute-type";
      await healthyAgent(stage, { spec: { tolerations: ALL } });
      await stage.world.hollow.addNodes([
        {
          name: node,
          labels: { pool: stage.name, [key]: "fargate" },
          taints: [{ key, value: "fargate", effect: "NoSchedule" }],
          allocatable: { pods: "1" },
        },
      ]);
      await stage.world.create(pinnedPod(stage, { name: "only", node }, {}));
      await deletePodOn(stage, node);
      await eye.until("ineligible-but-targeted", {
        nodes: [node],
        facts: { compute: "fargate" },
      });
      await eye.watch(6);
      const { audit } = await eye.now();
      const placements = audit.facts.daemonSet(`${stage.name}/agent`)?.placements() ?? [];
      if (placements.filter(({ intended }) => intended === "yes").length !== 3)
        throw new Error("the Fargate node counts in coverage");
    },
  },
  {
    id: "S14",
    what: "Pod Security refuses the daemon's pods: status says 0 of 0 wanted nothing",
    loud: ["create-refused"],
    async play(stage, eye) {
      await stage.world.patch(`/api/v1/namespaces/${stage.name}`, {
        metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
      });
      await stage.world.create(agent(stage, { spec: { hostNetwork: true } }));
      await eye.until("create-refused", {
        nodes: stage.nodes,
        facts: { refusal: "pod-security" },
        remedies: ["allow-pod-security"],
      });
      await stage.world.patch(`/api/v1/namespaces/${stage.name}`, {
        metadata: { labels: { "pod-security.kubernetes.io/enforce": null } },
      });
      await patchSet(stage, { metadata: { annotations: { touched: "yes" } } });
      await allUp(stage);
      await eye.gone("create-refused");
      await deletePods(stage);
    },
  },
];

export const FOUND: readonly Scenario[] = [...starvation, ...nodes, ...rollouts, ...elsewhere];
