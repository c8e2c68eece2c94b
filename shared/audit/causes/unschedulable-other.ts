import { placementCause } from "#shared/audit/cause.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { kept, quoted, span } from "#shared/audit/phrase.ts";
import { waitingPod } from "#shared/audit/evidence/place.ts";
import { nodeAffinityAnswer } from "#shared/cluster/affinity.ts";
import { podStage } from "#shared/cluster/pod-state.ts";
import { conditionOf, type Pod } from "#shared/cluster/pod.ts";
import { parseSchedulerMessage } from "#shared/cluster/scheduler-message.ts";
import { showTaint, untolerated } from "#shared/cluster/taints.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

type Why = "no-scheduler" | "selector-added" | "taint" | "scheduler-error" | "told";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
  readonly pod: string;
  /**
   * no-scheduler: none has looked at it. selector-added: the pod asks for labels that its template does not. taint: the node
   * has one that the pod does not tolerate. scheduler-error: it failed while trying. told: only its message says why.
   */
  readonly why: Why;
  /** The scheduler's name, the selector or the taint. */
  readonly detail: string;
  /** What the scheduler says of the one node that counts; of other nodes it says NodeAffinity. */
  readonly message: string;
  readonly waited: number | null;
};

/** A pod is looked at within seconds; a minute without a word means that nobody does. */
const LOOKED_AT_WITHIN = 60_000;

/** RuntimeClass, PodNodeSelector and webhooks add selectors to pods; the controller believes the template. */
function selectorAdded({ node, daemonSet }: PlacementView, pod: Pod): string | undefined {
  const own = nodeAffinityAnswer(
    { nodeSelector: pod.spec.nodeSelector, requiredNodeAffinity: undefined },
    node.node,
  );
  const template = nodeAffinityAnswer(
    { nodeSelector: daemonSet.daemonSet.template.nodeSelector, requiredNodeAffinity: undefined },
    node.node,
  );
  return own.match === "no" && template.match === "yes" ? own.because : undefined;
}

function taintOf({ node }: PlacementView, pod: Pod): string | undefined {
  const found = untolerated(node.node.taints, pod.spec.tolerations, {
    effects: ["NoSchedule", "NoExecute"],
    comparison: "unknown",
  });
  return found?.answer === "no" ? showTaint(found.taint) : undefined;
}

/** The clauses that can be this node's: for all others a pinned pod gets NodeAffinity. */
function ownClauses(message: string): string {
  const parsed = parseSchedulerMessage(message);
  if (parsed === undefined) return message;
  const own = parsed.clauses.filter(
    ({ reason }) =>
      reason.says !== "node-affinity" &&
      !(reason.says === "plugins" && reason.plugins.every((plugin) => plugin === "NodeAffinity")),
  );
  return own.map(({ text }) => text).join(", ");
}

function whyOf(view: PlacementView, pod: Pod): Pick<Evidence, "why" | "detail"> | undefined {
  const scheduled = conditionOf(pod.status, "PodScheduled");
  if (scheduled === undefined) {
    const silent = pod.createdAt !== undefined && view.facts.at - pod.createdAt > LOOKED_AT_WITHIN;
    return silent ? { why: "no-scheduler", detail: pod.spec.schedulerName } : undefined;
  }
  const selector = selectorAdded(view, pod);
  if (selector !== undefined) return { why: "selector-added", detail: selector };
  const taint = taintOf(view, pod);
  if (taint !== undefined) return { why: "taint", detail: taint };
  return { why: scheduled.reason === "SchedulerError" ? "scheduler-error" : "told", detail: "" };
}

/** The pod waits, and by our own count the node has room: what is left is what the scheduler itself says. */
export const unschedulableOther = placementCause<Evidence>({
  code: "unschedulable-other",
  group: "cannot be placed",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the pod is not scheduled for a reason that no other cause covers",
    what: "The pod waits in Pending, and neither room, ports, volumes nor neighbours explain it. Either no scheduler takes it (a wrong schedulerName, a scheduler that is down), or something changed the pod after the template: a RuntimeClass or a webhook that adds a node selector, which the DaemonSet controller never sees. Or the node has a taint that the pod does not tolerate.",
    proof: [
      "kubectl -n NS get pod POD -o jsonpath='{.status.conditions}'",
      "kubectl -n NS get pod POD -o jsonpath='{.spec.schedulerName} {.spec.nodeSelector} {.spec.tolerations}'",
      "kubectl get node NODE -o jsonpath='{.spec.taints}'",
    ],
    fix: [
      "No scheduler: correct schedulerName, or see whether that scheduler runs.",
      "A selector that was added: put it into the DaemonSet's template too, so that both agree where it belongs.",
    ],
    usualAdvice:
      "Counting nodes in the scheduler's message misleads: of “0/5 nodes”, one is the pod's own and the other four are named only because the pod is pinned. The message also names the first filter that failed and hides the rest.",
    sources: [
      "pkg/scheduler/schedule_one.go, handleSchedulingFailure",
      "pkg/scheduler/framework/types.go, FitError.Error",
    ],
  },
  find(view) {
    const pod = waitingPod(view);
    const found = pod && whyOf(view, pod);
    if (pod === undefined || found === undefined) return undefined;
    const state = podStage(pod, view.facts.at);
    const message = state.stage === "unscheduled" ? state.message : "";
    const since = state.stage === "unscheduled" ? state.since : undefined;
    return {
      since,
      evidence: {
        daemonSet: view.daemonSet.key,
        node: view.node.node.name,
        pod: pod.name,
        ...found,
        message: kept(ownClauses(message)),
        waited: since === undefined ? null : view.facts.at - since,
      },
    };
  },
  explain({ why, detail, message, waited }) {
    const time = waited === null ? "" : ` for ${span(waited)}`;
    switch (why) {
      case "no-scheduler":
        return `no scheduler has looked at the pod${time}; it asks for ${detail}`;
      case "selector-added":
        return `the pod asks for ${detail}, which its template does not and the node does not have`;
      case "taint":
        return `the pod does not tolerate ${detail} of its node`;
      case "scheduler-error":
        return `the scheduler failed while it tried the pod: ${quoted(message)}`;
      case "told":
        return message === ""
          ? `not scheduled${time}, and the scheduler says nothing of this node`
          : `not scheduled${time}: ${quoted(message)}`;
    }
  },
  remedies({ daemonSet, pod, why }) {
    const { namespace } = splitKey(daemonSet);
    const looks: Readonly<Record<Why, string>> = {
      "no-scheduler": "whether the scheduler that the pod names exists and runs",
      "selector-added": "who adds the selector: its RuntimeClass, the namespace or a webhook",
      taint: "whether the taint is meant to keep the daemon off",
      "scheduler-error": "what the scheduler's log says of the pod",
      told: "what the scheduler says of the node",
    };
    return [
      {
        action: "look",
        command: ["kubectl", "-n", namespace, "describe", "pod", pod],
        why: looks[why],
      },
    ];
  },
});
