import { hostPortsOf, type HeldPort } from "./host-ports.ts";
import type { Node } from "./node.ts";
import { isTerminal, type Pod } from "./pod.ts";
import { amountsOf, type Amounts } from "./quantity.ts";
import { podRequests } from "./requests.ts";
import type { Version } from "./version.ts";

/** What a node has to give and what is taken, as the scheduler's NodeInfo counts. */
export type Room = {
  readonly allocatable: Amounts;
  readonly used: Amounts;
  /** allocatable − used; negative where a node is overcommitted. */
  readonly free: Amounts;
  readonly podCount: number;
  readonly podLimit: number;
  readonly hostPorts: readonly HeldPort[];
  /** The pods that were counted. */
  readonly holders: readonly Pod[];
};

/** Ended pods hold nothing; terminating ones hold everything until they are gone. */
export const holdsRoom = (pod: Pod): boolean => !isTerminal(pod);

/** Pods nominated for a node count for others of equal or lower priority, never for themselves. */
export const countsForNomination = (pod: Pod, priority: number): boolean =>
  (pod.spec.priority ?? 0) >= priority;

export function sumOfRequests(pods: readonly Pod[], version: Version | undefined): Amounts {
  const sum = new Map<string, bigint>();
  for (const pod of pods) {
    for (const [resource, amount] of podRequests(pod, version))
      sum.set(resource, (sum.get(resource) ?? 0n) + amount);
  }
  return sum;
}

/**
 * Room on a node. `pods` are those with spec.nodeName = the node; `nominated` those that the scheduler has promised a place
 * there and that count for the question at hand.
 */
export function roomOf(
  node: Pick<Node, "allocatable">,
  pods: readonly Pod[],
  options: { readonly version: Version | undefined; readonly nominated?: readonly Pod[] },
): Room {
  const { version } = options;
  const holders = [...pods.filter(holdsRoom), ...(options.nominated ?? [])];
  const allocatable = amountsOf(node.allocatable);
  const used = sumOfRequests(holders, version);
  const free = new Map(
    [...new Set([...allocatable.keys(), ...used.keys()])].map((resource) => [
      resource,
      (allocatable.get(resource) ?? 0n) - (used.get(resource) ?? 0n),
    ]),
  );
  return {
    allocatable,
    used,
    free,
    podCount: holders.length,
    podLimit: Number(allocatable.get("pods") ?? 0n),
    hostPorts: holders.flatMap((holder) =>
      hostPortsOf(holder.spec, version).map((port) => ({ ...port, holder })),
    ),
    holders,
  };
}

/** The same room with one pod more on the node. */
export function withHolder(room: Room, holder: Pod, version: Version | undefined): Room {
  const used = new Map(room.used);
  const free = new Map(room.free);
  for (const [resource, amount] of podRequests(holder, version)) {
    used.set(resource, (used.get(resource) ?? 0n) + amount);
    free.set(resource, (free.get(resource) ?? 0n) - amount);
  }
  const ports = hostPortsOf(holder.spec, version).map((port) => ({ ...port, holder }));
  return {
    ...room,
    used,
    free,
    podCount: room.podCount + 1,
    hostPorts: [...room.hostPorts, ...ports],
    holders: [...room.holders, holder],
  };
}
