import { nodeCause } from "#shared/audit/cause.ts";
import { heldOn, workloadsOn, type Held } from "#shared/audit/evidence/drain.ts";
import type { NodeView } from "#shared/audit/facts.ts";
import {
  endMachine,
  machineEvidence,
  machineRemedies,
  type MachineEvidence,
} from "#shared/audit/evidence/machine.ts";
import { passingTaints } from "#shared/audit/evidence/node-trouble.ts";
import { counted, span } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { NodeClaim } from "#shared/cluster/policy.ts";
import { isTerminal } from "#shared/cluster/pod.ts";
import {
  comparisonIn,
  daemonTolerations,
  KEEPING_AWAY,
  untolerated,
} from "#shared/cluster/taints.ts";

/** A daemon that is gone from the node for a taint that it would have to tolerate. */
type Missing = { readonly daemonSet: string; readonly key: string; readonly effect: string };

type Evidence = MachineEvidence & {
  readonly node: string;
  readonly because: string;
  /** Milliseconds. */
  readonly leavingFor: number;
  readonly mayTake: number;
  /** "NodeClaim": its own termination time. "policy": grace.leaving. */
  readonly boundBy: "NodeClaim" | "policy";
  readonly silent: boolean;
  /** "" where none was seen. */
  readonly claim: string;
  /** The autoscaler's taint is all that says it leaves: nothing deletes it. */
  readonly onlyTainted: boolean;
  readonly workloads: number;
  readonly held: readonly Held[];
  readonly missing: readonly Missing[];
};

const SCALE_DOWN = "ToBeDeletedByClusterAutoscaler";

const claimOf = ({ facts, node }: NodeView): NodeClaim | undefined =>
  facts.cluster.NodeClaim.find(({ nodeName }) => nodeName === node.name);

type Bound = Pick<Evidence, "mayTake" | "boundBy"> & { readonly from: Instant };

/** Karpenter ends what is left at the claim's own time; the machine then gets as long as an overdue pod to be gone. */
function boundOf(view: NodeView, claim: NodeClaim | undefined, since: Instant): Bound {
  const { leaving, terminating } = view.facts.policy.grace;
  const own = claim?.terminationGracePeriodSeconds;
  return own === undefined || claim?.deletionAt === undefined
    ? { mayTake: leaving * 1000, boundBy: "policy", from: since }
    : { mayTake: (own + terminating) * 1000, boundBy: "NodeClaim", from: claim.deletionAt };
}

/** Under a leaving taint no pod is made anew for a daemon that does not tolerate it, while workloads still run there. */
function missingOn(view: NodeView): readonly Missing[] {
  const leaving = passingTaints(view, "leaving");
  const comparison = comparisonIn(view.facts.cluster.version);
  const missing = view.placements().flatMap(({ daemonSet, intended, pods }): readonly Missing[] => {
    if (intended !== "yes" || pods.some((pod) => !isTerminal(pod))) return [];
    const tolerations = daemonTolerations(daemonSet.daemonSet.template);
    const kept = untolerated(leaving, tolerations, { effects: KEEPING_AWAY, comparison });
    return kept?.answer === "no"
      ? [{ daemonSet: daemonSet.key, key: kept.taint.key, effect: kept.taint.effect }]
      : [];
  });
  return missing.toSorted((a, b) => (a.daemonSet < b.daemonSet ? -1 : 1));
}

