import type { Labels } from "./metadata.ts";

/** One expression of a label or node selector. The operator is kept as typed: case matters. */
export type Requirement = {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
};

/** matchLabels and matchExpressions, ANDed. An empty one matches everything; an absent one nothing. */
export type LabelSelector = {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly Requirement[];
};

export type NodeSelectorTerm = {
  readonly matchExpressions: readonly Requirement[];
  readonly matchFields: readonly Requirement[];
};

/** Terms are ORed; an empty term, and no term at all, match nothing. */
export type NodeSelector = { readonly terms: readonly NodeSelectorTerm[] };

/** "unknown": Kubernetes might answer either way, or could not have accepted the question. */
export type Answer = "yes" | "no" | "unknown";
