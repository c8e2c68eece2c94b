import type { Instant } from "#shared/cluster/metadata.ts";
import type { ClusterFacts, DaemonSetView, NodeView, PlacementView, ServiceView } from "./facts.ts";
import type { RemedyCall } from "./remedy-call.ts";

export type Severity = "info" | "warning" | "critical";

export type CauseGroup =
  | "not created"
  | "cannot be placed"
  | "placed, not up"
  | "node"
  | "eligibility"
  | "rollout"
  | "gate"
  | "traffic"
  | "risk"
  | "auditor itself";

/** What an audit may say of a cause: plain data, ready for JSON (amounts as decimal strings or numbers). */
export type EvidenceValue =
  | string
  | number
  | boolean
  | null
  | readonly EvidenceValue[]
  | { readonly [key: string]: EvidenceValue };
export type Evidence = { readonly [key: string]: EvidenceValue };

/** One occurrence of a cause on its subject. */
export type Hit<E extends Evidence = Evidence> = {
  readonly evidence: E;
  readonly since?: Instant | undefined;
  /** Nodes concerned; a placement's or a node's own hit need not name its node. */
  readonly nodes?: readonly string[];
  /** "namespace/name"; a placement's or a DaemonSet's own hit need not name itself. */
  readonly daemonSets?: readonly string[];
  /** A pool, taint or platform, where one subject can have the same trouble several times; it becomes `subject.part`. */
  readonly part?: string;
  /** Only where this occurrence is worse or better than the cause usually is. */
  readonly severity?: Severity;
};

/** A rule that cannot answer says why; it is never read as "no". */
export type CannotTell = { readonly cannotTell: string };

/** The page of a cause in CAUSES.md and `dsaudit causes CODE`. Full sentences; the proof is commands to run. */
export type CauseDoc = {
  /** Half a line, no full stop. */
  readonly title: string;
  /** What is wrong, and why Kubernetes does not say so. */
  readonly what: string;
  /** Shell lines that show it in a live cluster; NODE, NS, DS, POD stand for names. */
  readonly proof: readonly string[];
  readonly fix: readonly string[];
  /** What the usual advice gets wrong about it. */
  readonly usualAdvice: string;
  /** Where Kubernetes decides this: file and function, or a page of its documentation. */
  readonly sources: readonly string[];
};

type Named<E extends Evidence> = {
  readonly code: string;
  readonly group: CauseGroup;
  /** Before role and reach raise or lower it. */
  readonly severity: Severity;
  readonly doc: CauseDoc;
  /**
   * Only for a family, whose own `code` holds a word in capitals (insufficient-RESOURCE): the code of this occurrence
   * (insufficient-nvidia.com/gpu). Ask `codeOfHit`, never `code`, where an occurrence is meant.
   */
  codeOf?(evidence: E): string;
  /** One sentence, no full stop, of one occurrence. Values are hostile: renderers escape, this only composes. */
  explain(evidence: E): string;
  /** What to do about it, cheapest first. */
  remedies(evidence: E, view: RemedyView): readonly RemedyCall[];
};

/** What remedies may look at beside the evidence. */
export type RemedyView = {
  readonly facts: ClusterFacts;
  /** All nodes of the finding, sorted. */
  readonly nodes: readonly string[];
  /** All DaemonSets of the finding, sorted. */
  readonly daemonSets: readonly string[];
};

/** Methods, not function properties, so that a catalogue may hold causes of different evidence. */
export type PlacementCause<E extends Evidence = Evidence> = Named<E> & {
  readonly scope: "placement";
  /** Asked only of placements that are intended and not covered, in the order of the catalogue; the first yes wins. */
  find(view: PlacementView): Hit<E> | CannotTell | undefined;
};
export type NodeCause<E extends Evidence = Evidence> = Named<E> & {
  readonly scope: "node";
  find(view: NodeView): Hit<E> | CannotTell | undefined;
};
export type DaemonSetCause<E extends Evidence = Evidence> = Named<E> & {
  readonly scope: "daemonSet";
  /** It looks at the other pods of its nodes too. Without it a change of those asks it again for nothing. */
  readonly looksAtNeighbours?: true;
  /** One hit a finding; a cause may hit once per pool (excluded-by-taint) and then says so in `subject`. */
  find(view: DaemonSetView): readonly Hit<E>[] | CannotTell;
};
export type ServiceCause<E extends Evidence = Evidence> = Named<E> & {
  readonly scope: "service";
  find(view: ServiceView): Hit<E> | CannotTell | undefined;
};
export type ClusterCause<E extends Evidence = Evidence> = Named<E> & {
  readonly scope: "cluster";
  find(facts: ClusterFacts): readonly Hit<E>[] | CannotTell;
};
export type Cause = PlacementCause | NodeCause | DaemonSetCause | ServiceCause | ClusterCause;

/** The public code of one occurrence: a family's member, else the cause's own code. */
export const codeOfHit = (cause: Cause, evidence: Evidence): string =>
  cause.codeOf?.(evidence) ?? cause.code;

/** Lets a file state its evidence type once and get the whole shape checked. */
export const placementCause = <E extends Evidence>(cause: PlacementCause<E>): PlacementCause<E> =>
  cause;
export const nodeCause = <E extends Evidence>(cause: NodeCause<E>): NodeCause<E> => cause;
export const daemonSetCause = <E extends Evidence>(cause: DaemonSetCause<E>): DaemonSetCause<E> =>
  cause;
export const serviceCause = <E extends Evidence>(cause: ServiceCause<E>): ServiceCause<E> => cause;
export const clusterCause = <E extends Evidence>(cause: ClusterCause<E>): ClusterCause<E> => cause;
