import type { RemedyCall } from "#shared/audit/remedy-call.ts";

/** A finding of many nodes asks for the same thing many times; a list of this many of a kind is enough to begin with. */
const OF_A_KIND = 3;

const keyed = (call: RemedyCall): string =>
  JSON.stringify(call, (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));

const sameTarget = (
  a: { readonly daemonSet: string; readonly resource: string },
  b: { readonly daemonSet: string; readonly resource: string },
): boolean => a.daemonSet === b.daemonSet && a.resource === b.resource;

/** One step whose amount helps on every node; undefined for steps that are not of one kind. */
function strongest(a: RemedyCall, b: RemedyCall): RemedyCall | undefined {
  if (a.action === "lower-requests" && b.action === a.action && sameTarget(a, b))
    return a.to <= b.to ? a : b;
  if (a.action === "larger-nodes" && b.action === a.action && sameTarget(a, b))
    return a.needed >= b.needed ? a : b;
  if (a.action === "raise-priority" && b.action === a.action && a.daemonSet === b.daemonSet)
    return a.above >= b.above ? a : b;
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
