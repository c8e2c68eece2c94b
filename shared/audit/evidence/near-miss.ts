import type { DaemonSetView, NodeView, Role } from "#shared/audit/facts.ts";
import type { Excluded } from "./exclusions.ts";
import { meantBy } from "./lookalike.ts";
import { alternativesOf, failingOf, isAboutLabel } from "./node-rules.ts";
import type { Requirement } from "#shared/cluster/selector.ts";

/** One rule keeps the daemon off nodes that it was most likely written for. */
export type NearMiss = {
  readonly rule: Requirement;
  /** The label of the nodes that was meant; its value is what they have. */
  readonly meant: { readonly key: string; readonly value: string };
  readonly nodes: readonly NodeView[];
};

const INSTANCE_TYPE = /^(?:beta|node)\.kubernetes\.io\/instance-type$/;
const familyOf = (type: string): string => type.slice(0, type.indexOf("."));

/** A list of machine types with accelerators in which the size at hand is missing (aws-neuron-sdk#432). */
function sameFamily({ key, operator, values }: Requirement, { node }: NodeView) {
  const type = node.labels.get(key);
  if (operator !== "In" || !INSTANCE_TYPE.test(key) || type === undefined) return undefined;
  const family = familyOf(type);
  return family !== "" && values.some((value) => familyOf(value) === family)
    ? { key, value: type }
    : undefined;
}

type Slip = Pick<NearMiss, "rule" | "meant">;

/** A node that fails a single rule of an alternative, and that one by what looks like a slip. */
function slipsOn(
  { node }: Excluded,
  role: Role,
  alternatives: readonly (readonly Requirement[])[],
): readonly Slip[] {
  return alternatives.flatMap((rules) => {
    const [rule, ...more] = failingOf(rules, node.node);
    if (rule === undefined || more.length > 0 || !isAboutLabel(rule)) return [];
    const meant =
      meantBy(rule, node.node.labels) ?? (role === "device" ? sameFamily(rule, node) : undefined);
    return meant === undefined ? [] : [{ rule, meant }];
  });
}

/** Another spelling, the old name of a label, a size of the same machine. The slip that most nodes show is told. */
export function nearMiss(
  { daemonSet, role }: DaemonSetView,
  excluded: readonly Excluded[],
): NearMiss | undefined {
  const alternatives = alternativesOf(daemonSet.template);
  const found = excluded.flatMap((one) =>
    slipsOn(one, role, alternatives).map((slip) => ({ ...slip, node: one.node })),
  );
  const groups = Map.groupBy(found, ({ rule, meant }) => JSON.stringify([rule, meant]));
  const [most] = [...groups.values()].toSorted((a, b) => b.length - a.length);
  const [first] = most ?? [];
  return first === undefined || most === undefined
    ? undefined
    : { rule: first.rule, meant: first.meant, nodes: most.map(({ node }) => node) };
}
