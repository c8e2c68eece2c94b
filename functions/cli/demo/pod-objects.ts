import type { Daemon, Trouble, Workload } from "./description.ts";
import { before, uidOf, type KubernetesObject } from "./object.ts";

const DEFAULT_TOLERATIONS = [
  ["not-ready", "NoExecute"],
  ["unreachable", "NoExecute"],
  ["disk-pressure", "NoSchedule"],
  ["memory-pressure", "NoSchedule"],
  ["pid-pressure", "NoSchedule"],
  ["unschedulable", "NoSchedule"],
] as const;

/** What the controller adds to every daemon pod (AddOrUpdateDaemonPodTolerations). */
export const tolerationsOf = (daemon: Daemon): readonly Readonly<Record<string, string>>[] => [
  ...daemon.tolerations,
  ...DEFAULT_TOLERATIONS.map(([name, effect]) => ({
    key: `node.kubernetes.io/${name}`,
    operator: "Exists",
    effect,
  })),
  ...(daemon.hostNetwork === true
    ? [{ key: "node.kubernetes.io/network-unavailable", operator: "Exists", effect: "NoSchedule" }]
    : []),
];

const NOT_ON_FARGATE = {
  matchExpressions: [
    { key: "eks.amazonaws.com/compute-type", operator: "NotIn", values: ["fargate"] },
  ],
};

const nodeAffinity = (term: object): object => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
  },
});

/** The controller pins each pod to its node by name (ReplaceDaemonSetPodNodeNameNodeAffinity). */
export const pinnedTo = (daemon: Daemon, node: string): object =>
  nodeAffinity({
    ...(daemon.notOnFargate === true && NOT_ON_FARGATE),
    matchFields: [{ key: "metadata.name", operator: "In", values: [node] }],
  });

export function daemonSpec(daemon: Daemon, image: string): Readonly<Record<string, unknown>> {
  const { name, requests, limits, priority, hostNetwork, hostPort, nodeSelector } = daemon;
  return {
    containers: [
      {
        name,
        image: `registry.acme.example/${image}`,
        resources: { requests, ...(limits && { limits }) },
        ...(hostPort !== undefined && {
          ports: [{ name: "metrics", containerPort: hostPort, hostPort, protocol: "TCP" }],
        }),
      },
    ],
    tolerations: daemon.tolerations,
    serviceAccountName: name,
    terminationGracePeriodSeconds: 30,
    schedulerName: "default-scheduler",
    ...(nodeSelector && { nodeSelector }),
    ...(hostNetwork === true && { hostNetwork }),
    ...(priority && { priorityClassName: priority[0] }),
    ...(daemon.notOnFargate === true && { affinity: nodeAffinity(NOT_ON_FARGATE) }),
  };
}

export type PodState =
  | { readonly is: "running" }
  /** The kubelet stopped reporting; the node controller took the pod's readiness away. */
  | { readonly is: "silent"; readonly minutes: number }
  | { readonly is: "creating" }
  | Exclude<Trouble, { readonly is: "old-revision" }>;

export type DemoPod = {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly container: string;
  readonly minutes: number;
  readonly state: PodState;
  readonly nodes: number;
};