/** On its way out for longer than that may take. Until then a leaving node is nobody's alarm. */
export const nodeStuckLeaving = nodeCause<Evidence>({
  code: "node-stuck-leaving",
  group: "node",
  severity: "warning",
  scope: "node",
  doc: {
    title: "the node is being removed and does not go",
    what: "An autoscaler, Karpenter or a person began to remove the node, and it is still there. As a rule a pod holds the drain: a PodDisruptionBudget allows no disruption, the pod asks not to be disrupted, or it does not end. Meanwhile no daemon that does not tolerate the leaving taint gets a new pod there, so the workloads that still run lose their logs, metrics or network policy one by one.",
    proof: [
      "kubectl get node NODE -o jsonpath='{.metadata.deletionTimestamp} {.metadata.finalizers} {.spec.taints}'",
      "kubectl get pods -A --field-selector spec.nodeName=NODE -o wide",
      "kubectl get nodeclaims -o wide",
      "kubectl get poddisruptionbudgets -A",
    ],
    fix: [
      "Look at the pods that hold the drain, and at what protects them.",
      "Set terminationGracePeriod in the NodePool, so that a drain has an end.",
      "Let daemons that workloads need until the last minute tolerate the leaving taint.",
      "A ToBeDeletedByClusterAutoscaler taint that the autoscaler left behind can be taken off.",
    ],
    usualAdvice:
      "Removing the finalizer of the Node or of the NodeClaim makes the object go and leaves the machine running, with its pods and its bill. Deleting the pods that hold the drain by force skips exactly what their budget protects.",
    sources: [
      "sigs.k8s.io/karpenter, pkg/controllers/node/termination/controller.go",
      "cluster-autoscaler/utils/taints/taints.go",
    ],
  },
  find(view) {
    const { compute, phase, facts, node } = view;
    if (compute.outsideCoverage || phase.name !== "leaving") return undefined;
    if (phase.since === undefined) return { cannotTell: "since when it is leaving is not told" };
    const claim = claimOf(view);
    const { from, ...bound } = boundOf(view, claim, phase.since);
    if (facts.at - from <= bound.mayTake) return undefined;
    const leavingFor = facts.at - phase.since;
    const workloads = workloadsOn(view).length;
    return {
      since: phase.since,
      evidence: {
        node: node.name,
        because: phase.because,
        leavingFor,
        ...bound,
        silent: phase.silent === true,
        claim: claim?.name ?? "",
        onlyTainted:
          node.deletionAt === undefined &&
          claim === undefined &&
          node.taints.some(({ key }) => key === SCALE_DOWN),
        workloads,
        held: heldOn(view).slice(0, SHOWN),
        missing: workloads > 0 ? missingOn(view) : [],
        ...machineEvidence(view, leavingFor),
      },
    };
  },
  explain({ because, leavingFor, mayTake, boundBy, workloads, held, missing }) {
    const bound = boundBy === "NodeClaim" ? "its NodeClaim allows" : "it may take";
    const left = workloads === 0 ? "no workload" : counted(workloads, "workload pod");
    const runs = workloads > 1 ? "run" : "runs";
    const [first] = held;
    const who = first === undefined ? "" : `, held by ${first.pod} (${first.why})`;
    const without =
      missing.length === 0
        ? ""
        : `, without ${missing.map(({ daemonSet }) => daemonSet).join(", ")}`;
    return `leaving for ${span(leavingFor)} (${because}), longer than the ${span(mayTake)} ${bound}; ${left} still ${runs} there${without}${who}`;
  },
  remedies: (evidence, { nodes }) => [
    ...evidence.missing.map(({ daemonSet, key, effect }): RemedyCall => ({
      action: "add-toleration",
      daemonSet,
      toleration: { key, operator: "Exists", value: "", effect, seconds: undefined },
      nodes,
    })),
    ...towardsTheEnd(evidence),
  ],
});

const SHOWN = 5;

function towardsTheEnd(evidence: Evidence): readonly RemedyCall[] {
  const { node, silent, held, claim, keeper, onlyTainted } = evidence;
  if (silent) return keeper === "auto" ? machineRemedies(node, evidence) : endMachine(node, keeper);
  if (held.length > 0)
    return [
      look(
        ["get", "pods", "-A", "--field-selector", `spec.nodeName=${node}`, "-o", "wide"],
        "what holds the drain: budgets, pods that ask not to be disrupted, pods that do not end",
      ),
    ];
  if (onlyTainted)
    return [
      { action: "remove-taint", node, taint: { key: SCALE_DOWN, value: "", effect: "NoSchedule" } },
    ];
  return [
    look(
      ["describe", claim === "" ? `node/${node}` : `nodeclaim/${claim}`],
      "what the removal waits for: its finalizers and its last events",
    ),
  ];
}

const look = (words: readonly string[], why: string): RemedyCall => ({
  action: "look",
  command: ["kubectl", ...words],
  why,
});
