import { placementCause } from "#shared/audit/cause.ts";
import { failedPodCount } from "#shared/audit/evidence/failed-pods.ts";
import { counted, kept, quoted } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import { showAmount } from "#shared/cluster/quantity.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
  readonly pod: string;
  readonly reason: string;
  readonly message: string;
  /** "" unless the reason is OutOf…; amounts then are in the scheduler's unit. */
  readonly resource: string;
  readonly requested: string;
  readonly used: string;
  readonly capacity: string;
  /** Failed pods of the daemon there, at least. */
  readonly times: number;
};

/** lifecycle/predicate.go, InsufficientResourceError.Error. */
const OUT_OF = /resource: (\S+), requested: (\d+), used: (\d+), capacity: (\d+)/;

const MEANS: ReadonlyMap<string, string> = new Map([
  ["OutOfpods", "every pod place of the node is taken"],
  ["NodeAffinity", "the node's labels no longer fit the pod's selector or affinity"],
  ["NodeName", "the pod is meant for another node"],
  ["NodePorts", "a host port is taken on the node"],
  ["TaintToleration", "the node has a NoExecute taint that the pod does not tolerate"],
  ["UnexpectedAdmissionError", "a device or resource plugin of the node refused it"],
  ["TopologyAffinityError", "the node's topology policy cannot align its cpus and devices"],
  ["SMTAlignmentError", "it asks for half a core where only whole ones are given"],
  ["NodeShutdown", "the node is shutting down"],
  ["Terminated", "the node was shutting down"],
  ["Preempting", "the kubelet ended it to admit a critical pod"],
  ["PodLevelResourcesNotSupported", "the node's kubelet is too old for pod-level resources"],
  ["SupplementalGroupsPolicyNotSupported", "the node's runtime is too old for its group policy"],
  ["AppArmor", "the node lacks its AppArmor profile"],
]);

/** The scheduler said yes and the kubelet no. The failed pod is deleted soon, and its reason with it. */
export const kubeletRejected = placementCause<Evidence>({
  code: "kubelet-rejected",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the kubelet refused the pod after it was bound",
    what: "The kubelet checks again what the scheduler decided, with its own list of pods and devices. Where the two disagree, the pod fails at the door: phase Failed, a reason such as OutOfcpu or UnexpectedAdmissionError, and no container status. The controller deletes the failed pod and makes another, so the reason is seen only for moments. A template with spec.nodeName skips the scheduler and meets this check alone.",
    proof: [
      "kubectl -n NS get pods --field-selector status.phase=Failed -o custom-columns='POD:.metadata.name,REASON:.status.reason,MESSAGE:.status.message'",
      "kubectl -n NS get events --field-selector reason=FailedDaemonPod",
    ],
    fix: [
      "OutOf…: static pods and pods that the scheduler did not place take the room; see who is on the node.",
      "UnexpectedAdmissionError: look at the device plugin of the node and restart it.",
      "NodeAffinity: somebody changed the node's labels after the pod was bound.",
    ],
    usualAdvice:
      "Deleting the failed pods by hand changes nothing, the controller does so itself. Retries slow down to one in 15 minutes, so a repaired node may still wait; an edit of the DaemonSet's spec resets that.",
    sources: ["pkg/kubelet/lifecycle/predicate.go, Admit"],
  },
  find(view) {
    const { pod } = view;
    if (pod === undefined || pod.status.phase !== "Failed" || pod.status.reason === "Evicted")
      return undefined;
    const { reason, message } = pod.status;
    const [, resource = "", requested = "", used = "", capacity = ""] = OUT_OF.exec(message) ?? [];
    return {
      since: pod.createdAt,
      evidence: {
        daemonSet: view.daemonSet.key,
        node: view.node.node.name,
        pod: pod.name,
        reason,
        message: kept(message),
        resource,
        requested,
        used,
        capacity,
        times: failedPodCount(view),
      },
    };
  },
  explain({ reason, message, resource, requested, used, capacity, times }) {
    const again = times > 1 ? `; ${counted(times, "failed pod")} so far` : "";
    if (resource !== "") {
      const show = (amount: string): string => showAmount(resource, BigInt(amount));
      return `refused by the kubelet, ${reason}: needs ${show(requested)} ${resource}, ${show(used)} of ${show(capacity)} are used${again}`;
    }
    const known = MEANS.get(reason) ?? (message === "" ? "it says no more" : quoted(message));
    return `refused by the kubelet, ${reason || "Failed"}: ${known}${again}`;
  },
  remedies: (evidence) => [firstStep(evidence)],
});

function firstStep({ daemonSet, node, pod, reason, resource }: Evidence): RemedyCall {
  const { namespace } = splitKey(daemonSet);
  if (reason === "NodeShutdown" || reason === "Terminated")
    return { action: "wait", why: "the node is going down; its successor gets a pod of its own" };
  if (resource !== "" || reason === "OutOfpods") return { action: "make-room", daemonSet, node };
  return {
    action: "look",
    command: ["kubectl", "-n", namespace, "describe", "pod", pod],
    why: MEANS.get(reason) ?? "what the kubelet said when it refused the pod",
  };
}
