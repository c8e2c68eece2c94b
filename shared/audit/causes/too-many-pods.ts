import { placementCause } from "#shared/audit/cause.ts";
import { counted } from "#shared/audit/phrase.ts";
import { placeWanted } from "#shared/audit/evidence/place.ts";
import {
  displacing,
  shortageEvidence,
  shortageRemedies,
  shortOf,
  type ShortageEvidence,
} from "#shared/audit/evidence/shortage.ts";

/** Every place for a pod is taken. The limit is the kubelet's maxPods, often derived from addresses, not from size. */
export const tooManyPods = placementCause<ShortageEvidence>({
  code: "too-many-pods",
  group: "cannot be placed",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "every pod place of the node is taken",
    what: "The node already has as many pods as its allocatable allows, whatever cpu and memory are left. The daemon pod waits in Pending; the DaemonSet's counters call it scheduled. On clouds whose pods take addresses of the network card, the limit follows from the machine type and is easily met by small pods.",
    proof: [
      "kubectl get node NODE -o jsonpath='{.status.allocatable.pods}'",
      "kubectl get pods -A --field-selector spec.nodeName=NODE,status.phase!=Succeeded,status.phase!=Failed --no-headers | wc -l",
    ],
    fix: [
      "Give the DaemonSet a priority class above the workloads: one preempted pod is enough.",
      "Or move a pod off the node, and hold its place until the daemon is bound.",
      "Or raise maxPods (prefix delegation on EKS), or take a larger type.",
    ],
    usualAdvice:
      "Adding nodes does not help a daemon that belongs to this one. Pods in Succeeded or Failed hold no place, so deleting them frees nothing.",
    sources: ["pkg/scheduler/framework/plugins/noderesources/fit.go, fitsRequest"],
  },
  find(view) {
    const place = placeWanted(view);
    if (place === undefined) return undefined;
    const short = shortOf(view).find(({ resource }) => resource === "pods");
    if (short === undefined)
      return view.facts.seen("Pod")
        ? undefined
        : { cannotTell: "not all pods were read, so free places are not known" };
    return { evidence: shortageEvidence(view, place, short), since: place.pod.createdAt };
  },
  explain: (evidence) =>
    `all ${counted(Number(evidence.allocatable), "pod place")} are taken by ${counted(evidence.holders, "pod")}, ${displacing(evidence)}`,
  remedies: shortageRemedies,
});
