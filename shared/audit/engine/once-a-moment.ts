import type { ClusterFacts, DaemonSetView } from "#shared/audit/facts.ts";

/**
 * An answer about a DaemonSet that several causes need, found once. The view stays the same object while what it shows
 * changes; facts are of one moment, so they are what is remembered by.
 */
export function onceAMoment<T>(find: (view: DaemonSetView) => T): (view: DaemonSetView) => T {
  const moments = new WeakMap<ClusterFacts, Map<string, { readonly found: T }>>();
  return (view) => {
    const { facts, key } = view;
    const moment = moments.get(facts) ?? new Map<string, { readonly found: T }>();
    moments.set(facts, moment);
    const known = moment.get(key) ?? { found: find(view) };
    moment.set(key, known);
    return known.found;
  };
}

/** The same for an answer about the whole cluster. */
export function onceForAll<T>(find: (facts: ClusterFacts) => T): (facts: ClusterFacts) => T {
  const moments = new WeakMap<ClusterFacts, { readonly found: T }>();
  return (facts) => {
    const known = moments.get(facts) ?? { found: find(facts) };
    moments.set(facts, known);
    return known.found;
  };
}
