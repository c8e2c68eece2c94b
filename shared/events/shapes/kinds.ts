import * as z from "zod";
import type { Kind } from "#shared/cluster/cluster.ts";
import { ControllerRevision, DaemonSet } from "./daemon-set.ts";
import type { Told } from "./field.ts";
import { Metadata } from "./metadata.ts";
import { CSINode, Lease, Node, NodeClaim, NodePool } from "./node.ts";
import { PodSpec } from "./pod-spec.ts";
import { PodStatus } from "./pod-status.ts";
import {
  Event,
  LimitRange,
  Namespace,
  PodDisruptionBudget,
  PriorityClass,
  RuntimeClass,
} from "./policy.ts";
import { EndpointSlice, Service } from "./traffic.ts";
import {
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from "./storage.ts";

export const Pod = z.strictObject({
  metadata: Metadata,
  spec: PodSpec.optional(),
  status: PodStatus.optional(),
});

/** Every kind in Kubernetes' own shape, cut to what a reader keeps. Nothing else has a place in an event. */
export const SHAPES = {
  Node,
  Pod,
  DaemonSet,
  ControllerRevision,
  Service,
  EndpointSlice,
  Event,
  PriorityClass,
  PodDisruptionBudget,
  CSINode,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
  RuntimeClass,
  LimitRange,
  Namespace,
  Lease,
  NodePool,
  NodeClaim,
} as const satisfies { readonly [K in Kind]: z.ZodType };

export type Shapes = { readonly [K in Kind]: Told<z.infer<(typeof SHAPES)[K]>> };

const isKind = (key: string): key is Kind => Object.hasOwn(SHAPES, key);
/** The name of a kind that we read. */
export const KindName = z.enum(Object.keys(SHAPES).filter(isKind));
