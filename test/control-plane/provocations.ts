import type { HollowNode } from "./hollow.ts";
import type { Play } from "./hollow-behaviour.ts";
import { until, type ApiObject, type World } from "./world.ts";

/** Where one provocation happens: three nodes and a namespace that nothing else uses. */
export type Stage = {
  readonly world: World;
  /** Namespace, label pool=… of its nodes, and the first part of their names. */
  readonly name: string;
  readonly nodes: readonly string[];
};

/** One cause, made to happen for real. */
export type Provocation = {
  readonly code: string;
  readonly how: string;
  /** A real kubelet would show it; here the hollow kubelet plays it. */
  readonly hollow: boolean;
  /** What the finding is about, "DaemonSet/agent", "Node/0", "Service/agent"; its namespace is the stage's. */
  readonly subject: string;
  /** Which of the stage's nodes the finding must name; undefined where a finding names none. */
  readonly at: readonly number[] | undefined;
  readonly node?: Partial<HollowNode>;
  /** The healthy state before. */
  prepare(stage: Stage): Promise<void>;
  provoke(stage: Stage): Promise<void>;
  repair(stage: Stage): Promise<void>;
};

type PodSpec = Readonly<Record<string, unknown>>;
type AgentParts = {
  readonly name?: string;
  readonly spec?: PodSpec;
  readonly container?: PodSpec;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly strategy?: object;
};

const READY_TO_RUN = { cpu: "10m", memory: "16Mi" };

export function agent(stage: Stage, parts: AgentParts = {}): ApiObject {
  const name = parts.name ?? "agent";
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace: stage.name },
    spec: {
      selector: { matchLabels: labels },
      ...(parts.strategy === undefined ? {} : { updateStrategy: parts.strategy }),
      template: {
        metadata: { labels, annotations: parts.annotations ?? {} },
        spec: {
          terminationGracePeriodSeconds: 0,
          nodeSelector: { pool: stage.name },
          priorityClassName: "suite-middle",
          containers: [
            {
              name: "agent",
              image: "registry.example/agent:1",
              resources: { requests: READY_TO_RUN },
              ...parts.container,
            },
          ],
          ...parts.spec,
        },
      },
    },
  };
}

export const setPath = (stage: Stage, name = "agent"): string =>
  `/apis/apps/v1/namespaces/${stage.name}/daemonsets/${name}`;
export const podsPath = (stage: Stage): string => `/api/v1/namespaces/${stage.name}/pods`;
const nodePath = (name: string): string => `/api/v1/nodes/${name}`;
const nodeAt = (stage: Stage, i: number): string => {
  const name = stage.nodes[i];
  if (name === undefined) throw new Error(`${stage.name} has no node ${i}`);
  return name;
};

const template = (
  spec: PodSpec,
  annotations?: Readonly<Record<string, string | null>>,
): object => ({
  spec: {
    template: { spec, ...(annotations === undefined ? {} : { metadata: { annotations } }) },
  },
});

async function patchSet(stage: Stage, body: object): Promise<void> {
  await stage.world.patch(setPath(stage), body as Record<string, unknown>);
}

type Counters = {
  readonly desiredNumberScheduled?: number;
  readonly numberAvailable?: number;
  readonly observedGeneration?: number;
};

/** Waits until all of the set's pods are up. */
export async function allUp(stage: Stage, name = "agent"): Promise<void> {
  await until(`${stage.name}/${name} is up`, 60, async () => {
    const set = await stage.world.get(setPath(stage, name));
    const status = (set?.["status"] ?? {}) as Counters;
    const wanted = status.desiredNumberScheduled ?? 0;
    return wanted > 0 && status.numberAvailable === wanted ? true : undefined;
  });
}

const healthyAgent = async (stage: Stage, parts?: AgentParts): Promise<void> => {
  await stage.world.create(agent(stage, parts));
  await allUp(stage);
};

async function deletePods(stage: Stage, label = "app=agent"): Promise<void> {
  const pods = await stage.world.list(
    `${podsPath(stage)}?labelSelector=${encodeURIComponent(label)}`,
  );
  for (const { metadata } of pods) await stage.world.remove(`${podsPath(stage)}/${metadata.name}`);
}

const pinnedPod = (stage: Stage, name: string, node: string, spec: PodSpec): ApiObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: stage.name, labels: { app: name } },
  spec: {
    nodeName: node,
    terminationGracePeriodSeconds: 0,
    priorityClassName: "suite-high",
    tolerations: [{ operator: "Exists" }],
    containers: [{ name: "c", image: "registry.example/filler" }],
    ...spec,
  },
});

