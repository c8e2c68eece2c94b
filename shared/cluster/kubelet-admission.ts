import { nodeAffinityAnswer } from "./affinity.ts";
import { isExtended, shortages, type Shortage } from "./fit.ts";
import { hostPortsOf, portConflicts } from "./host-ports.ts";
import type { Node } from "./node.ts";
import type { Pod } from "./pod.ts";
import { podRequests } from "./requests.ts";
import { roomOf } from "./room.ts";
import { comparisonIn, untolerated, type Comparison } from "./taints.ts";
import { atLeast, type Version } from "./version.ts";

export type AdmissionFailure =
  | ({ readonly type: "resource" } & Shortage)
  | {
      readonly type: "predicate";
      readonly name: "NodeAffinity" | "NodeName" | "NodePorts" | "TaintToleration";
      /** Upstream's words. */
      readonly text: string;
    };

export type AdmissionQuestion = {
  readonly pod: Pick<Pod, "spec" | "status">;
  /** As the kubelet remembers its own node. */
  readonly node: Node;
  /** As the API server has it now: from 1.35 on asked for once when nothing but affinity speaks against the remembered one. */
  readonly freshNode?: Node | undefined;
  readonly otherPods: readonly Pod[];
  readonly version: Version | undefined;
  readonly comparison?: Comparison;
  /** Made by the kubelet from a file or a URL: taints are not asked. */
  readonly isStatic?: boolean;
};

const predicate = (
  name: Extract<AdmissionFailure, { type: "predicate" }>["name"],
  text: string,
): AdmissionFailure => ({ type: "predicate", name, text });

/** Extended resources that the remembered node does not have at all are somebody else's business (removeMissingExtendedResources). */
function shortOf(question: AdmissionQuestion, node: Node): readonly AdmissionFailure[] {
  const { pod, otherPods, version } = question;
  const room = roomOf(node, otherPods, { version });
  const wanted = new Map(
    [...podRequests(pod, version)].filter(
      ([resource]) => !isExtended(resource) || question.node.allocatable.has(resource),
    ),
  );
  return shortages(wanted, room).map((one) => ({ type: "resource", ...one }));
}

const repelled = (question: AdmissionQuestion, node: Node): boolean =>
  question.isStatic !== true &&
  untolerated(node.taints, question.pod.spec.tolerations, {
    effects: ["NoExecute"],
    comparison: question.comparison ?? comparisonIn(question.version),
  })?.answer === "no";

function failuresOn(question: AdmissionQuestion, node: Node): readonly AdmissionFailure[] {
  const { pod, otherPods, version } = question;
  const held = otherPods.flatMap((holder) =>
    hostPortsOf(holder.spec, version).map((port) => ({ ...port, holder })),
  );
  const found = [...shortOf(question, node)];
  if (nodeAffinityAnswer(pod.spec, node).match === "no")
    found.push(predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector"));
  if (pod.spec.nodeName !== "" && pod.spec.nodeName !== node.name)
    found.push(predicate("NodeName", "node(s) didn't match the requested node name"));
  if (portConflicts(hostPortsOf(pod.spec, version), held).length > 0)
    found.push(
      predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports"),
    );
  if (repelled(question, node))
    found.push(predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate"));
  return found;
}

const mismatches = (failure: AdmissionFailure): boolean =>
  failure.type === "predicate" && failure.name === "NodeAffinity";

/**
 * Why the kubelet would refuse a pod that was bound to its node: nothing, or every failure, the first of which it shows. What
 * cannot be told is no failure. Mirrors pkg/kubelet/lifecycle/predicate.go, Admit and generalFilter; a critical pod (priority
 * from 2·10⁹) is then admitted all the same, at the cost of others.
 */
export function kubeletAdmission(question: AdmissionQuestion): readonly AdmissionFailure[] {
  const failures = failuresOn(question, question.node);
  const freshNode = atLeast(question.version, 35) === false ? undefined : question.freshNode;
  const stale = failures.length > 0 && failures.every(mismatches);
  return freshNode && stale ? failuresOn(question, freshNode) : failures;
}

/** status.reason of the refused pod. */
export const admissionReason = (failure: AdmissionFailure): string =>
  failure.type === "resource" ? `OutOf${failure.resource}` : failure.name;

/** status.message of the refused pod, behind "Pod was rejected: ". */
export const admissionMessage = (failure: AdmissionFailure): string =>
  failure.type === "resource"
    ? `Node didn't have enough resource: ${failure.resource}, requested: ${failure.requested}, used: ${failure.used}, capacity: ${failure.allocatable}`
    : `Predicate ${failure.name} failed: ${failure.text}`;
