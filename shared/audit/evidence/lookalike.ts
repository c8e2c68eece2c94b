import type { Labels } from "#shared/cluster/metadata.ts";
import { distance } from "#shared/cluster/nearest-name.ts";
import type { Requirement } from "#shared/cluster/selector.ts";

/** Labels that Kubernetes and its surroundings gave another name: old → new. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane"],
  ["failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"],
  ["failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"],
  ["beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"],
  ["beta.kubernetes.io/os", "kubernetes.io/os"],
  ["beta.kubernetes.io/arch", "kubernetes.io/arch"],
  ["karpenter.sh/provisioner-name", "karpenter.sh/nodepool"],
]);

const bare = (text: string): string => text.toLowerCase().replaceAll(/[-_./\s]/g, "");
const words = (text: string): readonly string[] => text.toLowerCase().split(/[-_./\s]/);

/** Shorter words differ from their siblings by one letter too (cpu and gpu), and so do numbers (zones, sizes). */
const LONG = 5;
/** No label is longer; a dump may claim so, and the distance takes the square of the length. */
const LONGEST = 63;
const isTypo = (a: string, b: string): boolean =>
  Math.min(a.length, b.length) >= LONG &&
  Math.max(a.length, b.length) <= LONGEST &&
  !/\d/.test(a + b) &&
  distance(a, b) === 1;

/**
 * `has` is not `wanted`, and whoever wrote one most likely meant the other: capitals, separators, or one letter of a long
 * word. Names that merely resemble each other are siblings: cpu and gpu, node-a and node-b, us-east-1a and us-east-1b.
 */
export function isSlip(wanted: string, has: string): boolean {
  if (wanted === has || wanted === "" || has === "") return false;
  if (bare(wanted) === bare(has)) return true;
  const [mine, theirs] = [words(wanted), words(has)];
  if (mine.length !== theirs.length) return false;
  const differing = mine.flatMap((word, at) =>
    word === theirs[at] ? [] : [[word, theirs[at] ?? ""] as const],
  );
  return differing.length === 1 && differing.every(([a, b]) => isTypo(a, b));
}

/** A label that says "it is so" is written in all these ways, the last by `kubectl label node NAME key=`. */
const YES = new Set(["true", "yes", "on", "1", "enabled", ""]);
const isYes = (value: string): boolean => YES.has(value.toLowerCase());

const isValueSlip = (wanted: string, has: string): boolean =>
  isSlip(wanted, has) || (isYes(wanted) && isYes(has) && wanted !== has);

function isKeySlip(wanted: string, has: string): boolean {
  if (wanted === has) return false;
  if (RENAMED.get(wanted) === has || RENAMED.get(has) === wanted) return true;
  const [mine, theirs] = [nameIn(wanted), nameIn(has)];
  // The same word under another prefix, and the value fits too: gpu and acme.example/gpu.
  return mine === theirs || (prefixIn(wanted) === prefixIn(has) && isSlip(mine, theirs));
}

const nameIn = (key: string): string => key.slice(key.indexOf("/") + 1);
const prefixIn = (key: string): string => key.slice(0, Math.max(0, key.indexOf("/")));

/** Providers name these, and their names resemble each other by design: large and xlarge. */
const NAMED_BY_PROVIDER = /(?:instance-(?:type|size|family)|hostname|zone|region)$/;

export type Label = { readonly key: string; readonly value: string };

/** The label that was most likely meant by a rule that these labels do not fulfil. Only for In and Exists. */
export function meantBy(rule: Requirement, labels: Labels): Label | undefined {
  const { key, operator, values } = rule;
  if (operator !== "In" && operator !== "Exists") return undefined;
  const own = labels.get(key);
  if (own !== undefined && NAMED_BY_PROVIDER.test(key)) return undefined;
  if (own !== undefined)
    return values.some((wanted) => isValueSlip(wanted, own)) ? { key, value: own } : undefined;
  const fits = (value: string): boolean =>
    operator === "Exists" ||
    values.includes(value) ||
    values.some((wanted) => isYes(wanted) && isYes(value));
  for (const [other, value] of labels)
    if (fits(value) && isKeySlip(key, other)) return { key: other, value };
  return undefined;
}
