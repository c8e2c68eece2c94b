import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Shapes } from "#shared/events/shapes/kinds.ts";
import { writeControllerRevision, writeDaemonSet } from "./daemon-set.ts";
import { filled, unlessEmpty } from "./json.ts";
import { DO_NOT_DISRUPT, writeMetadata } from "./metadata.ts";
import { writeCsiNode, writeLease, writeNode, writeNodeClaim, writeNodePool } from "./node.ts";
import { writePodSpec } from "./pod-spec.ts";
import { writePodStatus } from "./pod-status.ts";
import {
  writeEvent,
  writeLimitRange,
  writeNamespace,
  writePodDisruptionBudget,
  writePriorityClass,
  writeRuntimeClass,
} from "./policy.ts";
import { writeEndpointSlice, writeService } from "./traffic.ts";
import {
  writePersistentVolume,
  writePersistentVolumeClaim,
  writeStorageClass,
  writeVolumeAttachment,
} from "./storage.ts";

const writePod = (of: Pod): Shapes["Pod"] =>
  filled({
    metadata: writeMetadata(of, of.doNotDisrupt ? [DO_NOT_DISRUPT] : []),
    spec: unlessEmpty(writePodSpec(of.spec)),
    status: unlessEmpty(writePodStatus(of.status)),
  });

type Writers = { readonly [K in Kind]: (object: Kinds[K]) => Shapes[K] };

const WRITERS: Writers = {
  Node: writeNode,
  Pod: writePod,
  DaemonSet: writeDaemonSet,
  ControllerRevision: writeControllerRevision,
  Service: writeService,
  EndpointSlice: writeEndpointSlice,
  Event: writeEvent,
  PriorityClass: writePriorityClass,
  PodDisruptionBudget: writePodDisruptionBudget,
  CSINode: writeCsiNode,
  PersistentVolume: writePersistentVolume,
  PersistentVolumeClaim: writePersistentVolumeClaim,
  StorageClass: writeStorageClass,
  VolumeAttachment: writeVolumeAttachment,
  RuntimeClass: writeRuntimeClass,
  LimitRange: writeLimitRange,
  Namespace: writeNamespace,
  Lease: writeLease,
  NodePool: writeNodePool,
  NodeClaim: writeNodeClaim,
};

/**
 * An object as JSON of Kubernetes' shape, with what our readers keep and nothing else. What a reader fills in by itself is left
 * out. `readAs(kind, writeObject(kind, object))` is the object again.
 */
export const writeObject = <K extends Kind>(kind: K, object: Kinds[K]): Shapes[K] =>
  WRITERS[kind](object);

export { writePodSpec, writePodStatus };
