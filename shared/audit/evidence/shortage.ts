import { shortages, type Shortage } from "#shared/cluster/fit.ts";
import { controllerOf, keyOf } from "#shared/cluster/metadata.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { showAmount } from "#shared/cluster/quantity.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { roomOf } from "#shared/cluster/room.ts";
import type { Version } from "#shared/cluster/version.ts";
import type { RemedyView } from "#shared/audit/cause.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { counted } from "#shared/audit/phrase.ts";
import { placeWanted, priorityOf, type Place } from "./place.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";

/**
 * Whether the scheduler can make room by itself. possible: pods of strictly lower priority hold enough. policy-never: the
 * daemon's class forbids it. too-large: the empty node would not do. none-lower: all holders have its priority or a higher
 * one. not-enough: the lower ones together hold too little.
 */
export type Preemption = "possible" | "policy-never" | "too-large" | "none-lower" | "not-enough";

type Holder = { readonly pod: string; readonly priority: number; readonly amount: string };

/** Amounts are in the scheduler's unit: thousandths of a cpu, bytes, else pieces. */
export type ShortageEvidence = {
  readonly node: string;
  readonly daemonSet: string;
  readonly resource: string;
  readonly requested: string;
  readonly allocatable: string;
  readonly used: string;
  readonly free: string;
  readonly missing: string;
  readonly priority: number;
  readonly preemption: Preemption;
  /** The daemon's priority would have to be above this for the scheduler to make room; null: no priority would do. */
  readonly above: number | null;
  /** How many holders would be open to preemption then. */
  readonly displaceable: number;
  /** Pods that hold some of the resource. */
  readonly holders: number;
  readonly byPriority: readonly {
    readonly priority: number;
    readonly pods: number;
    readonly amount: string;
  }[];
  readonly largest: readonly Holder[];
  /** Cheapest first; each could be made anew elsewhere by its controller. Budgets are not looked at here. */
  readonly movable: readonly Holder[];
  /** What else the node is short of, so that nobody fixes one half. */
  readonly also: readonly { readonly resource: string; readonly missing: string }[];
};

const LISTED = 5;

type Held = { readonly pod: Pod; readonly priority: number; readonly amount: bigint };

function heldBy(place: Place, resource: string, version: Version | undefined): readonly Held[] {
  return place.room.holders
    .map((pod) => ({
      pod,
      priority: priorityOf(pod),
      amount: resource === "pods" ? 1n : (podRequests(pod, version).get(resource) ?? 0n),
    }))
    .filter(({ amount }) => amount > 0n);
}

const holderOf = ({ pod, priority, amount }: Held): Holder => ({
  pod: keyOf(pod),
  priority,
  amount: String(amount),
});

const byName = (a: Held, b: Held): number => (keyOf(a.pod) < keyOf(b.pod) ? -1 : 1);
const compare = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));

/** Not a daemon's, a static or a bare pod: those come back to this node or not at all. */
function isMovable({ pod }: Held): boolean {
  const controller = controllerOf(pod);
  return (
    controller !== undefined &&
    controller.kind !== "DaemonSet" &&
    controller.kind !== "Node" &&
    pod.deletionAt === undefined &&
    !pod.doNotDisrupt
  );
}

/** Pods that would do alone come first, the smallest of them in front; then the largest of the others. */
function cheapestFirst(held: readonly Held[], missing: bigint): readonly Held[] {
  const alone = held.filter(({ amount }) => amount >= missing);
  const others = held.filter(({ amount }) => amount < missing);
  return [
    ...alone.toSorted(
      (a, b) => compare(a.amount, b.amount) || a.priority - b.priority || byName(a, b),
    ),
    ...others.toSorted((a, b) => compare(b.amount, a.amount) || byName(a, b)),
  ];
}

/** Does it fit once every pod below `priority` is gone? All resources at once: room for memory alone is no room. */
function fitsAbove(place: Place, view: PlacementView, priority: number): boolean {
  const stay = place.room.holders.filter((pod) => priorityOf(pod) >= priority);
  const room = roomOf(view.node.node, stay, { version: view.facts.cluster.version });
  return shortages(place.requests, room).length === 0;
}

function preemptionOf(place: Place, view: PlacementView, short: readonly Shortage[]): Preemption {
  if (short.some(({ unresolvable }) => unresolvable)) return "too-large";
  if (place.pod.spec.preemptionPolicy === "Never") return "policy-never";
  if (fitsAbove(place, view, place.priority)) return "possible";
  const lower = place.room.holders.some((pod) => priorityOf(pod) < place.priority);
  return lower ? "not-enough" : "none-lower";
}

/** The lowest priority among the holders above which a pod would be given room by preemption. */
function neededAbove(place: Place, view: PlacementView): number | null {
  const known = [...new Set(place.room.holders.map(priorityOf))].toSorted((a, b) => a - b);
  return known.find((priority) => fitsAbove(place, view, priority + 1)) ?? null;
}

/** All that the node is short of for the pod that waits; empty when it fits or no pod waits. */
export function shortOf(view: PlacementView): readonly Shortage[] {
  const place = placeWanted(view);
  return place === undefined ? [] : shortages(place.requests, place.room);
}

