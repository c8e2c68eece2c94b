import type { ClusterFacts } from "#shared/audit/facts.ts";
import type { PodSpec, Toleration } from "#shared/cluster/pod.ts";
import type { NodeSelectorTerm, Requirement } from "#shared/cluster/selector.ts";
import { advice, type Advice, type Calls, type Json } from "#shared/remediation/advice.ts";
import { amountsText, morePods, podCost, times } from "#shared/remediation/price.ts";
import { changeDaemonSet, podSpecPatch } from "#shared/remediation/template-change.ts";
import { listed, nodesText, plural } from "#shared/remediation/wording.ts";

/** Tolerations are one list to the API server (listType=atomic), so the patch brings the old ones along. */
export function addToleration(call: Calls["add-toleration"], facts: ClusterFacts): Advice {
  const view = facts.daemonSet(call.daemonSet);
  const added = [call.toleration, ...(call.also ?? [])];
  return changeDaemonSet(
    {
      daemonSet: call.daemonSet,
      summary: `Let ${call.daemonSet} tolerate ${listed(added.map(tolerationText))}: it then covers ${nodesText(call.nodes)} ${call.nodes.length === 1 ? "too" : "more"}`,
      patch: ({ template }) =>
        podSpecPatch({ tolerations: [...template.tolerations, ...added].map(tolerationJson) }),
      price: view && morePods(view, call.nodes.length),
      limit: "a toleration lets the pod in; it makes no room and no fitting image",
      whole: () => "the tolerations",
    },
    facts,
  );
}

export function changeAffinity(call: Calls["change-affinity"], facts: ClusterFacts): Advice {
  const { requirement, instead, change, nodes, daemonSet } = call;
  const verb = change === "add" ? "Require" : "Stop requiring";
  const old = instead === undefined ? "" : ` in place of ${requirementText(instead)}`;
  return changeDaemonSet(
    {
      daemonSet,
      summary: `${verb} ${requirementText(requirement)}${old} in the node affinity of ${daemonSet}: ${call.why}`,
      patch: ({ template }) => affinityChange(call, template),
      price: affinityPrice(call, facts),
      limit:
        change === "add" && instead === undefined && nodes.length > 0
          ? "the controller then deletes the pods that still run there"
          : undefined,
      whole: (patch) =>
        JSON.stringify(patch).includes('"nodeSelectorTerms"')
          ? "the terms of the node affinity"
          : undefined,
    },
    facts,
  );
}

function affinityChange(call: Calls["change-affinity"], template: PodSpec): Json | undefined {
  const { requirement, instead, change } = call;
  if (change === "remove") return without(template, requirement);
  return instead === undefined
    ? withRequirement(template, requirement)
    : exchanged(template, instead, requirement);
}

function affinityPrice(call: Calls["change-affinity"], facts: ClusterFacts): string | undefined {
  const view = facts.daemonSet(call.daemonSet);
  if (view === undefined || call.nodes.length === 0) return undefined;
  if (call.change === "remove" || call.instead !== undefined)
    return morePods(view, call.nodes.length);
  const freed = times(podCost(view), call.nodes.length);
  const fewer = `${plural(call.nodes.length, "pod")} fewer`;
  return amountsText(freed) === "no requests"
    ? fewer
    : `${fewer}, which frees ${amountsText(freed)}`;
}

/** Terms are ORed, so a further condition has to go into each of them. */
function withRequirement(template: PodSpec, requirement: Requirement): Json {
  const terms = template.requiredNodeAffinity?.terms ?? [{ matchExpressions: [], matchFields: [] }];
  return affinityPatch(
    terms.map((term) => ({
      ...term,
      matchExpressions: [...term.matchExpressions, requirement],
    })),
  );
}

function without(template: PodSpec, requirement: Requirement): Json | undefined {
  const [value] = requirement.values;
  const { key, operator } = requirement;
  if (operator === "In" && value !== undefined && template.nodeSelector.get(key) === value)
    return podSpecPatch({ nodeSelector: { [key]: null } });
  const terms = template.requiredNodeAffinity?.terms ?? [];
  const kept = terms.map((term) => ({
    ...term,
    matchExpressions: term.matchExpressions.filter((other) => !same(other, requirement)),
  }));
  if (kept.every((term, at) => sizeOf(term) === sizeOf(terms[at]))) return undefined;
  // A term without conditions matches nothing, while one of several terms that asks nothing means "every node".
  return affinityPatch(kept.some((term) => sizeOf(term) === 0) ? null : kept);
}

