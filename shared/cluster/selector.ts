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

export const answer = (yes: boolean): Answer => (yes ? "yes" : "no");

/** All must be yes; one no decides. */
export function allOf(answers: Iterable<Answer>): Answer {
  let unknown = false;
  for (const one of answers) {
    if (one === "no") return "no";
    if (one === "unknown") unknown = true;
  }
  return unknown ? "unknown" : "yes";
}

/** One yes decides. */
export function anyOf(answers: Iterable<Answer>): Answer {
  let unknown = false;
  for (const one of answers) {
    if (one === "yes") return "yes";
    if (one === "unknown") unknown = true;
  }
  return unknown ? "unknown" : "no";
}

/** Operators of label selectors that Kubernetes knows; Gt and Lt only in node selectors. */
export const LABEL_OPERATORS: ReadonlySet<string> = new Set([
  "In",
  "NotIn",
  "Exists",
  "DoesNotExist",
]);
export const NODE_OPERATORS: ReadonlySet<string> = new Set([...LABEL_OPERATORS, "Gt", "Lt"]);

const NAME_PART = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

const isDnsSubdomain = (text: string): boolean =>
  text.length <= 253 && text.split(".").every((part) => part.length > 0 && DNS_LABEL.test(part));

/** apimachinery/pkg/util/validation, IsQualifiedName. */
export function isLabelKey(key: string): boolean {
  const slash = key.indexOf("/");
  const name = key.slice(slash + 1);
  if (name.length > 63 || !NAME_PART.test(name)) return false;
  return slash < 0 || isDnsSubdomain(key.slice(0, slash));
}

/** apimachinery/pkg/util/validation, IsValidLabelValue. */
export const isLabelValue = (value: string): boolean =>
  value === "" || (value.length <= 63 && NAME_PART.test(value));

const INT64_MAX = (1n << 63n) - 1n;

/** Go's strconv.ParseInt(text, 10, 64); undefined where it fails. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,64}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return value > INT64_MAX || value < -INT64_MAX - 1n ? undefined : value;
}

/** A requirement that apimachinery's labels.NewRequirement refuses. Its whole selector or term is then an error. */
export function isWellFormed({ key, operator, values }: Requirement): boolean {
  if (!isLabelKey(key) || !values.every(isLabelValue)) return false;
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0;
    case "Exists":
    case "DoesNotExist":
      return values.length === 0;
    case "Gt":
    case "Lt":
      return values.length === 1 && parseInt64(values[0] ?? "") !== undefined;
    default:
      return false;
  }
}

function compares(operator: string, has: string | undefined, wanted: string | undefined): boolean {
  const left = has === undefined ? undefined : parseInt64(has);
  const right = wanted === undefined ? undefined : parseInt64(wanted);
  if (left === undefined || right === undefined) return false;
  return operator === "Gt" ? left > right : left < right;
}

/** labels.Requirement.Matches: NotIn and DoesNotExist hold where the label is absent. An unknown operator: cannot tell. */
export function matchesRequirement({ key, operator, values }: Requirement, labels: Labels): Answer {
  const has = labels.get(key);
  switch (operator) {
    case "In":
      return answer(has !== undefined && values.includes(has));
    case "NotIn":
      return answer(has === undefined || !values.includes(has));
    case "Exists":
      return answer(has !== undefined);
    case "DoesNotExist":
      return answer(has === undefined);
    case "Gt":
    case "Lt":
      return answer(compares(operator, has, values[0]));
    default:
      return "unknown";
  }
}

/** Every pair equal; a value of "" needs the label to be there and empty. Nothing asked: yes. */
export function matchesEqualitySelector(wanted: Labels, labels: Labels): boolean {
  for (const [key, value] of wanted) if (labels.get(key) !== value) return false;
  return true;
}

/** A label selector that metav1.LabelSelectorAsSelector refuses; the API server would not have stored it. */
export const isBrokenSelector = (selector: LabelSelector): boolean =>
  [...selector.matchLabels].some(([key, value]) => !isLabelKey(key) || !isLabelValue(value)) ||
  selector.matchExpressions.some(
    (expression) => !LABEL_OPERATORS.has(expression.operator) || !isWellFormed(expression),
  );

/** Absent matches nothing, empty everything (metav1.LabelSelectorAsSelector). A broken one: cannot tell. */
export function matchesLabelSelector(selector: LabelSelector | undefined, labels: Labels): Answer {
  if (selector === undefined) return "no";
  if (isBrokenSelector(selector)) return "unknown";
  if (!matchesEqualitySelector(selector.matchLabels, labels)) return "no";
  return allOf(selector.matchExpressions.map((one) => matchesRequirement(one, labels)));
}
