import { placementCause } from "#shared/audit/cause.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { kept, quoted } from "#shared/audit/phrase.ts";
import { waitingPod } from "#shared/audit/evidence/place.ts";
import { keyOf, splitKey } from "#shared/cluster/metadata.ts";
import { speaksOf } from "#shared/cluster/pod-affinity.ts";
import { podStage } from "#shared/cluster/pod-state.ts";
import { isTerminal, type Pod, type PodAffinityTerm } from "#shared/cluster/pod.ts";
import { parseSchedulerMessage } from "#shared/cluster/scheduler-message.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
  /**
   * own-anti: the daemon will not stand beside `other`. other-anti: `other` will not have the daemon beside it. spread: a
   * topology spread constraint. told: the scheduler says so, and which rule it is we cannot see.
   */
  readonly rule: "own-anti" | "other-anti" | "spread" | "told";
  readonly other: string;
  readonly topologyKey: string;
  readonly message: string;
};

/** Does a required term of `owner` speak of `other`? */
const speaks = (view: PlacementView, rule: Rule, other: Pod): boolean =>
  speaksOf(
    rule.term,
    { owner: rule.owner.namespace, other },
    (name) => view.facts.cluster.Namespace.find((one) => one.name === name)?.labels,
  ) === "yes";

type Rule = { readonly term: PodAffinityTerm; readonly owner: Pod };

/** Pods in the same place as this node by `key`; for the host name that is the node itself. */
function neighbours(view: PlacementView, key: string): readonly Pod[] {
  const value = view.node.node.labels.get(key);
  if (value === undefined) return [];
  const nodes =
    key === "kubernetes.io/hostname"
      ? [view.node]
      : view.facts.nodes.filter(({ node }) => node.labels.get(key) === value);
  return nodes.flatMap(({ pods }) => pods.filter((pod) => !isTerminal(pod)));
}

type Found = Pick<Evidence, "rule" | "other" | "topologyKey" | "message">;

function ownAnti(view: PlacementView, pod: Pod): Found | undefined {
  for (const term of pod.spec.requiredPodAntiAffinity) {
    const other = neighbours(view, term.topologyKey).find((one) =>
      speaks(view, { term, owner: pod }, one),
    );
    if (other !== undefined)
      return { rule: "own-anti", other: keyOf(other), topologyKey: term.topologyKey, message: "" };
  }
  return undefined;
}

/** Only pods of this node are asked: a rule of a wider place is left to the scheduler's word. */
function othersAnti(view: PlacementView, pod: Pod): Found | undefined {
  for (const other of view.node.pods.filter((one) => !isTerminal(one))) {
    const term = other.spec.requiredPodAntiAffinity.find(
      (one) =>
        view.node.node.labels.has(one.topologyKey) &&
        speaks(view, { term: one, owner: other }, pod),
    );
    if (term !== undefined)
      return {
        rule: "other-anti",
        other: keyOf(other),
        topologyKey: term.topologyKey,
        message: "",
      };
  }
  return undefined;
}

function told(view: PlacementView, pod: Pod): Found | undefined {
  const state = podStage(pod, view.facts.at);
  const message = state.stage === "unscheduled" ? state.message : "";
  const clause = parseSchedulerMessage(message)?.clauses.find(
    ({ reason }) => reason.says === "pod-affinity" || reason.says === "topology-spread",
  );
  if (clause === undefined) return undefined;
  const spread = pod.spec.topologySpread.find((one) => one.whenUnsatisfiable === "DoNotSchedule");
  const isSpread = clause.reason.says === "topology-spread";
  return {
    rule: isSpread ? "spread" : "told",
    other: "",
    topologyKey: isSpread ? (spread?.topologyKey ?? "") : "",
    message: clause.text,
  };
}

/** A required rule about neighbours keeps the daemon off its only node. The controller does not look at such rules. */
export const podAffinity = placementCause<Evidence>({
  code: "pod-affinity",
  group: "cannot be placed",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "a required rule about neighbouring pods keeps the daemon off its node",
    what: "Required pod affinity, anti-affinity or a topology spread constraint, of the daemon or of a pod that is already there, forbids this node. The DaemonSet controller does not look at such rules, so it makes the pod, and it waits for ever: a daemon pod cannot go elsewhere. A rule of another workload can do this to a daemon that has none.",
    proof: [
      "kubectl -n NS get pod POD -o jsonpath='{.spec.affinity}{\"\\n\"}{.spec.topologySpreadConstraints}'",
      'kubectl get pods -A --field-selector spec.nodeName=NODE -o jsonpath=\'{range .items[*]}{.metadata.name}{"\\t"}{.spec.affinity.podAntiAffinity}{"\\n"}{end}\'',
    ],
    fix: [
      "Take the rule out of the DaemonSet: one pod a node is what a DaemonSet does by itself.",
      "If another workload's anti-affinity is in the way, narrow its selector so that it does not speak of daemons.",
    ],
    usualAdvice:
      "Topology spread with DoNotSchedule adds nothing to a DaemonSet and can hold its pods for ever. A higher priority helps only where the neighbour has a lower one.",
    sources: [
      "pkg/scheduler/framework/plugins/interpodaffinity/filtering.go",
      "pkg/scheduler/framework/plugins/podtopologyspread/filtering.go",
    ],
  },
  find(view) {
    const pod = waitingPod(view);
    if (pod === undefined) return undefined;
    const found = ownAnti(view, pod) ?? othersAnti(view, pod) ?? told(view, pod);
    if (found === undefined)
      return view.facts.seen("Pod") || pod.spec.requiredPodAntiAffinity.length === 0
        ? undefined
        : { cannotTell: "not all pods were read, so the neighbours are not known" };
    return {
      since: pod.createdAt,
      evidence: {
        daemonSet: view.daemonSet.key,
        node: view.node.node.name,
        rule: found.rule,
        other: found.other,
        topologyKey: found.topologyKey,
        message: kept(found.message),
      },
    };
  },
  explain({ rule, other, topologyKey, message }) {
    switch (rule) {
      case "own-anti":
        return `its anti-affinity by ${topologyKey} does not allow it beside ${other}`;
      case "other-anti":
        return `${other} does not allow it beside itself, by its anti-affinity over ${topologyKey}`;
      case "spread":
        return `a topology spread constraint${topologyKey === "" ? "" : ` over ${topologyKey}`} forbids the node`;
      case "told":
        return `a rule about neighbouring pods forbids the node: ${quoted(message)}`;
    }
  },
  remedies({ daemonSet, rule, other }) {
    const { namespace, name } = splitKey(daemonSet);
    const { namespace: otherNamespace, name: otherName } = splitKey(other);
    const theirs = rule === "other-anti";
    return [
      {
        action: "look",
        command: theirs
          ? [
              "kubectl",
              "-n",
              otherNamespace,
              "get",
              "pod",
              otherName,
              "-o",
              "jsonpath={.spec.affinity}",
            ]
          : [
              "kubectl",
              "-n",
              namespace,
              "get",
              "daemonset",
              name,
              "-o",
              "jsonpath={.spec.template.spec}",
            ],
        why: theirs
          ? "narrow the anti-affinity of that pod's owner, so that it does not speak of the daemon"
          : "take the rule out of the template: a DaemonSet already runs one pod a node",
      },
    ];
  },
});
