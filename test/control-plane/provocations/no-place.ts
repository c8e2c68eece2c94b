import {
  agent,
  deletePodOn,
  healthyAgent,
  nodeAt,
  pinnedPod,
  podsPath,
  READY_TO_RUN,
  type Stage,
} from "../stage.ts";
import { until } from "../world.ts";
import { misTemplate, quiet, type Provocation } from "./provocation.ts";

const fillerOf = (resource: string, amount: string): object => ({
  name: "c",
  image: "registry.example/filler",
  resources: {
    requests: { [resource]: amount },
    ...(resource.includes("/") ? { limits: { [resource]: amount } } : {}),
  },
});

type Amounts = { readonly wanted: string; readonly filler: string; readonly facts: object };

/** A resource that the second node has too little of once a filler of higher priority is there. */
const starved = (resource: string, { wanted, filler, facts }: Amounts): Provocation => ({
  code: `insufficient-${resource}`,
  how: `a pod of higher priority takes ${filler} of ${resource} on one node`,
  hollow: false,
  subject: "DaemonSet/agent",
  at: [1],
  facts: { resource, preemption: "none-lower", ...facts },
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
    await stage.world.create(
      pinnedPod(stage, { name: "filler", node }, { containers: [fillerOf(resource, filler)] }),
    );
    await deletePodOn(stage, node);
  },
  repair: (stage) => stage.world.remove(`${podsPath(stage)}/filler`),
});

const quotaPath = (stage: Stage): string => `/api/v1/namespaces/${stage.name}/resourcequotas/none`;

async function quotaOfNothing(stage: Stage): Promise<void> {
  await stage.world.create({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "none", namespace: stage.name },
    spec: { hard: { pods: "0" } },
  });
  await until("quota is counted", 30, async () => {
    const quota = await stage.world.get(quotaPath(stage));
    return (quota?.["status"] as { hard?: object } | undefined)?.hard ? true : undefined;
  });
}

const HOST_PORT = { ports: [{ containerPort: 80, hostPort: 9100 }] };

const hostPortConflict: Provocation = {
  code: "host-port-conflict",
  how: "a pod of higher priority holds the host port on one node",
  hollow: false,
  subject: "DaemonSet/agent",
  at: [1],
  facts: (stage) => ({ port: 9100, protocol: "TCP", holder: `${stage.name}/holder`, own: false }),
  prepare: (stage) =>
    stage.world.create(
      pinnedPod(
        stage,
        { name: "holder", node: nodeAt(stage, 1) },
        { containers: [{ name: "c", image: "registry.example/filler", ...HOST_PORT }] },
      ),
    ),
  provoke: (stage) => stage.world.create(agent(stage, { container: HOST_PORT })),
  repair: (stage) => stage.world.remove(`${podsPath(stage)}/holder`),
};

const tooManyPods: Provocation = {
  code: "too-many-pods",
  how: "nodes for one pod each, taken by a pod of higher priority",
  hollow: false,
  subject: "DaemonSet/agent",
  at: [0, 1, 2],
  facts: { resource: "pods", allocatable: "1", used: "1", preemption: "none-lower" },
  node: { allocatable: { pods: "1" } },
  async prepare(stage) {
    for (const node of stage.nodes)
      await stage.world.create(pinnedPod(stage, { name: `filler-${node}`, node }, {}));
  },
  provoke: (stage) => stage.world.create(agent(stage)),
  async repair(stage) {
    for (const node of stage.nodes) await stage.world.remove(`${podsPath(stage)}/filler-${node}`);
  },
};

const CLAIM_VOLUME = {
  volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
};
const BESIDE_NOBODY = {
  podAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { app: "nobody" } }, topologyKey: "kubernetes.io/hostname" },
    ],
  },
};

export const NO_PLACE: readonly Provocation[] = [
  // A minute of silence is the proof: it begins first.
  misTemplate(
    {
      code: "unschedulable-other",
      how: "a scheduler that does not run",
      facts: { why: "no-scheduler" },
    },
    { schedulerName: "nobody" },
    { schedulerName: "default-scheduler" },
  ),
  {
    code: "create-refused",
    how: "a quota of no pods",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [0, 1, 2],
    facts: { refusal: "quota", name: "none" },
    prepare: quiet,
    async provoke(stage) {
      await quotaOfNothing(stage);
      await stage.world.create(agent(stage));
    },
    repair: (stage) => stage.world.remove(quotaPath(stage)),
  },
  starved("cpu", {
    wanted: "500m",
    filler: "3800m",
    facts: { requested: "500", allocatable: "4000", used: "3800", missing: "300" },
  }),
  starved("memory", {
    wanted: "1Gi",
    filler: "15.5Gi",
    facts: { requested: "1073741824", free: "536870912", missing: "536870912" },
  }),
  starved("ephemeral-storage", {
    wanted: "5Gi",
    filler: "97Gi",
    facts: { requested: "5368709120", missing: "2147483648" },
  }),
  starved("example.com/device", {
    wanted: "1",
    filler: "2",
    facts: { requested: "1", allocatable: "2", used: "2", missing: "1" },
  }),
  tooManyPods,
  hostPortConflict,
  misTemplate(
    {
      code: "volume-unavailable",
      how: "a claim that does not exist",
      facts: (stage) => ({ trouble: "missing", claim: `${stage.name}/data` }),
    },
    CLAIM_VOLUME,
    { volumes: null },
  ),
  misTemplate(
    { code: "pod-affinity", how: "affinity to a pod that is nowhere", facts: { rule: "told" } },
    { affinity: BESIDE_NOBODY },
    { affinity: null },
  ),
  misTemplate(
    {
      code: "scheduling-gated",
      how: "a scheduling gate that nobody lifts",
      facts: { gates: ["example.com/wait"] },
    },
    { schedulingGates: [{ name: "example.com/wait" }] },
    { schedulingGates: null },
  ),
];
