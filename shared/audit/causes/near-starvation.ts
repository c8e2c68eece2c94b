import { daemonSetCause } from "#shared/audit/cause.ts";
import type { NodeView, PlacementView } from "#shared/audit/facts.ts";
import { onceAMoment, onceForAll } from "#shared/audit/engine/once-a-moment.ts";
import { counted, listed } from "#shared/audit/phrase.ts";
import { priorityOf } from "#shared/audit/evidence/place.ts";
import { templatePriority, workloadPriority } from "#shared/audit/evidence/priority.ts";
import { isWorkedOn, podsByRevision } from "#shared/audit/evidence/rollout.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import { isReady } from "#shared/cluster/daemon-controller/available.ts";
import { isTerminating } from "#shared/cluster/daemon-controller/pods-by-node.ts";
import { shortages, type Shortage } from "#shared/cluster/fit.ts";
import type { Node } from "#shared/cluster/node.ts";
import { podSpecOf } from "#shared/cluster/pod-of-template.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { amountsOf, showAmount, type Amounts } from "#shared/cluster/quantity.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { holdsRoom, roomOf } from "#shared/cluster/room.ts";

type Tight = {
  readonly node: string;
  readonly resource: string;
  /** In the scheduler's unit, as all amounts here. */
  readonly needed: string;
  /** What the node has once the running pod is gone. */
  readonly free: string;
};

type Evidence = {
  readonly daemonSet: string;
  /** The tightest of them. */
  readonly tight: readonly Tight[];
  readonly nodeCount: number;
  /** Where the template asks for more than the pod that runs: updating would leave these nodes without it. */
  readonly byUpdate: number;
  /** Where the node has promised more than it has. */
  readonly byNode: number;
};

const SHOWN = 10;

type Found = {
  readonly node: string;
  readonly update: boolean;
  readonly shortage: Shortage;
};

/** By the list of the node's pods, which is another list after every change of them. */
const promised = new WeakMap<readonly Pod[], { readonly node: Node; readonly tooMuch: boolean }>();

/** Its pods ask for more than it has, as after its allocatable shrank: only there can a pod not come back as it was. */
function isOvercommitted(view: NodeView): boolean {
  const known = promised.get(view.pods);
  if (known?.node === view.node) return known.tooMuch;
  const tooMuch = looksFull(view) && hasPromisedTooMuch(view);
  promised.set(view.pods, { node: view.node, tooMuch });
  return tooMuch;
}

const isAnyOvercommitted = onceForAll(({ nodes }) => nodes.some(isOvercommitted));

const COUNTED = ["cpu", "memory", "ephemeral-storage"] as const;

/** Containers only, in plain numbers: the exact sums of a large cluster cost more than all that this cause is worth. */
function looksFull({ node, pods }: NodeView): boolean {
  const limit = Number(node.allocatable.get("pods")?.nano ?? 0n) / 1e9;
  if (pods.length > limit) return true;
  return COUNTED.some((resource) => {
    let asked = 0;
    for (const pod of pods)
      if (holdsRoom(pod))
        for (const { requests } of pod.spec.containers)
          asked += Number(requests.get(resource)?.nano ?? 0n);
    return asked > 0 && asked >= Number(node.allocatable.get(resource)?.nano ?? 0n);
  });
}

function hasPromisedTooMuch(view: NodeView): boolean {
  const has = amountsOf(view.node.allocatable);
  for (const [resource, used] of view.used()) if (used > (has.get(resource) ?? 0n)) return true;
  return view.pods.filter(holdsRoom).length > Number(has.get("pods") ?? 0n);
}

/** What the next pod of the template asks for. One that is there tells best: admission may have changed it. */
const nextRequests = onceAMoment((view): Amounts => {
  const { daemonSet, facts } = view;
  const { RuntimeClass: classes, version } = facts.cluster;
  const [made] = podsByRevision(view).updated;
  if (made !== undefined) return podRequests({ spec: made.spec }, version);
  const { template } = daemonSet;
  const runtimeClass = classes.find(({ name }) => name === template.runtimeClassName);
  return podRequests({ spec: podSpecOf(template, runtimeClass) }, version);
});

/** Does the work on a node in its ordinary life: all else is judged as it is, not as it might become. */
const runsWell = (pod: Pod, { node, intended, eligible }: PlacementView): boolean =>
  intended === "yes" &&
  eligible === "yes" &&
  node.phase.name === "steady" &&
  pod.spec.nodeName === node.node.name &&
  !isTerminating(pod) &&
  isReady(pod);

type Next = { readonly wanted: Amounts; readonly priority: number };

/** What the node would be short of if `pod` ended now and the next one came; preemption is the scheduler's to do. */
function shortWithout(pod: Pod, placement: PlacementView, next: Next): Shortage | undefined {
  const { node, daemonSet, facts } = placement;
  const { version } = facts.cluster;
  const others = node.pods.filter((other) => other.uid !== pod.uid);
  const [first] = shortages(next.wanted, roomOf(node.node, others, { version }));
  if (first === undefined || daemonSet.daemonSet.template.preemptionPolicy === "Never")
    return first;
  const stay = others.filter((other) => priorityOf(other) >= next.priority);
  const fits = shortages(next.wanted, roomOf(node.node, stay, { version })).length === 0;
  return fits ? undefined : first;
}