/** The template gets an annotation that makes the hollow kubelet play `play`; repaired by taking it away. */
const played = (code: string, play: Play, how: string, parts: AgentParts = {}): Provocation => ({
  code,
  how,
  hollow: true,
  subject: "DaemonSet/agent",
  at: [0, 1, 2],
  prepare: (stage) => healthyAgent(stage, { ...parts, strategy: { type: "OnDelete" } }),
  async provoke(stage) {
    await patchSet(stage, template({}, { "hollow/play": play }));
    await deletePods(stage);
  },
  async repair(stage) {
    await patchSet(stage, template({}, { "hollow/play": null }));
    await deletePods(stage);
  },
});

/** A resource that the second node has too little of once a filler of higher priority is there. */
const starved = (resource: string, wanted: string, filler: string): Provocation => ({
  code: `insufficient-${resource}`,
  how: `a pod of higher priority takes ${filler} of ${resource} on one node`,
  hollow: false,
  subject: "DaemonSet/agent",
  at: [1],
  node: { allocatable: { "example.com/device": "2" } },
  prepare: (stage) =>
    healthyAgent(stage, {
      container: {
        resources: {
          requests: { ...READY_TO_RUN, [resource]: wanted },
          ...(resource.includes("/") ? { limits: { [resource]: wanted } } : {}),
        },
      },
    }),
  async provoke(stage) {
    const node = nodeAt(stage, 1);
    const amounts = { [resource]: filler };
    await stage.world.create(
      pinnedPod(stage, "filler", node, {
        containers: [
          {
            name: "c",
            image: "registry.example/filler",
            resources: {
              requests: amounts,
              ...(resource.includes("/") ? { limits: amounts } : {}),
            },
          },
        ],
      }),
    );
    const pods = await stage.world.list(
      `${podsPath(stage)}?labelSelector=app%3Dagent&fieldSelector=${encodeURIComponent(`spec.nodeName=${node}`)}`,
    );
    for (const { metadata } of pods)
      await stage.world.remove(`${podsPath(stage)}/${metadata.name}`);
  },
  repair: (stage) => stage.world.remove(`${podsPath(stage)}/filler`),
});

/** The template itself is at fault: changed, pods replaced; changed back. */
const misTemplate = (code: string, how: string, spec: PodSpec, back: PodSpec): Provocation => ({
  code,
  how,
  hollow: false,
  subject: "DaemonSet/agent",
  at: [0, 1, 2],
  prepare: (stage) => healthyAgent(stage, { strategy: { type: "OnDelete" } }),
  async provoke(stage) {
    await patchSet(stage, template(spec));
    await deletePods(stage);
  },
  async repair(stage) {
    await patchSet(stage, template(back));
    await deletePods(stage);
  },
});

const quiet = async (): Promise<void> => undefined;

const setTaints = (stage: Stage, i: number, taints: readonly object[] | null): Promise<void> =>
  stage.world.patch(nodePath(nodeAt(stage, i)), { spec: { taints } });

/** A risk that a DaemonSet carries from its birth; repaired by deleting it. */
const risky = (code: string, how: string, parts: AgentParts): Provocation => ({
  code,
  how,
  hollow: false,
  subject: "DaemonSet/agent",
  at: undefined,
  prepare: quiet,
  async provoke(stage) {
    await stage.world.create(agent(stage, parts));
  },
  repair: (stage) => stage.world.remove(setPath(stage)),
});

const nodeState = (
  code: string,
  how: string,
  conditions: Readonly<Record<string, string>>,
  back: Readonly<Record<string, string>>,
): Provocation => ({
  code,
  how,
  hollow: true,
  subject: "Node/1",
  at: [1],
  prepare: (stage) => healthyAgent(stage, { spec: { tolerations: [{ operator: "Exists" }] } }),
  provoke: (stage) => stage.world.hollow.report(nodeAt(stage, 1), conditions),
  repair: (stage) => stage.world.hollow.report(nodeAt(stage, 1), back),
});

const CLAIM_VOLUME = {
  volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
};

