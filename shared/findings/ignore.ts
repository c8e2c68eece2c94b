import type { Occurrence } from "#shared/audit/audit.ts";
import type { ClusterFacts } from "#shared/audit/facts.ts";
import { matchesGlob } from "#shared/audit/glob.ts";
import type { IgnoreRule } from "#shared/audit/policy.ts";
import { OUR_PREFIX, type Instant } from "#shared/cluster/metadata.ts";

export type Ignored = { readonly reason: string; readonly until: Instant | undefined };

/** Label of a node that nobody wants to hear of: a desktop that sleeps, a test bench. */
export const IGNORE_LABEL = `${OUR_PREFIX}ignore`;

const fits = (pattern: string, names: readonly string[]): boolean =>
  pattern === "*" ||
  pattern === "" ||
  (names.length > 0 && names.every((name) => matchesGlob(pattern, name)));

const applies = (rule: IgnoreRule, occurrence: Occurrence, at: Instant): boolean =>
  (rule.until === undefined || at < rule.until) &&
  (matchesGlob(rule.cause, occurrence.code) || matchesGlob(rule.cause, occurrence.cause.code)) &&
  fits(rule.daemonSet, occurrence.daemonSets) &&
  fits(rule.node, occurrence.nodes);

/** Why an occurrence is set aside: the first rule that fits it, or a label on every node of it. */
export function ignoredBy(occurrence: Occurrence, facts: ClusterFacts): Ignored | undefined {
  const rule = facts.policy.ignore.find((one) => applies(one, occurrence, facts.at));
  if (rule) return { reason: rule.reason, until: rule.until };
  const labelled =
    occurrence.nodes.length > 0 &&
    occurrence.nodes.every((name) => facts.node(name)?.node.labels.get(IGNORE_LABEL) === "true");
  return labelled ? { reason: `node label ${IGNORE_LABEL}=true`, until: undefined } : undefined;
}
