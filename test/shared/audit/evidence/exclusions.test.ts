import * as fc from "fast-check";
import { expect, test } from "vitest";
import { forbiddenBy } from "#shared/audit/engine/eligibility.ts";
import { exclusionsOf, whyExcluded } from "#shared/audit/evidence/exclusions.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { nodeAffinityAnswer } from "#shared/cluster/affinity.ts";
import { anyCluster } from "../../../fixtures/random-cluster.ts";
import { factsOf } from "../../../fixtures/node-view.ts";

/** The same asked of one placement alone. */
function asked({ daemonSet, node }: PlacementView): string {
  const { daemonSet: set, role } = daemonSet;
  if (forbiddenBy(node.compute, { set, role }) !== undefined) return "machine";
  if (set.template.nodeName !== "" && set.template.nodeName !== node.node.name) return "pinned";
  return nodeAffinityAnswer(set.template, node.node).match === "no" ? "affinity" : "taints";
}

test("why a DaemonSet is not on a node does not depend on which nodes were asked before", () => {
  fc.assert(
    fc.property(anyCluster, (of) => {
      for (const set of factsOf(of).daemonSets)
        for (const placement of set.placements().filter(({ intended }) => intended === "no"))
          expect(whyExcluded(placement).by).toBe(asked(placement));
    }),
    { numRuns: 300 },
  );
});

test("every node is intended, excluded, unknown, forbidden by its machine, or about to go", () => {
  fc.assert(
    fc.property(anyCluster, (of) => {
      for (const set of factsOf(of).daemonSets) {
        const { intended, unknown, excluded, intendedByPool } = exclusionsOf(set);
        const rest = set
          .placements()
          .filter(
            ({ intended: is, node }) =>
              is === "no" &&
              (node.phase.name === "leaving" ||
                node.phase.name === "stopped" ||
                forbiddenBy(node.compute, { set: set.daemonSet, role: set.role }) !== undefined),
          );
        expect(intended + unknown + excluded.length + rest.length).toBe(set.placements().length);
        const inPools = [...intendedByPool.values()].reduce((sum, count) => sum + count, 0);
        expect(inPools).toBe(excluded.length > 0 ? intended : 0);
      }
    }),
    { numRuns: 300 },
  );
});
