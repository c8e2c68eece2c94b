import { placementCause } from "#shared/audit/cause.ts";
import {
  claimsOf,
  claimTrouble,
  unseenStorage,
  type ClaimTrouble,
} from "#shared/audit/evidence/claims.ts";
import { kept, quoted } from "#shared/audit/phrase.ts";
import { waitingPod } from "#shared/audit/evidence/place.ts";
import { podStage } from "#shared/cluster/pod-state.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { parseSchedulerMessage } from "#shared/cluster/scheduler-message.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
  /** told: only the scheduler says so, and we see nothing that contradicts it. */
  readonly trouble: ClaimTrouble["trouble"] | "told";
  /** "namespace/name" of the claim; "" where only the scheduler speaks of one. */
  readonly claim: string;
  readonly by: string;
  readonly message: string;
};

/** The scheduler's words on volumes; "" when it said none. */
function toldOf(pod: Pod, at: number): string {
  const state = podStage(pod, at);
  const message = state.stage === "unscheduled" ? state.message : "";
  const clauses = parseSchedulerMessage(message)?.clauses ?? [];
  return clauses.find(({ reason }) => reason.says === "volume")?.text ?? "";
}

/** A claim of the pod is missing, unbound, in use, out of reach of this node, or one too many for it. */
export const volumeUnavailable = placementCause<Evidence>({
  code: "volume-unavailable",
  group: "cannot be placed",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "a volume of the pod cannot be had on its node",
    what: "The pod uses a PersistentVolumeClaim that keeps it from being scheduled on the one node it belongs to: the claim is missing or unbound, another pod has it exclusively, its volume lies in another zone, or the node takes no further volume of that driver. All pods of a DaemonSet name the same claim, so what works on the first node seldom works on the second.",
    proof: [
      "kubectl -n NS describe pod POD | sed -n '/Events/,$p'",
      "kubectl -n NS get persistentvolumeclaims",
      "kubectl get csinode NODE -o jsonpath='{.spec.drivers}'",
    ],
    fix: [
      "Give a daemon storage of its node: hostPath, emptyDir, or a generic ephemeral volume, which makes a claim for each pod.",
      "For a limit, move another pod with volumes off the node.",
    ],
    usualAdvice:
      "Restarting the CSI node pod makes a node forget its volume limit until it registers again, and the scheduler then sends pods that cannot attach.",
    sources: [
      "pkg/scheduler/framework/plugins/volumebinding/volume_binding.go",
      "pkg/scheduler/framework/plugins/nodevolumelimits/csi.go",
      "pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go",
    ],
  },
  find(view) {
    const pod = waitingPod(view);
    if (pod === undefined || claimsOf(pod).length === 0) return undefined;
    const seen = claimTrouble(view, pod);
    const message = toldOf(pod, view.facts.at);
    if (seen === undefined && message === "") {
      const unseen = unseenStorage(view.facts, pod);
      return unseen.length === 0
        ? undefined
        : { cannotTell: `${unseen.join(" and ")} objects were not read` };
    }
    return {
      since: pod.createdAt,
      evidence: {
        daemonSet: view.daemonSet.key,
        node: view.node.node.name,
        trouble: seen?.trouble ?? "told",
        claim: seen === undefined ? "" : `${pod.namespace}/${seen.claim}`,
        by: seen?.by ?? "",
        message: kept(message),
      },
    };
  },
  explain: ({ trouble, claim, by, message }) => {
    const says: Readonly<Record<Evidence["trouble"], string>> = {
      missing: `claim ${claim} does not exist`,
      lost: `claim ${claim} has lost its volume ${by}`,
      unbound: `claim ${claim} is not bound, though storage class ${by} binds at once`,
      elsewhere: `volume ${by} of claim ${claim} cannot be reached from this node`,
      "in-use": `claim ${claim} is for one pod only, and ${by} has it`,
      limit: `the node takes no further volume of driver ${by}, which claim ${claim} needs`,
      told: `the scheduler finds no way to a volume: ${quoted(message)}`,
    };
    return says[trouble];
  },
  remedies: ({ daemonSet, claim, trouble }) => [
    {
      action: "fix-volume",
      daemonSet,
      claim,
      why:
        trouble === "limit"
          ? "move another pod with volumes off the node, or keep the daemon's data on the node itself"
          : "a daemon's data belongs to its node: hostPath, emptyDir, or a generic ephemeral volume for each pod",
    },
  ],
});
