import type { Cause, Evidence, Severity } from "./cause.ts";
import type { ClusterFacts, DaemonSetView, NodeView, PlacementView, ServiceView } from "./facts.ts";
import type { Instant } from "#shared/cluster/metadata.ts";

/** Where a cause was found. A placement is one DaemonSet on one node. */
export type Where =
  | { readonly scope: "placement"; readonly placement: PlacementView }
  | { readonly scope: "node"; readonly node: NodeView }
  | { readonly scope: "daemonSet"; readonly daemonSet: DaemonSetView }
  | { readonly scope: "service"; readonly service: ServiceView }
  | { readonly scope: "cluster" };

/** One cause, found once. Findings group and fold these. */
export type Occurrence = {
  readonly cause: Cause;
  /** The public code: a family's member (insufficient-nvidia.com/gpu), else the cause's own. */
  readonly code: string;
  readonly where: Where;
  readonly evidence: Evidence;
  readonly since: Instant | undefined;
  /** Only where this occurrence is worse or better than the cause usually is. */
  readonly severity: Severity | undefined;
  readonly part: string | undefined;
  /** Sorted; the node of a placement or node occurrence is among them. */
  readonly nodes: readonly string[];
  /** "namespace/name", sorted; for a node: its daemons that are not covered there. */
  readonly daemonSets: readonly string[];
};

/** A cause that could not be judged somewhere, and why. Never read as "no". */
export type Unanswered = {
  readonly code: string;
  readonly where: Where;
  readonly why: string;
  /** The rule itself failed: its answer counts as unknown. */
  readonly threw: boolean;
};

/** Everything that was judged of one cluster at one moment. */
export type Audit = {
  readonly facts: ClusterFacts;
  readonly occurrences: readonly Occurrence[];
  readonly unanswered: readonly Unanswered[];
};
