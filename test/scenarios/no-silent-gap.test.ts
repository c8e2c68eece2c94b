import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Audit } from "#shared/audit/audit.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { taint } from "../fixtures/build.ts";
import { anyCluster } from "../fixtures/random-cluster.ts";
import { audited } from "./heard.ts";

/** Taints that will pass, on any node: who is kept out by one has no pod and is not excluded either. */
const PASSING = [
  "dsaudit.dev/quarantine",
  "node.kubernetes.io/not-ready",
  "efs.csi.aws.com/agent-not-ready",
  "karpenter.sh/disrupted",
];

const withTaint = (cluster: Cluster, key: string, effect: string): Cluster => ({
  ...cluster,
  Node: cluster.Node.map((node) => ({ ...node, taints: [...node.taints, taint(key, effect)] })),
});

const isWaiting = (placement: PlacementView): boolean =>
  placement.intended === "yes" && placement.verdict().says !== "covered";

/** Why nobody need be told of this gap by itself; undefined where it would be lost. */
function excuseOf(
  placement: PlacementView,
  { occurrences, unanswered }: Audit,
): string | undefined {
  const { node } = placement;
  if (placement.verdict().cause !== undefined) return "it has a cause";
  if (node.phase.name === "leaving") return "its node goes";
  if (node.phase.name === "dark") return "its node is down, and told when it is so for long";
  if (unanswered.some(({ where }) => where.scope === "placement" && where.placement === placement))
    return "it cannot be told";
  if (occurrences.some(({ where }) => where.scope === "node" && where.node === node))
    return "its node's trouble is told";
  const others = node.placements().filter((other) => other !== placement && isWaiting(other));
  return others.length > 0 ? "the start-up gate waits for another daemon" : undefined;
}

test("no gap is lost: it has a cause, or its node has, or it cannot be told and that is said", () => {
  const key = fc.constantFrom(...PASSING);
  const effect = fc.constantFrom("NoSchedule", "NoExecute");
  fc.assert(
    fc.property(anyCluster, key, effect, fc.boolean(), (cluster, of, how, tainted) => {
      const audit = audited(tainted ? withTaint(cluster, of, how) : cluster);
      const lost = audit.facts.daemonSets
        .flatMap((view) => view.placements())
        .filter((placement) => placement.verdict().says === "gap")
        .filter((placement) => excuseOf(placement, audit) === undefined);

      expect(lost.map(({ daemonSet, node }) => `${daemonSet.key} on ${node.node.name}`)).toEqual(
        [],
      );
    }),
    { numRuns: 300 },
  );
});
