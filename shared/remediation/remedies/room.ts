import type { ClusterFacts, NodeView } from "#shared/audit/facts.ts";
import { keyOf } from "#shared/cluster/metadata.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { showAmount } from "#shared/cluster/quantity.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { advice, type Advice, type Calls } from "#shared/remediation/advice.ts";
import { asciiJson, kubectl, kubectlFor, shellWord, target } from "#shared/remediation/command.ts";
import { cheapestSet } from "#shared/remediation/displaced.ts";
import { amountsText, nodesOf } from "#shared/remediation/price.ts";
import { listed, nodesText, plural } from "#shared/remediation/wording.ts";

/** Hold, evict, wait until bound, release: without the hold the victim's replacement takes the space first. */
export function makeRoom(call: Calls["make-room"], facts: ClusterFacts): Advice {
  const { daemonSet, node } = call;
  const view = facts.daemonSet(daemonSet);
  const where = facts.node(node);
  if (view === undefined || where === undefined)
    return advice({ summary: `Move a pod off node ${node}, so that ${daemonSet} fits` });
  const set = cheapestSet(view, where);
  if (!set.possible)
    return advice({
      summary: `Make room on node ${node} for ${daemonSet} by hand: ${set.because}`,
      limit:
        "not counted: pods of daemons, static pods, pods without a controller, and what a budget or do-not-disrupt protects",
    });
  if (set.pods.length === 0)
    return advice({
      summary: `Wait for the scheduler: ${daemonSet} fits on node ${node} as it is now`,
    });
  return advice({
    summary: `Evict ${listed(set.pods.map(keyOf))} from node ${node}, which is cordoned meanwhile, so that ${daemonSet} fits`,
    command: evictions(set.pods, { view: where, pending: waitingPod(call, facts) }),
    price: `displaces ${plural(set.pods.length, "pod")}: ${set.pods.map((pod) => priced(pod, facts)).join(", ")}`,
    limit:
      "another pod of equal priority that waits for the same space may still come first; raise the priority to end it for good",
  });
}

function waitingPod({ daemonSet, node }: Calls["make-room"], facts: ClusterFacts) {
  const placement = facts
    .node(node)
    ?.placements()
    .find((other) => other.daemonSet.key === daemonSet);
  return placement?.pod;
}

function priced(pod: Pod, { cluster }: ClusterFacts): string {
  const asks = amountsText(podRequests(pod, cluster.version));
  return `${keyOf(pod)} (priority ${pod.spec.priority ?? 0}, ${asks})`;
}

function evictions(
  pods: readonly Pod[],
  { view, pending }: { readonly view: NodeView; readonly pending: Pod | undefined },
): string {
  const node = `node/${view.node.name}`;
  const held = view.node.unschedulable;
  return [
    ...(held ? [] : [kubectl("cordon", node)]),
    ...pods.map(eviction),
    ...(pending === undefined
      ? []
      : [
          kubectlFor(
            keyOf(pending),
            "wait",
            target("pod", pending.name),
            "--for=condition=PodScheduled",
            "--timeout=120s",
          ),
        ]),
    ...(held ? [] : [kubectl("uncordon", node)]),
  ].join("\n");
}

/** Through the eviction API, which asks the budgets; `kubectl delete` would not. */
function eviction({ namespace, name }: Pod): string {
  const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`;
  return `echo ${shellWord(asciiJson(body))} | ${kubectl("create", "--raw", path, "-f", "-")}`;
}

export function largerNodes(call: Calls["larger-nodes"], facts: ClusterFacts): Advice {
  const { daemonSet, nodes, resource, needed } = call;
  const pools = [...new Set(nodesOf(facts, nodes).map(({ pool }) => pool))].filter(Boolean);
  const of =
    pools.length === 0
      ? ""
      : ` of pool${pools.length === 1 ? "" : "s"} ${listed(pools.toSorted())}`;
  const amount =
    resource === "pods"
      ? plural(Number(needed), "more pod place")
      : `${showAmount(resource, needed)} more ${resource}`;
  return advice({
    summary: `Replace ${nodesText(nodes)}${of} by a type that has ${amount} for ${daemonSet}`,
    price: `${plural(nodes.length, "node")} to roll`,
    limit:
      "an autoscaler sizes new nodes for daemons; it does not replace old ones for a new daemon",
  });
}

export function freeHostPort(call: Calls["free-host-port"], facts: ClusterFacts): Advice {
  const { daemonSet, node, port, protocol, holder } = call;
  const pod = facts.node(node)?.pods.find((other) => keyOf(other) === holder);
  const owner = pod?.owners.find(({ controller }) => controller);
  const whose = owner === undefined ? "" : ` (${owner.kind} ${owner.name})`;
  return advice({
    summary: `Give ${daemonSet} or ${holder}${whose} another host port than ${protocol} ${port}, or keep the two on different nodes`,
    command: kubectlFor(holder, "get", target("pod", holder), "-o", "wide"),
    limit: "clients that know the port must be told of the new one",
  });
}
