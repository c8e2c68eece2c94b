import type { Kind, NotSeen } from "#shared/cluster/cluster.ts";

/** How one kind is seen just now. */
export type Sight = {
  readonly kind: Kind;
  /** "not yet": nothing is known, not even why. */
  readonly seen: true | "not yet" | NotSeen["why"];
  /** Since the API server last sent a byte of it. */
  readonly lastByteAgeSeconds: number | undefined;
};
