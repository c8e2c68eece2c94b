import type { ClusterFacts } from "#shared/audit/facts.ts";
import { budgetUsers, type BudgetUse, type BudgetUser } from "./rollout-nodes.ts";
import type { Rollout } from "./rollout.ts";

/** update.go, rollingUpdate: it would neither delete nor create a pod now. A delete on a dead node brings nothing. */
function isIdle({ update, placementOn }: Rollout): boolean {
  const going = new Set(update.delete);
  const brings = update.nodes.some(
    ({ node, old }) =>
      old !== undefined && going.has(old.name) && !isDown(placementOn(node)?.node.phase.name),
  );
  return (
    !brings &&
    update.create.length === 0 &&
    update.createOnCandidates + update.deleteFromCandidates === 0
  );
}

const isDown = (phase: string | undefined): boolean => phase === "dark" || phase === "stopped";

/** Uses that end by themselves. A node that has been leaving for too long does not. */
function passes({ node, use }: BudgetUser, facts: ClusterFacts): boolean {
  if (use === "booting" || use === "settling") return true;
  if (use !== "leaving") return false;
  const since = facts.node(node)?.phase.since;
  return since === undefined || facts.at - since <= facts.policy.grace.leaving * 1000;
}

const INNOCENT = new Set<BudgetUse>(["stopped", "dark", "leaving", "gone", "terminating"]);
/** Says nothing against the new revision. */
export const isInnocent = ({ use, order }: BudgetUser): boolean =>
  INNOCENT.has(use) && order !== "after" && order !== "unclear";

/** Who uses up the budget of an update that can do nothing more; empty while it can, or will by itself. */
export function stuckBy(rollout: Rollout): readonly BudgetUser[] {
  if (!isIdle(rollout)) return [];
  const { maxSurge, maxUnavailable } = rollout.update;
  const users = budgetUsers(rollout);
  const lasting = users.filter((user) => !passes(user, rollout.view.facts));
  return lasting.length >= (maxSurge > 0 ? maxSurge : maxUnavailable) ? users : [];
}