/** The arithmetic of one shortage: who holds what, and whether a higher priority would help. */
export function shortageEvidence(
  view: PlacementView,
  place: Place,
  { resource, requested, allocatable, used, missing }: Shortage,
): ShortageEvidence {
  const all = shortOf(view);
  const held = heldBy(place, resource, view.facts.cluster.version);
  const preemption = preemptionOf(place, view, all);
  const above = preemption === "too-large" ? null : neededAbove(place, view);
  return {
    node: view.node.node.name,
    daemonSet: view.daemonSet.key,
    resource,
    requested: String(requested),
    allocatable: String(allocatable),
    used: String(used),
    free: String(allocatable - used),
    missing: String(missing),
    priority: place.priority,
    preemption,
    above,
    displaceable: above === null ? 0 : held.filter(({ priority }) => priority <= above).length,
    holders: held.length,
    byPriority: sums(held),
    largest: held
      .toSorted((a, b) => compare(b.amount, a.amount) || byName(a, b))
      .slice(0, LISTED)
      .map(holderOf),
    movable: cheapestFirst(held.filter(isMovable), missing).slice(0, LISTED).map(holderOf),
    also: all
      .filter((other) => other.resource !== resource)
      .map((other) => ({ resource: other.resource, missing: String(other.missing) })),
  };
}

const sums = (held: readonly Held[]): ShortageEvidence["byPriority"] =>
  [...Map.groupBy(held, ({ priority }) => priority)]
    .toSorted(([a], [b]) => b - a)
    .map(([priority, pods]) => ({
      priority,
      pods: pods.length,
      amount: String(pods.reduce((sum, { amount }) => sum + amount, 0n)),
    }));

/** "needs 512Mi memory, 310Mi free of 3.8Gi: 14 pods hold 3.5Gi, 9 of them could be preempted above priority 0". */
export function shortageSentence(evidence: ShortageEvidence): string {
  const { resource, requested, allocatable, free, used, holders, also } = evidence;
  const show = (amount: string): string => showAmount(resource, BigInt(amount));
  const needs = `needs ${show(requested)} ${resource}`;
  const rest = also.map((one) => one.resource).join(", ");
  const more = rest === "" ? "" : `; also short of ${rest}`;
  if (BigInt(requested) > BigInt(allocatable))
    return `${needs}, more than the ${show(allocatable)} that the empty node has${more}`;
  return `${needs}, ${show(free)} free of ${show(allocatable)}: ${counted(holders, "pod")} ${holders === 1 ? "holds" : "hold"} ${show(used)}, ${displacing(evidence)}${more}`;
}

/** What preemption could do, as the end of a sentence. */
export function displacing(evidence: ShortageEvidence): string {
  const { preemption, priority, above, displaceable } = evidence;
  if (preemption === "possible")
    return `${displaceable} of them could be preempted at its priority ${priority}`;
  if (preemption === "policy-never") return "and its priority class never preempts";
  const now =
    preemption === "not-enough"
      ? `too few of them below its priority ${priority}`
      : `none of them below its priority ${priority}`;
  if (above === null) return `${now}, and no priority would do`;
  return `${now}; ${displaceable} of them could be preempted above priority ${above}`;
}

/** Cheapest first. A preemption that is possible is the scheduler's to make; the rest is for people. */
export function shortageRemedies(
  evidence: ShortageEvidence,
  view: RemedyView,
): readonly RemedyCall[] {
  const { daemonSet, node, resource, preemption, movable } = evidence;
  const room: readonly RemedyCall[] =
    movable.length > 0 && preemption !== "too-large"
      ? [{ action: "make-room", daemonSet, node }]
      : [];
  return [
    ...byPreemption(evidence, view.nodes),
    ...room,
    ...(resource === "memory" && ranOut(view, daemonSet) ? [] : lowerRequests(evidence)),
    {
      action: "larger-nodes",
      daemonSet,
      nodes: view.nodes,
      resource,
      needed: BigInt(evidence.missing),
    },
  ];
}

/** Whoever is killed for want of memory needs no less of it, on whichever node that was. */
const ranOut = ({ facts }: RemedyView, daemonSet: string): boolean =>
  facts
    .daemonSet(daemonSet)
    ?.pods.some(({ status }) =>
      status.containers.some((container) =>
        [container.state, container.lastState].some(
          (state) => state?.type === "terminated" && state.reason === "OOMKilled",
        ),
      ),
    ) ?? false;

function byPreemption(
  { daemonSet, preemption, priority, above }: ShortageEvidence,
  nodes: readonly string[],
): readonly RemedyCall[] {
  if (preemption === "possible") {
    const why = `the scheduler may preempt pods below priority ${priority} for it`;
    return [{ action: "wait", why }];
  }
  const helps = preemption === "none-lower" || preemption === "not-enough";
  return above !== null && helps ? [{ action: "raise-priority", daemonSet, above, nodes }] : [];
}

function lowerRequests(evidence: ShortageEvidence): readonly RemedyCall[] {
  const { daemonSet, resource } = evidence;
  const from = BigInt(evidence.requested);
  const to = from - BigInt(evidence.missing);
  return isNative(resource) && to > 0n
    ? [{ action: "lower-requests", daemonSet, resource, from, to }]
    : [];
}

const isNative = (resource: string): boolean =>
  resource === "cpu" || resource === "memory" || resource === "ephemeral-storage";
