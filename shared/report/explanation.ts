import type { ClusterFacts } from "#shared/audit/facts.ts";
import type { Answer } from "#shared/cluster/selector.ts";
import { isComplete, rfc3339 } from "./make-report.ts";
import type { ReportFinding, ReportRemedy } from "./report.ts";

/** `dsaudit explain … -o json`. Additive changes only, as for the report. null: cannot be told. */
export type Explanation = NodeExplanation | DaemonSetExplanation | PlacementExplanation;

type Common = {
  readonly apiVersion: "dsaudit/v1";
  readonly cluster: { readonly name: string; readonly version: string | null };
  readonly at: string;
  /** Nodes, pods and DaemonSets were read whole. */
  readonly complete: boolean;
  readonly notSeen: readonly string[];
  readonly findings: readonly ReportFinding[];
};

/** One rule that was asked, and what it said. */
export type Check = {
  readonly check: string;
  readonly holds: boolean | null;
  readonly says: string;
};

/** Amounts in the scheduler's unit, as decimal strings: thousandths of a cpu, bytes, else pieces. */
export type Reckoning = {
  readonly resource: string;
  readonly requested: string;
  readonly allocatable: string;
  readonly used: string;
  readonly free: string;
  /** "0" where it fits. */
  readonly missing: string;
};

export type Holder = {
  readonly pod: string;
  readonly priority: number;
  readonly resource: string;
  readonly amount: string;
};

export type DaemonPod = {
  readonly name: string;
  readonly phase: string;
  readonly says: string;
  readonly createdAt: string | null;
  readonly restarts: number;
  /** Of the current revision. */
  readonly updated: boolean | null;
};

export type Happening = {
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly lastAt: string | null;
};

export type PlacementExplanation = Common & {
  readonly kind: "PlacementExplanation";
  readonly daemonSet: string;
  readonly node: string;
  readonly eligible: boolean | null;
  readonly shouldContinue: boolean | null;
  readonly intended: boolean | null;
  readonly verdict: string;
  readonly cause?: string;
  readonly reason: string;
  readonly since: string | null;
  /** Why the controller wants a pod there, or does not. */
  readonly wanted: readonly Check[];
  /** What the pod asks of the node beside what the node has left without it. */
  readonly arithmetic: readonly Reckoning[];
  readonly hostPorts: readonly Check[];
  /** Who holds most of what is short. */
  readonly holders: readonly Holder[];
  /** What would make it fit, in sentences. */
  readonly wouldFit: readonly string[];
  readonly pods: readonly DaemonPod[];
  readonly events: readonly Happening[];
  /** For this one placement; a finding's own are for all its nodes. */
  readonly remedies: readonly ReportRemedy[];
};

export type NodeDaemon = {
  readonly daemonSet: string;
  readonly verdict: string;
  readonly cause?: string;
  readonly pod?: string;
  readonly reason: string;
};

export type NodeExplanation = Common & {
  readonly kind: "NodeExplanation";
  readonly node: string;
  readonly pool: string;
  readonly phase: {
    readonly name: string;
    readonly since: string | null;
    readonly because: string;
  };
  readonly compute: string;
  readonly outsideCoverage: boolean;
  readonly os: string;
  readonly arch: string;
  readonly kubelet: string;
  readonly createdAt: string | null;
  /** What is not as on a healthy node. */
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly since: string | null;
  }[];
  readonly taints: readonly { readonly taint: string; readonly passing: string | null }[];
  readonly pods: { readonly count: number; readonly limit: number };
  readonly arithmetic: readonly Omit<Reckoning, "requested" | "missing">[];
  readonly daemons: readonly NodeDaemon[];
};

/** A way in which somebody reaches the daemon, or the word that we cannot see one. */
export type Reach = {
  readonly way: "service" | "host-port" | "host-network" | "role" | "socket" | "unseen";
  readonly name?: string;
  readonly says: string;
};

export type Rollout = {
  readonly strategy: string;
  readonly currentRevision: string | null;
  readonly updated: number;
  readonly outdated: number;
  readonly unknown: number;
  readonly outdatedNodes: readonly string[];
  /** Nodes that use up what may be unavailable at once. */
  readonly budget: {
    readonly maxUnavailable: number;
    readonly maxSurge: number;
    readonly usedBy: readonly string[];
  } | null;
  readonly says: readonly string[];
};

export type NodeGroup = {
  readonly verdict: string;
  readonly cause?: string;
  /** Of the first node, or of all. */
  readonly reason: string;
  readonly sameReason: boolean;
  readonly nodes: readonly string[];
};

export type PoolRow = {
  readonly pool: string;
  readonly nodes: number;
  readonly intended: number;
  readonly covered: number;
  readonly starting: number;
  readonly gaps: number;
  readonly unknown: number;
  readonly misplaced: number;
};

export type DaemonSetExplanation = Common & {
  readonly kind: "DaemonSetExplanation";
  readonly namespace: string;
  readonly name: string;
  readonly role: string;
  readonly createdAt: string | null;
  /** Known only from its pods. */
  readonly inferred: boolean;
  readonly requests: string;
  readonly priority: string;
  /** Where its template lets it go, in sentences. */
  readonly rules: readonly string[];
  readonly pools: readonly PoolRow[];
  /** Where it is not covered, and where it is not meant to be, by reason. */
  readonly groups: readonly NodeGroup[];
  readonly reach: readonly Reach[];
  readonly rollout: Rollout;
  /** Who would undo a change made by hand. */
  readonly owner: { readonly name: string; readonly where: string } | null;
};

export const common = (facts: ClusterFacts, findings: readonly ReportFinding[]): Common => ({
  apiVersion: "dsaudit/v1",
  cluster: { name: facts.cluster.name, version: facts.cluster.version?.text ?? null },
  at: rfc3339(facts.at),
  complete: isComplete(facts.cluster),
  notSeen: [...new Set(facts.cluster.notSeen.map(({ kind }) => kind))],
  findings,
});

const TRUTH: Readonly<Record<Answer, boolean | null>> = { yes: true, no: false, unknown: null };
export const truth = (answer: Answer): boolean | null => TRUTH[answer];
