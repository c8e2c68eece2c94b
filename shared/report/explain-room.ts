import type { NodeView, PlacementView } from "#shared/audit/facts.ts";
import { placeWanted } from "#shared/audit/evidence/place.ts";
import { shortages } from "#shared/cluster/fit.ts";
import { hostPortsOf, portConflicts } from "#shared/cluster/host-ports.ts";
import { controllerOf, keyOf } from "#shared/cluster/metadata.ts";
import type { Pod, PodSpec } from "#shared/cluster/pod.ts";
import { podSpecOf } from "#shared/cluster/pod-of-template.ts";
import { showAmount, type Amounts } from "#shared/cluster/quantity.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { roomOf, type Room } from "#shared/cluster/room.ts";
import { cheapestSet } from "#shared/remediation/displaced.ts";
import type { Check, Holder, NodeExplanation, Reckoning } from "./explanation.ts";
import { some } from "./text-layout.ts";

/** What one daemon pod asks for and what its node has without it. */
type Asked = { readonly spec: PodSpec; readonly wanted: Amounts; readonly room: Room };

function asked(view: PlacementView): Asked {
  const { pod, daemonSet, facts, node } = view;
  const { version } = facts.cluster;
  const waiting = placeWanted(view);
  if (waiting !== undefined)
    return { spec: waiting.pod.spec, wanted: waiting.requests, room: waiting.room };
  const { template } = daemonSet.daemonSet;
  const runtimeClass = facts.cluster.RuntimeClass.find(
    ({ name }) => name === template.runtimeClassName,
  );
  const spec = pod?.spec ?? podSpecOf(template, runtimeClass);
  const wanted = pod ? podRequests(pod, version) : podRequests({ spec }, version);
  const own = new Set(daemonSet.pods.map(({ uid }) => uid));
  const others = node.pods.filter(({ uid }) => !own.has(uid));
  return { spec, wanted, room: roomOf(node.node, others, { version }) };
}

const ORDER = ["pods", "cpu", "memory", "ephemeral-storage"];
const rank = (resource: string): number =>
  ORDER.includes(resource) ? ORDER.indexOf(resource) : ORDER.length;
const byRank = (a: string, b: string): number => rank(a) - rank(b) || (a < b ? -1 : Number(a > b));

function reckonings({ wanted, room }: Asked): readonly Reckoning[] {
  const short = new Map(shortages(wanted, room).map((one) => [one.resource, one.missing]));
  const row = (resource: string, requested: bigint, used: bigint): Reckoning => {
    const allocatable = room.allocatable.get(resource) ?? 0n;
    return {
      resource,
      requested: String(requested),
      allocatable: String(allocatable),
      used: String(used),
      free: String(allocatable - used),
      missing: String(short.get(resource) ?? 0n),
    };
  };
  const resources = [...wanted.keys()].filter((name) => name !== "pods" && wanted.get(name) !== 0n);
  return [
    row("pods", 1n, BigInt(room.podCount)),
    ...resources
      .toSorted(byRank)
      .map((name) => row(name, wanted.get(name) ?? 0n, room.used.get(name) ?? 0n)),
  ];
}

const HOLDERS_SHOWN = 5;

function holdersOf({ room }: Asked, short: readonly Reckoning[], view: PlacementView) {
  const { version } = view.facts.cluster;
  const amountIn = (pod: Pod, resource: string): bigint =>
    podRequests(pod, version).get(resource) ?? 0n;
  const [first] = short.filter(({ resource }) => resource !== "pods");
  if (first === undefined) return [];
  return room.holders
    .map((pod) => ({ pod, amount: amountIn(pod, first.resource) }))
    .filter(({ amount }) => amount > 0n)
    .toSorted((a, b) => (a.amount === b.amount ? 0 : a.amount < b.amount ? 1 : -1))
    .slice(0, HOLDERS_SHOWN)
    .map(({ pod, amount }): Holder => ({
      pod: keyOf(pod),
      priority: pod.spec.priority ?? 0,
      resource: first.resource,
      amount: String(amount),
    }));
}

/** "a memory request of at most 176Mi", "search/cache-7 leaving": each alone would be enough. */
function wouldFit(view: PlacementView, short: readonly Reckoning[]): readonly string[] {
  const [only, ...more] = short;
  if (only === undefined) return [];
  const free = BigInt(only.free);
  const lower =
    more.length === 0 && only.resource !== "pods" && free > 0n
      ? [`its ${only.resource} request were at most ${showAmount(only.resource, free)}`]
      : [];
  const moved = cheapestSet(view.daemonSet, view.node);
  if (!moved.possible || moved.pods.length === 0) return lower;
  const names = some(moved.pods.map(keyOf), 3);
  return [...lower, `${names} ${moved.pods.length === 1 ? "went" : "went together"}`];
}

function hostPortChecks({ spec, room }: Asked, view: PlacementView): readonly Check[] {
  const { version } = view.facts.cluster;
  return hostPortsOf(spec, version).map((port) => {
    const holder = portConflicts([port], room.hostPorts)[0]?.holder;
    const owner = holder && controllerOf(holder);
    return {
      check: `host port ${port.protocol} ${port.port}`,
      holds: holder === undefined,
      says:
        holder === undefined
          ? "free"
          : `held by ${keyOf(holder)}${owner ? ` of ${owner.kind} ${owner.name}` : ""}`,
    };
  });
}

export type RoomExplained = {
  readonly arithmetic: readonly Reckoning[];
  readonly holders: readonly Holder[];
  readonly wouldFit: readonly string[];
  readonly hostPorts: readonly Check[];
};

/** The arithmetic of one daemon pod on one node, as the scheduler does it. */
export function explainRoom(view: PlacementView): RoomExplained {
  const question = asked(view);
  const arithmetic = reckonings(question);
  const short = arithmetic.filter(({ missing }) => missing !== "0");
  return {
    arithmetic,
    holders: holdersOf(question, short, view),
    wouldFit: wouldFit(view, short),
    hostPorts: hostPortChecks(question, view),
  };
}

/** What the node has, what is taken, what is left. */
export function nodeRoom(node: NodeView): Pick<NodeExplanation, "arithmetic" | "pods"> {
  const { version } = node.facts.cluster;
  const room = roomOf(node.node, node.pods, { version });
  const names = [...new Set([...room.allocatable.keys(), ...room.used.keys()])].filter(
    (name) =>
      name !== "pods" && (room.allocatable.get(name) ?? 0n) + (room.used.get(name) ?? 0n) > 0n,
  );
  return {
    pods: { count: room.podCount, limit: room.podLimit },
    arithmetic: names.toSorted(byRank).map((resource) => ({
      resource,
      allocatable: String(room.allocatable.get(resource) ?? 0n),
      used: String(room.used.get(resource) ?? 0n),
      free: String(room.free.get(resource) ?? 0n),
    })),
  };
}
