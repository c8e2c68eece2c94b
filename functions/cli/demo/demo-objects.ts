import {
  DAEMONS,
  NODE_STATES,
  POOLS,
  ROLLOUTS,
  TROUBLES,
  WORKLOADS,
  type Daemon,
  type Trouble,
} from "./description.ts";
import { csiNodeObject, leaseObject, nodeObject, taintsOf, type DemoNode } from "./node-objects.ts";
import { before, LONG, suffix, uidOf, type KubernetesObject } from "./object.ts";
import {
  daemonSpec,
  pinnedTo,
  podObject,
  refusal,
  tolerationsOf,
  workloadSpec,
  type DemoPod,
  type PodState,
} from "./pod-objects.ts";
import { surroundings } from "./surroundings.ts";

const NODES: readonly DemoNode[] = POOLS.flatMap((pool) =>
  Array.from({ length: pool.nodes }, (_, at): DemoNode => {
    const name = `${pool.name}-${at + 1}`;
    const { state = "steady", minutes = LONG } = NODE_STATES.get(name) ?? {};
    return { name, pool, number: at + 1, state, minutes };
  }),
);

/** One DaemonSet on one node, as the demo tells it. */
type DemoPlacement = {
  readonly daemon: Daemon;
  readonly node: DemoNode;
  readonly eligible: boolean;
  readonly trouble: Trouble | undefined;
  readonly updated: boolean;
  readonly state: PodState;
};

/** The whole cluster, the same in every run. A List of these is what `kubectl get … -o json` would have printed. */
export function demoObjects(): readonly KubernetesObject[] {
  const placements = DAEMONS.flatMap(placementsOf);
  const daemonPods = placements.map(daemonPod);
  return [
    ...NODES.map(nodeObject),
    ...[...daemonPods, ...WORKLOADS.flatMap(workloadPods)].map(podObject),
    ...DAEMONS.map((daemon) =>
      daemonSetObject(
        daemon,
        placements.filter((placement) => placement.daemon === daemon),
      ),
    ),
    ...DAEMONS.flatMap(revisionObjects),
    ...NODES.map(leaseObject),
    ...NODES.filter(({ pool }) => pool.fargate !== true).map(csiNodeObject),
    ...daemonPods.filter(({ state }) => state.is === "does-not-fit").map(refusalEvent),
    ...surroundings(daemonPods),
  ];
}

function placementsOf(daemon: Daemon): readonly DemoPlacement[] {
  return NODES.filter((node) => wants(daemon, node)).flatMap((node) => {
    const eligible = toleratesAll(daemon, node);
    // A pod that is there already stays when a NoSchedule taint comes.
    if (!eligible && node.state !== "silent" && node.state !== "leaving") return [];
    const trouble = TROUBLES.find(
      ({ daemon: name, pool, on }) =>
        name === daemon.name && pool === node.pool.name && on.includes(node.number),
    )?.trouble;
    const updated = trouble?.is !== "old-revision" && node.state !== "silent";
    return [{ daemon, node, eligible, trouble, updated, state: stateOf(daemon, node, trouble) }];
  });
}

function wants(daemon: Daemon, { pool }: DemoNode): boolean {
  if (pool.fargate === true && daemon.notOnFargate === true) return false;
  const wanted = daemon.nodeSelector?.["acme.example/pool"];
  return wanted === undefined || wanted === pool.name;
}

/** All tolerations of the demo are of operator Exists. */
const toleratesAll = (daemon: Daemon, node: DemoNode): boolean =>
  taintsOf(node).every(({ key, effect }) =>
    tolerationsOf(daemon).some(
      (one) =>
        (one["key"] === undefined || one["key"] === key) &&
        (one["effect"] === undefined || one["effect"] === effect),
    ),
  );

function stateOf(daemon: Daemon, node: DemoNode, trouble: Trouble | undefined): PodState {
  if (node.state === "silent") return { is: "silent", minutes: node.minutes };
  if (node.state === "booting" && daemon.name !== "kube-proxy") return { is: "creating" };
  return trouble === undefined || trouble.is === "old-revision" ? { is: "running" } : trouble;
}

const hashOf = (daemon: Daemon, updated: boolean): string =>
  suffix(`${daemon.name}/${updated || !ROLLOUTS.has(daemon.name) ? "new" : "old"}`, 10);

const daemonSetUid = ({ namespace, name }: Daemon): string => uidOf(`ds/${namespace}/${name}`);
const generationOf = ({ name }: Daemon): number => (ROLLOUTS.has(name) ? 2 : 1);