/** Every cause that a control plane, or a kubelet of ours, can be made to show. */
export const PROVOCATIONS: readonly Provocation[] = [
  {
    code: "create-refused",
    how: "a quota of no pods",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [0, 1, 2],
    prepare: quiet,
    async provoke(stage) {
      await stage.world.create({
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "none", namespace: stage.name },
        spec: { hard: { pods: "0" } },
      });
      await until("quota is counted", 20, async () => {
        const quota = await stage.world.get(`/api/v1/namespaces/${stage.name}/resourcequotas/none`);
        return (quota?.["status"] as { hard?: object } | undefined)?.hard ? true : undefined;
      });
      await stage.world.create(agent(stage));
    },
    repair: (stage) => stage.world.remove(`/api/v1/namespaces/${stage.name}/resourcequotas/none`),
  },
  starved("cpu", "500m", "3800m"),
  starved("memory", "1Gi", "15.5Gi"),
  starved("ephemeral-storage", "5Gi", "97Gi"),
  starved("example.com/device", "1", "2"),
  {
    code: "too-many-pods",
    how: "a node for one pod, taken by a pod of higher priority",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [0, 1, 2],
    node: { allocatable: { pods: "1" } },
    async prepare(stage) {
      for (const node of stage.nodes)
        await stage.world.create(pinnedPod(stage, `filler-${node}`, node, {}));
    },
    async provoke(stage) {
      await stage.world.create(agent(stage));
    },
    async repair(stage) {
      for (const node of stage.nodes) await stage.world.remove(`${podsPath(stage)}/filler-${node}`);
    },
  },
  {
    code: "host-port-conflict",
    how: "a pod of higher priority holds the host port on one node",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [1],
    async prepare(stage) {
      await stage.world.create(
        pinnedPod(stage, "holder", nodeAt(stage, 1), {
          containers: [
            {
              name: "c",
              image: "registry.example/filler",
              ports: [{ containerPort: 80, hostPort: 9100 }],
            },
          ],
        }),
      );
    },
    async provoke(stage) {
      await stage.world.create(
        agent(stage, { container: { ports: [{ containerPort: 80, hostPort: 9100 }] } }),
      );
    },
    repair: (stage) => stage.world.remove(`${podsPath(stage)}/holder`),
  },
  misTemplate("volume-unavailable", "a claim that does not exist", CLAIM_VOLUME, { volumes: null }),
  misTemplate(
    "pod-affinity",
    "affinity to a pod that is nowhere",
    {
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              labelSelector: { matchLabels: { app: "nobody" } },
              topologyKey: "kubernetes.io/hostname",
            },
          ],
        },
      },
    },
    { affinity: null },
  ),
  misTemplate(
    "scheduling-gated",
    "a scheduling gate that nobody lifts",
    { schedulingGates: [{ name: "example.com/wait" }] },
    { schedulingGates: null },
  ),
  misTemplate(
    "unschedulable-other",
    "a scheduler that does not run",
    { schedulerName: "nobody" },
    { schedulerName: "default-scheduler" },
  ),
  played("image-pull", "image", "the image cannot be pulled"),
  played("config-error", "config", "a ConfigMap is missing"),
  played("init-failing", "init-crash", "an init container fails", {
    spec: { initContainers: [{ name: "init", image: "registry.example/init" }] },
  }),
  played("container-creating-stuck", "creating", "the sandbox never comes up"),
  played("crash-loop", "crash", "the container exits with 1"),
  played("oom-killed", "oom", "the container is killed at its limit"),
  played("wrong-platform", "exec-format", "the binary is of another platform"),
  played("not-ready", "unready", "the readiness probe fails"),
  played("evict-loop", "evict", "the kubelet evicts each pod after a second"),
  played("kubelet-rejected", "reject", "the kubelet refuses each pod"),
  {
    code: "terminating-stuck",
    how: "the kubelet never finishes a deletion",
    hollow: true,
    subject: "DaemonSet/agent",
    at: [0, 1, 2],
    prepare: (stage) =>
      healthyAgent(stage, {
        annotations: { "hollow/play": "stuck" },
        spec: { terminationGracePeriodSeconds: 1 },
      }),
    provoke: (stage) => deletePods(stage),
    async repair(stage) {
      await patchSet(stage, template({}, { "hollow/play": null }));
      for (const { metadata } of await stage.world.list(podsPath(stage)))
        await stage.world.client.call("DELETE", `${podsPath(stage)}/${metadata.name}`, {
          gracePeriodSeconds: 0,
        });
    },
  },
  nodeState(
    "node-not-ready",
    "the kubelet reports NotReady",
    { Ready: "False" },
    { Ready: "True" },
  ),
  nodeState(
    "node-pressure",
    "the kubelet reports pressure of memory",
    { MemoryPressure: "True" },
    { MemoryPressure: "False" },
  ),
  {
    code: "node-unreachable",
    how: "the kubelet falls silent",
    hollow: true,
    subject: "Node/1",
    at: [1],
    prepare: (stage) => healthyAgent(stage),
    provoke: async (stage) => stage.world.hollow.silence(nodeAt(stage, 1)),
    repair: (stage) => stage.world.hollow.wake(nodeAt(stage, 1)),
  },
  {
    code: "matches-no-node",
    how: "a nodeSelector that no node has",
    hollow: false,
    subject: "DaemonSet/agent",
    at: undefined,
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) => patchSet(stage, template({ nodeSelector: { disk: "none" } })),
    repair: (stage) => patchSet(stage, template({ nodeSelector: { disk: null } })),
  },
  {
    code: "excluded-by-taint",
    how: "one node gets a taint that the daemon does not tolerate",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [1],
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) => setTaints(stage, 1, [{ key: "team", value: "x", effect: "NoExecute" }]),
    repair: (stage) => setTaints(stage, 1, null),
  },
  {
    code: "excluded-by-affinity",
    how: "affinity to a zone in which one of three nodes is not",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [1],
    prepare: (stage) => healthyAgent(stage),
    async provoke(stage) {
      const rule = { key: "kubernetes.io/hostname", operator: "NotIn", values: [nodeAt(stage, 1)] };
      const terms = [{ matchExpressions: [rule] }];
      await patchSet(
        stage,
        template({
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
            },
          },
        }),
      );
    },
    repair: (stage) => patchSet(stage, template({ affinity: null })),
  },
  {
    code: "misplaced",
    how: "a NoSchedule taint under a daemon pod that already runs",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [1],
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) => setTaints(stage, 1, [{ key: "team", value: "x", effect: "NoSchedule" }]),
    repair: (stage) => setTaints(stage, 1, null),
  },
  {
    code: "status-disagrees",
    how: "the same taint in a quiet cluster: the counter stays",
    hollow: false,
    subject: "DaemonSet/agent",
    at: undefined,
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) => setTaints(stage, 1, [{ key: "team", value: "x", effect: "NoSchedule" }]),
    repair: (stage) => setTaints(stage, 1, null),
  },
  {
    code: "ondelete-drift",
    how: "a new template under OnDelete",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [0, 1, 2],
    prepare: (stage) => healthyAgent(stage, { strategy: { type: "OnDelete" } }),
    provoke: (stage) => patchSet(stage, template({}, { version: "2" })),
    repair: (stage) => deletePods(stage),
  },
  {
    code: "rollout-suspect-revision",
    how: "a new revision whose pods crash while the old ones are fine",
    hollow: true,
    subject: "DaemonSet/agent",
    at: undefined,
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) => patchSet(stage, template({}, { "hollow/play": "crash" })),
    async repair(stage) {
      await patchSet(stage, template({}, { "hollow/play": null }));
    },
  },
  {
    code: "service-selects-no-daemon",
    how: "a Service whose selector is one letter off",
    hollow: false,
    subject: "Service/agent",
    at: undefined,
    prepare: (stage) => healthyAgent(stage),
    async provoke(stage) {
      await stage.world.create({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "agent", namespace: stage.name },
        spec: {
          selector: { app: "agents" },
          internalTrafficPolicy: "Local",
          ports: [{ port: 80, protocol: "TCP" }],
        },
      });
    },
    repair: (stage) =>
      stage.world.patch(`/api/v1/namespaces/${stage.name}/services/agent`, {
        spec: { selector: { app: "agent" } },
      }),
  },
  {
    code: "local-traffic-black-hole",
    how: "internalTrafficPolicy Local while the daemon of one node is not ready",
    hollow: true,
    subject: "Service/agent",
    at: [0, 1, 2],
    async prepare(stage) {
      await healthyAgent(stage, { strategy: { type: "OnDelete" } });
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
    },
    async provoke(stage) {
      await patchSet(stage, template({}, { "hollow/play": "unready" }));
      await deletePods(stage);
    },
    async repair(stage) {
      await patchSet(stage, template({}, { "hollow/play": null }));
      await deletePods(stage);
    },
  },
  risky("no-requests", "a container without requests", { container: { resources: {} } }),
  risky("no-priority", "a pod template without a priority class", {
    spec: { priorityClassName: null },
  }),
  risky("surge-with-host-port", "maxSurge beside a host port", {
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    container: { ports: [{ containerPort: 80, hostPort: 9200 }] },
  }),
];
