import { placementCause } from "#shared/audit/cause.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { failedPodCount } from "#shared/audit/evidence/failed-pods.ts";
import { passingTaints } from "#shared/audit/evidence/node-trouble.ts";
import { counted } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import { addTolerations, type TaintText } from "#shared/audit/evidence/tolerations.ts";
import { isNodeReady } from "#shared/cluster/node-phase.ts";
import {
  comparisonIn,
  daemonTolerations,
  KEEPING_AWAY,
  showTaint,
  untolerated,
} from "#shared/cluster/taints.ts";
import { transientTaint } from "#shared/cluster/transient-taint.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
  /**
   * deleting: the DaemonSet is being deleted. stale: the controller has not acted on the newest spec. backing-off: pods
   * failed here before, and the next comes later. silent: nothing says why. kept-out: a taint that should have passed.
   */
  readonly why: "deleting" | "stale" | "backing-off" | "silent" | "kept-out";
  readonly taint: TaintText | null;
  readonly generation: number | null;
  readonly observedGeneration: number | null;
  readonly failedBefore: number;
  readonly eventsRead: boolean;
};

function whyNone(seen: {
  readonly taint: TaintText | undefined;
  readonly deleting: boolean;
  readonly stale: boolean;
  readonly failedBefore: number;
}): Evidence["why"] {
  if (seen.taint !== undefined) return "kept-out";
  if (seen.deleting) return "deleting";
  if (seen.stale) return "stale";
  return seen.failedBefore > 0 ? "backing-off" : "silent";
}

/**
 * On a node that is well, a taint of ours, or one that the node controller should have taken off. Start-up taints and those of
 * nodes that leave are told of the node.
 */
function keptOutBy({ node, daemonSet, facts }: PlacementView): TaintText | undefined {
  if (!isNodeReady(node.node)) return undefined;
  const taints = [...passingTaints(node, "own"), ...passingTaints(node, "lifecycle")];
  const kept = untolerated(taints, daemonTolerations(daemonSet.daemonSet.template), {
    effects: KEEPING_AWAY,
    comparison: comparisonIn(facts.cluster.version),
  });
  if (kept?.answer !== "no") return undefined;
  const { key, value, effect } = kept.taint;
  return { key, value, effect };
}

/** The node should have a pod and none was ever made, or the last one is gone. There is no object that could say why. */
export const podNotCreated = placementCause<Evidence>({
  code: "pod-not-created",
  group: "not created",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "no daemon pod exists for the node",
    what: "By the rules of the DaemonSet controller the node should have a pod, and there is none, not even one that waits. Either the controller has not acted yet (it is down, has no leader, or works through a long queue), or it backs off because its pods failed on this node before, or creation is refused and the event that said so is gone, or a taint that should have passed by now keeps it out.",
    proof: [
      "kubectl -n NS get daemonset DS -o jsonpath='{.metadata.generation} {.status.observedGeneration}'",
      "kubectl -n NS get events --field-selector involvedObject.kind=DaemonSet,involvedObject.name=DS",
      "kubectl -n kube-system get lease kube-controller-manager -o jsonpath='{.spec.renewTime}'",
    ],
    fix: [
      "See whether the controller manager runs and renews its lease.",
      "If pods failed here before, find out why; an edit of the DaemonSet's spec ends the waiting.",
      "If the cause of a refusal is gone, touch the DaemonSet: the next try may be 16 minutes away.",
    ],
    usualAdvice:
      "desiredNumberScheduled minus currentNumberScheduled shows such a gap, but only this kind: a pod that waits in Pending counts as scheduled. Restarting pods of the DaemonSet does not help where there is none.",
    sources: ["pkg/controller/daemon/daemon_controller.go, manage and failedPodsBackoffKey"],
  },
  find(view) {
    const { facts, pods, eligible } = view;
    if (pods.length > 0) return undefined;
    const taint = eligible === "no" ? keptOutBy(view) : undefined;
    if (eligible !== "yes" && taint === undefined) return undefined;
    if (!facts.seen("Pod"))
      return { cannotTell: "not all pods were read, so a pod may well be there" };
    return { evidence: evidenceOf(view, taint) };
  },
  explain({ why, taint, generation, observedGeneration, failedBefore, eventsRead }) {
    switch (why) {
      case "kept-out":
        return `no pod is there: taint ${taint === null ? "" : showTaint(taint)} keeps it off a node that is Ready`;
      case "deleting":
        return "no pod is made, because the DaemonSet is being deleted";
      case "stale":
        return observedGeneration === null || observedGeneration === 0
          ? "no pod is there: the controller has not acted on the DaemonSet yet"
          : `no pod is there: the controller has acted on generation ${observedGeneration} and not yet on ${generation}`;
      case "backing-off":
        return `no pod is there: ${counted(failedBefore, "pod")} failed on the node before, and the controller waits up to 15 minutes before the next`;
      case "silent":
        return `no pod is there, and ${eventsRead ? "no event says why" : "events were not read"}`;
    }
  },
  remedies({ daemonSet, why, taint, node }, { nodes }) {
    const { namespace, name } = splitKey(daemonSet);
    if (taint !== null) return opening(taint, { daemonSet, node, nodes });
    if (why === "deleting")
      return [{ action: "wait", why: "a DaemonSet that is being deleted gets no new pods" }];
    if (why === "backing-off")
      return [
        {
          action: "touch-daemon-set",
          daemonSet,
          why: "a change of its spec ends the waiting after failed pods",
          generation: true,
        },
      ];
    const look = {
      action: "look" as const,
      command: ["kubectl", "-n", namespace, "describe", "daemonset", name],
      why:
        why === "stale"
          ? "whether the controller manager acts at all"
          : "the events of the DaemonSet",
    };
    return why === "stale"
      ? [look]
      : [
          look,
          {
            action: "touch-daemon-set",
            daemonSet,
            why: "after refusals the next try may be 16 minutes away",
          },
        ];
  },
});

function evidenceOf(view: PlacementView, taint: TaintText | undefined): Evidence {
  const { facts, daemonSet, node } = view;
  const { status, generation, deletionAt } = daemonSet.daemonSet;
  const { observedGeneration } = status;
  const failedBefore = failedPodCount(view);
  const stale = generation !== undefined && (observedGeneration ?? 0) < generation;
  return {
    daemonSet: daemonSet.key,
    node: node.node.name,
    why: whyNone({ taint, deleting: deletionAt !== undefined, stale, failedBefore }),
    taint: taint ?? null,
    generation: generation ?? null,
    observedGeneration: observedGeneration ?? null,
    failedBefore,
    eventsRead: facts.seen("Event"),
  };
}

type Behind = {
  readonly daemonSet: string;
  readonly node: string;
  readonly nodes: readonly string[];
};

/** A taint that waits for the daemon that it keeps out waits for ever (field rule 2). */
function opening(taint: TaintText, { daemonSet, node, nodes }: Behind): readonly RemedyCall[] {
  if (transientTaint(taint) === "own")
    return [{ action: "remove-taint", node, taint }, ...addTolerations(daemonSet, [taint], nodes)];
  return [
    {
      action: "look",
      command: ["kubectl", "-n", "kube-system", "get", "lease", "kube-controller-manager"],
      why: "whether the controller manager acts at all: it should have taken the taint off a node that is Ready",
    },
  ];
}
