import { daemonSetCause } from "#shared/audit/cause.ts";
import type { DaemonSetView } from "#shared/audit/facts.ts";
import { counted, span } from "#shared/audit/phrase.ts";
import {
  changedAt,
  isWorkedOn,
  nodeNameOf,
  podsByRevision,
  unclearBecause,
} from "#shared/audit/evidence/rollout.ts";
import { safeOrder } from "#shared/audit/evidence/safe-order.ts";
import { HASH_LABEL } from "#shared/cluster/daemon-controller/revisions.ts";
import { keyOf } from "#shared/cluster/metadata.ts";
import type { Pod } from "#shared/cluster/pod.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly outdated: number;
  readonly pods: number;
  /** Old pods by the revision that they have, the largest group first; null for one that was not seen. */
  readonly revisions: readonly { readonly revision: number | null; readonly pods: number }[];
  /** Milliseconds since the template changed, at most; null where no time is known. */
  readonly changedFor: number | null;
  /** Milliseconds since the oldest of the outdated pods was made. */
  readonly oldest: number | null;
};

/** With OnDelete nobody rolls out but whoever deletes pods; what stays old is nobody's fault and easily forgotten. */
export const ondeleteDrift = daemonSetCause<Evidence>({
  code: "ondelete-drift",
  group: "rollout",
  severity: "info",
  scope: "daemonSet",
  doc: {
    title: "pods of an older template, which OnDelete leaves alone",
    what: "The update strategy is OnDelete, so a new template reaches a node only when the pod there is deleted or made anew for another reason. New nodes have the new version and old ones the old, for months. kubectl rollout status refuses this strategy, and the counters do not name the nodes.",
    proof: [
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.updateStrategy.type} {.status.updatedNumberScheduled} {.status.desiredNumberScheduled}'",
      "kubectl -n NS get pods -o wide -L controller-revision-hash",
    ],
    fix: [
      "Delete the outdated pods in a safe order, and wait for each node to be covered again.",
      "Or set the strategy to RollingUpdate, which is the default.",
    ],
    usualAdvice:
      "An alert that compares updated with desired fires for ever with OnDelete: the drift is what was asked for. It is no stuck rollout, and restarting the rollout replaces nothing.",
    sources: [
      "pkg/controller/daemon/daemon_controller.go, updateDaemonSet",
      "kubectl, pkg/polymorphichelpers/rollout_status.go",
    ],
  },
  find(view) {
    if (view.daemonSet.updateStrategy.type !== "OnDelete" || !isWorkedOn(view)) return [];
    const { updated, outdated, unclear } = podsByRevision(view);
    if (unclear.length > 0) return { cannotTell: unclearBecause(view) };
    if (outdated.length === 0) return [];
    const { facts } = view;
    const since = changedAt(view);
    return [
      {
        since,
        nodes: outdated.map(nodeNameOf).filter((name) => facts.node(name) !== undefined),
        evidence: {
          daemonSet: view.key,
          outdated: outdated.length,
          pods: updated.length + outdated.length,
          revisions: byRevision(view, outdated),
          changedFor: since === undefined ? null : facts.at - since,
          oldest: ageOfOldest(outdated, facts.at),
        },
      },
    ];
  },
  explain({ outdated, pods, changedFor, oldest }) {
    const changed = changedFor === null ? "" : `the template changed ${span(changedFor)} ago and `;
    const age = oldest === null ? "" : `; the oldest was made ${span(oldest)} ago`;
    return `${outdated} of ${counted(pods, "pod")} ${outdated === 1 ? "is" : "are"} outdated: ${changed}OnDelete replaces none${age}`;
  },
  remedies({ daemonSet }, { facts }) {
    const view = facts.daemonSet(daemonSet);
    const outdated = view === undefined ? [] : podsByRevision(view).outdated;
    return outdated.length === 0
      ? []
      : [
          {
            action: "roll-on-delete",
            daemonSet,
            pods: safeOrder(outdated, facts).map(keyOf),
          },
        ];
  },
});

function byRevision({ revisions }: DaemonSetView, outdated: readonly Pod[]): Evidence["revisions"] {
  const byHash = Map.groupBy(outdated, (pod) => pod.labels.get(HASH_LABEL) ?? "");
  return [...byHash]
    .map(([hash, pods]) => ({
      revision: revisions.find((one) => one.hash !== "" && one.hash === hash)?.revision ?? null,
      pods: pods.length,
    }))
    .toSorted((a, b) => b.pods - a.pods || (b.revision ?? 0) - (a.revision ?? 0));
}

function ageOfOldest(pods: readonly Pod[], at: number): number | null {
  const times = pods.flatMap(({ createdAt }) => (createdAt === undefined ? [] : [createdAt]));
  return times.length === 0 ? null : at - times.reduce((a, b) => Math.min(a, b));
}