function daemonPod({ daemon, node, state, updated }: DemoPlacement): DemoPod {
  const { namespace, name, priority } = daemon;
  const current = updated || !ROLLOUTS.has(name);
  return {
    namespace,
    name: `${name}-${suffix(`${name}/${node.name}`, 5)}`,
    node: node.name,
    nodes: NODES.length,
    labels: {
      app: name,
      "controller-revision-hash": hashOf(daemon, updated),
      "pod-template-generation": String(current ? generationOf(daemon) : 1),
    },
    owner: { kind: "DaemonSet", name, uid: daemonSetUid(daemon) },
    container: name,
    minutes: podAge(daemon, node, state, current),
    state,
    spec: {
      ...daemonSpec(daemon, current ? daemon.image : `${name}:previous`),
      priority: priority?.[1] ?? 0,
      tolerations: tolerationsOf(daemon),
      affinity: pinnedTo(daemon, node.name),
    },
  };
}

function podAge(
  ...[daemon, node, state, current]: readonly [Daemon, DemoNode, PodState, boolean]
): number {
  if (node.state === "booting" || node.state === "stuck-startup-taint") return node.minutes;
  if ("minutes" in state && state.is !== "silent") return state.minutes;
  const rollout = ROLLOUTS.get(daemon.name);
  return rollout !== undefined && current ? rollout - node.number : LONG - 10;
}

function workloadPods(workload: (typeof WORKLOADS)[number]): readonly DemoPod[] {
  const { namespace, name, pool, each } = workload;
  const set = `${name}-${suffix(name, 9)}`;
  return NODES.filter(
    (node) =>
      node.pool.name === pool &&
      (workload.on?.includes(node.number) ?? true) &&
      node.state !== "booting" &&
      node.state !== "stuck-startup-taint",
  ).flatMap((node) =>
    Array.from({ length: each }, (_, at): DemoPod => ({
      namespace,
      name: `${set}-${suffix(`${name}/${node.name}/${at}`, 5)}`,
      node: node.name,
      nodes: NODES.length,
      labels: { app: name },
      owner: { kind: "ReplicaSet", name: set, uid: uidOf(`rs/${set}`) },
      container: name,
      minutes: LONG - 20,
      state: node.state === "silent" ? { is: "silent", minutes: node.minutes } : { is: "running" },
      spec: workloadSpec(workload),
    })),
  );
}

function daemonSetObject(daemon: Daemon, placements: readonly DemoPlacement[]): KubernetesObject {
  const { namespace, name, updates } = daemon;
  const generation = generationOf(daemon);
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: {
      name,
      namespace,
      uid: daemonSetUid(daemon),
      generation,
      creationTimestamp: before(LONG),
      labels: { app: name },
      annotations: { "deprecated.daemonset.template.generation": String(generation) },
    },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: daemonSpec(daemon, daemon.image) },
      revisionHistoryLimit: 10,
      updateStrategy:
        updates === "OnDelete"
          ? { type: "OnDelete" }
          : { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    },
    status: daemonSetStatus(daemon, placements),
  };
}

function daemonSetStatus(daemon: Daemon, placements: readonly DemoPlacement[]): object {
  const eligible = placements.filter((placement) => placement.eligible);
  const ready = eligible.filter(({ state }) => state.is === "running").length;
  return {
    observedGeneration: generationOf(daemon),
    desiredNumberScheduled: eligible.length,
    currentNumberScheduled: eligible.length,
    numberMisscheduled: placements.length - eligible.length,
    numberReady: ready,
    numberAvailable: ready,
    numberUnavailable: eligible.length - ready,
    updatedNumberScheduled: eligible.filter(({ updated }) => updated || !ROLLOUTS.has(daemon.name))
      .length,
  };
}

function revisionObjects(daemon: Daemon): readonly KubernetesObject[] {
  const rollout = ROLLOUTS.get(daemon.name);
  return (rollout === undefined ? [true] : [false, true]).map((updated, at) => ({
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${daemon.name}-${hashOf(daemon, updated)}`,
      namespace: daemon.namespace,
      creationTimestamp: before(updated ? (rollout ?? LONG) : LONG),
      labels: { app: daemon.name, "controller-revision-hash": hashOf(daemon, updated) },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "DaemonSet",
          name: daemon.name,
          uid: daemonSetUid(daemon),
          controller: true,
        },
      ],
    },
    revision: at + 1,
  }));
}

function refusalEvent({ namespace, name, state, nodes }: DemoPod): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.18793`, namespace, creationTimestamp: before(50) },
    involvedObject: { kind: "Pod", namespace, name, uid: uidOf(`pod/${namespace}/${name}`) },
    type: "Warning",
    reason: "FailedScheduling",
    message: state.is === "does-not-fit" ? refusal(state.message, nodes) : "",
    firstTimestamp: before(50),
    lastTimestamp: before(2),
    count: 10,
  };
}
