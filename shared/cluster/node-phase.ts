import type { Instant } from "./metadata.ts";
import type { Condition, Node, Taint } from "./node.ts";
import { conditionOf } from "./pod.ts";
import { KARPENTER_POOL } from "./pool.ts";
import type { Lease, NodeClaim } from "./policy.ts";
import { showTaint } from "./taints.ts";
import type { TransientTaint } from "./transient-taint.ts";

/**
 * Where a node is in its life. Decides whether a gap may alert.
 * booting: young, or carries start-up taints. leaving: being removed. dark: kubelet silent or NotReady.
 * stopped: the machine is off and its Node object stays.
 */
export type NodePhase = {
  readonly name: "booting" | "steady" | "leaving" | "dark" | "stopped";
  readonly since: Instant | undefined;
  /** For people: "taint karpenter.sh/disrupted", "kubelet silent since …". */
  readonly because: string;
  /** The kubelet does not speak: what its pods say of themselves is old. */
  readonly silent?: boolean;
};

export type PhaseQuestion = {
  readonly node: Node;
  readonly lease: Lease | undefined;
  /** The newest renewal of all leases: lists of one dump are read at different moments, so a lease is old beside its like. */
  readonly newestRenewal: Instant | undefined;
  readonly claim: NodeClaim | undefined;
  readonly at: Instant;
  readonly transient: (taint: Taint) => TransientTaint | undefined;
  /** Seconds after birth or Ready in which a node is young, and after which it must have left its start behind. */
  readonly young: number;
  readonly longestStart: number;
};

/** node_lifecycle_controller.go gives a kubelet 40 or 50 s; the rest is for clocks and for the time a dump takes. */
const SILENT_AFTER = 120_000;
const SHUT_DOWN = new Set([
  "node.cloudprovider.kubernetes.io/shutdown",
  "node.kubernetes.io/out-of-service",
]);

const readyOf = (node: Pick<Node, "conditions">): Condition | undefined =>
  conditionOf(node, "Ready");

export const isNodeReady = (node: Pick<Node, "conditions">): boolean =>
  readyOf(node)?.status === "True";

/** The kubelet says that it waits for the network: then the network daemon is the root and NotReady its symptom. */
export function waitsForNetwork(node: Pick<Node, "conditions">): boolean {
  const ready = readyOf(node);
  return (
    conditionOf(node, "NetworkUnavailable")?.status === "True" ||
    /\b(?:cni|network)/i.test(`${ready?.reason ?? ""} ${ready?.message ?? ""}`)
  );
}

/** Its kubelet registered and never said Ready: no condition, one never filled, or False since birth. */
export function wasNeverReady(node: Pick<Node, "conditions" | "createdAt">): boolean {
  const ready = readyOf(node);
  if (ready === undefined || ready.reason === "NodeStatusNeverUpdated") return true;
  if (ready.status === "True" || node.createdAt === undefined) return false;
  // The kubelet writes the condition as it registers; the object's time is the API server's.
  return ready.transitionAt !== undefined && ready.transitionAt <= node.createdAt + 30_000;
}

/** The last sign of life, if it is too old: the Lease where there is one, else the node controller's word. */
function silence({ node, lease, newestRenewal }: PhaseQuestion): NodePhase | undefined {
  const ready = readyOf(node);
  const renewed = lease?.renewedAt;
  const stale =
    renewed !== undefined && newestRenewal !== undefined && newestRenewal - renewed > SILENT_AFTER;
  if (!stale && ready?.status !== "Unknown") return undefined;
  return {
    name: "dark",
    since: renewed ?? ready?.transitionAt,
    because: stale ? "its kubelet does not renew its lease" : "its kubelet does not report",
    silent: true,
  };
}

/** cluster-autoscaler writes the moment into the taint's value, in seconds. */
const taintedAt = ({ value, timeAdded }: Taint): Instant | undefined =>
  /^\d{9,11}$/.test(value) ? Number(value) * 1000 : timeAdded;

function leaving({ node, claim, transient }: PhaseQuestion): NodePhase | undefined {
  // A mere candidate (PreferNoSchedule) is often kept after all.
  const taint = node.taints.find(
    (one) => one.effect !== "PreferNoSchedule" && transient(one) === "leaving",
  );
  if (taint)
    return {
      name: "leaving",
      since: taintedAt(taint) ?? claim?.deletionAt ?? node.deletionAt,
      because: `taint ${taint.key}`,
    };
  const since = claim?.deletionAt ?? node.deletionAt;
  if (since === undefined) return undefined;
  return {
    name: "leaving",
    since,
    because:
      node.deletionAt === undefined ? "its NodeClaim is being deleted" : "it is being deleted",
  };
}

/** From when its time to start counts: it is new, or came back from being NotReady. */
export function startOf(node: Pick<Node, "conditions" | "createdAt">): Instant | undefined {
  const ready = readyOf(node);
  const readySince = ready?.status === "True" ? ready.transitionAt : undefined;
  if (readySince === undefined) return node.createdAt;
  return node.createdAt === undefined ? readySince : Math.max(node.createdAt, readySince);
}

const BOOTED = "karpenter.sh/initialized";
const isKarpenters = ({ labels }: Node): boolean => labels.has(KARPENTER_POOL);

function booting({ node, at, transient, young, longestStart }: PhaseQuestion): string | undefined {
  const start = startOf(node);
  const age = start === undefined ? Infinity : at - start;
  if (age < young * 1000) return "young";
  if (age >= longestStart * 1000) return undefined;
  if (!isNodeReady(node) && wasNeverReady(node)) return "not Ready yet";
  const taint = node.taints.find((one) => transient(one) === "startup");
  if (taint) return `taint ${showTaint(taint)}`;
  // Karpenter waits for start-up taints and extended resources too, so Ready is not the end of a start.
  return isKarpenters(node) && node.labels.get(BOOTED) !== "true"
    ? "Karpenter has not called it initialized"
    : undefined;
}

/** Ready and nothing else, or NotReady while the kubelet speaks. */
function byCondition(node: Node): NodePhase {
  const ready = readyOf(node);
  if (ready?.status === "True") return { name: "steady", since: startOf(node), because: "" };
  const because = ready === undefined ? "no Ready condition" : `NotReady: ${ready.reason}`;
  return { name: "dark", since: ready?.transitionAt ?? node.createdAt, because };
}

export function nodePhase(question: PhaseQuestion): NodePhase {
  const { node } = question;
  const off = node.taints.find(({ key }) => SHUT_DOWN.has(key));
  if (off && !isNodeReady(node))
    return { name: "stopped", since: off.timeAdded, because: `taint ${off.key}`, silent: true };
  const silent = silence(question);
  const told = silent && ({ silent: true } as const);
  const goes = leaving(question);
  if (goes) return { ...goes, ...told };
  if (silent && !wasNeverReady(node)) return silent;
  const starts = booting(question);
  if (starts === undefined) return silent ?? byCondition(node);
  return { name: "booting", since: startOf(node), because: starts, ...told };
}
