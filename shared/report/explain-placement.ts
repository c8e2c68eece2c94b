import { causeOf } from "#shared/audit/catalogue.ts";
import { forbiddenBy } from "#shared/audit/engine/eligibility.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import type { Verdict } from "#shared/audit/verdict.ts";
import { nodeAffinityAnswer, hasNodeRule } from "#shared/cluster/affinity.ts";
import type { Taint } from "#shared/cluster/node.ts";
import { podStage } from "#shared/cluster/pod-state.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import {
  comparisonIn,
  daemonTolerations,
  KEEPING_AWAY,
  showTaint,
  tolerated,
} from "#shared/cluster/taints.ts";
import { remedyOf } from "#shared/remediation/remedy.ts";
import { explainRoom } from "./explain-room.ts";
import { common, truth } from "./explanation.ts";
import type { Check, DaemonPod, Happening, PlacementExplanation } from "./explanation.ts";
import { orNull, reasonOf } from "./make-report.ts";
import type { ReportFinding, ReportRemedy } from "./report.ts";

const NOTHING = { arithmetic: [], holders: [], wouldFit: [], hostPorts: [] };

/** One DaemonSet on one node: wanted, fitting, up? `findings`: those that concern this placement. */
export function explainPlacement(
  view: PlacementView,
  findings: readonly ReportFinding[],
): PlacementExplanation {
  const { facts, daemonSet, node } = view;
  const verdict = view.verdict();
  return {
    ...common(facts, findings),
    kind: "PlacementExplanation",
    daemonSet: daemonSet.key,
    node: node.node.name,
    eligible: truth(view.eligible),
    shouldContinue: truth(view.shouldContinue),
    intended: truth(view.intended),
    verdict: verdict.says,
    ...(verdict.cause !== undefined && { cause: verdict.cause }),
    reason: reasonOf(view),
    since: orNull(verdict.since),
    wanted: wantedChecks(view),
    ...(hasRoom(view) ? explainRoom(view) : NOTHING),
    pods: view.pods.map((pod) => podRow(pod, view)),
    events: eventsOf(view),
    remedies: ownRemedies(view, verdict) ?? findings.flatMap(({ remedies }) => remedies),
  };
}

/** Where no pod can ever be, or nobody knows what it would ask for, there is nothing to reckon. */
const hasRoom = ({ node, daemonSet, pod }: PlacementView): boolean =>
  !node.compute.outsideCoverage && (!daemonSet.daemonSet.inferred || pod !== undefined);

function wantedChecks(view: PlacementView): readonly Check[] {
  const { daemonSet, node } = view;
  if (daemonSet.daemonSet.inferred)
    return [{ check: "DaemonSet object", holds: null, says: "none was read, only pods of it" }];
  const forbidden = forbiddenBy(node.compute, { set: daemonSet.daemonSet, role: daemonSet.role });
  return [
    affinityCheck(view),
    ...node.node.taints
      .filter(({ effect }) => effect !== "PreferNoSchedule")
      .map((taint) => taintCheck(view, taint)),
    ...(forbidden === undefined ? [] : [{ check: "kind of node", holds: false, says: forbidden }]),
  ];
}

function affinityCheck({ daemonSet, node }: PlacementView): Check {
  const { template } = daemonSet.daemonSet;
  const check = "node selector and affinity";
  if (template.nodeName !== "" && template.nodeName !== node.node.name)
    return { check, holds: false, says: `its template names node ${template.nodeName}` };
  if (!hasNodeRule(template)) return { check, holds: true, says: "asks for no particular node" };
  const { match, because } = nodeAffinityAnswer(template, node.node);
  const says = match === "yes" ? "matches the node's labels" : `${because} does not match`;
  return { check, holds: truth(match), says: match === "unknown" ? "cannot be told" : says };
}

const PASSES = {
  startup: "passes when the node is set up",
  leaving: "says that the node goes",
  lifecycle: "kept by Kubernetes itself",
  own: "ours",
} as const;

function taintCheck({ facts, daemonSet, node }: PlacementView, taint: Taint): Check {
  const passing = node.transient(taint);
  const answer = tolerated(
    taint,
    daemonTolerations(daemonSet.daemonSet.template),
    comparisonIn(facts.cluster.version),
  );
  const unknown = !KEEPING_AWAY.includes(taint.effect);
  const said =
    answer === "yes"
      ? "tolerated"
      : answer === "no"
        ? "not tolerated"
        : "depends on what cannot be seen";
  return {
    check: `taint ${showTaint(taint)}`,
    holds: unknown ? null : truth(answer),
    says: passing === undefined ? said : `${said}; ${PASSES[passing]}`,
  };
}

function podRow(pod: Pod, { facts, daemonSet }: PlacementView): DaemonPod {
  const all = [...pod.status.initContainers, ...pod.status.containers];
  return {
    name: pod.name,
    phase: pod.status.phase,
    says: stageText(pod, facts.at),
    createdAt: orNull(pod.createdAt),
    restarts: all.reduce((sum, { restarts }) => sum + restarts, 0),
    updated: truth(daemonSet.isUpdated(pod)),
  };
}

/** How far it came, in a few words. */
function stageText(pod: Pod, at: number): string {
  const stage = podStage(pod, at);
  switch (stage.stage) {
    case "terminating":
      return "is being deleted";
    case "ended":
      return said(`ended as ${stage.phase}`, stage.reason);
    case "gated":
      return `waits for scheduling gates: ${stage.gates.join(", ")}`;
    case "unscheduled":
      return said("not scheduled", stage.message);
    case "unseen":
      return "bound, and its kubelet has not taken it";
    case "preparing":
      return "bound; network, volumes and images are being set up";
    case "initialising":
      return "runs its init containers";
    case "running":
      return runningText(pod, stage.ready);
  }
}

const said = (what: string, why: string): string => (why === "" ? what : `${what}: ${why}`);

function runningText(pod: Pod, ready: boolean): string {
  if (ready) return "ready";
  const waiting = pod.status.containers.flatMap(({ name, state }) =>
    state?.type === "waiting" ? [`${name}: ${state.reason}`] : [],
  );
  return waiting.length === 0 ? "runs, and is not ready" : `not ready; ${waiting.join(", ")}`;
}

const EVENTS_SHOWN = 5;

/** The newest of its pod, newest first: the words of those who tried. */
const eventsOf = ({ pod, facts }: PlacementView): readonly Happening[] =>
  (pod === undefined ? [] : facts.eventsOf(pod.uid))
    .toReversed()
    .slice(0, EVENTS_SHOWN)
    .map(({ reason, message, count, lastAt, firstAt }) => ({
      reason,
      message,
      count,
      lastAt: orNull(lastAt ?? firstAt),
    }));

/** undefined where the placement has no cause of its own: then a finding of its node or DaemonSet tells. */
function ownRemedies(
  { facts, daemonSet, node }: PlacementView,
  { cause: code, evidence }: Verdict,
): readonly ReportRemedy[] | undefined {
  const cause = code === undefined ? undefined : causeOf(code);
  if (cause === undefined || evidence === undefined) return undefined;
  const view = { facts, nodes: [node.node.name], daemonSets: [daemonSet.key] };
  return guarded(() => cause.remedies(evidence, view))?.map((call) => remedyOf(call, facts));
}

/** A rule that throws gives no advice; everything else is still told. */
function guarded(make: () => readonly RemedyCall[]): readonly RemedyCall[] | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
