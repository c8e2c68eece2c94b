import { placementCause } from "#shared/audit/cause.ts";
import { counted } from "#shared/audit/phrase.ts";
import { podStage } from "#shared/cluster/pod-state.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly gates: readonly string[];
  /** Those that stand in the template; the others were added by admission. */
  readonly inTemplate: readonly string[];
};

/** Somebody asked the scheduler to leave the pod alone until a controller lifts the gate. No event tells of it. */
export const schedulingGated = placementCause<Evidence>({
  code: "scheduling-gated",
  group: "cannot be placed",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "a scheduling gate keeps the scheduler away from the pod",
    what: "The pod carries schedulingGates, so the scheduler does not try it at all. It writes the reason SchedulingGated into the pod's condition and no FailedScheduling event, so everything that listens to events stays silent. Whoever put the gate there has to lift it.",
    proof: [
      "kubectl -n NS get pod POD -o jsonpath='{.spec.schedulingGates}'",
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.spec.schedulingGates}'",
    ],
    fix: [
      "Find the controller or webhook that owns the gate and see why it does not lift it.",
      "If the gate stands in the DaemonSet's own template by mistake, take it out.",
    ],
    usualAdvice:
      "More room or a higher priority changes nothing: the scheduler has not looked at the pod.",
    sources: ["pkg/scheduler/framework/plugins/schedulinggates/scheduling_gates.go"],
  },
  find(view) {
    if (view.pod === undefined) return undefined;
    const state = podStage(view.pod, view.facts.at);
    if (state.stage !== "gated") return undefined;
    const own = new Set(view.daemonSet.daemonSet.template.schedulingGates);
    return {
      since: view.pod.createdAt,
      evidence: {
        daemonSet: view.daemonSet.key,
        gates: state.gates,
        inTemplate: state.gates.filter((gate) => own.has(gate)),
      },
    };
  },
  explain: ({ gates, inTemplate }) =>
    `${counted(gates.length, "scheduling gate")} (${gates.join(", ")}) ${gates.length === 1 ? "keeps" : "keep"} the scheduler away${inTemplate.length === 0 ? "; the template has none, so admission added them" : ""}`,
  remedies: ({ daemonSet, gates }) => [{ action: "remove-scheduling-gate", daemonSet, gates }],
});
