import type { Kind } from "#shared/cluster/cluster.ts";
import type { Sight } from "#shared/flow/sight.ts";

export type Readiness = {
  readonly ready: boolean;
  readonly leading: boolean;
  /** What keeps it from being ready, in words. */
  readonly because: readonly string[];
  readonly kinds: readonly KindReadiness[];
};

export type KindReadiness = {
  readonly kind: Kind;
  readonly seen: Sight["seen"];
  readonly lastByteAgeSeconds?: number;
};

/** Without these there is nothing to tell; each of the others may be forbidden or not served. */
const NEEDED: ReadonlySet<Kind> = new Set(["Node", "Pod", "DaemonSet"]);
/** Two of the longest silences of a live watch: after that, it is no quiet kind but a dead connection. */
const OLDEST_BYTE = 150;

/** A replica that waits for its turn is as ready as the one that leads. */
export function readinessOf(sights: readonly Sight[], leading: boolean): Readiness {
  const because = sights.flatMap((sight) => whyNot(sight));
  if (sights.length === 0) because.push("the cluster has not answered yet");
  return {
    ready: because.length === 0,
    leading,
    because,
    kinds: sights.map(({ kind, seen, lastByteAgeSeconds: age }) =>
      age === undefined ? { kind, seen } : { kind, seen, lastByteAgeSeconds: Math.round(age) },
    ),
  };
}

function whyNot({ kind, seen, lastByteAgeSeconds: age = 0 }: Sight): readonly string[] {
  if (seen === "not yet") return [`${kind}: not read yet`];
  if (seen !== true) return NEEDED.has(kind) ? [`${kind}: ${seen}`] : [];
  return age > OLDEST_BYTE ? [`${kind}: nothing was heard for ${Math.round(age)} s`] : [];
}
