import type { ClusterFacts } from "#shared/audit/facts.ts";
import type { IntOrPercent } from "#shared/cluster/daemon-set.ts";
import { advice, type Advice, type Calls, type Json } from "#shared/remediation/advice.ts";
import { kubectlFor, patchCommand, target } from "#shared/remediation/command.ts";
import { ownerOf } from "#shared/remediation/owner.ts";
import { changeDaemonSet } from "#shared/remediation/template-change.ts";
import { plural } from "#shared/remediation/wording.ts";

export function rollBack(call: Calls["roll-back"], facts: ClusterFacts): Advice {
  const { daemonSet, toRevision } = call;
  const view = facts.daemonSet(daemonSet);
  const owner = view && ownerOf(view.daemonSet);
  const to = toRevision === undefined ? "the revision before" : `revision ${toRevision}`;
  const updated = view?.pods.filter((pod) => view.isUpdated(pod) === "yes").length ?? 0;
  const price = view && `replaces ${plural(updated, "pod")} of the new revision`;
  if (owner !== undefined)
    return advice({
      summary: `Roll ${daemonSet} back to ${to}: undo the last change in ${owner.where}`,
      price,
      limit: "an undo made by hand would be overwritten; do not widen the update budget meanwhile",
    });
  const revision = toRevision === undefined ? [] : [`--to-revision=${toRevision}`];
  return advice({
    summary: `Roll ${daemonSet} back to ${to}`,
    command: kubectlFor(daemonSet, "rollout", "undo", target("daemonset", daemonSet), ...revision),
    price,
    limit: "do not widen the update budget meanwhile: it would carry the trouble to more nodes",
  });
}

/** "1 node", "3 nodes", "10% of its nodes". */
const nodesOf = (count: IntOrPercent): string =>
  typeof count === "number" ? plural(count, "node") : `${count} of its nodes`;

const lackingAtOnce = (count: IntOrPercent): string =>
  `up to ${nodesOf(count)} ${count === 1 ? "lacks" : "lack"} it at a time during updates`;

const rolling = (maxUnavailable: IntOrPercent, maxSurge: IntOrPercent): Json => ({
  spec: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } } },
});

export const raiseMaxUnavailable = (
  { daemonSet, to }: Calls["raise-max-unavailable"],
  facts: ClusterFacts,
): Advice =>
  changeDaemonSet(
    {
      daemonSet,
      summary: `Raise maxUnavailable of ${daemonSet} to ${to}`,
      patch: () => ({ spec: { updateStrategy: { rollingUpdate: { maxUnavailable: to } } } }),
      price: lackingAtOnce(to),
      limit:
        "right only when the nodes were dead before the update reached them; if the update itself breaks nodes, it breaks more",
    },
    facts,
  );

export const changeStrategy = (
  { daemonSet, maxUnavailable, maxSurge, why }: Calls["change-strategy"],
  facts: ClusterFacts,
): Advice =>
  changeDaemonSet(
    {
      daemonSet,
      summary: `Update ${daemonSet} with maxUnavailable ${maxUnavailable} and maxSurge ${maxSurge}: ${why}`,
      patch: () => rolling(maxUnavailable, maxSurge),
      price: isNone(maxUnavailable)
        ? `an updating node needs room for both pods, on up to ${nodesOf(maxSurge)} at a time`
        : lackingAtOnce(maxUnavailable),
    },
    facts,
  );

const isNone = (value: IntOrPercent): boolean => value === 0 || value === "0%" || value === "0";

const SHOWN = 5;

export function rollOnDelete({ daemonSet, pods }: Calls["roll-on-delete"]): Advice {
  const first = pods.slice(0, SHOWN);
  const rest = pods.length - first.length;
  return advice({
    summary: `Delete the ${plural(pods.length, "outdated pod")} of ${daemonSet} in this order, and wait for each node to be covered again`,
    command: first.map((pod) => kubectlFor(pod, "delete", target("pod", pod))).join("\n"),
    price: `each node lacks it for as long as the new pod takes to start${rest > 0 ? `; ${rest} more after these ${SHOWN}` : ""}`,
    limit: "OnDelete has no budget and no health check: whoever deletes is the rollout",
  });
}

/**
 * Any change of metadata enqueues the DaemonSet, while an annotation replaces no pod. Nor does another revisionHistoryLimit, and
 * that raises the generation, which the back-off is kept by (daemon_controller.go, failedPodsBackoffKey).
 */
export function touchDaemonSet(call: Calls["touch-daemon-set"], facts: ClusterFacts): Advice {
  const { daemonSet, why, generation = false } = call;
  const summary = `Make the controller look at ${daemonSet} again: ${why}`;
  const set = facts.daemonSet(daemonSet)?.daemonSet;
  if (generation && set !== undefined) {
    const patch = { spec: { revisionHistoryLimit: set.revisionHistoryLimit + 1 } };
    return advice({
      summary,
      command: patchCommand("daemonset", daemonSet, patch),
      patch,
      limit: "its pods stay as they are; revisionHistoryLimit may go back afterwards",
    });
  }
  return advice({
    summary,
    command: kubectlFor(
      daemonSet,
      "annotate",
      target("daemonset", daemonSet),
      `dsaudit.dev/touched=${new Date(facts.at).toISOString()}`,
      "--overwrite",
    ),
    limit: "creation that is still refused will be refused again",
  });
}
