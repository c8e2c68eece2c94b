import {
  placementCause,
  type CannotTell,
  type CauseDoc,
  type Hit,
  type PlacementCause,
} from "#shared/audit/cause.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { placeWanted } from "#shared/audit/evidence/place.ts";
import {
  shortageEvidence,
  shortageRemedies,
  shortageSentence,
  shortOf,
  type ShortageEvidence,
} from "#shared/audit/evidence/shortage.ts";

const NATIVE = ["cpu", "memory", "ephemeral-storage"] as const;
const isNative = (resource: string): boolean => NATIVE.some((native) => native === resource);

/**
 * The node's allocatable less the requests of its pods is smaller than what the daemon asks for. The controller made the
 * pod all the same, since it never looks at resources, and the status counters call the pod scheduled.
 */
function find(
  view: PlacementView,
  concerns: (resource: string) => boolean,
): Hit<ShortageEvidence> | CannotTell | undefined {
  const place = placeWanted(view);
  if (place === undefined) return undefined;
  const short = shortOf(view).find(({ resource }) => resource !== "pods" && concerns(resource));
  if (short !== undefined)
    return {
      evidence: shortageEvidence(view, place, short),
      since: place.pod.createdAt,
    };
  // Unseen pods only ever take more: a shortage holds without them, its absence does not.
  return view.facts.seen("Pod") || ![...place.requests.keys()].some(concerns)
    ? undefined
    : { cannotTell: "not all pods were read, so what the node has left is not known" };
}

const doc = (resource: string): CauseDoc => ({
  title: `the node has too little requestable ${resource} for the daemon pod`,
  what: `The pod waits in Pending because its request for ${resource} is larger than what the node's allocatable leaves after the requests of the pods that are bound there. The DaemonSet controller does not look at resources, so it keeps the pod, and currentNumberScheduled counts it: desired and current agree, and no counter tells of the gap. A daemon pod can go to one node only; no other node's room helps it.`,
  proof: [
    "kubectl -n NS describe pod POD | tail -n 5",
    "kubectl describe node NODE | sed -n '/Allocatable/,/Events/p'",
    `kubectl get pods -A --field-selector spec.nodeName=NODE -o custom-columns='NS:.metadata.namespace,POD:.metadata.name,PRIORITY:.spec.priority,REQUESTS:.spec.containers[*].resources.requests.${resource}'`,
  ],
  fix: [
    "Give the DaemonSet a priority class above the workloads, so that the scheduler can preempt one of them.",
    "Or move a pod off the node, and keep the space free until the daemon is bound.",
    "Or lower the request to what the daemon really uses, or take a larger node type.",
  ],
  usualAdvice:
    "Tainting nodes that lack resources only hides the gap: the node leaves the desired count and still has no daemon. A lack of requestable room shows as Pending, never as a crash loop. A priority class is no guarantee either, because pods of the same or a higher priority are never preempted.",
  sources: [
    "pkg/scheduler/framework/plugins/noderesources/fit.go, fitsRequest",
    "pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go, SelectVictimsOnNode",
    "pkg/controller/daemon/daemon_controller.go, nodeShouldRunDaemonPod",
  ],
});

const insufficient = (resource: (typeof NATIVE)[number]): PlacementCause<ShortageEvidence> =>
  placementCause<ShortageEvidence>({
    code: `insufficient-${resource}`,
    group: "cannot be placed",
    severity: "warning",
    scope: "placement",
    doc: doc(resource),
    find: (view) => find(view, (other) => other === resource),
    explain: shortageSentence,
    remedies: shortageRemedies,
  });

export const insufficientCpu = insufficient("cpu");
export const insufficientMemory = insufficient("memory");
export const insufficientEphemeralStorage = insufficient("ephemeral-storage");

const extended = doc("an extended resource (a GPU, huge pages, a device)");

/** A family: the occurrence's code is insufficient-nvidia.com/gpu and so on, told by codeOf. */
export const insufficientResource = placementCause<ShortageEvidence>({
  code: "insufficient-RESOURCE",
  group: "cannot be placed",
  severity: "warning",
  scope: "placement",
  doc: {
    ...extended,
    title:
      "the node has too little of an extended resource (a GPU, huge pages, a device) for the daemon pod",
    what: `${extended.what} For an extended resource the node may not offer it at all: the device plugin that announces it has not registered, or has died, and allocatable then reads 0.`,
    proof: [
      "kubectl get node NODE -o jsonpath='{.status.allocatable}'",
      "kubectl -n NS get pod POD -o jsonpath='{.spec.containers[*].resources}'",
    ],
    usualAdvice:
      "More cpu or memory does not help, and a monitoring agent should seldom ask for a device at all: requesting a GPU takes it away from the workload that needs it.",
  },
  codeOf: ({ resource }) => `insufficient-${resource}`,
  find: (view) => find(view, (resource) => !isNative(resource)),
  explain: shortageSentence,
  remedies: shortageRemedies,
});