/** Only where the next pod is larger, or the node smaller than its promises, is there a question. */
function tightOn(placement: PlacementView): readonly Found[] {
  const { pod, node, daemonSet, facts } = placement;
  if (pod === undefined) return [];
  const now = podRequests({ spec: pod.spec }, facts.cluster.version);
  const outdated = daemonSet.isUpdated(pod) === "no";
  const update = outdated && isLarger(nextRequests(daemonSet), now);
  if (!update && !isOvercommitted(node)) return [];
  if (!runsWell(pod, placement)) return [];
  const shortage = shortWithout(pod, placement, {
    wanted: outdated ? nextRequests(daemonSet) : now,
    priority: (outdated ? templatePriority(daemonSet) : undefined) ?? priorityOf(pod),
  });
  return shortage === undefined ? [] : [{ node: node.node.name, update, shortage }];
}

const isLarger = (next: Amounts, now: Amounts): boolean =>
  [...next].some(([resource, amount]) => amount > (now.get(resource) ?? 0n));

/** It runs, and would not come back: the node could not give its next pod what that asks for. */
export const nearStarvation = daemonSetCause<Evidence>({
  code: "near-starvation",
  group: "risk",
  severity: "info",
  scope: "daemonSet",
  looksAtNeighbours: true,
  doc: {
    title: "the daemon runs, but its next pod would find no place",
    what: "A pod that is bound stays, whatever becomes of the node. Once it ends (an update, a crash of the node, a deletion) the next one must fit anew, and on these nodes it would not: the new template asks for more than is free there, or the node has promised more than it has since its allocatable shrank. No pod of a lower priority is there that would make enough room. All counters are well until that moment.",
    proof: [
      "kubectl describe node NODE | sed -n '/Allocatable/,/Events/p'",
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.spec.containers[*].resources.requests}'",
    ],
    fix: [
      "Before the update: lower the request, or move pods off these nodes.",
      "Give the DaemonSet a priority class above the workloads, so that the scheduler can make room.",
    ],
    usualAdvice:
      "kubectl describe node shows less than 100 % and still the pod does not fit: the request that counts is that of the next pod, not of the one that runs. A rolling update does not look ahead: it ends the old pod first and then finds that the new one has no place.",
    sources: [
      "pkg/scheduler/framework/plugins/noderesources/fit.go, fitsRequest",
      "pkg/controller/daemon/update.go, rollingUpdate",
    ],
  },
  find(view) {
    if (!isWorkedOn(view)) return [];
    const { facts } = view;
    const { outdated } = podsByRevision(view);
    if (outdated.length === 0 && !isAnyOvercommitted(facts)) return [];
    const found = view.placements().flatMap(tightOn);
    // Pods that were not read only take more room: what was found holds, its absence does not.
    if (found.length === 0)
      return facts.seen("Pod")
        ? []
        : { cannotTell: "not all pods were read, so what the nodes have left is not known" };
    return [{ nodes: found.map(({ node }) => node), evidence: evidence(view.key, found) }];
  },
  explain({ tight, nodeCount, byUpdate }) {
    const [first] = tight;
    const why = byUpdate === nodeCount ? "its new template" : "its next pod";
    const sum = first === undefined ? "" : `: ${sumText(first)}`;
    const names = tight.map(({ node }) => node);
    return `it runs on ${listed(names, nodeCount)}, but ${why} would find no place on ${nodeCount === 1 ? "it" : `these ${counted(nodeCount, "node")}`}${sum}`;
  },
  remedies: (found, { facts, nodes }) => [
    ...lowered(found),
    {
      action: "raise-priority",
      daemonSet: found.daemonSet,
      above: workloadPriority(facts),
      nodes: [],
    },
    ...larger(found, nodes),
  ],
});

function sumText({ node, resource, needed, free }: Tight): string {
  if (resource === "pods") return `${node} has no pod place left for it`;
  const left = BigInt(free) > 0n ? showAmount(resource, BigInt(free)) : "no";
  return `${node} would have ${left} ${resource} for the ${showAmount(resource, BigInt(needed))} that it needs`;
}

const missingOf = ({ needed, free }: Tight): bigint => BigInt(needed) - BigInt(free);
const compare = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));

function evidence(daemonSet: string, found: readonly Found[]): Evidence {
  const tight = found
    .map(({ node, shortage }) => ({
      node,
      resource: shortage.resource,
      needed: String(shortage.requested),
      free: String(shortage.allocatable - shortage.used),
    }))
    .toSorted((a, b) => compare(missingOf(b), missingOf(a)) || (a.node < b.node ? -1 : 1));
  const byUpdate = found.filter(({ update }) => update).length;
  return {
    daemonSet,
    tight: tight.slice(0, SHOWN),
    nodeCount: found.length,
    byUpdate,
    byNode: found.length - byUpdate,
  };
}

const NATIVE = new Set(["cpu", "memory", "ephemeral-storage"]);

/** To what the tightest node could give. */
function lowered({ daemonSet, tight: [first] }: Evidence): readonly RemedyCall[] {
  if (first === undefined || !NATIVE.has(first.resource) || BigInt(first.free) <= 0n) return [];
  const { resource, needed, free } = first;
  return [
    { action: "lower-requests", daemonSet, resource, from: BigInt(needed), to: BigInt(free) },
  ];
}

const larger = (
  { daemonSet, tight: [first] }: Evidence,
  nodes: readonly string[],
): readonly RemedyCall[] =>
  first === undefined
    ? []
    : [
        {
          action: "larger-nodes",
          daemonSet,
          nodes,
          resource: first.resource,
          needed: missingOf(first),
        },
      ];
