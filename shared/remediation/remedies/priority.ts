import type { ClusterFacts, DaemonSetView, NodeView, Role } from "#shared/audit/facts.ts";
import { controllerOf, keyOf } from "#shared/cluster/metadata.ts";
import { preempt, type PreemptionOutcome } from "#shared/cluster/preemption.ts";
import { advice, type Advice, type Calls } from "#shared/remediation/advice.ts";
import { kubectl } from "#shared/remediation/command.ts";
import { nodesOf, rolloutPrice, together } from "#shared/remediation/price.ts";
import { changeDaemonSet, podSpecPatch } from "#shared/remediation/template-change.ts";
import { listed, plural } from "#shared/remediation/wording.ts";

/** Without these a node cannot do its work, so they may be what the kubelet never evicts. */
const NODE_ITSELF: ReadonlySet<Role> = new Set<Role>(["cni", "csi", "kube-proxy", "dns"]);
/** The highest value that a class of one's own may have (apis/scheduling, HighestUserDefinablePriority). */
const HIGHEST_OWN = 1_000_000_000;
const NODE_CRITICAL = { name: "system-node-critical", value: 2_000_001_000, exists: true };
const STEP = 1000;

type Class = { readonly name: string; readonly value: number; readonly exists: boolean };

export function raisePriority(call: Calls["raise-priority"], facts: ClusterFacts): Advice {
  const { daemonSet, above, nodes } = call;
  const view = facts.daemonSet(daemonSet);
  const chosen = classFor(view?.role ?? "other", { above, facts });
  if (chosen === undefined)
    return advice({
      summary: `Make room for ${daemonSet} otherwise: the pods in its way have priority ${above}, which no class that fits its role exceeds`,
      limit:
        "system-node-critical is not for it: from 2000000000 on the kubelet evicts a pod for no pressure, so a leak takes the node down",
    });
  return changeDaemonSet(
    {
      daemonSet,
      summary: `Give ${daemonSet} the priority class ${chosen.name} (${chosen.value}), above the ${above} of the pods in its way`,
      first: chosen.exists
        ? []
        : [kubectl("create", "priorityclass", chosen.name, `--value=${chosen.value}`)],
      patch: () => podSpecPatch({ priorityClassName: chosen.name }),
      price: view && together(victimsText(view, { chosen, nodes }), rolloutPrice(view)),
      limit:
        "priority is no guarantee: a budget is only best effort against it, and a class that somebody sets higher wins again",
    },
    facts,
  );
}

function classFor(
  role: Role,
  { above, facts }: { readonly above: number; readonly facts: ClusterFacts },
): Class | undefined {
  if (NODE_ITSELF.has(role)) return above < NODE_CRITICAL.value ? NODE_CRITICAL : undefined;
  if (above >= HIGHEST_OWN) return undefined;
  const classes = facts.cluster.PriorityClass;
  const existing = classes
    .filter(
      ({ name, value, preemptionPolicy, globalDefault }) =>
        value > above &&
        value <= HIGHEST_OWN &&
        preemptionPolicy !== "Never" &&
        !globalDefault &&
        !name.startsWith("system-"),
    )
    .toSorted((a, b) => a.value - b.value)[0];
  if (existing !== undefined) return { name: existing.name, value: existing.value, exists: true };
  const value = Math.min(HIGHEST_OWN, above + STEP);
  return { name: `node-agents-${value}`.replace("--", "-minus-"), value, exists: false };
}

/** Whom the scheduler would end for it, node by node: the reason why some prefer to move pods themselves. */
function victimsText(
  view: DaemonSetView,
  { chosen, nodes }: { readonly chosen: Class; readonly nodes: readonly string[] },
): string | undefined {
  const outcomes = outcomesOn(nodesOf(view.facts, nodes), { view, priority: chosen.value });
  if (outcomes.length === 0) return undefined;
  const helped = outcomes.filter((outcome) => outcome.possible);
  const untold = outcomes.filter((outcome) => !outcome.possible && outcome.why === "cannot-tell");
  const rest = untold.length === 0 ? "" : `; on ${plural(untold.length, "node")} it cannot be told`;
  if (helped.length === 0)
    return untold.length === outcomes.length
      ? `whether it helps on ${outcomes.length === 1 ? "this node" : "these nodes"} cannot be told`
      : `would help on none of these nodes${rest}`;
  const victims = helped.flatMap((outcome) => outcome.victims);
  const of =
    helped.length === outcomes.length
      ? ""
      : `helps on ${helped.length} of ${plural(outcomes.length, "node")}, `;
  return victims.length === 0
    ? `${of}would displace nobody${rest}`
    : `${of}would displace ${plural(victims.length, "pod")}: ${listed(victims.map(keyOf))}${rest}`;
}

function outcomesOn(
  nodes: readonly NodeView[],
  { view, priority }: { readonly view: DaemonSetView; readonly priority: number },
): readonly PreemptionOutcome[] {
  const { cluster } = view.facts;
  const { template, namespace, templateLabels: labels, uid } = view.daemonSet;
  // Its own pods wait for the very place.
  const nominated = cluster.Pod.filter(
    (pod) => pod.status.nominatedNodeName !== "" && controllerOf(pod)?.uid !== uid,
  );
  const runtimeClass = cluster.RuntimeClass.find(({ name }) => name === template.runtimeClassName);
  const namespaces = new Map(cluster.Namespace.map((one) => [one.name, one.labels]));
  return nodes.map(({ node, pods }) =>
    preempt({
      spec: template,
      priority,
      node,
      podsOnNode: pods,
      pdbs: cluster.PodDisruptionBudget,
      version: cluster.version,
      self: { namespace, labels },
      nominated,
      runtimeClass,
      namespaceLabels: (name) => namespaces.get(name),
    }),
  );
}
