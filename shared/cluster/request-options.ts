import type { ResourceList } from "./quantity.ts";
import { atLeast, type Version } from "./version.ts";

/**
 * How a version of Kubernetes adds up. Mirrors PodResourcesOptions of component-helpers/resource/helpers.go; `resize` says what
 * counts while a pod is resized in place: the spec alone (up to 1.32), per container the largest of spec, allocated and actual
 * (1.33 to 1.36), or the largest of the three sums (1.37).
 */
export type RequestOptions = {
  readonly resize: "spec" | "largest-per-container" | "largest-sum";
  readonly podLevel: boolean;
  /** Pod-level amounts in the status count too: beta on from 1.36. */
  readonly podLevelResize: boolean;
  readonly overhead: boolean;
  readonly containerLevel: boolean;
  /** Replaces what a container does not ask for; the scheduler's scoring only. */
  readonly nonMissing: ResourceList;
  /** status.nodeAllocatableResourceClaimStatuses: alpha, off. */
  readonly claims: boolean;
};

export const NEWEST_REQUESTS: RequestOptions = {
  resize: "largest-sum",
  podLevel: true,
  podLevelResize: true,
  overhead: true,
  containerLevel: true,
  nonMissing: new Map(),
  claims: false,
};

/** An unknown version is taken as the newest that we know. */
export function requestOptionsOf(version: Version | undefined): RequestOptions {
  const from = (minor: number): boolean => atLeast(version, minor) !== false;
  const resize = from(37) ? "largest-sum" : from(33) ? "largest-per-container" : "spec";
  return { ...NEWEST_REQUESTS, resize, podLevel: from(34), podLevelResize: from(36) };
}
