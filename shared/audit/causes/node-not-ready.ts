import { nodeCause } from "#shared/audit/cause.ts";
import {
  machineEvidence,
  machineRemedies,
  type MachineEvidence,
} from "#shared/audit/evidence/machine.ts";
import {
  daemonsAre,
  daemonsMeant,
  readyCondition,
  saidBy,
  saying,
  wentDark,
  type Said,
} from "#shared/audit/evidence/node-trouble.ts";
import { quoted, span } from "#shared/audit/phrase.ts";

type Evidence = Said &
  MachineEvidence & {
    readonly node: string;
    /** Milliseconds. */
    readonly notReadyFor: number;
    /** Those that are meant to be there. */
    readonly daemons: readonly string[];
  };

/** The kubelet speaks and says that its node can run nothing. Every daemon of the node shares this one trouble. */
export const nodeNotReady = nodeCause<Evidence>({
  code: "node-not-ready",
  group: "node",
  severity: "warning",
  scope: "node",
  doc: {
    title: "the node is NotReady, and its kubelet says why",
    what: "The kubelet reports, and reports that the node is not ready: its container runtime does not answer, its network is not set up, or it cannot do its housekeeping. The node gets a NoSchedule taint that most daemons do not tolerate, so the DaemonSet controller no longer counts them as desired there: desired minus ready looks better while the node is down, and the pods that stay are called misscheduled.",
    proof: [
      "kubectl get node NODE -o jsonpath='{.status.conditions}'",
      "kubectl describe node NODE | sed -n '/Conditions/,/Addresses/p'",
      "kubectl get events --field-selector involvedObject.kind=Node,involvedObject.name=NODE",
    ],
    fix: [
      "Read the message of the Ready condition: it names the part of the node that fails.",
      "If it waits for the network, the network daemon of the node is the cause and this its symptom.",
      "If something repairs nodes by itself (Karpenter, EKS Auto Mode, GKE, AKS), let its clock run first.",
      "Else repair the node, or end its machine so that another takes its place.",
    ],
    usualAdvice:
      "A drain moves the workloads and leaves every daemon where it is. Deleting the Node object of a machine that still runs gives its pods a second copy elsewhere, which a StatefulSet does not survive: end the machine first.",
    sources: [
      "pkg/kubelet/nodestatus/setters.go, ReadyCondition",
      "pkg/controller/nodelifecycle/node_lifecycle_controller.go, nodeConditionToTaintKeyStatusMap",
    ],
  },
  find(view) {
    const { phase, node, facts } = view;
    const { since, silent } = phase;
    if (!wentDark(view) || silent === true) return undefined;
    const ready = readyCondition(node);
    if (ready?.status !== "False")
      return { cannotTell: `its Ready condition says "${quoted(ready?.status ?? "")}"` };
    if (since === undefined) return { cannotTell: "since when it is NotReady is not told" };
    const notReadyFor = facts.at - since;
    if (notReadyFor <= facts.policy.grace.nodeNotReady * 1000) return undefined;
    return {
      since,
      evidence: {
        node: node.name,
        ...saidBy(ready),
        notReadyFor,
        daemons: daemonsMeant(view),
        ...machineEvidence(view, notReadyFor),
      },
    };
  },
  explain({ notReadyFor, daemons, ...said }) {
    const why = saying(said);
    return `NotReady for ${span(notReadyFor)}${why === "" ? "" : ` (${why})`}; ${daemonsAre(daemons)} meant to run there`;
  },
  remedies: (evidence) => machineRemedies(evidence.node, evidence),
});
