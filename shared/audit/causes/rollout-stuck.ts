import { daemonSetCause } from "#shared/audit/cause.ts";
import type { ClusterFacts, DaemonSetView } from "#shared/audit/facts.ts";
import { endMachine, machineEvidence } from "#shared/audit/evidence/machine.ts";
import { counted, listed, span } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import { movedAt, type BudgetUse, type BudgetUser } from "#shared/audit/evidence/rollout-nodes.ts";
import { rolloutOf, type Rollout } from "#shared/audit/evidence/rollout.ts";
import { isInnocent, stuckBy } from "#shared/audit/evidence/stuck-rollout.ts";
import { suspectOf } from "#shared/audit/evidence/suspect-revision.ts";
import { trappedBySurge } from "#shared/audit/evidence/surge-ports.ts";
import { HASH_LABEL } from "#shared/cluster/daemon-controller/revisions.ts";
import { type Instant, splitKey } from "#shared/cluster/metadata.ts";

type User = {
  readonly node: string;
  readonly use: BudgetUse;
  /** "before" the new revision came to it, "after", or "unclear"; "" where the machine is up. */
  readonly order: string;
  readonly downAt: Instant | null;
  readonly replacedAt: Instant | null;
  readonly cause: string;
};

type Evidence = {
  readonly daemonSet: string;
  readonly limitedBy: "maxUnavailable" | "maxSurge";
  /** As typed, and what it comes to. */
  readonly setting: string;
  readonly budget: number;
  readonly desired: number;
  readonly outdated: number;
  readonly updated: number;
  /** Milliseconds in which no pod was replaced. */
  readonly stalledFor: number;
  /** Who uses the budget up, the first of them. */
  readonly users: readonly User[];
  readonly userCount: number;
  /** None of them tells anything against the new revision, so that more nodes may be given to it. */
  readonly innocent: boolean;
};

const SHOWN = 20;

const orNull = (time: Instant | undefined): Instant | null =>
  time === undefined || !Number.isFinite(time) ? null : time;

const evidenceOf = (user: BudgetUser): User => ({
  ...user,
  downAt: orNull(user.downAt),
  replacedAt: orNull(user.replacedAt),
});

/** Another cause says more: the pods of the new revision are the trouble, or can have no place at all. */
const isToldElsewhere = (view: DaemonSetView): boolean =>
  suspectOf(view) !== undefined || trappedBySurge(view) !== undefined;

/** A rolling update waits for nodes that will not come. Kubernetes has no condition, no deadline and no event for it. */
export const rolloutStuck = daemonSetCause<Evidence>({
  code: "rollout-stuck",
  group: "rollout",
  severity: "warning",
  scope: "daemonSet",
  doc: {
    title: "a rolling update stands still because its budget is used up",
    what: "The controller replaces a pod only while fewer nodes than maxUnavailable lack an available one. Nodes that are dead, that have no pod or whose only pod is ending count too, even if no daemon is desired there any more, so a few of them hold up the update of all others, for ever. A DaemonSet has no condition and no progress deadline; kubectl rollout status counts pods and names no node.",
    proof: [
      "kubectl -n NS rollout status daemonset/DS --timeout=5s",
      "kubectl -n NS get pods -o wide -L controller-revision-hash",
      "kubectl get nodes",
    ],
    fix: [
      "End the machines that are dead, never only their Node objects; the budget is free when pod garbage collection has removed their pods.",
      "Or raise maxUnavailable, to 10% for example, if they were dead before the update came to them.",
    ],
    usualAdvice:
      "Restarting the rollout changes nothing: the budget is still used up, by the same nodes. Widening the budget is wrong where the nodes went down after they got the new revision; then rollout-suspect-revision is told instead. A flat number of available pods is no proof that nothing moves: look at which nodes they are on.",
    sources: [
      "pkg/controller/daemon/update.go, rollingUpdate",
      "kubernetes/test-infra#31706: 3 of 164 nodes blocked every update",
    ],
  },
  find(view) {
    const rollout = rolloutOf(view);
    if (rollout === undefined) return [];
    if ("cannotTell" in rollout) return rollout;
    const { facts } = view;
    const moved = movedAt(rollout);
    if (moved === undefined || facts.at - moved <= facts.policy.grace.rolloutStuck * 1000)
      return [];
    const users = stuckBy(rollout);
    if (users.length === 0 || isToldElsewhere(view)) return [];
    const nodes = users.map(({ node }) => node).filter((name) => facts.node(name) !== undefined);
    return [{ since: moved, nodes, evidence: evidence(rollout, users, facts.at - moved) }];
  },
  explain(found) {
    const { outdated, updated, stalledFor, limitedBy, setting, budget, userCount } = found;
    const typed = setting === String(budget) ? setting : `${setting}, here ${budget},`;
    return `${outdated} of ${counted(outdated + updated, "pod")} ${outdated === 1 ? "is" : "are"} outdated and none was replaced for ${span(stalledFor)}: ${limitedBy} ${typed} is used up by ${counted(userCount, "node")}: ${usersText(found)}`;
  },
  remedies: (found, { facts }) => [
    ...widened(found),
    ...machinesEnded(found, facts),
    ...withoutSurge(found),
    ...lookedAt(found),
  ],
});

