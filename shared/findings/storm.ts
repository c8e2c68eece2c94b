import type { Occurrence } from "#shared/audit/audit.ts";

/** Karpenter and EKS node repair stop at a fifth of a pool: from there on it is the pool that is in trouble. */
const SHARE = 0.2;
const AT_LEAST = 3;

/** Occurrences that are told as one trouble of a pool, with the pool's name. */
export function poolsInTrouble(
  occurrences: readonly Occurrence[],
): ReadonlyMap<Occurrence, string> {
  const ofNodes = occurrences.flatMap((occurrence) =>
    occurrence.where.scope === "node" && occurrence.part === undefined
      ? [{ occurrence, view: occurrence.where.node }]
      : [],
  );
  const groups = Map.groupBy(ofNodes, ({ occurrence, view }) =>
    JSON.stringify([occurrence.code, view.pool]),
  );
  const found = new Map<Occurrence, string>();
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined || group.length < AT_LEAST || first.view.pool === "") continue;
    const { pool, facts } = first.view;
    const inPool = facts.nodes.filter((node) => node.pool === pool).length;
    if (group.length > inPool * SHARE)
      for (const { occurrence } of group) found.set(occurrence, pool);
  }
  return found;
}
