import type { Occurrence } from "#shared/audit/audit.ts";
import { waitsForNetwork } from "#shared/cluster/node-phase.ts";

/** An occurrence that stays after folding. `symptom`: something else in the report is its cause, so it alarms nobody. */
export type Folded = { readonly occurrence: Occurrence; readonly symptom: boolean };

/** Causes that say of a whole node why none of its daemons can be well. */
const NODE_ROOTS = new Set([
  "node-not-ready",
  "node-unreachable",
  "node-never-ready",
  "node-stuck-leaving",
]);
const PRESSED = new Set(["evict-loop", "kubelet-rejected"]);
const ROLLOUTS = new Set(["rollout-stuck", "rollout-suspect-revision"]);

type Found = { readonly occurrence: Occurrence; readonly node: string };

const placementsAmong = (occurrences: readonly Occurrence[]): readonly Found[] =>
  occurrences.flatMap((occurrence) =>
    occurrence.where.scope === "placement"
      ? [{ occurrence, node: occurrence.where.placement.node.node.name }]
      : [],
  );

const nodesAmong = (
  occurrences: readonly Occurrence[],
  codes: ReadonlySet<string>,
): readonly Found[] =>
  occurrences.flatMap((occurrence) =>
    occurrence.where.scope === "node" && codes.has(occurrence.code)
      ? [{ occurrence, node: occurrence.where.node.node.name }]
      : [],
  );

const roleOf = ({ where }: Occurrence): string =>
  where.scope === "placement" ? where.placement.daemonSet.role : "";

/**
 * Which occurrences are one trouble. A node's own trouble swallows the gaps of its daemons; a missing CNI daemon swallows
 * the NotReady node and everything on it; pressure swallows the evictions of several daemons; a revision that breaks its
 * pods swallows the broken pods.
 */
export function fold(occurrences: readonly Occurrence[]): readonly Folded[] {
  const gone = new Set<Occurrence>();
  foldNodes(occurrences, gone);
  foldPressure(occurrences, gone);
  foldRevisions(occurrences, gone);
  const left = occurrences
    .filter((occurrence) => !gone.has(occurrence))
    .map((occurrence) => weighed(occurrence, occurrences));
  const symptoms = symptomsAmong(left);
  return left.map((occurrence) => ({ occurrence, symptom: symptoms.has(occurrence) }));
}

const isNetworkWait = ({ where }: Occurrence): boolean =>
  where.scope === "node" && waitsForNetwork(where.node.node);

function foldNodes(occurrences: readonly Occurrence[], gone: Set<Occurrence>): void {
  const byNode = Map.groupBy(placementsAmong(occurrences), ({ node }) => node);
  for (const { occurrence: root, node } of nodesAmong(occurrences, NODE_ROOTS)) {
    const there = byNode.get(node) ?? [];
    const network = there.filter(({ occurrence }) => roleOf(occurrence) === "cni");
    const reversed = network.length > 0 && isNetworkWait(root);
    if (reversed) gone.add(root);
    for (const { occurrence } of there)
      if (!reversed || roleOf(occurrence) !== "cni") gone.add(occurrence);
  }
}

const PRESSURE = new Set(["node-pressure"]);

const evictionsOn = (node: string, occurrences: readonly Occurrence[]): readonly Found[] =>
  placementsAmong(occurrences).filter(
    (found) => found.node === node && PRESSED.has(found.occurrence.code),
  );

/** One daemon that is evicted has an evict loop; several on one node have a node under pressure. */
function foldPressure(occurrences: readonly Occurrence[], gone: Set<Occurrence>): void {
  for (const { node } of nodesAmong(occurrences, PRESSURE)) {
    const there = evictionsOn(node, occurrences);
    if (there.length > 1) for (const { occurrence } of there) gone.add(occurrence);
  }
}

/** A node under pressure carries the weight of the evictions that it swallowed. */
function weighed(occurrence: Occurrence, all: readonly Occurrence[]): Occurrence {
  const { where, code } = occurrence;
  if (where.scope !== "node" || !PRESSURE.has(code)) return occurrence;
  const there = evictionsOn(where.node.node.name, all);
  if (there.length < 2) return occurrence;
  const keys = there.flatMap((found) => found.occurrence.daemonSets);
  return { ...occurrence, severity: "warning", daemonSets: [...new Set(keys)].toSorted() };
}

function foldRevisions(occurrences: readonly Occurrence[], gone: Set<Occurrence>): void {
  const suspects = occurrences.filter(({ code }) => code === "rollout-suspect-revision");
  for (const { occurrence, node } of placementsAmong(occurrences)) {
    if (occurrence.where.scope !== "placement") continue;
    const { daemonSet, pod } = occurrence.where.placement;
    const byRevision = suspects.some(
      ({ daemonSets, nodes }) => daemonSets.includes(daemonSet.key) && nodes.includes(node),
    );
    if (byRevision && pod !== undefined && daemonSet.isUpdated(pod) === "yes") gone.add(occurrence);
  }
}

/** What stays in the report and is told as the consequence of something else there. */
function symptomsAmong(left: readonly Occurrence[]): ReadonlySet<Occurrence> {
  const symptoms = new Set<Occurrence>();
  const rollouts = left.filter(({ code }) => ROLLOUTS.has(code));
  const explained = (key: string, node: string): boolean =>
    placementsAmong(left).some(
      ({ occurrence, node: there }) => there === node && occurrence.daemonSets.includes(key),
    );
  for (const { occurrence, node } of nodesAmong(left, NODE_ROOTS))
    if (rollouts.some(({ nodes }) => nodes.includes(node))) symptoms.add(occurrence);
  for (const occurrence of left) {
    const { code, where, nodes, daemonSets } = occurrence;
    const follows =
      (code === "rollout-stuck" || where.scope === "service") &&
      nodes.length > 0 &&
      nodes.every((node) => daemonSets.some((key) => explained(key, node)));
    if (follows) symptoms.add(occurrence);
  }
  return symptoms;
}
