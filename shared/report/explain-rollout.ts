import type { DaemonSetView } from "#shared/audit/facts.ts";
import { movedAt } from "#shared/audit/evidence/rollout-nodes.ts";
import { rolloutOf as updateOf } from "#shared/audit/evidence/rollout.ts";
import type { RollingUpdate } from "#shared/cluster/daemon-controller/rolling-update.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { targetNodeName } from "#shared/cluster/affinity.ts";
import type { Answer } from "#shared/cluster/selector.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { UpdateStrategy } from "#shared/cluster/daemon-set.ts";
import type { Rollout } from "./explanation.ts";
import { age, plural, some } from "./text-layout.ts";
import { rfc3339 } from "./make-report.ts";

export function strategyText(strategy: UpdateStrategy): string {
  switch (strategy.type) {
    case "RollingUpdate":
      return `RollingUpdate, maxUnavailable ${strategy.maxUnavailable}, maxSurge ${strategy.maxSurge}`;
    case "OnDelete":
      return "OnDelete: a pod is replaced when somebody deletes it";
    case "other":
      return strategy.name;
  }
}

/** Which revision runs where, and what stands in the way of the newest. */
export function rolloutOf(view: DaemonSetView): Rollout {
  const { daemonSet, currentHash } = view;
  const living = view.pods.filter(({ deletionAt }) => deletionAt === undefined);
  const by = Map.groupBy(living, (pod): Answer => view.isUpdated(pod));
  const outdated = by.get("no") ?? [];
  const found = updateOf(view);
  const underWay = found !== undefined && "update" in found ? found : undefined;
  const sizeOf = (answer: Answer): number => by.get(answer)?.length ?? 0;
  const parts = {
    strategy: strategyText(daemonSet.updateStrategy),
    currentRevision: currentHash ?? null,
    updated: sizeOf("yes"),
    outdated: outdated.length,
    unknown: sizeOf("unknown"),
    outdatedNodes: [...new Set(outdated.flatMap(nodeOf))].toSorted(),
    budget: budgetOf(underWay?.update),
  };
  const moved = underWay && movedAt(underWay);
  return { ...parts, says: sentences(view, parts, moved) };
}

function nodeOf(pod: Pod): readonly string[] {
  const target = targetNodeName(pod);
  return "nodeName" in target ? [target.nodeName] : [];
}

const USES_BUDGET = new Set(["crowded", "empty", "new-unavailable", "old-unavailable"]);

/** While an update is under way, the controller's own arithmetic; null where it does none (OnDelete, an unknown revision). */
function budgetOf(update: RollingUpdate | undefined): Rollout["budget"] {
  if (update === undefined) return null;
  const { maxUnavailable, maxSurge, nodes } = update;
  const usedBy = nodes.flatMap(({ node, state }) => (USES_BUDGET.has(state) ? [node] : []));
  return { maxUnavailable, maxSurge, usedBy: usedBy.toSorted() };
}

type Parts = Omit<Rollout, "says">;

function sentences(
  view: DaemonSetView,
  parts: Parts,
  moved: Instant | undefined,
): readonly string[] {
  const { updated, outdated, unknown, currentRevision } = parts;
  const all = updated + outdated + unknown;
  if (all === 0) return ["no pod is there to update"];
  if (currentRevision === null && outdated + updated === 0) return [cannotTell(view)];
  if (outdated === 0)
    return [
      unknown === 0
        ? `${all === 1 ? "the 1 pod is" : `all ${all} pods are`} of the current revision`
        : `${plural(updated, "pod")} of the current revision, ${unknown} that cannot be told`,
    ];
  return [
    `${updated} of ${plural(all, "pod")} ${all === 1 ? "is" : "are"} of the current revision, ${outdated} of an older one`,
    ...(moved === undefined
      ? []
      : [`its last step was ${age(rfc3339(moved), rfc3339(view.facts.at))} ago`]),
    ...budgetText(view, parts),
  ];
}

const cannotTell = ({ facts }: DaemonSetView): string =>
  facts.seen("ControllerRevision")
    ? "which revision is the current one cannot be told: the controller has not seen the newest template yet"
    : "which revision is the current one cannot be told: ControllerRevisions were not read";

function budgetText({ daemonSet }: DaemonSetView, { budget }: Parts): readonly string[] {
  if (daemonSet.updateStrategy.type === "OnDelete")
    return ["with OnDelete the old pods stay until they are deleted, which is no fault"];
  if (budget === null || budget.maxSurge > 0) return [];
  const { maxUnavailable, usedBy } = budget;
  if (usedBy.length === 0) return [`up to ${maxUnavailable} may be down at once, and none is`];
  const stop = usedBy.length >= maxUnavailable ? ", so no further pod is replaced" : "";
  return [
    `up to ${maxUnavailable} may be down at once, and ${usedBy.length} ${usedBy.length === 1 ? "is" : "are"} (${some(usedBy, 4)})${stop}`,
  ];
}
