import type { Labels } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { PodSpec } from "#shared/cluster/pod.ts";
import { matchesRequirement, type Requirement } from "#shared/cluster/selector.ts";

/** The key of a rule about the node's name (matchFields); the space keeps it apart from every label. */
export const NODE_NAME = "field metadata.name";

type Template = Pick<PodSpec, "nodeSelector" | "requiredNodeAffinity">;

/**
 * What a template asks of a node, as alternatives: all rules of one of them must hold. A pair of nodeSelector is "In" with
 * one value. An empty term matches nothing, so it is no alternative.
 */
export function alternativesOf({
  nodeSelector,
  requiredNodeAffinity,
}: Template): readonly (readonly Requirement[])[] {
  const always = [...nodeSelector].map(([key, value]) => ({
    key,
    operator: "In",
    values: [value],
  }));
  if (requiredNodeAffinity === undefined) return [always];
  return requiredNodeAffinity.terms
    .filter((term) => term.matchExpressions.length > 0 || term.matchFields.length > 0)
    .map((term) => [...always, ...term.matchExpressions, ...term.matchFields.map(ofField)]);
}

const ofField = (rule: Requirement): Requirement => ({ ...rule, key: `field ${rule.key}` });
/** A rule about a label can be patched; one about the node's name is there because somebody pinned the daemon. */
export const isAboutLabel = ({ key }: Requirement): boolean => !key.startsWith("field ");

const labelsOf = ({ name, labels }: Pick<Node, "name" | "labels">, key: string): Labels =>
  key === NODE_NAME ? new Map([[NODE_NAME, name]]) : labels;

export const failingOf = (
  rules: readonly Requirement[],
  node: Pick<Node, "name" | "labels">,
): readonly Requirement[] =>
  rules.filter((rule) => matchesRequirement(rule, labelsOf(node, rule.key)) !== "yes");

/** The rules that a node fails, of the alternative that it comes nearest to. */
export function failingRules(
  alternatives: readonly (readonly Requirement[])[],
  node: Pick<Node, "name" | "labels">,
): readonly Requirement[] {
  let nearest: readonly Requirement[] | undefined;
  for (const rules of alternatives) {
    const failing = failingOf(rules, node);
    if (nearest === undefined || failing.length < nearest.length) nearest = failing;
  }
  return nearest ?? [];
}

/** A rule as evidence: plain data. */
export type RuleEvidence = {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
};
export const ruleEvidence = ({ key, operator, values }: Requirement): RuleEvidence => ({
  key,
  operator,
  values,
});

const SHOWN = 3;

/** "gpu=true", "zone in a, b", "type not in fargate", "gpu", "no gpu". */
export function ruleText({ key, operator, values }: Requirement): string {
  const [value = ""] = values;
  const rest = values.length > SHOWN ? ` and ${values.length - SHOWN} more` : "";
  const list = `${values.slice(0, SHOWN).join(", ")}${rest}`;
  switch (operator) {
    case "In":
      return values.length === 1 ? `${key}=${value}` : `${key} in ${list}`;
    case "NotIn":
      return values.length === 1 ? `${key}≠${value}` : `${key} not in ${list}`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `no ${key}`;
    default:
      return `${key} ${operator} ${list}`;
  }
}

/** kubelet fills the first two; the others are their names of before 1.14. */
const PLATFORM = new Set([
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
]);
export const isAboutPlatform = ({ key }: Requirement): boolean => PLATFORM.has(key);
export const isAboutArch = ({ key }: Requirement): boolean => key.endsWith("kubernetes.io/arch");
