import { keyOf } from "./metadata.ts";
import type { Node } from "./node.ts";
import type { Pod, PodSpec } from "./pod.ts";
import {
  allOf,
  anyOf,
  answer,
  isWellFormed,
  matchesEqualitySelector,
  matchesRequirement,
  NODE_OPERATORS,
  type Answer,
  type NodeSelector,
  type NodeSelectorTerm,
  type Requirement,
} from "./selector.ts";

export type AffinityAnswer = {
  readonly match: Answer;
  /** A term that Kubernetes cannot parse was met before one matched. The other terms still count. */
  readonly parseError: boolean;
  /** For people, why not: "nodeSelector gpu=true", "required node affinity". Empty when it matches. */
  readonly because: string;
};

/** nodeaffinity.go, nodeSelectorRequirementsAsFieldSelector: only In and NotIn with exactly one value can be parsed. */
const fieldParses = ({ operator, values }: Requirement): boolean =>
  (operator === "In" || operator === "NotIn") && values.length === 1;

/** The API admits metadata.name only; the matcher compares any other field with "". */
const fieldMatches = ({ key, operator, values }: Requirement, nodeName: string): boolean => {
  const has = key === "metadata.name" ? nodeName : "";
  return operator === "In" ? has === values[0] : has !== values[0];
};

const labelParses = (requirement: Requirement): boolean => isWellFormed(requirement);

/** An operator from a version that we do not know could be valid there: cannot tell, not "no". */
const strangeOperator = ({ matchExpressions, matchFields }: NodeSelectorTerm): boolean =>
  [...matchExpressions, ...matchFields].some(({ operator }) => !NODE_OPERATORS.has(operator));

type TermAnswer = Answer | "broken";

function matchesTerm(term: NodeSelectorTerm, node: Pick<Node, "name" | "labels">): TermAnswer {
  const { matchExpressions, matchFields } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return "no";
  if (strangeOperator(term)) return "unknown";
  if (!matchExpressions.every(labelParses) || !matchFields.every(fieldParses)) return "broken";
  return allOf([
    ...matchExpressions.map((one) => matchesRequirement(one, node.labels)),
    ...matchFields.map((one) => answer(fieldMatches(one, node.name))),
  ]);
}

/** nodeaffinity.go, NewNodeSelector: some term, but an empty one, cannot be parsed. The API server would have refused it. */
export const isBrokenNodeSelector = ({ terms }: NodeSelector): boolean =>
  terms.some(
    (term) =>
      !term.matchExpressions.every(labelParses) ||
      !term.matchFields.every(fieldParses) ||
      strangeOperator(term),
  );

/** nodeaffinity.go, LazyErrorNodeSelector.Match: terms ORed, no term matches nothing, a broken one is passed over. */
export function matchesNodeSelector(
  selector: NodeSelector,
  node: Pick<Node, "name" | "labels">,
): { readonly match: Answer; readonly parseError: boolean } {
  const terms = selector.terms.map((term) => matchesTerm(term, node));
  const match = anyOf(terms.map((term) => (term === "broken" ? "no" : term)));
  return { match, parseError: match !== "yes" && terms.includes("broken") };
}

/**
 * May a pod of this spec be on this node by nodeSelector and required node affinity?
 * Mirrors nodeaffinity.go, GetRequiredNodeAffinity(pod).Match.
 */
export function nodeAffinityAnswer(
  spec: Pick<PodSpec, "nodeSelector" | "requiredNodeAffinity">,
  node: Pick<Node, "name" | "labels">,
): AffinityAnswer {
  for (const [key, value] of spec.nodeSelector) {
    if (node.labels.get(key) !== value)
      return { match: "no", parseError: false, because: `nodeSelector ${key}=${value}` };
  }
  if (spec.requiredNodeAffinity === undefined)
    return { match: "yes", parseError: false, because: "" };
  const { match, parseError } = matchesNodeSelector(spec.requiredNodeAffinity, node);
  return { match, parseError, because: match === "yes" ? "" : "required node affinity" };
}

/** True when nothing about placement depends on the node's labels or name. */
export const hasNodeRule = (
  spec: Pick<PodSpec, "nodeSelector" | "requiredNodeAffinity">,
): boolean => spec.nodeSelector.size > 0 || spec.requiredNodeAffinity !== undefined;

/**
 * The node a daemon pod belongs to: bound, else pinned by matchFields metadata.name.
 * Mirrors pkg/controller/daemon/util/daemonset_util.go, GetTargetNodeName: the first such field decides.
 */
export function targetNodeName(
  pod: Pick<Pod, "namespace" | "name" | "spec">,
): { readonly nodeName: string } | { readonly error: string } {
  if (pod.spec.nodeName !== "") return { nodeName: pod.spec.nodeName };
  for (const term of pod.spec.requiredNodeAffinity?.terms ?? []) {
    for (const { key, operator, values } of term.matchFields) {
      if (key !== "metadata.name" || operator !== "In") continue;
      const [only] = values;
      return values.length === 1 && only !== undefined
        ? { nodeName: only }
        : { error: `pod ${keyOf(pod)} is pinned to ${values.length} nodes` };
    }
  }
  return { error: `pod ${keyOf(pod)} is pinned to no node` };
}

/** What the controller makes of a template's required node affinity for one node: it is replaced, not extended. */
export const pinnedTo = (nodeName: string): NodeSelector => ({
  terms: [
    {
      matchExpressions: [],
      matchFields: [{ key: "metadata.name", operator: "In", values: [nodeName] }],
    },
  ],
});

export { matchesEqualitySelector };
