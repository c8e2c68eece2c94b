import { controllerOf, type Instant } from "#shared/cluster/metadata.ts";
import { isNodeReady } from "#shared/cluster/node-phase.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { onceForAll } from "#shared/audit/engine/once-a-moment.ts";
import type { NodeView } from "#shared/audit/facts.ts";

/** Clocks that differ by less are told apart by nothing that we read: leases are renewed every 10 seconds. */
export const SKEW = 60_000;

/** Two leases that differ do not say which of them is wrong. */
const ENOUGH = 3;

/**
 * The moment at which the leases were read, by the clocks of most nodes. In a dump "now" is the newest moment in it, which a
 * single wrong clock makes, so nodes are compared with each other. Only those that are called Ready count: a dead one renews
 * nothing, and 50 seconds later it is not called so any more. undefined where fewer than three tell.
 */
export const leaseTime = onceForAll(({ nodes }) => medianRenewal(nodes));

export function medianRenewal(
  nodes: readonly Pick<NodeView, "node" | "lease">[],
): Instant | undefined {
  const renewals = nodes.flatMap(({ node, lease }) =>
    lease?.renewedAt !== undefined && isNodeReady(node) ? [lease.renewedAt] : [],
  );
  if (renewals.length < ENOUGH) return undefined;
  return renewals.toSorted((a, b) => a - b)[Math.floor((renewals.length - 1) / 2)];
}

export type StartedEarly = { readonly pod: Pod; readonly by: number };

/**
 * The API server wrote when a pod was made, the kubelet when it took it: nobody takes what does not exist yet. The newest
 * pod tells of today's clock; an older one may tell of a clock that was set right since.
 */
export function startedEarly({ pods }: NodeView): StartedEarly | undefined {
  const newest = pods
    // A static pod starts without the API server and is mirrored there when that answers.
    .filter((pod) => controllerOf(pod)?.kind !== "Node" && pod.status.startedAt !== undefined)
    .reduce<Pod | undefined>(
      (best, pod) => ((best?.createdAt ?? -Infinity) < (pod.createdAt ?? -Infinity) ? pod : best),
      undefined,
    );
  const { createdAt } = newest ?? {};
  const startedAt = newest?.status.startedAt;
  if (newest === undefined || createdAt === undefined || startedAt === undefined) return undefined;
  return createdAt - startedAt > SKEW ? { pod: newest, by: createdAt - startedAt } : undefined;
}

/** By how much its lease is behind the others', in milliseconds, where the node is alive and its pods prove it. */
export function clockBehind(view: NodeView): number | undefined {
  const renewed = view.lease?.renewedAt;
  const others = leaseTime(view.facts);
  if (renewed === undefined || others === undefined || !isNodeReady(view.node)) return undefined;
  const behind = others - renewed;
  return behind > SKEW && startedEarly(view) !== undefined ? behind : undefined;
}

/** Its lease looks old only beside a clock that is wrong: its own, or that of a single node which is ahead of all others. */
export function looksSilentByClock(view: NodeView): boolean {
  const renewed = view.lease?.renewedAt;
  const others = leaseTime(view.facts);
  if (renewed === undefined || others === undefined || !isNodeReady(view.node)) return false;
  return others - renewed <= SKEW || clockBehind(view) !== undefined;
}
