import { placementCause } from "#shared/audit/cause.ts";
import { counted, kept, quoted, span } from "#shared/audit/phrase.ts";
import { containerViews, podStage } from "#shared/cluster/pod-state.ts";
import { conditionOf, type Pod } from "#shared/cluster/pod.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly pod: string;
  readonly node: string;
  /** containers: a probe fails. gates: a readiness gate is not True. node: the node controller said so, not the pod. */
  readonly because: "containers" | "gates" | "node";
  readonly containers: readonly string[];
  readonly gates: readonly string[];
  /** What the kubelet's last event said of a probe; "" when no event is there. */
  readonly probe: string;
  readonly restarts: number;
  /** Milliseconds; null where the condition carries no time. */
  readonly notReadyFor: number | null;
};

function becauseOf(pod: Pod): Pick<Evidence, "because" | "containers" | "gates"> {
  const containers = containerViews(pod)
    .filter(({ status, init }) => !init && !status.ready)
    .map(({ status }) => status.name);
  const gates = pod.spec.readinessGates.filter(
    (gate) => conditionOf(pod.status, gate)?.status !== "True",
  );
  const rest = gates.length > 0 ? "gates" : "node";
  return { because: containers.length > 0 ? "containers" : rest, containers, gates };
}

/** Everything runs and the pod does not call itself ready: a probe fails, or somebody else's condition is missing. */
export const notReady = placementCause<Evidence>({
  code: "not-ready",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the pod runs and is not ready",
    what: "All containers run, but the pod is not Ready, so Services do not send to it and a rolling update waits for it. Either a readiness probe fails, or a readiness gate that another controller sets is missing, or the node controller marked the pod because its node fell silent; in the last case the containers themselves still say ready.",
    proof: [
      "kubectl -n NS get pod POD -o jsonpath='{.status.conditions}'",
      "kubectl -n NS get events --field-selector involvedObject.name=POD,reason=Unhealthy",
      "kubectl -n NS logs POD --tail=50",
    ],
    fix: [
      "Call the probe by hand from the node and compare with a node where it answers.",
      "For a readiness gate, look at the controller that should set the condition.",
    ],
    usualAdvice:
      "A restart of the pod clears the symptom and the trail with it. Loosening the probe makes the pod Ready, not useful.",
    sources: ["pkg/kubelet/status/generate.go, GeneratePodReadyCondition"],
  },
  find(view) {
    const { pod, facts } = view;
    if (pod === undefined) return undefined;
    const state = podStage(pod, facts.at);
    if (state.stage !== "running" || state.ready) return undefined;
    const ready = conditionOf(pod.status, "Ready");
    const probe = facts.eventsOf(pod.uid).findLast(({ reason }) => reason === "Unhealthy");
    return {
      since: ready?.transitionAt,
      evidence: {
        daemonSet: view.daemonSet.key,
        pod: pod.name,
        node: view.node.node.name,
        ...becauseOf(pod),
        probe: kept(probe?.message ?? ""),
        restarts: pod.status.containers.reduce((sum, { restarts }) => sum + restarts, 0),
        notReadyFor: ready?.transitionAt === undefined ? null : facts.at - ready.transitionAt,
      },
    };
  },
  explain({ because, containers, gates, probe, notReadyFor, restarts }) {
    const time = notReadyFor === null ? "" : ` for ${span(notReadyFor)}`;
    if (because === "node")
      return `its containers are ready, but the pod is marked not ready${time}, as for a node that fell silent`;
    if (because === "gates")
      return `not ready${time}: readiness gate ${gates.join(", ")} is not True`;
    const why = probe === "" ? "" : `: ${quoted(probe)}`;
    return `${containers.join(", ")} ${containers.length === 1 ? "runs and is" : "run and are"} not ready${time}, ${counted(restarts, "restart")}${why}`;
  },
  remedies({ daemonSet, pod, because, node }) {
    const { namespace } = splitKey(daemonSet);
    if (because === "node")
      return [
        {
          action: "look",
          command: ["kubectl", "describe", "node", node],
          why: "the kubelet's last sign of life",
        },
      ];
    const what =
      because === "gates"
        ? ["describe", "pod", pod]
        : ["logs", pod, "--all-containers", "--tail=50"];
    const why =
      because === "gates"
        ? "who should set the readiness gate"
        : "what the daemon says while its probe fails";
    return [{ action: "look", command: ["kubectl", "-n", namespace, ...what], why }];
  },
});
