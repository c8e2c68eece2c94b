import type { Instant } from "#shared/cluster/metadata.ts";
import type { Evidence } from "./cause.ts";

/**
 * The answer for one placement.
 * covered: a healthy daemon pod of the current or an allowed earlier revision is available there.
 * starting: not yet, and inside the time that this node and daemon may take.
 * gap: intended, not covered. excluded: not intended, no pod. misplaced: not intended, a pod is there.
 * unknown: we cannot tell, and never count it as covered.
 */
export type VerdictName = "covered" | "starting" | "gap" | "excluded" | "misplaced" | "unknown";

export type Verdict = {
  readonly says: VerdictName;
  /** Code of the cause, for a gap that could be explained and for an unknown that has one. */
  readonly cause?: string;
  readonly evidence?: Evidence;
  readonly since?: Instant | undefined;
  /** One short clause; only for people. */
  readonly reason: string;
};
