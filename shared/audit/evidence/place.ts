import { podStage } from "#shared/cluster/pod-state.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Amounts } from "#shared/cluster/quantity.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { countsForNomination, roomOf, type Room } from "#shared/cluster/room.ts";
import type { PlacementView } from "#shared/audit/facts.ts";

/** A daemon pod that waits for a place on its node, and what the node has. */
export type Place = {
  readonly pod: Pod;
  readonly requests: Amounts;
  readonly room: Room;
  /** spec.priority, which was resolved when the pod was made; none is 0. */
  readonly priority: number;
};

export const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0;

/** The judged pod, when the scheduler has not bound it and no gate keeps the scheduler from trying. */
export function waitingPod({ pod, facts }: PlacementView): Pod | undefined {
  return pod !== undefined && podStage(pod, facts.at).stage === "unscheduled" ? pod : undefined;
}

const places = new WeakMap<PlacementView, Place>();

/** undefined when no pod waits. Remembered, since several causes look at it in turn. */
export function placeWanted(view: PlacementView): Place | undefined {
  const known = places.get(view);
  if (known) return known;
  const pod = waitingPod(view);
  if (pod === undefined) return undefined;
  const { version } = view.facts.cluster;
  const priority = priorityOf(pod);
  const nominated = view.facts
    .nominatedFor(view.node.node.name)
    .filter((other) => other.uid !== pod.uid && countsForNomination(other, priority));
  const place: Place = {
    pod,
    requests: podRequests(pod, version),
    room: roomOf(view.node.node, view.node.pods, { version, nominated }),
    priority,
  };
  places.set(view, place);
  return place;
}
