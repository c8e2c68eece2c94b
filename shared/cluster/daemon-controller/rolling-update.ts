import { scaledUp } from "#shared/cluster/int-or-percent.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { atLeast, type Version } from "#shared/cluster/version.ts";
import { isAvailable } from "./available.ts";
import { isTerminating, podsByNode } from "./pods-by-node.ts";
import { isPodUpdated } from "./revisions.ts";
import { runnerIn } from "./should-run.ts";
import type { StatusQuestion } from "./status.ts";

export type RolloutQuestion = StatusQuestion & {
  /** Names of the nodes that are eligible, where somebody has judged them already. */
  readonly running?: ReadonlySet<string>;
};

export type RolloutBudget = {
  readonly desired: number;
  readonly maxUnavailable: number;
  readonly maxSurge: number;
};

/** How one node stands in a rollout. */
export type RolloutNode = {
  readonly node: string;
  readonly state:
    /** Two pods of a kind, both kinds, or none: counts as unavailable (or as surge). */
    | "crowded"
    | "empty"
    | "new-available"
    | "new-unavailable"
    | "old-available"
    | "old-unavailable"
    /** Surge only: old and new stand side by side. */
    | "both";
  readonly old: Pod | undefined;
  readonly fresh: Pod | undefined;
};

export type RollingUpdate = RolloutBudget & {
  readonly nodes: readonly RolloutNode[];
  /** Nodes that get a new pod beside the old one (surge). */
  readonly create: readonly string[];
  /** Names of pods that go, whatever the budget says. */
  readonly delete: readonly string[];
  /** Names of pods of which `deleteFromCandidates` more go; which, is left to chance (the order of a Go map). */
  readonly candidates: readonly string[];
  readonly deleteFromCandidates: number;
  /** Nodes of which `createOnCandidates` more get a surge pod. */
  readonly surgeCandidates: readonly string[];
  readonly createOnCandidates: number;
};

/** update.go, updatedDesiredNodeCounts: percentages are of what is desired now, rounded up; both zero means one. */
export function rolloutBudget(
  question: StatusQuestion,
  desired: number,
): RolloutBudget | undefined {
  const strategy = question.set.updateStrategy;
  if (strategy.type !== "RollingUpdate") return { desired, maxUnavailable: 0, maxSurge: 0 };
  const maxUnavailable = scaledUp(strategy.maxUnavailable, desired);
  const maxSurge = scaledUp(strategy.maxSurge, desired);
  if (maxUnavailable === undefined || maxSurge === undefined) return undefined;
  const nothing = desired > 0 && maxUnavailable === 0 && maxSurge === 0;
  return { desired, maxUnavailable: nothing ? 1 : maxUnavailable, maxSurge };
}

type Sorter = {
  readonly isNew: (pod: Pod) => boolean;
  readonly available: (pod: Pod) => boolean;
};

function rolloutNode(node: string, pods: readonly Pod[], sort: Sorter): RolloutNode {
  const present = pods.filter((pod) => !isTerminating(pod));
  const fresh = present.filter(sort.isNew);
  const old = present.filter((pod) => !sort.isNew(pod));
  const found = { node, old: old[0], fresh: fresh[0] };
  if (fresh.length > 1 || old.length > 1) return { ...found, state: "crowded" };
  if (found.old && found.fresh) return { ...found, state: "both" };
  if (found.fresh)
    return { ...found, state: sort.available(found.fresh) ? "new-available" : "new-unavailable" };
  if (found.old)
    return { ...found, state: sort.available(found.old) ? "old-available" : "old-unavailable" };
  return { ...found, state: "empty" };
}

const oldName = ({ old }: RolloutNode): readonly string[] => (old ? [old.name] : []);

/** The first patches in which old pods that are not available use up the budget too (kubernetes#123233 and its cherry-picks). */
const COUNTED_SINCE: ReadonlyMap<number, number> = new Map([
  [28, 15],
  [29, 10],
  [30, 6],
]);

/** Before, every old pod that was not available let one healthy pod more go. An unknown version is taken as a new one. */
function countsOldUnavailable(version: Version | undefined): boolean {
  if (version === undefined || atLeast(version, 31) === true) return true;
  return version.patch >= (COUNTED_SINCE.get(version.minor) ?? Infinity);
}

