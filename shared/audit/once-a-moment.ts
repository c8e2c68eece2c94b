import type { ClusterFacts, DaemonSetView } from "./facts.ts";

/**
 * An answer about a DaemonSet that several causes need, found once. The view is the same object for as long as the
 * DaemonSet lives and what it shows changes; facts are of one moment, so they are what is remembered by.
 */
export function onceAMoment<T>(find: (view: DaemonSetView) => T): (view: DaemonSetView) => T {
  const moments = new WeakMap<ClusterFacts, Map<string, T>>();
  return (view) => {
    const { facts, key } = view;
    const moment = moments.get(facts) ?? new Map<string, T>();
    moments.set(facts, moment);
    const known = moment.get(key);
    if (known !== undefined || moment.has(key)) return known as T;
    const found = find(view);
    moment.set(key, found);
    return found;
  };
}
