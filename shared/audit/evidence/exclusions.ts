import { nodeAffinityAnswer } from "#shared/cluster/affinity.ts";
import type { Node, Taint } from "#shared/cluster/node.ts";
import {
  comparisonIn,
  daemonTolerations,
  KEEPING_AWAY,
  tolerated,
} from "#shared/cluster/taints.ts";
import { forbiddenBy } from "#shared/audit/engine/eligibility.ts";
import type { DaemonSetView, NodeView, PlacementView } from "#shared/audit/facts.ts";
import { onceAMoment } from "#shared/audit/engine/once-a-moment.ts";

/** A node that a DaemonSet is not meant to be on, and what keeps it off. */
export type Excluded = {
  readonly node: NodeView;
  /**
   * machine: who runs the node forbids it. pinned: its template names another node. affinity: nodeSelector or required
   * node affinity. taints: everything else would take the node. other: a selector of its namespace.
   */
  readonly by: "machine" | "pinned" | "affinity" | "taints" | "other";
  /** Lasting ones that it does not tolerate; only where `by` is "taints". */
  readonly taints: readonly Taint[];
};

/** Where a DaemonSet is not, for all nodes in one pass. */
export type Exclusions = {
  readonly intended: number;
  readonly unknown: number;
  readonly intendedByPool: ReadonlyMap<string, number>;
  /** Operating systems of the nodes that it is meant for. */
  readonly intendedOn: ReadonlySet<string>;
  /** Only nodes that stay and on which the machine would allow it. */
  readonly excluded: readonly Excluded[];
};

const NO_TAINTS: readonly Taint[] = [];

/** What keeps a DaemonSet off a node that it is not meant for; asked of many nodes, so its part is put together once. */
const excluderOf = onceAMoment(({ daemonSet: set, role, facts }) => {
  const { template } = set;
  const placed = { set, role };
  const tolerations = daemonTolerations(template);
  const comparison = comparisonIn(facts.cluster.version);
  const isUntolerated = (taint: Taint): boolean =>
    KEEPING_AWAY.includes(taint.effect) && tolerated(taint, tolerations, comparison) === "no";
  // Nodes are many, and the words in which it is told why it is not there are few: one answer for each of these. They
  // speak of affinity exactly where that does not match, because should-run.ts asks it before taints.
  const byAffinity = new Map<string, boolean>();
  const leavesOut = (node: Node, because: string): boolean => {
    const known = byAffinity.get(because);
    if (known !== undefined) return known;
    const found = nodeAffinityAnswer(template, node).match === "no";
    byAffinity.set(because, found);
    return found;
  };
  return ({ node: on, because }: PlacementView): Excluded => {
    const { node } = on;
    if (forbiddenBy(on.compute, placed) !== undefined) return of(on, "machine");
    if (template.nodeName !== "" && template.nodeName !== node.name) return of(on, "pinned");
    if (leavesOut(node, because)) return of(on, "affinity");
    const taints = on.lasting.filter(isUntolerated);
    return of(on, taints.length > 0 ? "taints" : "other", taints);
  };
});

const of = (node: NodeView, by: Excluded["by"], taints = NO_TAINTS): Excluded => ({
  node,
  by,
  taints,
});

export const whyExcluded = (placement: PlacementView): Excluded =>
  excluderOf(placement.daemonSet)(placement);

/** A machine that goes or is off is no gap in anybody's plan. */
const stays = ({ phase }: NodeView): boolean =>
  phase.name !== "leaving" && phase.name !== "stopped";

/** Several causes ask for it. */
export const exclusionsOf = onceAMoment((view): Exclusions => {
  const excluded: Excluded[] = [];
  let intended = 0;
  let unknown = 0;
  const exclude = excluderOf(view);
  for (const placement of view.placements()) {
    if (placement.intended === "yes") intended += 1;
    else if (placement.intended === "unknown") unknown += 1;
    else if (stays(placement.node)) {
      const one = exclude(placement);
      if (one.by !== "machine") excluded.push(one);
    }
  }
  return { intended, unknown, excluded, ...intendedWhere(view, excluded.length > 0) };
});

/** Most DaemonSets are left out of nothing, and then nobody asks. */
function intendedWhere(view: DaemonSetView, asked: boolean) {
  const intendedByPool = new Map<string, number>();
  const intendedOn = new Set<string>();
  for (const { intended, node } of asked ? view.placements() : []) {
    if (intended !== "yes") continue;
    const { pool } = node;
    intendedByPool.set(pool, (intendedByPool.get(pool) ?? 0) + 1);
    intendedOn.add(node.node.os);
  }
  return { intendedByPool, intendedOn };
}

/** What a DaemonSet that is known from its pods only cannot be asked. */
export const NO_TEMPLATE = {
  cannotTell: "no DaemonSet object was read, so where it is meant to be is not known",
};
