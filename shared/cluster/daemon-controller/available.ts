import type { Instant } from "#shared/cluster/metadata.ts";
import { conditionOf, type Pod } from "#shared/cluster/pod.ts";
import { atLeast, type Version } from "#shared/cluster/version.ts";

/** pkg/api/v1/pod/util.go, IsPodReady. */
export const isReady = (pod: Pick<Pod, "status">): boolean =>
  conditionOf(pod.status, "Ready")?.status === "True";

export type AvailableAt = {
  readonly minReadySeconds: number;
  readonly now: Instant;
  readonly version: Version | undefined;
};

/**
 * Ready, and for minReadySeconds. The last second counts from 1.34 on and did not before (pkg/api/v1/pod/util.go,
 * IsPodAvailable); an unknown version is taken as a new one. The two times are of different clocks: see clock-skew.
 */
export function isAvailable(pod: Pick<Pod, "status">, at: AvailableAt): boolean {
  const ready = conditionOf(pod.status, "Ready");
  if (ready?.status !== "True") return false;
  if (at.minReadySeconds === 0) return true;
  if (ready.transitionAt === undefined) return false;
  const due = ready.transitionAt + at.minReadySeconds * 1000;
  return atLeast(at.version, 34) === false ? due < at.now : due <= at.now;
}