function evidence(
  { view, update, left, updated }: Rollout,
  users: readonly BudgetUser[],
  stalledFor: number,
): Evidence {
  const surge = update.maxSurge > 0;
  const { updateStrategy: strategy } = view.daemonSet;
  const rolling = strategy.type === "RollingUpdate" ? strategy : undefined;
  return {
    daemonSet: view.key,
    limitedBy: surge ? "maxSurge" : "maxUnavailable",
    setting: String((surge ? rolling?.maxSurge : rolling?.maxUnavailable) ?? ""),
    budget: surge ? update.maxSurge : update.maxUnavailable,
    desired: update.desired,
    outdated: left.length,
    updated: updated.length,
    stalledFor,
    users: users.slice(0, SHOWN).map(evidenceOf),
    userCount: users.length,
    innocent: users.every(isInnocent),
  };
}

const SAYS: Readonly<Record<BudgetUse, string>> = {
  dark: "down",
  stopped: "switched off",
  leaving: "being removed",
  booting: "starting",
  gone: "gone, with a pod left behind",
  terminating: "old pod does not go away",
  "no-pod": "no pod",
  unscheduled: "new pod has no place",
  ended: "new pod has failed",
  "not-available": "new pod is not available",
  settling: "new pod is not ready for long enough",
  crowded: "two pods of a kind",
};

function sayOf({ use, order, cause }: User): string {
  if (use === "dark" || use === "stopped") {
    if (order === "before") return `${SAYS[use]} since before the update came there`;
    return order === "after" ? `${SAYS[use]} after the update` : SAYS[use];
  }
  return cause === "" ? SAYS[use] : `${SAYS[use]}: ${cause}`;
}

function usersText({ users, userCount }: Evidence): string {
  const groups = [...Map.groupBy(users, sayOf)].map(
    ([say, alike]) => `${listed(alike.map(({ node }) => node))} (${say})`,
  );
  const more = userCount > users.length ? [`${userCount - users.length} more`] : [];
  return [...groups, ...more].join(", ");
}

/** So much that the budget is free again, and at most half of the nodes. */
function widened({
  daemonSet,
  limitedBy,
  innocent,
  desired,
  userCount,
}: Evidence): readonly RemedyCall[] {
  if (limitedBy !== "maxUnavailable" || !innocent) return [];
  const action = "raise-max-unavailable" as const;
  if (Math.ceil(desired / 10) > userCount) return [{ action, daemonSet, to: "10%" }];
  const to = userCount + 1;
  return to * 2 <= desired ? [{ action, daemonSet, to }] : [];
}

const MACHINES = 3;

function machinesEnded({ users }: Evidence, facts: ClusterFacts): readonly RemedyCall[] {
  const dead = users.filter(({ use }) => use === "dark" || use === "stopped").slice(0, MACHINES);
  return dead.flatMap(({ node, downAt }): readonly RemedyCall[] => {
    const view = facts.node(node);
    if (view === undefined) return [];
    const { keeper, repairedBy } = machineEvidence(view, facts.at - (downAt ?? facts.at));
    return repairedBy === ""
      ? endMachine(node, keeper)
      : [{ action: "repair-node", node, by: repairedBy }];
  });
}

/** Side by side they do not fit; one after the other they may. */
const withoutSurge = ({ daemonSet, limitedBy, setting, users }: Evidence): readonly RemedyCall[] =>
  limitedBy === "maxSurge" && users.some(({ use }) => use === "unscheduled")
    ? [
        {
          action: "change-strategy",
          daemonSet,
          maxUnavailable: /^\d+$/.test(setting) ? Number(setting) : setting,
          maxSurge: 0,
          why: "the new pod finds no place beside the old one",
        },
      ]
    : [];

/** Where the machines are up, the pods tell; their own causes say what to do about them. */
function lookedAt({ daemonSet, users }: Evidence): readonly RemedyCall[] {
  const { namespace } = splitKey(daemonSet);
  const up = users.some(({ use }) => use !== "dark" && use !== "stopped" && use !== "gone");
  return up
    ? [
        {
          action: "look",
          command: ["kubectl", "-n", namespace, "get", "pods", "-o", "wide", "-L", HASH_LABEL],
          why: "which pods the update waits for",
        },
      ]
    : [];
}
