import { nodeCause, type Hit } from "#shared/audit/cause.ts";
import { looksSilentByClock } from "#shared/audit/evidence/clocks.ts";
import type { NodeView } from "#shared/audit/facts.ts";
import {
  endMachine,
  machineEvidence,
  machineRemedies,
  type MachineEvidence,
} from "#shared/audit/evidence/machine.ts";
import {
  daemonsMeant,
  readyCondition,
  saidBy,
  wentDark,
  type Said,
} from "#shared/audit/evidence/node-trouble.ts";
import { span } from "#shared/audit/phrase.ts";
import { isNodeReady } from "#shared/cluster/node-phase.ts";

type Evidence = Said &
  MachineEvidence & {
    readonly node: string;
    /** silent: the kubelet does not speak. stopped: the machine was taken out of service and its Node object stays. */
    readonly how: "silent" | "stopped";
    readonly because: string;
    /** Milliseconds since the last sign of life; null where none is told. */
    readonly silentFor: number | null;
    /** Age of its lease in milliseconds; null where no lease was read. */
    readonly leaseAge: number | null;
    /** The node controller still calls it Ready, which it does for 50 seconds only. */
    readonly calledReady: boolean;
    readonly daemons: readonly string[];
  };

function evidenceOf(view: NodeView, how: Evidence["how"]): Evidence {
  const { node, phase, facts, lease } = view;
  const silentFor = phase.since === undefined ? null : facts.at - phase.since;
  return {
    node: node.name,
    how,
    because: phase.because,
    silentFor,
    leaseAge: lease?.renewedAt === undefined ? null : facts.at - lease.renewedAt,
    calledReady: isNodeReady(node),
    ...saidBy(readyCondition(node)),
    daemons: daemonsMeant(view),
    ...machineEvidence(view, silentFor ?? 0),
  };
}

/** One low finding, so that nobody wonders: the machine is off on purpose and nothing is missing there. */
const stopped = (view: NodeView): Hit<Evidence> => ({
  since: view.phase.since,
  severity: "info",
  evidence: evidenceOf(view, "stopped"),
});

/** Nobody hears the kubelet, so what its pods say of themselves is old: neither covered nor a gap. */
export const nodeUnreachable = nodeCause<Evidence>({
  code: "node-unreachable",
  group: "node",
  severity: "warning",
  scope: "node",
  doc: {
    title: "the kubelet of the node is silent, so its daemons cannot be judged",
    what: "The kubelet renews its lease every 10 seconds and has stopped. The machine may be off, cut off from the network, or out of memory. Its daemon pods stay as they last were: phase Running, containers ready. A daemon that tolerates every taint still counts as desired and current there, every other one drops out of desired and is called misscheduled. None of this tells whether a daemon runs.",
    proof: [
      "kubectl -n kube-node-lease get lease NODE -o jsonpath='{.spec.renewTime}'",
      "kubectl get node NODE -o jsonpath='{.status.conditions}'",
    ],
    fix: [
      "See whether the machine runs, and whether it reaches the API server.",
      "If something repairs nodes by itself (Karpenter, EKS Auto Mode, GKE, AKS), let its clock run first.",
      "Else end the machine: its group gives a new one, and only then may the Node object go.",
      "Of a machine of your own, make sure that it is off before you mark it out of service.",
    ],
    usualAdvice:
      "Never begin with kubectl delete node: a machine that is only cut off runs its pods on, and their successors write to the same volumes (two writers). Its daemons need no restart; they are judged again once the kubelet speaks.",
    sources: [
      "pkg/controller/nodelifecycle/node_lifecycle_controller.go, tryUpdateNodeHealth",
      "pkg/kubelet/nodelease and staging/src/k8s.io/component-helpers/apimachinery/lease/controller.go",
    ],
  },
  find(view) {
    const { compute, phase, facts } = view;
    if (phase.name === "stopped") return compute.outsideCoverage ? undefined : stopped(view);
    if (!wentDark(view) || phase.silent !== true || looksSilentByClock(view)) return undefined;
    if (phase.since === undefined) return { cannotTell: "since when it is silent is not told" };
    if (facts.at - phase.since <= facts.policy.grace.nodeNotReady * 1000) return undefined;
    return { since: phase.since, evidence: evidenceOf(view, "silent") };
  },
  explain({ how, because, silentFor, leaseAge, calledReady, daemons }) {
    if (how === "stopped")
      return `its machine is off (${because}) and its Node object stays, so no daemon can run there`;
    const sign = leaseAge === null ? "status" : "lease renewal";
    const time = silentFor === null ? "" : ` for ${span(silentFor)} (last ${sign})`;
    const odd = calledReady
      ? "; Kubernetes still calls it Ready, so its node controller does not act or the clock of the node is behind"
      : "";
    return `its kubelet has been silent${time}${unjudged(daemons.length)}${odd}`;
  },
  remedies(evidence) {
    const { node, how, keeper, calledReady } = evidence;
    if (how === "stopped") return ofStopped(node, keeper);
    const controller = {
      action: "look" as const,
      command: ["kubectl", "-n", "kube-system", "get", "lease", "kube-controller-manager"],
      why: "whether the controller manager renews its lease: it should have called the node Unknown",
    };
    return [...(calledReady ? [controller] : []), ...machineRemedies(node, evidence)];
  },
});

const unjudged = (count: number): string =>
  count === 0 ? "" : `, so its ${count === 1 ? "daemon" : `${count} daemons`} cannot be judged`;

const ofStopped = (node: string, keeper: MachineEvidence["keeper"]) => [
  {
    action: "wait" as const,
    why: "a machine that is off needs no daemon, and is judged again when it is back",
  },
  ...(keeper === "own-hardware" ? [] : endMachine(node, keeper)),
];
