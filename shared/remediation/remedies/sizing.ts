import type { ClusterFacts, DaemonSetView } from "#shared/audit/facts.ts";
import type { Container } from "#shared/cluster/pod.ts";
import { amountOf, canonical, showAmount } from "#shared/cluster/quantity.ts";
import { advice, type Advice, type Calls, type Json } from "#shared/remediation/advice.ts";
import { kubectlFor } from "#shared/remediation/command.ts";
import { changeDaemonSet, podSpecPatch } from "#shared/remediation/template-change.ts";
import { listed, nodesText, plural } from "#shared/remediation/wording.ts";

/** A quantity that says exactly `amount`, which is in the scheduler's unit. */
export function exactQuantity(resource: string, amount: bigint): string {
  if (resource === "cpu") return canonical({ nano: amount * 1_000_000n, format: "DecimalSI" });
  return canonical({ nano: amount * 1_000_000_000n, format: "BinarySI" });
}

const requestOf = (container: Container, resource: string): bigint => {
  const quantity = container.requests.get(resource) ?? container.limits.get(resource);
  return quantity === undefined ? 0n : amountOf(resource, quantity);
};

export function lowerRequests(call: Calls["lower-requests"], facts: ClusterFacts): Advice {
  const { daemonSet, resource, from, to } = call;
  const view = facts.daemonSet(daemonSet);
  const nodes = view?.placements().filter(({ intended }) => intended === "yes").length ?? 0;
  const freed = `frees ${showAmount(resource, from - to)} ${resource} on each of ${plural(nodes, "node")}`;
  return changeDaemonSet(
    {
      daemonSet,
      summary: `Lower the ${resource} request of ${daemonSet} from ${showAmount(resource, from)} to ${showAmount(resource, to)}`,
      patch: ({ template }) => {
        const largest = template.containers.toSorted((a, b) =>
          Number(requestOf(b, resource) - requestOf(a, resource)),
        )[0];
        if (largest === undefined || template.resources !== undefined) return undefined;
        const left = requestOf(largest, resource) - (from - to);
        return left < 0n
          ? undefined
          : containerPatch(largest.name, "requests", [resource, exactQuantity(resource, left)]);
      },
      price: nodes === 0 ? undefined : freed,
      limit:
        resource === "memory"
          ? "only if it uses less: a pod above its request is the first that the kubelet evicts"
          : "only if it uses less: the request is also its share when the node is busy",
    },
    facts,
  );
}

function containerPatch(
  name: string,
  field: "requests" | "limits",
  [resource, amount]: readonly [string, string],
): Json {
  return podSpecPatch({ containers: [{ name, resources: { [field]: { [resource]: amount } } }] });
}

/** No figure: what an agent needs is known from its use, which no object of the cluster tells. */
export const setRequests = (
  { daemonSet, containers }: Calls["set-requests"],
  facts: ClusterFacts,
): Advice =>
  changeDaemonSet(
    {
      daemonSet,
      summary: `Set requests for ${listed(containers)} of ${daemonSet}, from what it uses on its busiest node`,
      patch: undefined,
      first: [useCommand(daemonSet, facts)],
      limit: "a request of the busiest node is reserved on every node",
    },
    facts,
  );

function useCommand(daemonSet: string, facts: ClusterFacts): string {
  const selector = [...(facts.daemonSet(daemonSet)?.daemonSet.selector?.matchLabels ?? [])]
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const which = selector === "" ? [] : ["-l", selector];
  return kubectlFor(daemonSet, "top", "pod", "--containers", ...which, "--sort-by=memory");
}

/** Half as much again, up to whole 16Mi or 10m: enough to see whether it was the limit, little enough to undo. */
function nextLimit(resource: string, from: bigint): bigint {
  const step = resource === "cpu" ? 10n : 16n << 20n;
  const wanted = from + from / 2n;
  return ((wanted + step - 1n) / step) * step;
}

export function raiseLimit(call: Calls["raise-limit"], facts: ClusterFacts): Advice {
  const { daemonSet, container, resource, from, nodes } = call;
  const what = `the ${resource} limit of ${container} in ${daemonSet}`;
  if (from === undefined)
    return advice({
      summary: `Find what else on ${nodesText(nodes)} uses the ${resource}: ${container} of ${daemonSet} has no limit of its own`,
      command: useCommand(daemonSet, facts),
      limit: "a limit that it does not have cannot be raised; the node itself was out of memory",
    });
  const to = nextLimit(resource, from);
  return changeDaemonSet(
    {
      daemonSet,
      summary: `Raise ${what} from ${showAmount(resource, from)} to ${showAmount(resource, to)}`,
      patch: () => containerPatch(container, "limits", [resource, exactQuantity(resource, to)]),
      price: limitPrice(call, { view: facts.daemonSet(daemonSet), more: to - from }),
      limit: limitLimit(call, facts.daemonSet(daemonSet)),
    },
    facts,
  );
}

function limitPrice(
  { resource }: Calls["raise-limit"],
  { view, more }: { readonly view: DaemonSetView | undefined; readonly more: bigint },
): string | undefined {
  const all = view?.placements().filter(({ intended }) => intended === "yes").length ?? 0;
  if (all === 0) return undefined;
  return `up to ${showAmount(resource, more)} more on each of ${plural(all, "node")}, ${showAmount(resource, more * BigInt(all))} in all`;
}

/** Where only some nodes need more, a second DaemonSet for them is cheaper than more for all. */
function limitLimit(
  { nodes }: Calls["raise-limit"],
  view: DaemonSetView | undefined,
): string | undefined {
  const all = view?.placements().filter(({ intended }) => intended === "yes").length ?? 0;
  if (all <= nodes.length) return "more memory hides a leak for a while; it does not end it";
  return nodes.length === 1
    ? `1 node of ${all} needs it: a DaemonSet of its own for this node costs less than more for all`
    : `${nodes.length} nodes of ${all} need it: a DaemonSet of their own for these nodes costs less than more for all`;
}
