import type { ControllerRevision, DaemonSet } from "#shared/cluster/daemon-set.ts";
import { controllerOf } from "#shared/cluster/metadata.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { answer, type Answer } from "#shared/cluster/selector.ts";

export const HASH_LABEL = "controller-revision-hash";
export const GENERATION_LABEL = "pod-template-generation";

/** Owned by UID, oldest first. */
export const revisionsOf = (
  set: Pick<DaemonSet, "uid">,
  revisions: readonly ControllerRevision[],
): readonly ControllerRevision[] =>
  revisions
    .filter((revision) => controllerOf(revision)?.uid === set.uid)
    .toSorted((a, b) => a.revision - b.revision);

/** The controller has acted on the spec that is in front of us. */
export const isObserved = (set: Pick<DaemonSet, "generation" | "status">): boolean =>
  set.generation === undefined ||
  (set.status.observedGeneration !== undefined && set.status.observedGeneration >= set.generation);

/**
 * Hash of the revision that new pods get: the highest one, but only once the controller has seen the latest spec. The hash
 * is never computed: it differs between versions of Kubernetes and is salted by collisions.
 */
export function currentHash(
  set: Pick<DaemonSet, "uid" | "generation" | "status">,
  revisions: readonly ControllerRevision[],
): string | undefined {
  const hash = isObserved(set) ? revisionsOf(set, revisions).at(-1)?.hash : undefined;
  return hash === "" ? undefined : hash;
}

/**
 * util/daemonset_util.go, IsPodUpdated: the revision hash or, for pods of old, the template generation. Without a hash only
 * a matching generation proves anything: after A→B→A the pods of the first A carry an old generation.
 */
export function isPodUpdated(
  pod: Pick<Pod, "labels">,
  set: Pick<DaemonSet, "templateGeneration">,
  hash: string | undefined,
): Answer {
  const generation = set.templateGeneration;
  if (generation !== undefined && pod.labels.get(GENERATION_LABEL) === generation) return "yes";
  return hash === undefined
    ? "unknown"
    : answer(hash !== "" && pod.labels.get(HASH_LABEL) === hash);
}
