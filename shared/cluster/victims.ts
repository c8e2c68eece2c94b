import { keyOf } from "./metadata.ts";
import type { Pod } from "./pod.ts";
import type { PodDisruptionBudget } from "./policy.ts";
import { withHolder, type Room } from "./room.ts";
import { matchesLabelSelector } from "./selector.ts";
import type { Version } from "./version.ts";

/** component-helpers/scheduling/corev1, PodPriority: none is 0. */
export const priorityOf = ({ spec }: Pick<Pod, "spec">): number => spec.priority ?? 0;

const startOf = ({ status }: Pod): number => status.startedAt ?? Number.POSITIVE_INFINITY;

/**
 * Higher priority first, then the earlier start; one that has not started comes last. Mirrors pkg/scheduler/util/utils.go,
 * MoreImportantPod. Upstream leaves equals in any order; the name decides here, so that two looks say the same.
 */
export const byImportance = (a: Pod, b: Pod): number =>
  priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b) || (keyOf(a) < keyOf(b) ? -1 : 1);

/** To the scheduler an empty selector, an absent one and one that it cannot parse cover nothing; a pod without labels is free. */
const covers = (pdb: PodDisruptionBudget, pod: Pod): boolean =>
  pdb.namespace === pod.namespace &&
  pod.labels.size > 0 &&
  pdb.selector !== undefined &&
  pdb.selector.matchLabels.size + pdb.selector.matchExpressions.length > 0 &&
  matchesLabelSelector(pdb.selector, pod.labels) === "yes";

/**
 * The pods whose going would break a budget, each budget counted down in the order given; one whose disruption is already paid
 * for costs nothing. Mirrors default_preemption.go, filterPodsWithPDBViolation: a pod counts against all its budgets.
 */
export function budgetBreakers(
  pods: readonly Pod[],
  pdbs: readonly PodDisruptionBudget[],
): ReadonlySet<Pod> {
  const left = new Map(pdbs.map((pdb) => [pdb, pdb.disruptionsAllowed]));
  const breakers = new Set<Pod>();
  for (const pod of pods) {
    for (const [pdb, allowed] of left) {
      if (!covers(pdb, pod) || pdb.disruptedPods.has(pod.name)) continue;
      left.set(pdb, allowed - 1);
      if (allowed <= 0) breakers.add(pod);
    }
  }
  return breakers;
}

export type Victims = {
  /** Most important first. */
  readonly victims: readonly Pod[];
  /** Those of them whose going breaks a budget: budgets are best effort against preemption. */
  readonly breaking: readonly Pod[];
};

/**
 * Who of `lower` has to go: starting from the room without any of them, each is put back that still fits, those that would
 * break a budget first, the more important ones first. Mirrors default_preemption.go, SelectVictimsOnNode from reprievePod on.
 */
export function chooseVictims(
  lower: readonly Pod[],
  without: Room,
  question: {
    readonly pdbs: readonly PodDisruptionBudget[];
    readonly version: Version | undefined;
    /** Would the preempting pod fit with `back` there too? */
    fits(room: Room, back: Pod): boolean;
  },
): Victims {
  const ordered = lower.toSorted(byImportance);
  const breakers = budgetBreakers(ordered, question.pdbs);
  const victims: Pod[] = [];
  let room = without;
  const inTurn = [
    ...ordered.filter((pod) => breakers.has(pod)),
    ...ordered.filter((pod) => !breakers.has(pod)),
  ];
  for (const back of inTurn) {
    const fuller = withHolder(room, back, question.version);
    if (question.fits(fuller, back)) room = fuller;
    else victims.push(back);
  }
  return {
    victims: victims.toSorted(byImportance),
    breaking: victims.filter((pod) => breakers.has(pod)),
  };
}