export function podObject(pod: DemoPod): KubernetesObject {
  const { namespace, name, owner, state, minutes, spec } = pod;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      uid: uidOf(`pod/${namespace}/${name}`),
      creationTimestamp: before(minutes),
      labels: pod.labels,
      ownerReferences: [
        { apiVersion: "apps/v1", ...owner, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: { ...spec, ...(state.is !== "does-not-fit" && { nodeName: pod.node }) },
    status: statusOf(pod),
  };
}

/** `at`: minutes before now; without it, since the pod was made. */
type ConditionParts = { readonly at: number; readonly reason: string; readonly message: string };

type Parts = {
  readonly condition: (type: string, status: string, more?: Partial<ConditionParts>) => object;
  /** Conditions of a pod that is bound and not ready since so many minutes. */
  readonly unready: (at: number) => readonly object[];
  /** Its one container. */
  readonly one: (ready: boolean, rest: object) => object;
  readonly bound: readonly object[];
  readonly base: object;
};

function partsOf({ minutes, container }: DemoPod): Parts {
  const condition: Parts["condition"] = (type, status, { at = minutes, ...rest } = {}) => ({
    type,
    status,
    lastTransitionTime: before(at),
    ...rest,
  });
  const bound = [condition("PodScheduled", "True"), condition("Initialized", "True")];
  return {
    condition,
    bound,
    unready: (at) => [
      ...bound,
      condition("ContainersReady", "False", { at }),
      condition("Ready", "False", { at, reason: "ContainersNotReady" }),
    ],
    one: (ready, rest) => ({
      containerStatuses: [{ name: container, ready, restartCount: 0, ...rest }],
    }),
    base: { startTime: before(minutes), podIP: "10.0.0.1", hostIP: "10.0.0.1" },
  };
}

function statusOf(pod: DemoPod): object {
  const { state, minutes } = pod;
  const { unready, one, base } = partsOf(pod);
  switch (state.is) {
    case "running":
    case "silent":
    case "does-not-fit":
      return runningOrNot(pod);
    case "creating":
      return {
        phase: "Pending",
        startTime: before(minutes),
        conditions: unready(minutes),
        ...one(false, { state: { waiting: { reason: "ContainerCreating" } } }),
      };
    case "image-pull":
      return {
        ...base,
        phase: "Pending",
        conditions: unready(state.minutes),
        ...one(false, {
          state: { waiting: { reason: "ImagePullBackOff", message: state.message } },
        }),
      };
    case "crash":
      return {
        ...base,
        phase: "Running",
        conditions: unready(state.minutes),
        ...one(false, crashed(state)),
      };
  }
}

/** Of a node that went silent the last word stands: running, and since then not ready by the node controller's word. */
function runningOrNot(pod: DemoPod): object {
  const { state, minutes } = pod;
  const { condition, bound, one, base } = partsOf(pod);
  if (state.is === "does-not-fit")
    return {
      phase: "Pending",
      conditions: [
        condition("PodScheduled", "False", {
          at: state.minutes,
          reason: "Unschedulable",
          message: refusal(state.message, pod.nodes),
        }),
      ],
    };
  const ready =
    state.is === "silent"
      ? condition("Ready", "False", { at: state.minutes })
      : condition("Ready", "True");
  return {
    ...base,
    phase: "Running",
    conditions: [...bound, condition("ContainersReady", "True"), ready],
    ...one(true, { started: true, state: { running: { startedAt: before(minutes) } } }),
  };
}

/** The scheduler's own words: every other node is ruled out by the pod's node affinity. */
export const refusal = (why: string, nodes: number): string =>
  `0/${nodes} nodes are available: 1 ${why}, ${nodes - 1} node(s) didn't satisfy plugin(s) [NodeAffinity]. ` +
  `preemption: 0/${nodes} nodes are available: 1 No preemption victims found for incoming pod, ` +
  `${nodes - 1} Preemption is not helpful for scheduling.`;

const crashed = ({
  exitCode,
  reason,
  message,
  restarts,
}: Extract<Trouble, { is: "crash" }>): object => ({
  restartCount: restarts,
  state: {
    waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" },
  },
  lastState: {
    terminated: { exitCode, reason, message, startedAt: before(5), finishedAt: before(4) },
  },
});

export const workloadSpec = (workload: Workload): Readonly<Record<string, unknown>> => ({
  containers: [
    {
      name: workload.name,
      image: `registry.acme.example/${workload.name}:1`,
      resources: { requests: workload.requests },
      ...(workload.hostPort !== undefined && {
        ports: [{ containerPort: workload.hostPort, hostPort: workload.hostPort, protocol: "TCP" }],
      }),
    },
  ],
  priority: workload.critical === true ? 100_000 : 0,
  ...(workload.critical === true && { priorityClassName: "business-critical" }),
  schedulerName: "default-scheduler",
  serviceAccountName: "default",
  tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
});
