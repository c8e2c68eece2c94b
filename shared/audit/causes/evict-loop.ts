import { placementCause } from "#shared/audit/cause.ts";
import { failedPodCount, failedPodEvents } from "#shared/audit/evidence/failed-pods.ts";
import type { NodeView, PlacementView, Role } from "#shared/audit/facts.ts";
import { counted, kept } from "#shared/audit/phrase.ts";
import { priorityOf } from "#shared/audit/evidence/place.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import { conditionOf, type Pod } from "#shared/cluster/pod.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
  /** memory, ephemeral-storage, pids; "" when the message tells none. */
  readonly resource: string;
  /** evicted: it ran and was ended. refused: it was not even let in. unseen: no pod is left, events tell. */
  readonly how: "evicted" | "refused" | "unseen";
  readonly message: string;
  /** Failed pods there, at least: events are dropped and forgotten. */
  readonly times: number;
  /** null where no pod is left. */
  readonly priority: number | null;
  readonly role: Role;
  /** Pressure conditions that are True now. */
  readonly pressure: readonly string[];
};

/** pkg/kubelet/types/pod_update.go, IsCriticalPodBasedOnPriority: from here on pressure never evicts. */
const NEVER_EVICTED = 2_000_000_000;

const CONDITIONS: readonly (readonly [string, string])[] = [
  ["DiskPressure", "ephemeral-storage"],
  ["MemoryPressure", "memory"],
  ["PIDPressure", "pids"],
];

const pressureOn = ({ node }: NodeView): readonly string[] =>
  CONDITIONS.map(([type]) => type).filter((type) => conditionOf(node, type)?.status === "True");

/** "The node was low on resource: ephemeral-storage. …" or "Pod was rejected: The node had condition: [DiskPressure]." */
function resourceIn(message: string, pressure: readonly string[]): string {
  const low = /low on resource: ([a-z-]+)/.exec(message)?.[1];
  if (low !== undefined) return low === "inodes" ? "ephemeral-storage" : low;
  const told = CONDITIONS.find(([type]) => message.includes(type));
  if (told !== undefined) return told[1];
  return CONDITIONS.find(([type]) => pressure.includes(type))?.[1] ?? "";
}

const isEvicted = ({ status }: Pod): boolean =>
  status.phase === "Failed" && status.reason === "Evicted";

/** Between two tries there is no pod: then failed pods told by events, on a node under pressure, are the loop. */
function evictedOf(view: PlacementView): { readonly pod: Pod | undefined } | undefined {
  const pod = view.pods.findLast(isEvicted);
  if (pod !== undefined) return view.pod === undefined || isEvicted(view.pod) ? { pod } : undefined;
  const between = view.pods.length === 0 && pressureOn(view.node).length > 0;
  return between && failedPodCount(view) > 1 ? { pod: undefined } : undefined;
}

/** The daemon tolerates the pressure taint and not the pressure: scheduled, refused or evicted, deleted, made again. */
export const evictLoop = placementCause<Evidence>({
  code: "evict-loop",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the kubelet evicts or refuses the daemon pod again and again",
    what: "The node is short of disk, memory or process ids. Every daemon tolerates the taint of that pressure, so the controller makes its pod and the scheduler binds it; the kubelet then evicts it, or refuses it at the door. The controller deletes the failed pod and makes the next one, after 1 second at first and 15 minutes at most. At any moment at most one failed pod is to be seen, so a snapshot looks like a single accident.",
    proof: [
      "kubectl get node NODE -o jsonpath='{range .status.conditions[*]}{.type}={.status}{\"\\n\"}{end}'",
      "kubectl -n NS get events --field-selector reason=FailedDaemonPod",
      "kubectl -n NS get pods --field-selector spec.nodeName=NODE,status.phase=Failed",
    ],
    fix: [
      "Free what the node is short of: images and logs for disk, the largest user for memory.",
      "Set honest requests: what is above its request is evicted first.",
      "Only what the node itself depends on (CNI, CSI, node DNS) should have system-node-critical.",
    ],
    usualAdvice:
      "A priority of 2000000000 and more is never evicted, which is why a leaking log agent with system-node-critical takes the whole node down. Node repair of the managed clusters does nothing for disk or memory pressure.",
    sources: [
      "pkg/kubelet/eviction/eviction_manager.go, synchronize and Admit",
      "pkg/controller/daemon/daemon_controller.go, podsShouldBeOnNode",
    ],
  },
  find(view) {
    const found = evictedOf(view);
    if (found === undefined) return undefined;
    const { pod } = found;
    const message = pod?.status.message ?? "";
    const pressure = pressureOn(view.node);
    const refused = /was rejected|node had condition/.test(message);
    return {
      since: failedPodEvents(view)[0]?.firstAt ?? pod?.createdAt,
      evidence: {
        daemonSet: view.daemonSet.key,
        node: view.node.node.name,
        resource: resourceIn(message, pressure),
        how: pod === undefined ? "unseen" : refused ? "refused" : "evicted",
        message: kept(message),
        times: failedPodCount(view),
        priority: pod === undefined ? null : priorityOf(pod),
        role: view.daemonSet.role,
        pressure,
      },
    };
  },
  explain({ resource, how, times, priority, pressure }) {
    const short = resource === "" ? "under pressure" : `short of ${resource}`;
    const now = pressure.length === 0 ? "" : ` (${pressure.join(", ")})`;
    const said = how === "refused" ? "refuses the pod" : "ends the pod";
    const low =
      priority === null || priority >= NEVER_EVICTED
        ? ""
        : `; its priority ${priority} does not protect it`;
    return `the node is ${short}${now} and the kubelet ${said}: ${counted(times, "failed pod")} so far${low}`;
  },
  remedies: ({ daemonSet, node, resource, role, priority }, { nodes }) => [
    resource === "ephemeral-storage"
      ? { action: "free-disk", node, resource }
      : {
          action: "look",
          command: ["kubectl", "describe", "node", node],
          why: `who uses the ${resource || "resource"} that the node is short of`,
        },
    ...raise({ daemonSet, role, priority }, nodes),
  ],
});

const RAISED: ReadonlySet<Role> = new Set<Role>(["cni", "csi", "kube-proxy", "dns"]);

/** Only for what the node depends on; for all others being evicted is the lesser evil (IsCriticalPod). */
const raise = (
  { daemonSet, role, priority }: Pick<Evidence, "daemonSet" | "role" | "priority">,
  nodes: readonly string[],
): readonly RemedyCall[] =>
  RAISED.has(role) && (priority ?? 0) < NEVER_EVICTED
    ? [{ action: "raise-priority", daemonSet, above: NEVER_EVICTED - 1, nodes }]
    : [];
