import { shortages } from "#shared/cluster/fit.ts";
import type { Amounts } from "#shared/cluster/quantity.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { roomOf } from "#shared/cluster/room.ts";
import type { Version } from "#shared/cluster/version.ts";
import type { NodeBundle } from "#shared/states/view/bundle.ts";

/** The largest of its daemons, resource by resource, would not find room a second time. */
export function isTight(
  { node, daemonPods, others }: NodeBundle,
  version: Version | undefined,
): boolean {
  const wanted = new Map<string, bigint>();
  for (const pod of daemonPods)
    for (const [resource, amount] of podRequests(pod, version))
      if (amount > (wanted.get(resource) ?? 0n)) wanted.set(resource, amount);
  const room = roomOf(node, [...daemonPods.filter(isBound), ...others], { version });
  return shortages(wanted satisfies Amounts, room).length > 0;
}

const isBound = ({ spec }: NodeBundle["daemonPods"][number]): boolean => spec.nodeName !== "";
