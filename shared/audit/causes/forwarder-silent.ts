import { clusterCause } from "#shared/audit/cause.ts";
import { span } from "#shared/audit/phrase.ts";

/** Two heartbeats of 60 seconds missed, and half a minute for the way: milliseconds. */
export const FORWARDER_SILENT_AFTER = 150_000;

type Evidence = {
  /** Milliseconds. */
  readonly silentFor: number;
  readonly silentAfter: number;
};

/** Where a cluster is audited through its forwarder and that is silent, everything shown of it is old. */
export const forwarderSilent = clusterCause<Evidence>({
  code: "forwarder-silent",
  group: "auditor itself",
  severity: "critical",
  scope: "cluster",
  doc: {
    title: "nothing is heard of the cluster any more",
    what: "The forwarder sends a heartbeat every minute, whether or not anything changed, and none has come. Either it is down, or it may not send, or the whole cluster is cut off. Coverage that is shown stays what it last was, and a quiet cluster and a dead forwarder look alike without this.",
    proof: [
      "kubectl get pods -A -l app.kubernetes.io/name=dsaudit -o wide",
      "kubectl logs -n NS POD --tail=50",
    ],
    fix: [
      "See whether the forwarder runs, and where its node is.",
      "See whether it may put events: its role, and the source that its role is bound to.",
      "If the cluster itself cannot be reached, this is the first sign of that.",
    ],
    usualAdvice:
      "No alarm is no proof of health: alarms of the cluster's own daemons cannot come while this lasts. A restart of the forwarder loses nothing, since it sends the whole state anew.",
    sources: [
      "github.com/prometheus-operator/kube-prometheus, alert Watchdog: a sign of life whose absence alarms",
    ],
  },
  find({ forwarder, at }) {
    if (forwarder === undefined) return [];
    const { lastHeardAt, silentAfter } = forwarder;
    const silentFor = at - lastHeardAt;
    return silentFor > silentAfter
      ? [{ since: lastHeardAt, evidence: { silentFor, silentAfter } }]
      : [];
  },
  explain: ({ silentFor }) =>
    `nothing was heard of the cluster for ${span(silentFor)}: all that is shown of it is at least as old`,
  remedies: () => [
    {
      action: "look",
      command: [
        "kubectl",
        "get",
        "pods",
        "-A",
        "-l",
        "app.kubernetes.io/name=dsaudit",
        "-o",
        "wide",
      ],
      why: "whether the forwarder runs",
    },
  ],
});
