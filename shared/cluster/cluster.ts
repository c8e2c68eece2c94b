import type { ControllerRevision, DaemonSet } from "./daemon-set.ts";
import type { Instant } from "./metadata.ts";
import type { Node } from "./node.ts";
import type { Pod } from "./pod.ts";
import type {
  Event,
  Lease,
  LimitRange,
  Namespace,
  NodeClaim,
  NodePool,
  PodDisruptionBudget,
  PriorityClass,
  RuntimeClass,
} from "./policy.ts";
import type { EndpointSlice, Service } from "./service.ts";
import type {
  CsiNode,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from "./storage.ts";
import type { Version } from "./version.ts";

/** Every kind we read, with the type its objects become. Order: what an audit cannot do without comes first. */
export type Kinds = {
  readonly Node: Node;
  readonly Pod: Pod;
  readonly DaemonSet: DaemonSet;
  readonly ControllerRevision: ControllerRevision;
  readonly Service: Service;
  readonly EndpointSlice: EndpointSlice;
  readonly Event: Event;
  readonly PriorityClass: PriorityClass;
  readonly PodDisruptionBudget: PodDisruptionBudget;
  readonly CSINode: CsiNode;
  readonly PersistentVolume: PersistentVolume;
  readonly PersistentVolumeClaim: PersistentVolumeClaim;
  readonly StorageClass: StorageClass;
  readonly VolumeAttachment: VolumeAttachment;
  readonly RuntimeClass: RuntimeClass;
  readonly LimitRange: LimitRange;
  readonly Namespace: Namespace;
  readonly Lease: Lease;
  readonly NodePool: NodePool;
  readonly NodeClaim: NodeClaim;
};
export type Kind = keyof Kinds;

/** Why a kind is not in front of us. "absent": the dump has none, and we cannot know whether the cluster does. */
export type NotSeen = {
  readonly kind: Kind;
  readonly why: "absent" | "forbidden" | "not-served" | "failed" | "partial";
  /** What the server or the file said, for people. */
  readonly detail: string;
};

/** Something in the input that could not be taken as it stood. The rest was still read. */
export type InputProblem = {
  /** Stable, dotted: "quantity.syntax", "quantity.negative", "name.syntax", "object.shape" … */
  readonly code: string;
  /** "Node/n1", "Pod/ns/name": where it was. */
  readonly object: string;
  /** Path of the field inside the object: "status.allocatable.cpu". */
  readonly field: string;
  readonly value: string;
  readonly fix: string;
};

/** Everything that was read of one cluster at one moment. All lists may be empty; `notSeen` says which were not read. */
export type Cluster = {
  readonly [K in Kind]: readonly Kinds[K][];
} & {
  /** UID of the kube-system namespace, or the name the user gave. */
  readonly name: string;
  readonly version: Version | undefined;
  /** The moment the cluster is judged at. */
  readonly at: Instant;
  readonly notSeen: readonly NotSeen[];
  readonly problems: readonly InputProblem[];
};
