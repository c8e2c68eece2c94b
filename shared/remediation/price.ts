import type { ClusterFacts, DaemonSetView, NodeView } from "#shared/audit/facts.ts";
import { showAmount, type Amounts } from "#shared/cluster/quantity.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { plural } from "./wording.ts";

/** What people reckon in; pod slots are counted, not priced. */
const PRICED = ["cpu", "memory", "ephemeral-storage"] as const;

/** "100m cpu and 128Mi memory"; "no requests" for a pod that asks for nothing. */
export function amountsText(amounts: Amounts): string {
  const extended = [...amounts.keys()]
    .filter((name) => name !== "pods" && !PRICED.some((known) => known === name))
    .toSorted();
  const parts = [...PRICED, ...extended].flatMap((name) => {
    const amount = amounts.get(name) ?? 0n;
    return amount === 0n ? [] : [`${showAmount(name, amount)} ${name}`];
  });
  if (parts.length === 0) return "no requests";
  return parts.length === 1
    ? (parts[0] ?? "")
    : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}

/** What one pod of the template asks for, as far as the template says it: admission may add to it. */
export const podCost = ({ daemonSet, facts }: DaemonSetView): Amounts =>
  podRequests({ spec: daemonSet.template }, facts.cluster.version);

export const times = (amounts: Amounts, count: number): Amounts =>
  new Map([...amounts].map(([name, amount]) => [name, amount * BigInt(count)]));

/** "48 more pods: 100m cpu and 128Mi memory each, 4.8 cpu and 6Gi memory in all". */
export function morePods(view: DaemonSetView, count: number): string {
  const each = podCost(view);
  const pods = `${count} more ${count === 1 ? "pod" : "pods"}`;
  if (amountsText(each) === "no requests") return `${pods}, without requests`;
  return count === 1
    ? `${pods}: ${amountsText(each)}`
    : `${pods}: ${amountsText(each)} each, ${amountsText(times(each, count))} in all`;
}

/** What changing the template costs beside its purpose: every pod is replaced. */
export function rolloutPrice(view: DaemonSetView): string {
  const running = view.pods.length;
  if (running === 0) return "";
  return view.daemonSet.updateStrategy.type === "OnDelete"
    ? `the ${plural(running, "pod")} there are keep the old template until they are deleted (OnDelete)`
    : `replaces ${running === 1 ? "the 1 pod" : `all ${running} pods`} there ${running === 1 ? "is" : "are"}`;
}

/** Parts of a price in one line; undefined when nothing is left to say. */
export function together(...parts: readonly (string | undefined)[]): string | undefined {
  const said = parts.filter((part) => part !== undefined && part !== "");
  return said.length === 0 ? undefined : said.join("; ");
}

/** The nodes of a call that this cluster has. */
export const nodesOf = (facts: ClusterFacts, names: readonly string[]): readonly NodeView[] =>
  names.map((name) => facts.node(name)).filter((view) => view !== undefined);