/** Without surge: unavailable old pods are replaced at once; available ones within what is left. */
function withoutSurge(
  nodes: readonly RolloutNode[],
  budget: RolloutBudget,
  version: Version | undefined,
): RollingUpdate {
  const counted = countsOldUnavailable(version);
  const unavailable = nodes.filter(
    ({ state }) =>
      state !== "new-available" &&
      state !== "old-available" &&
      (counted || state !== "old-unavailable"),
  ).length;
  const candidates = nodes.filter(({ state }) => state === "old-available").flatMap(oldName);
  return {
    ...budget,
    nodes,
    create: [],
    delete: nodes.filter(({ state }) => state === "old-unavailable").flatMap(oldName),
    candidates,
    deleteFromCandidates: Math.min(
      candidates.length,
      Math.max(0, budget.maxUnavailable - unavailable),
    ),
    surgeCandidates: [],
    createOnCandidates: 0,
  };
}

type SurgeView = {
  readonly budget: RolloutBudget;
  readonly sort: Sorter;
  readonly runs: (node: string) => boolean;
};

function withSurge(
  nodes: readonly RolloutNode[],
  { budget, sort, runs }: SurgeView,
): RollingUpdate {
  const waiting = nodes.filter(
    ({ state, fresh }) =>
      state === "crowded" || (state === "both" && fresh !== undefined && !sort.available(fresh)),
  ).length;
  const replaced = nodes.filter(
    ({ state, fresh }) => state === "both" && fresh !== undefined && sort.available(fresh),
  );
  const unavailable = nodes.filter(({ state }) => state === "old-unavailable");
  const available = nodes.filter(({ state }) => state === "old-available");
  const judged = nodes.filter(({ state }) => state !== "crowded");
  const up = judged.filter(({ old, fresh }) => {
    const pod = old ?? fresh;
    return pod !== undefined && sort.available(pod);
  }).length;
  const sunset = available.filter(({ node }) => !runs(node)).flatMap(oldName);
  const surgeCandidates = available.filter(({ node }) => runs(node)).map(({ node }) => node);
  return {
    ...budget,
    nodes,
    create: unavailable.filter(({ node }) => runs(node)).map(({ node }) => node),
    delete: [...replaced, ...unavailable.filter(({ node }) => !runs(node))].flatMap(oldName),
    candidates: sunset,
    deleteFromCandidates: Math.min(sunset.length, Math.max(0, up - budget.desired)),
    surgeCandidates,
    createOnCandidates: Math.min(surgeCandidates.length, Math.max(0, budget.maxSurge - waiting)),
  };
}

function runningIn(question: StatusQuestion): ReadonlySet<string> {
  const judge = runnerIn(question);
  return new Set(
    question.nodes.filter((node) => judge(node).run === "yes").map(({ name }) => name),
  );
}

/**
 * What a rolling update does in one sync in which nothing had to be managed first; undefined where the controller gives up
 * with an error (a percentage that is none, or, with surge, an old pod on a node that does not exist).
 * Mirrors pkg/controller/daemon/update.go, rollingUpdate. Nodes count whether or not they are eligible, and even when gone.
 */
export function rollingUpdate(question: RolloutQuestion): RollingUpdate | undefined {
  const { set, now, version, updatedHash } = question;
  const running = question.running ?? runningIn(question);
  const byNode = podsByNode(question.pods);
  const sort: Sorter = {
    isNew: (pod) => isPodUpdated(pod, set, updatedHash) === "yes",
    available: (pod) => isAvailable(pod, { minReadySeconds: set.minReadySeconds, now, version }),
  };
  const budget = rolloutBudget(question, running.size);
  if (!budget) return undefined;
  const nodes = [...new Set([...byNode.keys(), ...running])].map((node) =>
    rolloutNode(node, byNode.get(node) ?? [], sort),
  );
  if (budget.maxSurge === 0) return withoutSurge(nodes, budget, version);
  const known = new Set(question.nodes.map(({ name }) => name));
  const lost = nodes.some(({ node, state }) => state.startsWith("old-") && !known.has(node));
  return lost ? undefined : withSurge(nodes, { budget, sort, runs: (node) => running.has(node) });
}
