import { daemonSetCause } from "#shared/audit/cause.ts";
import { counted } from "#shared/audit/phrase.ts";
import {
  changedAt,
  nodeNameOf,
  podsByRevision,
  unclearBecause,
} from "#shared/audit/evidence/rollout.ts";
import { portText, surgePorts, trappedBySurge } from "#shared/audit/evidence/surge-ports.ts";
import type { IntOrPercent } from "#shared/cluster/daemon-set.ts";

type Evidence = {
  readonly daemonSet: string;
  /** As typed. */
  readonly maxSurge: IntOrPercent;
  /** "TCP 9100": what the old pod has and the new one needs. */
  readonly ports: readonly string[];
  readonly hostNetwork: boolean;
  /** Old pods that no new one can replace, of all that are there. */
  readonly trapped: number;
  readonly pods: number;
};

/**
 * The new pod must be up before the old one goes, and needs the host port that the old one has. Told as soon as the template
 * changed: validation does not look at it, and the scheduler says only of each single pod that no port was free.
 */
export const rolloutImpossible = daemonSetCause<Evidence>({
  code: "rollout-impossible",
  group: "rollout",
  severity: "warning",
  scope: "daemonSet",
  doc: {
    title: "no new pod can ever be placed beside the old one",
    what: "With maxSurge the new pod is made while the old one runs, and the old one goes once the new one is available. Both need the same host port of the same node, so the new one stays Pending for ever and the old one is never removed. The API server accepts such a DaemonSet; with hostNetwork the template does not even show that its container ports are host ports.",
    proof: [
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.updateStrategy} {.spec.template.spec.hostNetwork} {.spec.template.spec.containers[*].ports}'",
      "kubectl -n NS get pods -o wide -L controller-revision-hash",
    ],
    fix: [
      "Update with maxUnavailable and maxSurge 0; the waiting pods then take the places of the old ones.",
      "Or give up the host port, where a Service with internalTrafficPolicy Local will do.",
    ],
    usualAdvice:
      "More room or a higher priority does not help: the port is held by a pod of the same DaemonSet, which has the same priority. Deleting the old pods by hand works node by node, and is the very interruption that maxSurge was to avoid.",
    sources: [
      "pkg/controller/daemon/update.go, rollingUpdate",
      "pkg/scheduler/framework/plugins/nodeports/node_ports.go",
      "kubernetes#106417",
    ],
  },
  find(view) {
    const { updateStrategy: strategy, template } = view.daemonSet;
    if (strategy.type !== "RollingUpdate" || surgePorts(view).length === 0) return [];
    const { updated, outdated, unclear } = podsByRevision(view);
    if (unclear.length > 0) return { cannotTell: unclearBecause(view) };
    const trap = trappedBySurge(view);
    if (trap === undefined) return [];
    return [
      {
        since: changedAt(view),
        nodes: trap.pods.map(nodeNameOf),
        evidence: {
          daemonSet: view.key,
          maxSurge: strategy.maxSurge,
          ports: trap.ports.map(portText),
          hostNetwork: template.hostNetwork,
          trapped: trap.pods.length,
          pods: updated.length + outdated.length,
        },
      },
    ];
  },
  explain: ({ maxSurge, ports, trapped, pods }) =>
    `${trapped} of ${counted(pods, "pod")} cannot be replaced: with maxSurge ${maxSurge} the new pod needs host port ${ports.join(", ")} while the old one still has it`,
  remedies: ({ daemonSet, maxSurge }) => [
    {
      action: "change-strategy",
      daemonSet,
      maxUnavailable: maxSurge,
      maxSurge: 0,
      why: "the new pod can have the host port only when the old one is gone",
    },
  ],
});
