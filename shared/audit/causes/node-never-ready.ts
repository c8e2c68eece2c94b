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
  type Said,
} from "#shared/audit/evidence/node-trouble.ts";
import { span } from "#shared/audit/phrase.ts";
import { wasNeverReady } from "#shared/cluster/node-phase.ts";

type Evidence = Said &
  MachineEvidence & {
    readonly node: string;
    /** Milliseconds since the Node object was made. */
    readonly age: number;
    /** Of the Ready condition; "" when the kubelet never wrote one. */
    readonly status: string;
    readonly daemons: readonly string[];
  };

/** The machine came far enough to make its Node object and no further. Its daemons never had a chance. */
export const nodeNeverReady = nodeCause<Evidence>({
  code: "node-never-ready",
  group: "node",
  severity: "warning",
  scope: "node",
  doc: {
    title: "the node registered and was never Ready",
    what: "The kubelet made its Node object, and the node has not been Ready since: its network daemon never came up, its runtime or its credentials are wrong, or its start-up script died. Its gaps are no fault of the daemons. A machine that did not even register has no Node object and cannot be seen from here: look for it where machines are made.",
    proof: [
      "kubectl get node NODE -o jsonpath='{.metadata.creationTimestamp} {.status.conditions}'",
      "kubectl get pods -A --field-selector spec.nodeName=NODE -o wide",
    ],
    fix: [
      "If its message speaks of the network, look at the pod of the network daemon: it may wait for a place on this very node.",
      "Read the log of the kubelet and of the start-up script on the machine.",
      "If the machine is one of many, end it and see whether the next one has the same trouble.",
    ],
    usualAdvice:
      "A new machine often only repeats the fault, since it starts from the same image and the same script: read the log of one before it is ended. A longer grace for new nodes hides it.",
    sources: [
      "pkg/kubelet/kubelet_node_status.go, initialNode and registerWithAPIServer",
      "pkg/controller/nodelifecycle/node_lifecycle_controller.go, NodeStatusNeverUpdated",
    ],
  },
  find(view) {
    const { compute, phase, node, facts } = view;
    if (compute.outsideCoverage || phase.name === "leaving" || phase.name === "stopped")
      return undefined;
    if (!wasNeverReady(node)) return undefined;
    if (node.createdAt === undefined)
      return { cannotTell: "the Node does not say when it was made" };
    const age = facts.at - node.createdAt;
    if (age <= facts.policy.grace.nodeNeverReady * 1000) return undefined;
    const ready = readyCondition(node);
    return {
      since: node.createdAt,
      evidence: {
        node: node.name,
        age,
        status: ready?.status ?? "",
        ...saidBy(ready),
        daemons: daemonsMeant(view),
        ...machineEvidence(view, age),
      },
    };
  },
  explain({ age, status, daemons, ...said }) {
    const why = status === "" ? "its kubelet never said how it is" : saying(said);

    return `registered ${span(age)} ago and never Ready${why === "" ? "" : ` (${why})`}; ${daemonsAre(daemons)} meant to run there`;
  },
  remedies: (evidence) => machineRemedies(evidence.node, evidence),
});
