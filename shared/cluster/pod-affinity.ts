import type { Labels } from "./metadata.ts";
import type { Node } from "./node.ts";
import type { Pod, PodAffinityTerm, PodSpec } from "./pod.ts";
import { allOf, answer, anyOf, matchesLabelSelector, type Answer } from "./selector.ts";

/** What rules about neighbours ask of a pod. */
export type Neighbour = Pick<Pod, "namespace" | "labels"> & {
  readonly spec: Pick<PodSpec, "requiredPodAntiAffinity">;
};

/** Labels of a namespace; undefined where it was not read. */
export type NamespaceLabels = (namespace: string) => Labels | undefined;

const isEmpty = ({
  matchLabels,
  matchExpressions,
}: NonNullable<PodAffinityTerm["namespaceSelector"]>): boolean =>
  matchLabels.size === 0 && matchExpressions.length === 0;

/** Namespaces by selector need the namespace's labels: without them we cannot tell. An empty selector means all. */
function inNamespace(
  { namespaces, namespaceSelector }: PodAffinityTerm,
  pair: { readonly owner: string; readonly other: string },
  labelsOf: NamespaceLabels,
): Answer {
  if (namespaces.includes(pair.other)) return "yes";
  if (namespaceSelector === undefined)
    return answer(namespaces.length === 0 && pair.owner === pair.other);
  const labels = labelsOf(pair.other);
  if (labels !== undefined) return matchesLabelSelector(namespaceSelector, labels);
  return isEmpty(namespaceSelector) ? "yes" : "unknown";
}

/**
 * Does a required term of a pod in the namespace `owner` speak of `other`? matchLabelKeys were merged into the selector when
 * the pod was made, mismatch keys likewise. Mirrors pkg/scheduler/framework/types.go, AffinityTerm.Matches.
 */
export const speaksOf = (
  term: PodAffinityTerm,
  pair: { readonly owner: string; readonly other: Pick<Pod, "namespace" | "labels"> },
  labelsOf: NamespaceLabels,
): Answer =>
  allOf([
    inNamespace(term, { owner: pair.owner, other: pair.other.namespace }, labelsOf),
    matchesLabelSelector(term.selector, pair.other.labels),
  ]);

const forbids = (
  owner: Neighbour,
  other: Neighbour,
  on: { readonly node: Pick<Node, "labels">; readonly labelsOf: NamespaceLabels },
): Answer =>
  anyOf(
    owner.spec.requiredPodAntiAffinity
      // A node without the label is no place in this sense, so nothing is beside anything there.
      .filter(({ topologyKey }) => on.node.labels.has(topologyKey))
      .map((term) => speaksOf(term, { owner: owner.namespace, other }, on.labelsOf)),
  );

/**
 * Does the required anti-affinity of one of two pods keep them off one node? Both ways, as interpodaffinity/filtering.go does.
 * Two pods of one node share every topology that the node has a label for.
 */
export const keptApart = (
  a: Neighbour,
  b: Neighbour,
  on: { readonly node: Pick<Node, "labels">; readonly labelsOf: NamespaceLabels },
): Answer => anyOf([forbids(a, b, on), forbids(b, a, on)]);
