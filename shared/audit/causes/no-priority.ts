import { daemonSetCause } from "#shared/audit/cause.ts";
import type { DaemonSetView, Role } from "#shared/audit/facts.ts";
import { priorityOf } from "#shared/audit/evidence/place.ts";
import { defaultPriority, workloadPriority } from "#shared/audit/evidence/priority.ts";
import { isWorkedOn, podsByRevision } from "#shared/audit/evidence/rollout.ts";

/** Roles as people write them, where that is not the word of the configuration. */
const SPELLED: ReadonlyMap<Role, string> = new Map<Role, string>([
  ["cni", "CNI"],
  ["csi", "CSI"],
  ["dns", "DNS"],
]);

type Evidence = {
  readonly daemonSet: string;
  readonly role: Role;
  /** What its pods have; null where neither pods nor classes tell. */
  readonly priority: number | null;
};

type Found = { readonly priority: number | null; readonly usual: boolean } | "cannot tell";

/** What its pods have, and whether that is what any pod without a class gets. */
function priorityGiven(view: DaemonSetView): Found {
  const usual = defaultPriority(view.facts);
  const { updated, unclear } = podsByRevision(view);
  const pod = updated[0] ?? unclear[0];
  if (pod === undefined) return { priority: usual ?? null, usual: true };
  const priority = priorityOf(pod);
  if (usual === undefined && priority > 0) return "cannot tell";
  return { priority, usual: priority <= (usual ?? 0) };
}

/** No class in the template: the daemon has the priority of any workload, so nobody makes way for it on its only node. */
export const noPriority = daemonSetCause<Evidence>({
  code: "no-priority",
  group: "risk",
  severity: "info",
  scope: "daemonSet",
  doc: {
    title: "the daemon has no priority class, so no workload makes way for it",
    what: "A daemon pod can go to one node only. Without a priority class it has the priority of any workload: when the node is full, the scheduler preempts nobody for it and it stays Pending for as long as the others run. Under pressure of memory or disk the kubelet ends it among the first. A node that starts is filled with whatever comes first, and that is seldom the daemon.",
    proof: [
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.spec.priorityClassName}'",
      "kubectl -n NS get pod POD -o jsonpath='{.spec.priority}'",
      "kubectl get priorityclass",
    ],
    fix: [
      "CNI, CSI, kube-proxy and node DNS: system-node-critical, because the node is of no use without them.",
      "All others: a class of your own with a value above the workloads, 1000000000 at most.",
    ],
    usualAdvice:
      "system-node-critical for every agent is wrong: from 2000000000 on the kubelet evicts a pod for no pressure, so a log agent that leaks takes the whole node down. A priority is no guarantee either: it ends other pods, respects their budgets only as far as it can, and a pod of the same class is not moved.",
    sources: [
      "plugin/pkg/admission/priority/admission.go",
      "pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go, SelectVictimsOnNode",
      "pkg/kubelet/eviction/eviction_manager.go, evictPod",
    ],
  },
  find(view) {
    const { daemonSet, role, key } = view;
    if (!isWorkedOn(view) || daemonSet.template.priorityClassName !== "") return [];
    const found = priorityGiven(view);
    if (found === "cannot tell")
      return {
        cannotTell:
          "priority classes were not read, so whether its pods have more than the default is not known",
      };
    // Where admission gives its pods more than others get, the template needs no class.
    return found.usual ? [{ evidence: { daemonSet: key, role, priority: found.priority } }] : [];
  },
  explain({ priority, role }) {
    const value = priority === null ? "that of any workload" : `${priority}, like any workload`;
    const node = NODE_ITSELF.has(role)
      ? `, though the node is of no use without its ${SPELLED.get(role) ?? role}`
      : "";
    return `it has no priority class: its priority is ${value}, so on a full node nobody makes way for it${node}`;
  },
  remedies: ({ daemonSet, priority }, { facts }) => [
    {
      action: "raise-priority",
      daemonSet,
      above: Math.max(priority ?? 0, workloadPriority(facts)),
      // Its pods are there already: nobody is displaced by the change itself.
      nodes: [],
    },
  ],
});

const NODE_ITSELF: ReadonlySet<Role> = new Set<Role>(["cni", "csi", "kube-proxy", "dns"]);
