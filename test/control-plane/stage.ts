import type { HollowNode } from "./hollow-node.ts";
import { namespaceOf } from "./random-steps.ts";
import { until, type ApiObject, type World } from "./world.ts";

/** Where one thing is tried: a few nodes and a namespace that nothing else uses. */
export type Stage = {
  readonly world: World;
  /** Namespace, label pool=… of its nodes, and the first part of their names. */
  readonly name: string;
  readonly nodes: readonly string[];
};

export type Spec = Readonly<Record<string, unknown>>;
export type AgentParts = {
  readonly name?: string;
  readonly spec?: Spec;
  readonly container?: Spec;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly strategy?: object;
};

export async function stageOf(
  world: World,
  name: string,
  { count = 3, node = {} }: { count?: number; node?: Partial<HollowNode> } = {},
): Promise<Stage> {
  const nodes = Array.from({ length: count }, (_, i) => `${name}-${i}`);
  await world.hollow.addNodes(
    nodes.map((one) => ({
      ...node,
      name: one,
      // An instance type of its own makes it a pool of its own to the audit as well.
      labels: { pool: name, "node.kubernetes.io/instance-type": name, ...node.labels },
    })),
  );
  await namespaceOf(world, name);
  return { world, name, nodes };
}

/** The namespace first: nothing of it may be left when its nodes go. */
export async function strike({ world, name }: Stage): Promise<void> {
  await world.remove(`/api/v1/namespaces/${name}`);
  await until(`namespace ${name} is gone`, 60, async () =>
    (await world.get(`/api/v1/namespaces/${name}`)) === undefined ? true : undefined,
  );
  const nodes = await world.list(`/api/v1/nodes?labelSelector=pool%3D${name}`);
  for (const { metadata } of nodes) await world.hollow.removeNode(metadata.name);
}

export const READY_TO_RUN = { cpu: "10m", memory: "16Mi" };

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
export const nodePath = (name: string): string => `/api/v1/nodes/${name}`;

export function nodeAt(stage: Stage, i: number): string {
  const name = stage.nodes[i];
  if (name === undefined) throw new Error(`${stage.name} has no node ${i}`);
  return name;
}

/** A merge patch of the template. */
export const template = (
  spec: Spec,
  annotations?: Readonly<Record<string, string | null>>,
): Spec => ({
  spec: {
    template: { spec, ...(annotations === undefined ? {} : { metadata: { annotations } }) },
  },
});

export const patchSet = (stage: Stage, body: Spec): Promise<void> =>
  stage.world.patch(setPath(stage), body);

export type Counters = {
  readonly desiredNumberScheduled?: number;
  readonly currentNumberScheduled?: number;
  readonly numberMisscheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
  readonly observedGeneration?: number;
};

export async function counters(stage: Stage, name = "agent"): Promise<Counters> {
  const set = await stage.world.get(setPath(stage, name));
  return set?.["status"] ?? {};
}

/** Waits until all of the set's pods are up. */
export async function allUp(stage: Stage, name = "agent"): Promise<void> {
  await until(`${stage.name}/${name} is up`, 90, async () => {
    const { desiredNumberScheduled: wanted = 0, numberAvailable } = await counters(stage, name);
    return wanted > 0 && numberAvailable === wanted ? true : undefined;
  });
}

export async function healthyAgent(stage: Stage, parts?: AgentParts): Promise<void> {
  await stage.world.create(agent(stage, parts));
  await allUp(stage, parts?.name);
}

type NodeNow = {
  readonly spec?: {
    readonly taints?: readonly { readonly key: string; readonly effect: string }[];
  };
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
};

/**
 * Waits until the control plane has given the node up: its condition, and the taint that keeps pods away. The other one, NoExecute,
 * comes to one node of a zone every ten seconds. A DaemonSet's counters tell it by luck only (see f-unsure).
 */
export async function untilDark({ world }: Stage, name: string): Promise<void> {
  await until(`${name} is dark`, 60, async () => {
    const { spec, status } = ((await world.get(nodePath(name))) ?? {}) as NodeNow;
    const unknown = status?.conditions?.some(
      (one) => one.type === "Ready" && one.status === "Unknown",
    );
    const kept = spec?.taints?.some(
      ({ key, effect }) => key === "node.kubernetes.io/unreachable" && effect === "NoSchedule",
    );
    return unknown === true && kept === true ? true : undefined;
  });
}

export async function deletePods(stage: Stage, query = "labelSelector=app%3Dagent"): Promise<void> {
  const pods = await stage.world.list(`${podsPath(stage)}?${query}`);
  for (const { metadata } of pods) await stage.world.remove(`${podsPath(stage)}/${metadata.name}`);
}

export const deletePodOn = (stage: Stage, node: string): Promise<void> =>
  deletePods(stage, `labelSelector=app%3Dagent&fieldSelector=spec.nodeName%3D${node}`);

/** A pod of high priority that is on a node without having asked the scheduler. */
export const pinnedPod = (
  stage: Stage,
  { name, node }: { name: string; node: string },
  spec: Spec,
): ApiObject => ({
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

export const setTaints = (
  stage: Stage,
  i: number,
  taints: readonly object[] | null,
): Promise<void> => stage.world.patch(nodePath(nodeAt(stage, i)), { spec: { taints } });
