import type { Cluster, Kind } from "#shared/cluster/cluster.ts";
import type { ControllerRevision, DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Node, Taint } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Event, Lease } from "#shared/cluster/policy.ts";
import type { Amounts } from "#shared/cluster/quantity.ts";
import type { Answer } from "#shared/cluster/selector.ts";
import type { EndpointSlice, Service } from "#shared/cluster/service.ts";
import type { ComputeType } from "#shared/cluster/compute-type.ts";
import type { NodePhase } from "#shared/cluster/node-phase.ts";
import type { TransientTaint } from "#shared/cluster/transient-taint.ts";
import type { AuditPolicy } from "./policy.ts";
import type { Verdict } from "./verdict.ts";

/** What a daemon is for; decides severity, priority advice and what must never be restarted lightly. */
export type Role =
  | "cni"
  | "csi"
  | "kube-proxy"
  | "dns"
  | "device"
  | "logs"
  | "monitoring"
  | "security"
  | "other";

/** A cluster with the look-ups that rules need, each made once. */
export type ClusterFacts = {
  readonly cluster: Cluster;
  readonly policy: AuditPolicy;
  readonly at: Instant;
  /** false: the kind was not (wholly) read, and a rule that needs it answers cannotTell. */
  seen(kind: Kind): boolean;
  readonly nodes: readonly NodeView[];
  readonly daemonSets: readonly DaemonSetView[];
  readonly services: readonly ServiceView[];
  node(name: string): NodeView | undefined;
  daemonSet(key: string): DaemonSetView | undefined;
  /** Events about an object, oldest first. Absence proves nothing. */
  eventsOf(uid: string): readonly Event[];
  /** Pods that the scheduler has promised a place on this node and not bound yet. */
  nominatedFor(node: string): readonly Pod[];
  /** Only where the cluster is audited through a forwarder. `silentAfter`: milliseconds without a heartbeat. */
  readonly forwarder?: { readonly lastHeardAt: Instant; readonly silentAfter: number } | undefined;
};

export type NodeView = {
  readonly facts: ClusterFacts;
  readonly node: Node;
  readonly phase: NodePhase;
  readonly compute: ComputeType;
  /** Karpenter NodePool, EKS nodegroup, GKE or AKS pool label, else instance type, else "". */
  readonly pool: string;
  /** Pods with spec.nodeName = this node, ended ones too. */
  readonly pods: readonly Pod[];
  readonly lease: Lease | undefined;
  /** Why a taint of the node will pass; undefined: it is there to stay. */
  transient(taint: Taint): TransientTaint | undefined;
  /** The taints that are there to stay. */
  readonly lasting: readonly Taint[];
  /** Requests of bound pods that have not ended, terminating ones included. Who is nominated counts by priority: place.ts. */
  used(): Amounts;
  placements(): readonly PlacementView[];
};

export type DaemonSetView = {
  readonly facts: ClusterFacts;
  readonly daemonSet: DaemonSet;
  readonly key: string;
  readonly role: Role;
  /** Owned by UID, terminal and terminating ones too. */
  readonly pods: readonly Pod[];
  /** Oldest first. Empty when none was seen. */
  readonly revisions: readonly ControllerRevision[];
  /** Label controller-revision-hash of the current revision; undefined: cannot tell. */
  readonly currentHash: string | undefined;
  /** Updated by hash or by template generation (upstream util.IsPodUpdated). */
  isUpdated(pod: Pod): Answer;
  /** When the newest pod was made, while pods of an earlier revision are still to be replaced; else undefined. */
  rolloutMovedAt(): Instant | undefined;
  placements(): readonly PlacementView[];
};

/** One DaemonSet on one node: the unit that is judged. */
export type PlacementView = {
  readonly facts: ClusterFacts;
  readonly daemonSet: DaemonSetView;
  readonly node: NodeView;
  /** The DaemonSet controller would keep a pod here now. */
  readonly eligible: Answer;
  readonly shouldContinue: Answer;
  /** Eligible when transient taints are taken away and nothing about the node's kind forbids it. */
  readonly intended: Answer;
  /** Why not eligible or not intended, for people: "taint nvidia.com/gpu=present:NoSchedule is not tolerated". */
  readonly because: string;
  /** Owned pods that target this node, in the order in which upstream's status loop looks at them. */
  readonly pods: readonly Pod[];
  /** The one that is judged. */
  readonly pod: Pod | undefined;
  verdict(): Verdict;
};

export type ServiceView = {
  readonly facts: ClusterFacts;
  readonly service: Service;
  readonly key: string;
  readonly slices: readonly EndpointSlice[];
  /** DaemonSets whose template labels the selector matches. */
  readonly daemonSets: readonly DaemonSetView[];
};
