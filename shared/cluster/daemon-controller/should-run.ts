import { nodeAffinityAnswer } from "#shared/cluster/affinity.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Labels } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Toleration } from "#shared/cluster/pod.ts";
import { matchesEqualitySelector, type Answer } from "#shared/cluster/selector.ts";
import {
  comparisonIn,
  daemonTolerations,
  KEEPING_AWAY,
  showTaint,
  untolerated,
  type Comparison,
} from "#shared/cluster/taints.ts";
import type { Version } from "#shared/cluster/version.ts";

export type ShouldRun = {
  /** A pod would be made here if there were none. */
  readonly run: Answer;
  /** A pod that is here already may stay. */
  readonly continue: Answer;
  /** For people, why not or why unknown; empty when it should run. */
  readonly because: string;
};

export type ShouldRunOptions = {
  /** Gate TaintTolerationComparisonOperators: comparisonIn(version), unless somebody can know. */
  readonly comparison?: Comparison;
  /**
   * OpenShift asks the namespace's node selector too (its patch_nodeselector.go); upstream does not. Given only where the
   * cluster is OpenShift.
   */
  readonly namespaceSelector?: Labels | undefined;
};

/** What of a node this question looks at: nothing of its conditions, its resources or its spec.unschedulable. */
export type JudgedNode = Pick<Node, "name" | "labels" | "taints">;

const YES: ShouldRun = { run: "yes", continue: "yes", because: "" };
const never = (because: string): ShouldRun => ({ run: "no", continue: "no", because });

function byTaints(
  node: JudgedNode,
  tolerations: readonly Toleration[],
  comparison: Comparison,
): ShouldRun {
  const away = untolerated(node.taints, tolerations, { effects: KEEPING_AWAY, comparison });
  if (!away) return YES;
  const off = untolerated(node.taints, tolerations, { effects: ["NoExecute"], comparison });
  const surely = away.answer === "no";
  return {
    run: away.answer,
    continue: off ? off.answer : "yes",
    because: surely
      ? `taint ${showTaint(away.taint)} is not tolerated`
      : `whether taint ${showTaint(away.taint)} is tolerated depends on what cannot be seen`,
  };
}

/** Whether its required node affinity matches cannot be told. */
const perhaps = (taints: ShouldRun): ShouldRun => ({
  run: taints.run === "no" ? "no" : "unknown",
  continue: taints.continue === "no" ? "no" : "unknown",
  because:
    taints.run === "no"
      ? taints.because
      : "whether its required node affinity matches cannot be told",
});

/** patch_nodeselector.go: asked only where the rest says yes to both, so what was a no stays as it was. */
function unselected(found: ShouldRun): ShouldRun {
  const because = "the node selector of its namespace does not match";
  if (found.run === "yes") return never(because);
  return found.run === "no" ? found : { run: "no", continue: found.continue, because };
}

/**
 * The question compiled for one DaemonSet, for asking it of many nodes.
 * Mirrors pkg/controller/daemon/daemon_controller.go, nodeShouldRunDaemonPod.
 */
export function runnerOf(
  set: Pick<DaemonSet, "template">,
  options: ShouldRunOptions = {},
): (node: JudgedNode) => ShouldRun {
  const { template } = set;
  const tolerations = daemonTolerations(template);
  const comparison = options.comparison ?? "unknown";
  const { namespaceSelector } = options;
  return (node) => {
    if (template.nodeName !== "" && template.nodeName !== node.name)
      return never(`its template names node ${template.nodeName}`);
    const affinity = nodeAffinityAnswer(template, node);
    if (affinity.match === "no") return never(`${affinity.because} does not match`);
    const taints = byTaints(node, tolerations, comparison);
    const found = affinity.match === "yes" ? taints : perhaps(taints);
    const selected =
      namespaceSelector === undefined || matchesEqualitySelector(namespaceSelector, node.labels);
    return selected ? found : unselected(found);
  };
}

/** The same as a cluster of this version would answer. */
export const runnerIn = ({
  set,
  version,
  options,
}: {
  readonly set: Pick<DaemonSet, "template">;
  readonly version: Version | undefined;
  readonly options?: ShouldRunOptions;
}): ((node: JudgedNode) => ShouldRun) =>
  runnerOf(set, { comparison: comparisonIn(version), ...options });

/** Should the DaemonSet controller run a pod of `set` on `node`, and may one that is there stay? */
export const shouldRun = (
  set: Pick<DaemonSet, "template">,
  node: JudgedNode,
  options: ShouldRunOptions = {},
): ShouldRun => runnerOf(set, options)(node);
