import type { Evidence, Severity } from "#shared/audit/cause.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import type { Instant } from "#shared/cluster/metadata.ts";

export type SubjectKind = "DaemonSet" | "Node" | "Service" | "Cluster";
export type Subject = {
  readonly kind: SubjectKind;
  readonly namespace: string;
  readonly name: string;
  /** A pool, taint or platform, where one subject can have the same trouble several times. */
  readonly part?: string;
};

/** One cause on one subject in one cluster, over all its nodes. */
export type Finding = {
  /** Hash of (cluster, cause, subject kind, namespace, name, part): the same for as long as the trouble is the same. */
  readonly id: string;
  readonly cause: string;
  readonly severity: Severity;
  readonly subject: Subject;
  /** "namespace/name", sorted. */
  readonly daemonSets: readonly string[];
  /** Sorted. */
  readonly nodes: readonly string[];
  readonly since: Instant | undefined;
  /** One sentence. */
  readonly summary: string;
  readonly evidence: readonly FindingEvidence[];
  readonly remedies: readonly RemedyCall[];
  /** Set when an ignore rule of the policy covers it: still in the report, never an alert, never an exit code. */
  readonly ignored?: { readonly reason: string; readonly until: Instant | undefined };
};

export type FindingEvidence = {
  readonly sentence: string;
  readonly node?: string;
  readonly daemonSet?: string;
  readonly facts: Evidence;
};
