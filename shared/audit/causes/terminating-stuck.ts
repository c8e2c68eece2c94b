import { placementCause } from "#shared/audit/cause.ts";
import { span } from "#shared/audit/phrase.ts";
import { podStage } from "#shared/cluster/pod-state.ts";
import { isTerminal, type Pod } from "#shared/cluster/pod.ts";
import { keyOf, splitKey } from "#shared/cluster/metadata.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly pod: string;
  readonly node: string;
  readonly overdueSeconds: number;
  /** Its containers have ended: then not a process but a finalizer, a volume or the sandbox holds it. */
  readonly ended: boolean;
  readonly nodePhase: string;
};

/** Past its time and still there. Without surge the controller makes no other pod until it is gone. */
export const terminatingStuck = placementCause<Evidence>({
  code: "terminating-stuck",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the old pod does not go away, so no new one is made",
    what: "The pod was deleted and its grace period is long over, but it is still there: its node does not answer, a finalizer holds it, or the runtime cannot end it. The DaemonSet controller makes no new pod on the node as long as the old one exists. The counters may even call the old one ready and available.",
    proof: [
      "kubectl -n NS get pod POD -o jsonpath='{.metadata.deletionTimestamp} {.metadata.finalizers}'",
      "kubectl get node NODE",
      "kubectl -n NS describe pod POD | sed -n '/Events/,$p'",
    ],
    fix: [
      "If the node is dead, end its machine first; pod garbage collection then removes the pod.",
      "If a finalizer is set, look at the controller that should remove it.",
      "If the node is well, look at the kubelet's and the runtime's log there; a force delete is the last step.",
    ],
    usualAdvice:
      "A force delete removes the object and not the process: on a machine that is merely cut off, the old daemon runs on beside the new one, with the same host ports and volumes.",
    sources: [
      "pkg/controller/daemon/daemon_controller.go, podsShouldBeOnNode",
      "pkg/controller/podgc/gc_controller.go",
    ],
  },
  find(view) {
    const { pod, facts } = view;
    if (pod === undefined) return undefined;
    const state = podStage(pod, facts.at);
    if (state.stage !== "terminating" || state.overdue <= facts.policy.grace.terminating * 1000)
      return undefined;
    return {
      since: pod.deletionAt,
      evidence: {
        daemonSet: view.daemonSet.key,
        pod: keyOf(pod),
        node: view.node.node.name,
        overdueSeconds: Math.round(state.overdue / 1000),
        ended: hasEnded(pod),
        nodePhase: view.node.phase.name,
      },
    };
  },
  explain({ pod, overdueSeconds, ended }) {
    const held = ended ? ", though its containers have ended" : "";
    return `${pod} should have been gone ${span(overdueSeconds * 1000)} ago${held}, and no new pod is made before it goes`;
  },
  remedies({ pod, node, nodePhase, ended }) {
    const { namespace, name } = splitKey(pod);
    const look = {
      action: "look" as const,
      command: [
        "kubectl",
        "-n",
        namespace,
        "get",
        "pod",
        name,
        "-o",
        "jsonpath={.metadata.finalizers}",
      ],
      why: "a finalizer that nobody removes holds the pod for ever",
    };
    if (nodePhase === "dark" || nodePhase === "stopped") return [look];
    const why = ended ? "its containers have ended" : "the kubelet did not end it in time";
    return [look, { action: "force-delete-pod", pod, node, why }];
  },
});

const hasEnded = (pod: Pod): boolean =>
  isTerminal(pod) ||
  (pod.status.containers.length > 0 &&
    pod.status.containers.every(({ state }) => state?.type === "terminated"));
