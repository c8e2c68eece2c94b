import type { ClusterFacts, DaemonSetView } from "#shared/audit/facts.ts";
import { matchesLabelSelector, type LabelSelector } from "#shared/cluster/selector.ts";
import type { Finding } from "#shared/findings/finding.ts";

/** Which DaemonSets a report is about. Everything was judged all the same: a root cause may lie outside. */
export type Scope = {
  readonly namespace?: string | undefined;
  readonly selector?: LabelSelector | undefined;
};

export const isInScope = ({ daemonSet }: DaemonSetView, { namespace, selector }: Scope): boolean =>
  (namespace === undefined || daemonSet.namespace === namespace) &&
  (selector === undefined || matchesLabelSelector(selector, daemonSet.labels) === "yes");

/** The rows of these DaemonSets only; nodes stay, with what they run of them. Look-ups still see everything. */
export function scopedFacts(facts: ClusterFacts, scope: Scope): ClusterFacts {
  const inScope = new Set(facts.daemonSets.filter((set) => isInScope(set, scope)));
  return {
    ...facts,
    seen: (kind) => facts.seen(kind),
    node: (name) => facts.node(name),
    daemonSet: (key) => facts.daemonSet(key),
    eventsOf: (uid) => facts.eventsOf(uid),
    daemonSets: [...inScope],
    nodes: facts.nodes.map((node) => ({
      ...node,
      used: () => node.used(),
      placements: () => node.placements().filter(({ daemonSet }) => inScope.has(daemonSet)),
    })),
  };
}

/** Findings that concern one of them, and what concerns the whole cluster. */
export function scopedFindings(
  findings: readonly Finding[],
  { daemonSets }: Pick<ClusterFacts, "daemonSets">,
): readonly Finding[] {
  const keys = new Set(daemonSets.map(({ key }) => key));
  return findings.filter(
    (finding) =>
      finding.subject.kind === "Cluster" || finding.daemonSets.some((key) => keys.has(key)),
  );
}
