import { manyPod } from "../../fixtures/many-pods.ts";
import type { Json } from "./protobuf-writer.ts";
import { NODE, nodeTemplate } from "./node-template.ts";
import { HOLES, type Stamp, type Templated } from "./templates.ts";

export type BigSize = {
  readonly nodes: number;
  readonly pods: number;
  readonly daemonSets: number;
};
/** 15 of a node's 30 pods are of DaemonSets. */
export const BIG: BigSize = { nodes: 5000, pods: 150_000, daemonSets: 15 };

/** One kind as it is served: templates, and which of them the index-th object is of. */
export type Served = {
  readonly plural: string;
  readonly kind: Templated["kind"];
  readonly apiVersion: string;
  readonly count: number;
  readonly templates: readonly Templated[];
  of(index: number): { readonly template: number; readonly node: number };
};

const UID = `${HOLES.uid}-0000-4000-8000-000000000000`;
const WORKLOADS = 60;
const POOLS = 8;

const asText = (of: Json, replaced: readonly (readonly [string, string])[]): Json => {
  let text = JSON.stringify(of);
  for (const [from, to] of replaced) text = text.replaceAll(from, () => to);
  return JSON.parse(text) as Json;
};

/** Brings a pod to 9.4 KB, a third of it managed fields, as in large clusters. */
const ENV = Array.from({ length: 5 }, (_, index) => ({
  name: `TEAM_SETTING_NUMBER_${index}`,
  value: `https://settings.example/team/number/${index}`,
}));
const time = /2026-11-\d\dT\d\d:\d\d:\d\dZ/;

function podTemplate(set: number): Json {
  const made = manyPod(set * 10, 10);
  const { name, uid, creationTimestamp, resourceVersion } = made.metadata;
  const volume = made.spec.volumes[1]?.name ?? "";
  const id = made.status.containerStatuses[0]?.containerID ?? "";
  const born = time.exec(creationTimestamp)?.[0] ?? "";
  const { containers } = made.spec;
  const richer = {
    ...made.spec,
    containers: containers.map((one) => ({ ...one, env: [...one.env, ...ENV] })),
  };
  return asText({ ...made, spec: richer }, [
    [name, `agent-${set}-${HOLES.name}`],
    [uid, UID],
    [born, HOLES.time],
    [resourceVersion, HOLES.version],
    [volume, `kube-api-access-${HOLES.suffix}`],
    [id, `containerd://${HOLES.uid}${"0".repeat(56)}`],
    [made.spec.nodeName, NODE],
    ["10.1.2.3", HOLES.ip],
  ]);
}

const record = (value: unknown): Json => value as Json;

function workloadTemplate(index: number): Json {
  const pod = podTemplate(0);
  const [metadata, spec] = [record(pod["metadata"]), record(pod["spec"])];
  const hash = `6b5f9c7d${index.toString(16).padStart(2, "0")}`;
  const { affinity: _affinity, priorityClassName: _class, ...rest } = spec;
  return {
    ...pod,
    metadata: {
      ...metadata,
      name: `web-${index}-${hash}-${HOLES.name}`,
      generateName: `web-${index}-${hash}-`,
      namespace: `team-${index % 20}`,
      labels: { app: `web-${index}`, "pod-template-hash": hash },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: `web-${index}-${hash}`,
          uid: `replica-set-${index}`,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      ...rest,
      priority: 0,
      tolerations: ["not-ready", "unreachable"].map((what) => ({
        key: `node.kubernetes.io/${what}`,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      })),
    },
  };
}

function setTemplate(index: number, nodes: number): Json {
  const { metadata, spec } = manyPod(index * 10, 10);
  const { nodeName: _node, affinity: _affinity, tolerations: _added, ...template } = spec;
  const labels = { app: `agent-${index}` };
  return {
    metadata: {
      name: `agent-${index}`,
      namespace: "kube-system",
      uid: `set-${index}`,
      resourceVersion: HOLES.version,
      generation: 3,
      creationTimestamp: HOLES.time,
      labels,
      managedFields: metadata.managedFields,
    },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { ...template, tolerations: [{ operator: "Exists" }] },
      },
      updateStrategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxUnavailable: "10%", maxSurge: 0 },
      },
      revisionHistoryLimit: 10,
    },
    status: {
      currentNumberScheduled: nodes,
      desiredNumberScheduled: nodes,
      numberReady: nodes,
      observedGeneration: 3,
      updatedNumberScheduled: nodes,
      numberAvailable: nodes,
    },
  };
}

const many = (count: number, make: (index: number) => Json): readonly Json[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** The same cluster for the same size: on each node each DaemonSet's pod, and the others evenly. */
export function bigObjects({ nodes, pods, daemonSets }: BigSize): readonly Served[] {
  const templated = (kind: Templated["kind"], apiVersion: string, objects: readonly Json[]) => ({
    kind,
    apiVersion,
    templates: objects.map((object) => ({ kind, apiVersion, object })),
  });
  return [
    {
      plural: "nodes",
      count: nodes,
      ...templated("Node", "v1", many(POOLS, nodeTemplate)),
      of: (index) => ({ template: index % POOLS, node: index }),
    },
    {
      plural: "pods",
      count: pods,
      ...templated("Pod", "v1", [
        ...many(daemonSets, podTemplate),
        ...many(WORKLOADS, workloadTemplate),
      ]),
      of(index) {
        const set = Math.floor(index / nodes);
        return {
          template: set < daemonSets ? set : daemonSets + (index % WORKLOADS),
          node: index % nodes,
        };
      },
    },
    {
      plural: "daemonsets",
      count: daemonSets,
      ...templated(
        "DaemonSet",
        "apps/v1",
        many(daemonSets, (index) => setTemplate(index, nodes)),
      ),
      of: (index) => ({ template: index, node: 0 }),
    },
  ];
}

/** All start at the same version; a change counts on from there. */
export const FIRST_VERSION = 1_000_000_000;
export const stampOf = (of: Served, index: number, version = FIRST_VERSION): Stamp => ({
  index,
  node: of.of(index).node,
  version,
});
