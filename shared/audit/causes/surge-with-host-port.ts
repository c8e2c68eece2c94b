import { daemonSetCause } from "#shared/audit/cause.ts";
import { portText, surgePorts, trappedBySurge } from "#shared/audit/evidence/surge-ports.ts";
import type { IntOrPercent } from "#shared/cluster/daemon-set.ts";

type Evidence = {
  readonly daemonSet: string;
  /** As typed. */
  readonly maxSurge: IntOrPercent;
  readonly ports: readonly string[];
  readonly hostNetwork: boolean;
};

/** Nothing is wrong yet: the next change of the template is what will not come through (then rollout-impossible). */
export const surgeWithHostPort = daemonSetCause<Evidence>({
  code: "surge-with-host-port",
  group: "risk",
  severity: "info",
  scope: "daemonSet",
  doc: {
    title: "maxSurge and a host port exclude each other, so the next update will not come through",
    what: "With maxSurge a new pod must be available on the node before the old one goes, but both need the same host port there. Nothing tells of it while nothing is rolled out, and the API server accepts both settings together. With hostNetwork every container port is a host port, though the template does not say so.",
    proof: [
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.updateStrategy} {.spec.template.spec.hostNetwork} {.spec.template.spec.containers[*].ports}'",
    ],
    fix: [
      "Update with maxUnavailable and maxSurge 0.",
      "Or give up the host port, where a Service with internalTrafficPolicy Local will do.",
    ],
    usualAdvice:
      "That the last update went well proves nothing: it may have been the one that brought maxSurge or the port, and pods that are not Ready are replaced all the same.",
    sources: [
      "pkg/apis/apps/validation/validation.go, ValidateRollingUpdateDaemonSet",
      "pkg/scheduler/framework/plugins/nodeports/node_ports.go",
      "kubernetes#106417",
    ],
  },
  find(view) {
    const { updateStrategy: strategy, template } = view.daemonSet;
    const ports = surgePorts(view);
    if (strategy.type !== "RollingUpdate" || ports.length === 0) return [];
    if (trappedBySurge(view) !== undefined) return [];
    return [
      {
        evidence: {
          daemonSet: view.key,
          maxSurge: strategy.maxSurge,
          ports: ports.map(portText),
          hostNetwork: template.hostNetwork,
        },
      },
    ];
  },
  explain: ({ maxSurge, ports, hostNetwork }) =>
    `with maxSurge ${maxSurge} its next update cannot come through: the new pod needs host port ${ports.join(", ")}${hostNetwork ? " (hostNetwork)" : ""} while the old one still has it`,
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
