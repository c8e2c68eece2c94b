import { nodeCause } from "#shared/audit/cause.ts";
import { passingTaints } from "#shared/audit/evidence/node-trouble.ts";
import { counted, span } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import { stuckGate, type StuckGate } from "#shared/audit/evidence/stuck-gate.ts";
import { isNodeReady } from "#shared/cluster/node-phase.ts";
import { showTaint } from "#shared/cluster/taints.ts";

type Evidence = {
  readonly node: string;
  /** The one that could have gone first comes first. */
  readonly gates: readonly StuckGate[];
};

/** The node started, its daemons are up, and the taint that should have waited for them is still there. */
export const stuckStartupTaint = nodeCause<Evidence>({
  code: "stuck-startup-taint",
  group: "gate",
  severity: "warning",
  scope: "node",
  doc: {
    title: "a start-up taint was left behind on a node that is up",
    what: "A start-up taint keeps workloads off a new node until some daemon is ready there, and whoever takes it off did not. The daemon is Ready, the node is Ready, every counter is in order, and no workload is scheduled there. The usual ways to this: two controllers removed taints at once and one put the other's back, the agent restarted between becoming ready and removing its taint, or the taint keeps out the very daemon that it waits for.",
    proof: [
      "kubectl get node NODE -o jsonpath='{.spec.taints}'",
      "kubectl -n NS get pods -o wide --field-selector spec.nodeName=NODE",
      "kubectl get csinode NODE -o jsonpath='{.spec.drivers}'",
    ],
    fix: [
      "If CSINode lists the driver with a count, or the gate is none of CSI, take the taint off.",
      "If CSINode does not list it, restart the driver's pod on this node: it registers and removes its taint.",
      "If the taint keeps out the daemon that it waits for, give that daemon the toleration.",
    ],
    usualAdvice:
      "A new node often only meets the same race again. Restarting a CSI node pod that is registered makes the node forget its volume limit (kubernetes#126921), so the taint comes first there. A network agent that is down may put its taint back on an old node: then the agent is the trouble, and not the taint.",
    sources: [
      "github.com/kubernetes-sigs/aws-ebs-csi-driver, pkg/driver/node.go, removeNotReadyTaint and issue 2199",
      "github.com/cilium/cilium, operator/watchers/node_taint.go",
    ],
  },
  find(view) {
    const { compute, phase, node, facts } = view;
    if (compute.outsideCoverage || phase.silent === true || phase.name === "leaving")
      return undefined;
    const taints = isNodeReady(node) ? passingTaints(view, "startup") : [];
    if (taints.length === 0) return undefined;
    if (!facts.seen("Pod") || !facts.seen("DaemonSet"))
      return {
        cannotTell: "without all pods and DaemonSets nobody knows what its taint waits for",
      };
    const answers = taints.map((taint) => stuckGate(view, taint));
    const gates = answers
      .flatMap((answer) => (answer === undefined || "cannotTell" in answer ? [] : [answer]))
      .toSorted((a, b) => b.stuckFor - a.stuckFor);
    const [first] = gates;
    if (first === undefined)
      return answers.find((answer) => answer !== undefined && "cannotTell" in answer);
    return { since: facts.at - first.stuckFor, evidence: { node: node.name, gates } };
  },
  explain({ gates: [first, ...others] }) {
    if (first === undefined) return "a start-up taint is still there";
    const more =
      others.length === 0
        ? ""
        : `; so ${others.length === 1 ? "is" : "are"} ${counted(others.length, "other")}`;
    return `taint ${showTaint(first)} ${whyOf(first)}${more}`;
  },
  remedies: ({ node, gates }, { nodes }) => gates.flatMap((gate) => opening(gate, node, nodes)),
});

function whyOf({ why, owner, stuckFor, keptOut, openedBy }: StuckGate): string {
  const time = span(stuckFor);
  if (why === "owner-kept-out")
    return `has kept out ${keptOut.join(", ")}, the very daemon that it waits for, for ${time}`;
  if (why === "owner-ready")
    return `is still there, though ${owner}, which it waits for, has been Ready for ${time}`;
  const who = openedBy === "" ? "nobody is known to take it off" : `${openedBy} should take it off`;
  const without = keptOut.length === 0 ? "" : ` but ${keptOut.join(", ")}, which it keeps out,`;
  return `is still there, though every daemon of the node${without} has been up for ${time}; ${who}`;
}

function opening(gate: StuckGate, node: string, nodes: readonly string[]): readonly RemedyCall[] {
  const { key, effect, why } = gate;
  const tolerate = gate.keptOut.map((daemonSet): RemedyCall => ({
    action: "add-toleration",
    daemonSet,
    toleration: { key, operator: "Exists", value: "", effect, seconds: undefined },
    nodes,
  }));
  if (why === "owner-kept-out") return tolerate;
  return [...(gate.removable ? byHand(gate, node) : [askOpener(gate, node)]), ...tolerate];
}

/** Restarting a registered CSI driver costs the node its volume limit; one that is not registered has none to lose. */
function byHand(gate: StuckGate, node: string): readonly RemedyCall[] {
  const { key, value, effect, pod, care, registered } = gate;
  const remove: RemedyCall = { action: "remove-taint", node, taint: { key, value, effect } };
  if (pod === "") return [remove];
  const restart: RemedyCall = { action: "restart-pod", pod, node, care };
  if (care !== "csi" || registered === "with-limit") return [remove, restart];
  if (registered !== "unknown") return [restart, remove];
  const look: RemedyCall = {
    action: "look",
    command: ["kubectl", "get", "csinode", node, "-o", "jsonpath={.spec.drivers}"],
    why: `if ${gate.driver} is listed with a count, take the taint off; else restart its pod`,
  };
  return [look, restart, remove];
}

const askOpener = ({ openedBy }: StuckGate, node: string): RemedyCall => ({
  action: "look",
  command: ["kubectl", "describe", "node", node],
  why: `${openedBy} takes this taint off, and taking it off by hand does not do its work`,
});
