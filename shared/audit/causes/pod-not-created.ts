import { placementCause } from "#shared/audit/cause.ts";
import { failedPodCount } from "#shared/audit/failed-pods.ts";
import { counted } from "#shared/audit/phrase.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
  /**
   * deleting: the DaemonSet is being deleted. stale: the controller has not acted on the newest spec. backing-off: pods
   * failed here before, and the next comes later. silent: nothing says why.
   */
  readonly why: "deleting" | "stale" | "backing-off" | "silent";
  readonly generation: number | null;
  readonly observedGeneration: number | null;
  readonly failedBefore: number;
  readonly eventsRead: boolean;
};

/** The node should have a pod and none was ever made, or the last one is gone. There is no object that could say why. */
export const podNotCreated = placementCause<Evidence>({
  code: "pod-not-created",
  group: "not created",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "no daemon pod exists for the node",
    what: "By the rules of the DaemonSet controller the node should have a pod, and there is none, not even one that waits. Either the controller has not acted yet (it is down, has no leader, or works through a long queue), or it backs off because its pods failed on this node before, or creation is refused and the event that said so is gone.",
    proof: [
      "kubectl -n NS get daemonset DS -o jsonpath='{.metadata.generation} {.status.observedGeneration}'",
      "kubectl -n NS get events --field-selector involvedObject.kind=DaemonSet,involvedObject.name=DS",
      "kubectl -n kube-system get lease kube-controller-manager -o jsonpath='{.spec.renewTime}'",
    ],
    fix: [
      "See whether the controller manager runs and renews its lease.",
      "If pods failed here before, find out why; an edit of the DaemonSet ends the waiting.",
      "If the cause of a refusal is gone, touch the DaemonSet: the next try may be 16 minutes away.",
    ],
    usualAdvice:
      "desiredNumberScheduled minus currentNumberScheduled shows such a gap, but only this kind: a pod that waits in Pending counts as scheduled. Restarting pods of the DaemonSet does not help where there is none.",
    sources: ["pkg/controller/daemon/daemon_controller.go, manage and failedPodsBackoffKey"],
  },
  find(view) {
    const { facts, pods, eligible } = view;
    if (pods.length > 0 || eligible !== "yes") return undefined;
    if (!facts.seen("Pod"))
      return { cannotTell: "not all pods were read, so a pod may well be there" };
    const set = view.daemonSet.daemonSet;
    const { observedGeneration } = set.status;
    const failedBefore = failedPodCount(view);
    const stale = set.generation !== undefined && (observedGeneration ?? 0) < set.generation;
    return {
      evidence: {
        daemonSet: view.daemonSet.key,
        node: view.node.node.name,
        why:
          set.deletionAt !== undefined
            ? "deleting"
            : stale
              ? "stale"
              : failedBefore > 0
                ? "backing-off"
                : "silent",
        generation: set.generation ?? null,
        observedGeneration: observedGeneration ?? null,
        failedBefore,
        eventsRead: facts.seen("Event"),
      },
    };
  },
  explain({ why, generation, observedGeneration, failedBefore, eventsRead }) {
    switch (why) {
      case "deleting":
        return "no pod is made, because the DaemonSet is being deleted";
      case "stale":
        return `no pod is there: the controller has acted on generation ${observedGeneration ?? "none"} and not yet on ${generation}`;
      case "backing-off":
        return `no pod is there: ${counted(failedBefore, "pod")} failed on the node before, and the controller waits up to 15 minutes before the next`;
      case "silent":
        return `no pod is there, and ${eventsRead ? "no event says why" : "events were not read"}`;
    }
  },
  remedies({ daemonSet, why }) {
    const [namespace = "", name = ""] = daemonSet.split("/");
    if (why === "deleting")
      return [{ action: "wait", why: "a DaemonSet that is being deleted gets no new pods" }];
    if (why === "backing-off")
      return [
        {
          action: "touch-daemon-set",
          daemonSet,
          why: "a change of its spec ends the waiting after failed pods",
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
