import type { NodeView, PlacementView } from "#shared/audit/facts.ts";
import type { Condition } from "#shared/cluster/node.ts";
import { showTaint } from "#shared/cluster/taints.ts";
import { nodeRoom } from "./explain-room.ts";
import { common } from "./explanation.ts";
import type { NodeDaemon, NodeExplanation } from "./explanation.ts";
import { orNull, reasonOf } from "./make-report.ts";
import type { ReportFinding } from "./report.ts";

/** One node: its state, its room, and every daemon that is or should be there. */
export function explainNode(view: NodeView, findings: readonly ReportFinding[]): NodeExplanation {
  const { node, phase, compute, facts, pool } = view;
  return {
    ...common(facts, findings),
    kind: "NodeExplanation",
    node: node.name,
    pool,
    phase: { name: phase.name, since: orNull(phase.since), because: phase.because },
    compute: compute.name,
    outsideCoverage: compute.outsideCoverage,
    os: node.os,
    arch: node.arch,
    kubelet: node.kubeletVersion,
    createdAt: orNull(node.createdAt),
    conditions: node.conditions.filter(isAmiss).map((condition) => ({
      type: condition.type,
      status: condition.status,
      reason: condition.reason,
      message: condition.message,
      since: orNull(condition.transitionAt),
    })),
    taints: node.taints.map((taint) => ({
      taint: showTaint(taint),
      passing: view.transient(taint) ?? null,
    })),
    ...nodeRoom(view),
    daemons: view.placements().map(daemonRow).toSorted(worstFirst),
  };
}

/** NetworkingReady and the like of EKS' agent, EtcdIsVoter of k3s: True is well there, and trouble everywhere else. */
const isAmiss = ({ type, status }: Condition): boolean =>
  status !== (/Ready$|^EtcdIsVoter$/.test(type) ? "True" : "False");

const ORDER = ["gap", "unknown", "starting", "misplaced", "covered", "excluded"];

function daemonRow(view: PlacementView): NodeDaemon {
  const verdict = view.verdict();
  return {
    daemonSet: view.daemonSet.key,
    verdict: verdict.says,
    ...(verdict.cause !== undefined && { cause: verdict.cause }),
    ...(view.pod && { pod: view.pod.name }),
    reason: reasonOf(view),
  };
}

const worstFirst = (a: NodeDaemon, b: NodeDaemon): number =>
  ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) ||
  (a.daemonSet < b.daemonSet ? -1 : Number(a.daemonSet > b.daemonSet));
