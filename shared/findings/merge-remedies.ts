import type { RemedyCall } from "#shared/audit/remedy-call.ts";

/** A finding of many nodes asks for the same thing many times; a list of this many of a kind is enough to begin with. */
const OF_A_KIND = 3;

const keyed = (call: RemedyCall): string =>
  JSON.stringify(call, (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));

/** The values that one step must have to help on every node. */
function strongest(a: RemedyCall, b: RemedyCall): RemedyCall | undefined {
  if (a.action === "lower-requests" && b.action === "lower-requests")
    return a.resource === b.resource ? (a.to <= b.to ? a : b) : undefined;
  if (a.action === "larger-nodes" && b.action === "larger-nodes")
    return a.resource === b.resource ? (a.needed >= b.needed ? a : b) : undefined;
  if (a.action === "raise-priority" && b.action === "raise-priority")
    return a.daemonSet === b.daemonSet ? (a.above >= b.above ? a : b) : undefined;
  return undefined;
}

function add(kept: RemedyCall[], call: RemedyCall): void {
  for (const [at, other] of kept.entries()) {
    if (keyed(other) === keyed(call)) return;
    const merged = strongest(other, call);
    if (merged !== undefined) {
      kept[at] = merged;
      return;
    }
  }
  if (kept.filter(({ action }) => action === call.action).length < OF_A_KIND) kept.push(call);
}

/**
 * The steps of all occurrences of a finding as one list: the order of the first occurrence that asks for a step, no step
 * twice, and where occurrences differ in an amount, the amount that helps all of them.
 */
export function mergeRemedies(lists: readonly (readonly RemedyCall[])[]): readonly RemedyCall[] {
  const order = [...new Set(lists.flatMap((list) => list.map(({ action }) => action)))];
  const kept: RemedyCall[] = [];
  for (const list of lists) for (const call of list) add(kept, call);
  return order.flatMap((action) => kept.filter((call) => call.action === action));
}
