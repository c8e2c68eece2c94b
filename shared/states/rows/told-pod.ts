import type { Pod } from "#shared/cluster/pod.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import type { Requirement } from "#shared/cluster/selector.ts";
import type { Reading } from "#shared/cluster/read/json.ts";
import type { PodClass, PodRow } from "#shared/events/pod-rows.ts";
import { shapeOf, statusAt, timesOf } from "./moments.ts";
import { filled, unlessEmpty, writeMoment } from "#shared/states/write/json.ts";
import { writeObject, writePodStatus } from "#shared/states/write/object.ts";

/** What pods of one revision share. */
export type Revision = Pick<
  Pod,
  "namespace" | "labels" | "annotations" | "owners" | "generation" | "doNotDisrupt" | "spec"
>;

/** Exactly as the controller writes it, and nothing beside. */
export function isPinned({ spec }: Pick<Pod, "spec">, node: string): boolean {
  const [term, ...terms] = spec.requiredNodeAffinity?.terms ?? [];
  if (node === "" || term === undefined || terms.length + term.matchExpressions.length > 0)
    return false;
  return term.matchFields.length === 1 && term.matchFields.every((field) => isFor(node, field));
}

const isFor = (node: string, { key, operator, values }: Requirement): boolean =>
  key === "metadata.name" && operator === "In" && values.length === 1 && values[0] === node;

/** Without what each pod of a DaemonSet has otherwise: its node. */
const sharedSpec = (pod: Revision, node: string): Pod["spec"] => ({
  ...pod.spec,
  nodeName: pod.spec.nodeName === node ? "" : pod.spec.nodeName,
  ...(isPinned(pod, node) ? { requiredNodeAffinity: undefined } : {}),
});

/** What a pod shares with those of its revision, but for the status. `node`: whose row it stands in; "" for none. */
export function classOf(pod: Revision, node: string): PodClass {
  const { metadata, spec } = writeObject("Pod", {
    ...pod,
    spec: sharedSpec(pod, node),
    ...NOBODY,
  });
  const { labels, annotations, ownerReferences, generation } = metadata;
  return filled<PodClass>({
    namespace: pod.namespace,
    labels,
    annotations,
    ownerReferences,
    generation,
    spec: spec ?? {},
    toNode: isPinned(pod, node) ? true : undefined,
  });
}

const NO_STATUS: Pod["status"] = {
  phase: "",
  reason: "",
  message: "",
  conditions: [],
  containers: [],
  initContainers: [],
  startedAt: undefined,
  nominatedNodeName: "",
  hasIP: false,
  actual: undefined,
  allocated: undefined,
  claimed: undefined,
};
/** What each of them has of its own. */
const NOBODY = {
  name: "",
  uid: "",
  createdAt: undefined,
  deletionAt: undefined,
  status: NO_STATUS,
} as const;

/** What the statuses of ordinary pods of one revision have in common. */
export const shapeIn = (status: Pod["status"]): PodClass["status"] =>
  shapeOf(writePodStatus(status));

/** What is told of each pod beside its class. `isOrdinary`: its status is told by the class, but for the times. */
export function ownOf(pod: Pod, node: string, isOrdinary: boolean): Omit<PodRow, "class"> {
  const times = isOrdinary ? timesOf(pod.status, pod.createdAt ?? 0) : undefined;
  return {
    name: pod.name,
    uid: pod.uid,
    createdAt: pod.createdAt,
    deletionAt: pod.deletionAt,
    bound: pod.spec.nodeName === "" && node !== "" ? false : undefined,
    moments: times?.moments,
    restarts: times?.restarts.some((one) => one !== 0) ? times.restarts : undefined,
    status: isOrdinary ? undefined : unlessEmpty(writePodStatus(pod.status)),
  };
}

/** As an API server would tell it: the two parts put together again. */
export function podJson(of: PodClass, own: Omit<PodRow, "class">, node: string): object {
  const { affinity } = of.spec;
  const spec = {
    ...of.spec,
    ...(of.spec.nodeName === undefined && own.bound !== false && node !== ""
      ? { nodeName: node }
      : {}),
    ...(of.toNode ? { affinity: { ...affinity, nodeAffinity: affinityFor(node) } } : {}),
  };
  return {
    metadata: {
      name: own.name,
      namespace: of.namespace,
      uid: own.uid,
      labels: of.labels,
      annotations: of.annotations,
      ownerReferences: of.ownerReferences,
      generation: of.generation,
      creationTimestamp: writeMoment(own.createdAt),
      deletionTimestamp: writeMoment(own.deletionAt),
    },
    spec,
    status: own.status ?? (of.status && statusAt(of.status, own, own.createdAt)),
  };
}

/** What the DaemonSet controller writes for one node. */
const affinityFor = (node: string): object => ({
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [
      { matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] },
    ],
  },
});

export const readPodRow = (
  of: PodClass,
  own: Omit<PodRow, "class">,
  into: { readonly node: string; readonly reading: Reading },
): Pod => readAs("Pod", podJson(of, own, into.node), into.reading);
