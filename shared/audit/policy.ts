import type { Instant } from "#shared/cluster/metadata.ts";
import type { Severity } from "./cause.ts";
import type { Role } from "./facts.ts";

/** What a team may decide; every field has a default, so that an empty file is a valid one. */
export type AuditPolicy = {
  /** Cause code → severity, over the catalogue's own. */
  readonly severities: ReadonlyMap<string, Severity>;
  /** "namespace/name" (globs with *) → role. */
  readonly roles: readonly { readonly daemonSet: string; readonly role: Role }[];
  readonly grace: Grace;
  /** DaemonSets that must cover nodes they are kept from by taint or affinity: raises excluded-by-*. */
  readonly mustCover: readonly { readonly daemonSet: string; readonly nodes: string }[];
  /** Further taint keys (a trailing * is a prefix) that are transient, beside the built-in list. */
  readonly startupTaints: readonly string[];
  readonly leavingTaints: readonly string[];
  /** The first that fits an occurrence sets it aside; a finding of nothing else is marked ignored. */
  readonly ignore: readonly IgnoreRule[];
};

/** All that is given must fit; globs with *. Nothing is ignored without a reason, nor for ever unless it says so. */
export type IgnoreRule = {
  readonly cause: string;
  /** "namespace/name": every DaemonSet of the occurrence must fit. */
  readonly daemonSet: string;
  /** Every node of the occurrence must fit. */
  readonly node: string;
  readonly reason: string;
  /** From then on the rule is without effect; undefined: "never" was written. */
  readonly until: Instant | undefined;
};

/** Seconds. How long a thing may take before it is a gap. */
export type Grace = {
  /** From the later of node creation and Ready to the daemon pod being up. */
  readonly nodeStart: number;
  readonly windowsNodeStart: number;
  /** From the creation of a pod on a steady node to it being up. */
  readonly podStart: number;
  /** From node NotReady to a finding. */
  readonly nodeNotReady: number;
  /** From node birth to being an error that it never became Ready. */
  readonly nodeNeverReady: number;
  /** How long a node may be on its way out. */
  readonly leaving: number;
  /** How long a start-up taint may stay after its owner is Ready. */
  readonly startupTaint: number;
  /** Without a change of the set of updated nodes. */
  readonly rolloutStuck: number;
  /** Pod past its deletion time. */
  readonly terminating: number;
  readonly steadyMisplaced: number;
};

export const DEFAULT_GRACE: Grace = {
  nodeStart: 300,
  windowsNodeStart: 900,
  podStart: 180,
  nodeNotReady: 300,
  nodeNeverReady: 900,
  leaving: 3600,
  startupTaint: 600,
  rolloutStuck: 900,
  terminating: 300,
  steadyMisplaced: 86_400,
};

export const DEFAULT_POLICY: AuditPolicy = {
  severities: new Map(),
  roles: [],
  grace: DEFAULT_GRACE,
  mustCover: [],
  startupTaints: [],
  leavingTaints: [],
  ignore: [],
};
