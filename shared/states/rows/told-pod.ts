import type { Pod } from "#shared/cluster/pod.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import type { Requirement } from "#shared/cluster/selector.ts";
import type { Reading } from "#shared/cluster/read/json.ts";
import type { PodClass, PodRow } from "#shared/events/pod-rows.ts";
import { isOrdinary } from "./ordinary.ts";
import { shapeOf, statusAt, type Shape } from "./moments.ts";
import { filled, writeMoment } from "#shared/states/write/json.ts";
import { writeObject } from "#shared/states/write/object.ts";

/** A pod in two parts: what those of its revision share, and what is its own. */
export type ToldPod = { readonly of: PodClass; readonly own: Omit<PodRow, "class"> };

/** Exactly as the controller writes it, and nothing beside. */
function isPinned({ spec }: Pod, node: string): boolean {
  const [term, ...terms] = spec.requiredNodeAffinity?.terms ?? [];
  if (node === "" || term === undefined || terms.length + term.matchExpressions.length > 0)
    return false;
  return term.matchFields.length === 1 && term.matchFields.every((field) => isFor(node, field));
}

const isFor = (node: string, { key, operator, values }: Requirement): boolean =>
  key === "metadata.name" && operator === "In" && values.length === 1 && values[0] === node;

/** Without what each pod of a DaemonSet has otherwise: its node. */
const sharedSpec = (pod: Pod, node: string): Pod["spec"] => ({
  ...pod.spec,
  nodeName: pod.spec.nodeName === node ? "" : pod.spec.nodeName,
  ...(isPinned(pod, node) ? { requiredNodeAffinity: undefined } : {}),
});

/** `node`: whose row it stands in; "" for none. */
export function tellPod(pod: Pod, node: string): ToldPod {
  const { metadata, spec, status } = writeObject("Pod", { ...pod, spec: sharedSpec(pod, node) });
  const { labels, annotations, ownerReferences, generation } = metadata;
  const shape = isOrdinary(pod) ? shapeOf(status ?? {}, pod.createdAt) : undefined;
  return {
    of: filled<PodClass>({
      namespace: pod.namespace,
      labels,
      annotations,
      ownerReferences,
      generation,
      spec: spec ?? {},
      toNode: isPinned(pod, node) ? true : undefined,
      status: shape?.status,
    }),
    own: filled<Omit<PodRow, "class">>({
      name: pod.name,
      uid: pod.uid,
      createdAt: pod.createdAt,
      deletionAt: pod.deletionAt,
      bound: pod.spec.nodeName === "" && node !== "" ? false : undefined,
      ...(shape === undefined ? { status } : ownOf(shape)),
    }),
  };
}

const ownOf = ({ moments, restarts }: Shape): Pick<PodRow, "moments" | "restarts"> => ({
  moments: moments.length === 0 ? undefined : moments,
  restarts: restarts.every((times) => times === 0) ? undefined : restarts,
});

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
