import { nodeCause } from "#shared/audit/cause.ts";
import type { NodeView } from "#shared/audit/facts.ts";
import { kept, span } from "#shared/audit/phrase.ts";
import { priorityOf } from "#shared/audit/evidence/place.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { conditionOf, isTerminal } from "#shared/cluster/pod.ts";
import { podRequests } from "#shared/cluster/requests.ts";

type InDanger = {
  readonly daemonSet: string;
  readonly priority: number;
  /** It asks for some of what the node is short of. Without, all that it uses is more than it asked for. */
  readonly requests: boolean;
};

type Evidence = {
  readonly node: string;
  /** DiskPressure, MemoryPressure, PIDPressure: those that are True. */
  readonly conditions: readonly string[];
  readonly message: string;
  /** Milliseconds since the first of them; null where none tells. */
  readonly pressedFor: number | null;
  /** Daemons that pressure may evict, in the order in which the kubelet would, as far as requests and priority tell. */
  readonly next: readonly InDanger[];
  /** Daemons of a priority that the kubelet never evicts. */
  readonly safe: readonly string[];
};

/** The three that the kubelet acts on, and what the pods ask for of each. Any other condition is somebody else's word. */
const PRESSURES: readonly (readonly [type: string, resource: string])[] = [
  ["DiskPressure", "ephemeral-storage"],
  ["MemoryPressure", "memory"],
  ["PIDPressure", ""],
];

/** pkg/kubelet/types/pod_update.go, IsCriticalPodBasedOnPriority. */
const NEVER_EVICTED = 2_000_000_000;

function inDanger(view: NodeView, resources: readonly string[]): readonly InDanger[] {
  const { version } = view.facts.cluster;
  const found = view.placements().flatMap(({ daemonSet, pod }) => {
    if (pod === undefined || pod.spec.nodeName === "" || isTerminal(pod)) return [];
    const requests = podRequests(pod, version);
    return {
      daemonSet: daemonSet.key,
      priority: priorityOf(pod),
      requests: resources.every((resource) => (requests.get(resource) ?? 0n) > 0n),
    };
  });
  return found.toSorted(
    (a, b) =>
      Number(a.requests) - Number(b.requests) ||
      a.priority - b.priority ||
      (a.daemonSet < b.daemonSet ? -1 : 1),
  );
}

/** By itself a warning of worse to come. What it does to daemons is told by evict-loop and kubelet-rejected. */
export const nodePressure = nodeCause<Evidence>({
  code: "node-pressure",
  group: "node",
  severity: "info",
  scope: "node",
  doc: {
    title: "the node is short of disk, memory or process ids",
    what: "The kubelet says that its node runs out of something, and evicts pods until it does not. Every daemon tolerates the taint of that pressure, so the scheduler goes on sending daemons there; the pressure itself is not tolerated. Pods that use more than they asked for go first, those of low priority before the rest; a priority of 2000000000 and more is never evicted.",
    proof: [
      "kubectl get node NODE -o jsonpath='{range .status.conditions[*]}{.type}={.status}{\"\\n\"}{end}'",
      "kubectl get --raw /api/v1/nodes/NODE/proxy/stats/summary",
      "kubectl get pods -A --field-selector spec.nodeName=NODE -o custom-columns='POD:.metadata.name,QOS:.status.qosClass,PRIORITY:.spec.priority'",
    ],
    fix: [
      "For disk: remove unused images, rotate container logs, bound emptyDir volumes.",
      "For memory: find who uses more than it asked for; a daemon without a memory request is always among them.",
      "Give daemons honest requests, so that they are not the first to go.",
    ],
    usualAdvice:
      "EKS auto repair does nothing about disk or memory pressure, and Karpenter replaces no node for it, so waiting does not help. A system-critical priority for every daemon turns the order around: then a leaking log agent stays and everything else goes.",
    sources: [
      "pkg/kubelet/eviction/eviction_manager.go, synchronize",
      "pkg/kubelet/eviction/helpers.go, rankMemoryPressure and rankDiskPressureFunc",
    ],
  },
  find(view) {
    const { compute, phase, node, facts } = view;
    if (compute.outsideCoverage || phase.silent === true || phase.name === "leaving")
      return undefined;
    const now = PRESSURES.flatMap(([type, resource]) => {
      const condition = conditionOf(node, type);
      return condition?.status === "True" ? [{ condition, resource }] : [];
    });
    const [first] = now;
    if (first === undefined) return undefined;
    const since = earliest(now.map(({ condition }) => condition.transitionAt));
    const resources = now.map(({ resource }) => resource).filter((resource) => resource !== "");
    const daemons = inDanger(view, resources);
    return {
      since,
      evidence: {
        node: node.name,
        conditions: now.map(({ condition }) => condition.type),
        message: kept(first.condition.message),
        pressedFor: since === undefined ? null : facts.at - since,
        next: daemons.filter(({ priority }) => priority < NEVER_EVICTED),
        safe: daemons
          .filter(({ priority }) => priority >= NEVER_EVICTED)
          .map(({ daemonSet }) => daemonSet)
          .toSorted(),
      },
    };
  },
  explain({ conditions, pressedFor, next, safe }) {
    const time = pressedFor === null ? "" : ` for ${span(pressedFor)}`;
    return `${conditions.join(" and ")}${time}; ${nextText(next)}${safeText(safe.length)}`;
  },
  remedies: ({ node, conditions }) => conditions.map((condition) => relief(node, condition)),
});

const earliest = (times: readonly (Instant | undefined)[]): Instant | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

const SHOWN = 3;

function nextText(next: readonly InDanger[]): string {
  if (next.length === 0) return "none of its daemons can be evicted";
  const shown = next
    .slice(0, SHOWN)
    .map(
      ({ daemonSet, priority, requests }) =>
        `${daemonSet} (priority ${priority}${requests ? "" : ", no request"})`,
    );
  const more = next.length > SHOWN ? ` and ${next.length - SHOWN} more` : "";
  return `of its daemons the kubelet evicts next: ${shown.join(", ")}${more}`;
}

const safeText = (count: number): string =>
  count === 0 ? "" : `; ${count} ${count === 1 ? "is" : "are"} too important to be evicted`;

const relief = (node: string, condition: string): RemedyCall =>
  condition === "DiskPressure"
    ? { action: "free-disk", node, resource: "ephemeral-storage" }
    : {
        action: "look",
        command: [
          "kubectl",
          "get",
          "--raw",
          `/api/v1/nodes/${encodeURIComponent(node)}/proxy/stats/summary`,
        ],
        why:
          condition === "MemoryPressure"
            ? "which pod uses more memory than it asked for; no auto repair acts on pressure"
            : "which pod has the most processes; no auto repair acts on pressure",
      };