/** In nodeSelector when the old one stands there, so that the fault goes where it was made; else in each term that has it. */
function exchanged(template: PodSpec, old: Requirement, next: Requirement): Json | undefined {
  const [was] = old.values;
  const [value] = next.values;
  if (old.operator === "In" && was !== undefined && template.nodeSelector.get(old.key) === was)
    return value === undefined
      ? undefined
      : podSpecPatch({
          nodeSelector: { ...(old.key !== next.key && { [old.key]: null }), [next.key]: value },
        });
  const terms = template.requiredNodeAffinity?.terms ?? [];
  if (!terms.some((term) => term.matchExpressions.some((one) => same(one, old)))) return undefined;
  return affinityPatch(
    terms.map((term) => ({
      ...term,
      matchExpressions: term.matchExpressions.map((one) => (same(one, old) ? next : one)),
    })),
  );
}

const sizeOf = (term: NodeSelectorTerm | undefined): number =>
  (term?.matchExpressions.length ?? 0) + (term?.matchFields.length ?? 0);

const same = (a: Requirement, b: Requirement): boolean =>
  a.key === b.key &&
  a.operator === b.operator &&
  a.values.length === b.values.length &&
  a.values.every((value, at) => value === b.values[at]);

function affinityPatch(terms: readonly NodeSelectorTerm[] | null): Json {
  const required = terms === null ? null : { nodeSelectorTerms: terms.map(termJson) };
  return podSpecPatch({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } },
  });
}

const termJson = (term: NodeSelectorTerm): Json => ({
  ...(term.matchExpressions.length > 0 && {
    matchExpressions: term.matchExpressions.map(requirementJson),
  }),
  ...(term.matchFields.length > 0 && { matchFields: term.matchFields.map(requirementJson) }),
});

const requirementJson = ({ key, operator, values }: Requirement): Json => ({
  key,
  operator,
  ...(values.length > 0 && { values }),
});

const tolerationJson = ({ key, operator, value, effect, seconds }: Toleration): Json => ({
  ...(key !== "" && { key }),
  ...(operator !== "" && { operator }),
  ...(value !== "" && { value }),
  ...(effect !== "" && { effect }),
  ...(seconds !== undefined && { tolerationSeconds: seconds }),
});

/** "nvidia.com/gpu=present:NoSchedule", "nvidia.com/gpu (any value and effect)", "every taint". */
function tolerationText({ key, operator, value, effect }: Toleration): string {
  if (key === "") return effect === "" ? "every taint" : `every ${effect} taint`;
  const valued = operator === "Exists" || value === "" ? key : `${key}=${value}`;
  return effect === "" ? valued : `${valued}:${effect}`;
}

function requirementText({ key, operator, values }: Requirement): string {
  const [value = ""] = values;
  if (operator === "In" && values.length === 1) return `${key}=${value}`;
  if (operator === "NotIn" && values.length === 1) return `${key}≠${value}`;
  return values.length === 0 ? `${key} ${operator}` : `${key} ${operator} ${listed(values)}`;
}

/** Gates are put on pods by whoever takes them off; only those of the template are the DaemonSet's own. */
export function removeSchedulingGate(
  call: Calls["remove-scheduling-gate"],
  facts: ClusterFacts,
): Advice {
  const own = facts.daemonSet(call.daemonSet)?.daemonSet.template.schedulingGates ?? [];
  const ours = call.gates.filter((gate) => own.includes(gate));
  if (ours.length === 0)
    return advice({
      summary: `Find the controller that should lift ${listed(call.gates)} from the pods of ${call.daemonSet}`,
      limit: "gates that are not in the template were added by admission and come back",
    });
  return changeDaemonSet(
    {
      daemonSet: call.daemonSet,
      summary: `Take ${listed(ours)} out of the template of ${call.daemonSet}`,
      patch: () =>
        podSpecPatch({ schedulingGates: ours.map((name) => ({ name, $patch: "delete" })) }),
    },
    facts,
  );
}
