import type { Kinds, NotSeen } from "#shared/cluster/cluster.ts";
import type { ControllerRevision, DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Event, Lease, LimitRange, Namespace, NodeClaim } from "#shared/cluster/policy.ts";
import type { Service } from "#shared/cluster/service.ts";
import type {
  CsiNode,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from "#shared/cluster/storage.ts";
import type { Version } from "#shared/cluster/version.ts";

/** Everything that one row is made of, as it is now. Lists are in the order of namespace and name. */
export type NodeBundle = {
  readonly node: Node;
  /** Only where its renewal is far from those of the others: then it is news. */
  readonly staleLease?: Lease | undefined;
  /** There is no Lease of this node at all. */
  readonly noLease?: true;
  readonly csiNode?: CsiNode | undefined;
  readonly nodeClaim?: NodeClaim | undefined;
  /** Owned by a DaemonSet; bound to this node, or aimed at it. */
  readonly daemonPods: readonly Pod[];
  /** Promised a place here and not bound yet; those that are aimed here already stand among the daemon pods. */
  readonly nominated: readonly Pod[];
  readonly others: readonly Pod[];
  /** About the node and its daemon pods. */
  readonly events: readonly Event[];
};

export type DaemonSetBundle = {
  readonly daemonSet: DaemonSet;
  readonly revisions: readonly ControllerRevision[];
  /** Those that select its template. */
  readonly services: readonly Service[];
  /** What its claims lead to; all empty where its template has none. */
  readonly claims: readonly PersistentVolumeClaim[];
  readonly volumes: readonly PersistentVolume[];
  readonly storageClasses: readonly StorageClass[];
  readonly attachments: readonly VolumeAttachment[];
  readonly namespace?: Namespace | undefined;
  readonly limitRanges: readonly LimitRange[];
  /** About it and about its strays. */
  readonly events: readonly Event[];
  /** Its pods that are aimed at no node that there is. */
  readonly strays: readonly Pod[];
};

/** Kinds whose every object is a row of its own. */
export const WHOLE_KINDS = [
  "PriorityClass",
  "RuntimeClass",
  "PodDisruptionBudget",
  "NodePool",
] as const;
/** Of slices those of Services that select a DaemonSet: one DaemonSet's endpoints on all nodes are too much for one row. */
type SingleKind = (typeof WHOLE_KINDS)[number] | "Namespace" | "EndpointSlice";

export type ObjectBundle =
  | { readonly [K in SingleKind]: { readonly kind: K; readonly object: Kinds[K] } }[SingleKind]
  /** Selects no DaemonSet of its namespace. Of its endpoints it only matters whether there are any. */
  | { readonly kind: "Service"; readonly object: Service; readonly hasEndpoints: boolean }
  /** No object of Kubernetes: what is known of the cluster itself. */
  | {
      readonly kind: "cluster";
      readonly version: Version | undefined;
      readonly notSeen: readonly NotSeen[];
    };

/** What rows of nodes depend on beside their nodes. */
export type Surroundings = {
  readonly version: Version | undefined;
  readonly daemonSets: readonly DaemonSet[];
  /** Those of namespaces with DaemonSets. */
  readonly services: readonly Service[];
};

/** The "uid" of the row that speaks of the cluster itself. */
export const CLUSTER = "cluster";
