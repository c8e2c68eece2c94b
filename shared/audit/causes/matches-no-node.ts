import { daemonSetCause, type Hit } from "#shared/audit/cause.ts";
import { exclusionsOf, NO_TEMPLATE, type Excluded } from "#shared/audit/evidence/exclusions.ts";
import type { DaemonSetView } from "#shared/audit/facts.ts";
import { mustCover } from "#shared/audit/evidence/must-cover.ts";
import { nearMiss, type NearMiss } from "#shared/audit/evidence/near-miss.ts";
import {
  alternativesOf,
  failingOf,
  isAboutLabel,
  isAboutPlatform,
  ruleEvidence,
  ruleText,
  type RuleEvidence,
} from "#shared/audit/evidence/node-rules.ts";
import { counted, listed } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import {
  addTolerations,
  distinctTaints,
  type TaintText,
} from "#shared/audit/evidence/tolerations.ts";
import { EKS_COMPUTE_TYPE } from "#shared/cluster/compute-type.ts";
import type { Requirement } from "#shared/cluster/selector.ts";
import { showTaint } from "#shared/cluster/taints.ts";

type Evidence = {
  readonly daemonSet: string;
  /**
   * slip: one label is spelled otherwise on nodes that fit in all else. tainted: its selector takes nodes, and a taint
   * keeps it from each of them. absent: no node has what it asks for. pinned: it names a node. other: cannot be named.
   */
  readonly why: "slip" | "tainted" | "absent" | "pinned" | "other";
  /** What no node fulfils; of a slip, the one rule that is spelled otherwise. */
  readonly rules: readonly RuleEvidence[];
  readonly meant: { readonly key: string; readonly value: string };
  readonly taints: readonly TaintText[];
  /** The node that its template names. */
  readonly pinned: string;
  /** Nodes that would take it, but for the slip or the taint. */
  readonly near: number;
  readonly nodes: number;
};

const NOTHING: Omit<Evidence, "daemonSet" | "why" | "nodes"> = {
  rules: [],
  meant: { key: "", value: "" },
  taints: [],
  pinned: "",
  near: 0,
};

const namesOf = (excluded: readonly Pick<Excluded, "node">[]): readonly string[] =>
  excluded.map(({ node }) => node.node.name);

const CONTROL_PLANE = new Set([
  "node-role.kubernetes.io/control-plane",
  "node-role.kubernetes.io/master",
]);

/** It asks for a label that tells nodes apart, so those that have it were meant. A platform does only where there are two. */
const choosesNodes = (rules: readonly Requirement[], leavesSome: boolean): boolean =>
  rules.some(
    (rule) =>
      (rule.operator === "In" || rule.operator === "Exists") &&
      (leavesSome || !isAboutPlatform(rule)),
  );

function mustBeOn(view: DaemonSetView, excluded: readonly Excluded[]): readonly Excluded[] {
  const required = mustCover(view);
  return required === undefined ? [] : excluded.filter(({ node }) => required(node));
}

/**
 * Its selector takes nodes and a taint keeps it from each. Where the selector chose these nodes that is a fault; where it
 * takes any node, the pool without a taint is most likely at zero, and a control plane alone wants no daemons.
 */
function tainted(view: DaemonSetView, excluded: readonly Excluded[]): Hit<Evidence> {
  const out = excluded.filter(({ by }) => by === "taints");
  const taints = distinctTaints(out.flatMap((one) => one.taints));
  const deliberate = taints.every(({ key }) => CONTROL_PLANE.has(key));
  const leavesSome = excluded.some(({ by }) => by === "affinity");
  const chosen = alternativesOf(view.daemonSet.template).some((rules) =>
    choosesNodes(rules, leavesSome),
  );
  const must = mustBeOn(view, out).length > 0;
  return {
    nodes: namesOf(out),
    severity: must || (chosen && !deliberate) ? "warning" : "info",
    evidence: {
      ...NOTHING,
      daemonSet: view.key,
      why: "tainted",
      taints,
      near: out.length,
      nodes: view.facts.nodes.length,
    },
  };
}

const slip = (view: DaemonSetView, { rule, meant, nodes }: NearMiss): Hit<Evidence> => ({
  nodes: nodes.map(({ node }) => node.name),
  severity: "warning",
  evidence: {
    ...NOTHING,
    daemonSet: view.key,
    why: "slip",
    rules: [ruleEvidence(rule)],
    meant,
    near: nodes.length,
    nodes: view.facts.nodes.length,
  },
});

/** The rules that fail on every node; where each is fulfilled somewhere and all of them nowhere, all of them. */
function missingRules(view: DaemonSetView, excluded: readonly Excluded[]): readonly Requirement[] {
  const alternatives = alternativesOf(view.daemonSet.template);
  const never = alternatives.flatMap((rules) =>
    rules.filter((rule) => excluded.every(({ node }) => failingOf([rule], node.node).length > 0)),
  );
  return never.length > 0 ? never : alternatives.flat();
}

