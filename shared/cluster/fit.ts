import type { Amounts } from "./quantity.ts";
import type { Room } from "./room.ts";

/** One resource of which a node has too little left. "pods" counts places. */
export type Shortage = {
  readonly resource: string;
  readonly requested: bigint;
  readonly used: bigint;
  readonly allocatable: bigint;
  /** How much more would have to be free. */
  readonly missing: bigint;
  /** More than the empty node has: nobody's going would help. */
  readonly unresolvable: boolean;
};

const NATIVE = new Set(["cpu", "memory", "ephemeral-storage"]);

/** pkg/apis/core/v1/helper, IsExtendedResourceName. */
export const isExtended = (resource: string): boolean =>
  resource.includes("/") &&
  !resource.includes("kubernetes.io/") &&
  !resource.startsWith("requests.");

/** What the scheduler's NodeInfo counts beside cpu, memory and disk (helper.IsScalarResourceName). */
const isScalar = (resource: string): boolean =>
  isExtended(resource) ||
  resource.startsWith("hugepages-") ||
  resource.startsWith("attachable-volumes-") ||
  resource.includes("kubernetes.io/");

type Kept = Pick<Room, "allocatable" | "used" | "podCount" | "podLimit">;

function shortage(resource: string, requested: bigint, room: Kept): Shortage | undefined {
  const allocatable = room.allocatable.get(resource) ?? 0n;
  const used = room.used.get(resource) ?? 0n;
  if (requested <= 0n || requested <= allocatable - used) return undefined;
  return {
    resource,
    requested,
    used,
    allocatable,
    missing: requested - (allocatable - used),
    unresolvable: requested > allocatable,
  };
}

const ORDER = ["cpu", "memory", "ephemeral-storage"];
const rank = (resource: string): number => {
  const place = ORDER.indexOf(resource);
  return place < 0 ? ORDER.length : place;
};

/**
 * Everything a node has too little of for these requests, all at once, in upstream's order.
 * Mirrors noderesources/fit.go, fitsRequest: a zero request never fails, a missing allocatable entry is none.
 */
export function shortages(wanted: Amounts, room: Kept): readonly Shortage[] {
  const places: readonly Shortage[] =
    room.podCount + 1 > room.podLimit
      ? [
          {
            resource: "pods",
            requested: 1n,
            used: BigInt(room.podCount),
            allocatable: BigInt(room.podLimit),
            missing: BigInt(room.podCount + 1 - room.podLimit),
            unresolvable: false,
          },
        ]
      : [];
  const counted = [...wanted]
    .filter(([resource]) => NATIVE.has(resource) || isScalar(resource))
    .toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : Number(a > b)));
  return [
    ...places,
    ...counted.flatMap(([resource, amount]) => shortage(resource, amount, room) ?? []),
  ];
}
