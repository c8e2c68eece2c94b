import { placementCause } from "#shared/audit/cause.ts";
import { crashedContainers, downSince } from "#shared/audit/evidence/crash.ts";
import { counted } from "#shared/audit/phrase.ts";
import { readyElsewhere } from "#shared/audit/evidence/ready-pods.ts";
import { amountOf, showAmount } from "#shared/cluster/quantity.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
  readonly container: string;
  readonly init: boolean;
  /** Bytes; null: the container has no limit of its own, so the node was out of memory. */
  readonly limit: string | null;
  readonly requested: string | null;
  readonly restarts: number;
  readonly exitCode: number | null;
  /** Nodes where the daemon runs with the same limit and was not killed: size of the node may be the reason. */
  readonly fineElsewhere: number;
};

/** The kernel killed the container for memory. The waiting state says only "back-off"; the word stands in its last end. */
export const oomKilled = placementCause<Evidence>({
  code: "oom-killed",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the container was killed because it reached its memory limit",
    what: "The kernel's out-of-memory killer ended the container's main process, and the runtime recorded OOMKilled. The pod shows CrashLoopBackOff, which says nothing of memory. An agent whose use grows with the node (its pods, its cpus, its connections) is killed on large nodes and is fine on small ones, with one limit for all.",
    proof: [
      "kubectl -n NS get pod POD -o jsonpath='{.status.containerStatuses[*].lastState.terminated}'",
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.spec.containers[*].resources}'",
      "kubectl -n NS top pod POD --containers",
    ],
    fix: [
      "If it happens on large nodes only, give those a DaemonSet of their own with a higher limit.",
      "If it happens everywhere, raise the limit, or look for the leak.",
      "If the container has no limit, the node itself ran out: look at what else uses its memory.",
    ],
    usualAdvice:
      "Raising the limit for all costs the difference on every node, where only some need it. Exit code 137 alone is no proof: a liveness probe and a person kill with the same signal. And when only a child process was killed, no trace of it stands in the pod.",
    sources: [
      "pkg/kubelet/kuberuntime/kuberuntime_container.go, toKubeContainerStatus",
      "Documentation/admin-guide/cgroup-v2.rst of the Linux kernel, memory.max",
    ],
  },
  find(view) {
    const killed = crashedContainers(view).find(({ crash }) => crash.reason === "OOMKilled");
    if (killed === undefined) return undefined;
    const { spec, crash } = killed;
    const limit = spec?.limits.get("memory");
    const requested = spec?.requests.get("memory") ?? limit;
    return {
      since: downSince(killed, view),
      evidence: {
        daemonSet: view.daemonSet.key,
        node: view.node.node.name,
        container: killed.name,
        init: killed.init,
        limit: limit === undefined ? null : String(amountOf("memory", limit)),
        requested: requested === undefined ? null : String(amountOf("memory", requested)),
        restarts: killed.restarts,
        exitCode: crash.exitCode ?? null,
        fineElsewhere: readyElsewhere(view),
      },
    };
  },
  explain({ container, init, limit, restarts, fineElsewhere }) {
    const who = init ? `init container ${container}` : container;
    const why =
      limit === null
        ? "was killed for memory though it has no limit of its own: the node ran out"
        : `reached its memory limit of ${showAmount("memory", BigInt(limit))} and was killed`;
    const elsewhere =
      fineElsewhere === 0
        ? ""
        : `; the same daemon runs on ${counted(fineElsewhere, "other node")}`;
    return `${who} ${why}, ${counted(restarts, "restart")} so far${elsewhere}`;
  },
  remedies: ({ daemonSet, container, limit }, { nodes }) => [
    {
      action: "raise-limit",
      daemonSet,
      container,
      resource: "memory",
      from: limit === null ? undefined : BigInt(limit),
      nodes,
    },
  ],
});
