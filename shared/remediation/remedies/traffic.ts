import type { ClusterFacts } from "#shared/audit/facts.ts";
import { advice, type Advice, type Calls } from "#shared/remediation/advice.ts";
import { patchCommand } from "#shared/remediation/command.ts";

const LIMITS: Readonly<Record<Calls["set-traffic"]["field"], string>> = {
  internalTrafficPolicy:
    "clients then reach pods of other nodes too; an agent that must be local may not like that",
  externalTrafficPolicy: "with Cluster the client's own address is lost",
  trafficDistribution:
    "a preference, not a promise: it works while every ready endpoint carries a hint, and from Kubernetes 1.34 for nodes",
};

export function setTraffic({ service, field, to, why }: Calls["set-traffic"]): Advice {
  const patch = { spec: { [field]: to } };
  return advice({
    summary: `Set ${field} of Service ${service} to ${to}: ${why}`,
    command: patchCommand("service", service, patch),
    patch,
    limit: LIMITS[field],
  });
}

export function fixSelector(call: Calls["fix-selector"], facts: ClusterFacts): Advice {
  const { service, daemonSet, why } = call;
  const patch = selectorPatch(call, facts);
  return advice({
    summary: `Let Service ${service} select the pods of ${daemonSet}: ${why}`,
    command: patch && patchCommand("service", service, patch),
    patch,
  });
}

/** Keys that only the old selector has are taken out: a merge would keep them, and select nothing still. */
function selectorPatch({ service, daemonSet }: Calls["fix-selector"], facts: ClusterFacts) {
  const set = facts.daemonSet(daemonSet)?.daemonSet;
  const old = facts.services.find(({ key }) => key === service)?.service.selector;
  const wanted = set?.selector?.matchLabels ?? new Map<string, string>();
  if (wanted.size === 0) return undefined;
  const gone = [...(old?.keys() ?? [])].filter((key) => !wanted.has(key));
  const entries: readonly (readonly [string, string | null])[] = [
    ...gone.map((key) => [key, null] as const),
    ...wanted,
  ];
  return { spec: { selector: Object.fromEntries(entries) } };
}
