import { shortages } from "#shared/cluster/fit.ts";
import type { Node } from "#shared/cluster/node.ts";
import { amountsOf } from "#shared/cluster/quantity.ts";
import { holdsRoom } from "#shared/cluster/room.ts";
import type { Version } from "#shared/cluster/version.ts";
import { requestsOf, type KnownPod } from "./known-pod.ts";

/** What is bound to a node. */
type OnNode = {
  readonly node: Node;
  readonly daemons: readonly KnownPod[];
  readonly rest: readonly KnownPod[];
};

/** The largest of its daemons, resource by resource, would not find room a second time. */
export function isTight({ node, daemons, rest }: OnNode, version: Version | undefined): boolean {
  const wanted = new Map<string, bigint>();
  for (const daemon of daemons)
    for (const [resource, amount] of requestsOf(daemon, version))
      if (amount > (wanted.get(resource) ?? 0n)) wanted.set(resource, amount);
  const holders = [...daemons, ...rest].filter(({ pod }) => holdsRoom(pod));
  const used = new Map<string, bigint>();
  for (const holder of holders)
    for (const [resource, amount] of requestsOf(holder, version))
      used.set(resource, (used.get(resource) ?? 0n) + amount);
  const allocatable = amountsOf(node.allocatable);
  const podLimit = Number(allocatable.get("pods") ?? 0n);
  return shortages(wanted, { allocatable, used, podCount: holders.length, podLimit }).length > 0;
}