function absent(view: DaemonSetView, excluded: readonly Excluded[]): readonly Hit<Evidence>[] {
  const rules = missingRules(view, excluded);
  // Auto Mode and hybrid nodes come and go, and charts leave them out by a rule of their own (field rule 13).
  if (rules.some(({ key }) => key === EKS_COMPUTE_TYPE)) return [];
  const must = mustBeOn(view, excluded);
  const texts = new Map(rules.map((rule) => [ruleText(rule), ruleEvidence(rule)]));
  return [
    {
      nodes: namesOf(must),
      severity: must.length > 0 ? "warning" : "info",
      evidence: {
        ...NOTHING,
        daemonSet: view.key,
        why: rules.length > 0 ? "absent" : "other",
        rules: [...texts.values()],
        nodes: view.facts.nodes.length,
      },
    },
  ];
}

/** The DaemonSet is wanted nowhere: desired is 0, and every alert that compares with desired stays silent for ever. */
export const matchesNoNode = daemonSetCause<Evidence>({
  code: "matches-no-node",
  group: "eligibility",
  severity: "info",
  scope: "daemonSet",
  doc: {
    title: "the DaemonSet is meant for no node at all",
    what: "No node fulfils its nodeSelector and node affinity, or those that do carry a taint that it does not tolerate. Then desired, current and ready are all 0, and the DaemonSet looks healthy in every view. That is right while a pool of GPU nodes is scaled to zero, or for the twin of a platform that is not there: then this is information. It is a warning when nodes are there that were most likely meant: all but one label fit, and that one is spelled otherwise or was renamed, or the selector chose nodes and their taint is not tolerated.",
    proof: [
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.spec.nodeSelector}{\"\\n\"}{.spec.template.spec.affinity.nodeAffinity}'",
      "kubectl get nodes --show-labels",
      "kubectl get nodes -o custom-columns='NAME:.metadata.name,TAINTS:.spec.taints'",
    ],
    fix: [
      "Correct the label in the selector, or put it on the nodes.",
      "Add the toleration, if a taint is what keeps it off.",
      "If the pool is at zero on purpose, nothing is wrong.",
    ],
    usualAdvice:
      "“0/0 ready” is read as healthy. And an alert on desired 0 fires for every GPU plugin and every platform twin: whether it is a fault is decided by the nodes that are there.",
    sources: [
      "pkg/controller/daemon/daemon_controller.go, updateDaemonSetStatus",
      "https://kubernetes.io/docs/reference/labels-annotations-taints/",
    ],
  },
  find(view) {
    if (view.daemonSet.inferred) return NO_TEMPLATE;
    if (!view.facts.seen("Node")) return { cannotTell: "not all nodes were read" };
    const { intended, unknown, excluded } = exclusionsOf(view);
    if (intended > 0 || excluded.length === 0) return [];
    if (unknown > 0)
      return { cannotTell: "whether it is meant for some nodes depends on what cannot be seen" };
    if (excluded.some(({ by }) => by === "taints")) return [tainted(view, excluded)];
    const { nodeName } = view.daemonSet.template;
    if (nodeName !== "") return [pinned(view, nodeName)];
    const near = nearMiss(view, excluded);
    return near === undefined ? absent(view, excluded) : [slip(view, near)];
  },
  explain({ why, rules, meant, taints, pinned: name, near, nodes }) {
    const asked = listed(rules.map(ruleText));
    const no = nodes === 1 ? "the only node has not" : `none of ${nodes} nodes has`;
    switch (why) {
      case "slip":
        return `it asks for ${asked}, which ${no}; ${counted(near, "node")} would fit by ${meant.key}=${meant.value}`;
      case "tainted":
        return `its selector takes ${counted(near, "node")}, and taint ${listed(taints.map(showTaint))} keeps it off ${near === 1 ? "it" : "all of them"}`;
      case "absent":
        return `it asks for ${asked}, which ${no}`;
      case "pinned":
        return `its template names node ${name}, and it cannot be there`;
      case "other":
        return "its rules fit no node";
    }
  },
  remedies: (evidence, { nodes }) => remediesOf(evidence, nodes),
});

const pinned = (view: DaemonSetView, name: string): Hit<Evidence> => ({
  nodes: view.facts.node(name) === undefined ? [] : [name],
  evidence: {
    ...NOTHING,
    daemonSet: view.key,
    why: "pinned",
    pinned: name,
    nodes: view.facts.nodes.length,
  },
});

function remediesOf(evidence: Evidence, nodes: readonly string[]): readonly RemedyCall[] {
  const { daemonSet, why, rules, meant, taints } = evidence;
  const [rule] = rules;
  if (why === "tainted") return addTolerations(daemonSet, taints, nodes);
  if (why === "slip" && rule !== undefined)
    return [
      {
        action: "change-affinity",
        daemonSet,
        requirement: { key: meant.key, operator: "In", values: [meant.value] },
        instead: { key: rule.key, operator: rule.operator, values: rule.values },
        change: "add",
        nodes,
        why: "that is the label that these nodes have",
      },
    ];
  const keys = [...new Set(rules.filter(isAboutLabel).map(({ key }) => key))];
  return [
    {
      action: "look",
      command: ["kubectl", "get", "nodes", ...keys.map((key) => `--label-columns=${key}`)],
      why: "whether the nodes that it is for are scaled to zero, and nothing is wrong",
    },
  ];
}
