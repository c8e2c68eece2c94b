import { nodeAffinityAnswer } from "./affinity.ts";
import { isExtended, shortages, type Shortage } from "./fit.ts";
import { hostPortsOf, portConflicts, type HostPort } from "./host-ports.ts";
import { keyOf } from "./metadata.ts";
import type { Node } from "./node.ts";
import { keptApart, type NamespaceLabels } from "./pod-affinity.ts";
import { podSpecOf } from "./pod-of-template.ts";
import { conditionOf, type Pod, type PodSpec } from "./pod.ts";
import type { PodDisruptionBudget, RuntimeClass } from "./policy.ts";
import { showAmount, type Amounts } from "./quantity.ts";
import { podRequests } from "./requests.ts";
import { countsForNomination, holdsRoom, roomOf, type Room } from "./room.ts";
import { answer, type Answer } from "./selector.ts";
import { comparisonIn, KEEPING_AWAY, showTaint, untolerated } from "./taints.ts";
import { atLeast, type Version } from "./version.ts";
import { chooseVictims, priorityOf, type Victims } from "./victims.ts";

export type PreemptionQuestion = {
  /** Of the pod that waits, or a DaemonSet's template for a pod that is yet to be made. */
  readonly spec: PodSpec;
  /** Asked apart from the spec, so that one can ask what another class would do. */
  readonly priority: number;
  readonly node: Node;
  /** With spec.nodeName = the node; ended ones hold nothing, terminating ones all. */
  readonly podsOnNode: readonly Pod[];
  readonly pdbs: readonly PodDisruptionBudget[];
  readonly version: Version | undefined;
  /** Who asks. Without it rules of neighbours cannot be judged, and a nomination of its own is not known. */
  readonly self?: Pick<Pod, "namespace" | "labels"> & Partial<Pick<Pod, "uid" | "status">>;
  /** Pods that were promised a place: those of equal or higher priority on this node are counted. */
  readonly nominated?: readonly Pod[];
  readonly runtimeClass?: RuntimeClass | undefined;
  readonly namespaceLabels?: NamespaceLabels;
};

/**
 * not-scheduled: its spec names the node. unresolvable: a taint or a label of the node, which nobody's going changes.
 * too-large: more than the empty node has. policy-never: its class forbids it. waiting: its victims are still ending.
 * none-lower: no pod there has a lower priority. not-enough, host-port, affinity: those who may stay are in the way.
 * cannot-tell: something that we cannot see decides.
 */
export type NotPreempting =
  | "not-scheduled"
  | "unresolvable"
  | "too-large"
  | "policy-never"
  | "waiting"
  | "none-lower"
  | "not-enough"
  | "host-port"
  | "affinity"
  | "cannot-tell";

export type PreemptionOutcome =
  /** No victims: it fits as things are. */
  | ({ readonly possible: true } & Victims)
  | { readonly possible: false; readonly why: NotPreempting; readonly because: string };

type Refusal = Extract<PreemptionOutcome, { possible: false }>;
const no = (why: NotPreempting, because: string): Refusal => ({ possible: false, why, because });

/** The question with everything worked out that does not depend on who stays. */
type Case = PreemptionQuestion & {
  readonly wanted: Amounts;
  readonly ports: readonly HostPort[];
  readonly lower: readonly Pod[];
  /** The node's room without the lower ones. */
  readonly without: Room;
};

function caseOf(question: PreemptionQuestion): Case {
  const { node, podsOnNode, priority, self, version } = question;
  const spec = podSpecOf(question.spec, question.runtimeClass);
  const others = podsOnNode.filter(holdsRoom);
  const nominated = (question.nominated ?? []).filter(
    (pod) =>
      pod.spec.nodeName === "" &&
      pod.status.nominatedNodeName === node.name &&
      pod.uid !== self?.uid &&
      countsForNomination(pod, priority),
  );
  const stay = others.filter((pod) => priorityOf(pod) >= priority);
  return {
    ...question,
    spec,
    wanted: podRequests({ spec }, version),
    ports: hostPortsOf(spec, version),
    lower: others.filter((pod) => priorityOf(pod) < priority),
    without: roomOf(node, stay, { version, nominated }),
  };
}

const NOT_READ: NamespaceLabels = () => undefined;

/** May the pod be beside `other`, by the required anti-affinity of both? */
function beside({ self, spec, node, namespaceLabels = NOT_READ }: Case, other: Pod): Answer {
  const rules = spec.requiredPodAntiAffinity.length + other.spec.requiredPodAntiAffinity.length;
  if (rules === 0) return "yes";
  if (self === undefined) return "unknown";
  const apart = keptApart({ ...self, spec }, other, { node, labelsOf: namespaceLabels });
  return apart === "unknown" ? apart : answer(apart === "no");
}

const fits = (asked: Case, room: Room): boolean =>
  shortages(asked.wanted, room).length === 0 &&
  portConflicts(asked.ports, room.hostPorts).length === 0;

/** Filters whose answer no victim changes: UnschedulableAndUnresolvable. */
function byNode({ spec, node, version }: Case): Refusal | undefined {
  if (spec.nodeName !== "")
    return no("not-scheduled", "its spec names the node, so no scheduler makes room for it");
  const affinity = nodeAffinityAnswer(spec, node);
  if (affinity.match === "no")
    return no("unresolvable", `${affinity.because} does not match the node`);
  const off = untolerated(node.taints, spec.tolerations, {
    effects: KEEPING_AWAY,
    comparison: comparisonIn(version),
  });
  if (off?.answer === "no")
    return no("unresolvable", `taint ${showTaint(off.taint)} is not tolerated`);
  if (affinity.match === "unknown")
    return no("cannot-tell", `whether ${affinity.because} matches the node cannot be told`);
  return (
    off && no("cannot-tell", `whether taint ${showTaint(off.taint)} is tolerated cannot be told`)
  );
}

const short = ({ resource }: Shortage, amount: bigint): string =>
  resource === "pods" ? `${amount} pods` : `${showAmount(resource, amount)} ${resource}`;

/** From 1.36 on a device of which a node offers none may be had by a claim, which the fit does not count. */
const mayBeClaimed = ({ resource, allocatable }: Shortage, version: Version | undefined): boolean =>
  isExtended(resource) && allocatable === 0n && atLeast(version, 36) !== false;

function bySize({ wanted, without, version }: Case): Refusal | undefined {
  const large = shortages(wanted, without).filter(({ unresolvable }) => unresolvable);
  const surely = large.find((one) => !mayBeClaimed(one, version));
  if (surely !== undefined)
    return no(
      "too-large",
      `${short(surely, surely.requested)} is more than the ${showAmount(surely.resource, surely.allocatable)} of the empty node`,
    );
  const [perhaps] = large;
  return (
    perhaps &&
    no("cannot-tell", `whether a resource claim gives it ${perhaps.resource} is not seen`)
  );
}

/** default_preemption.go, podTerminatingByPreemption. */
const endsByPreemption = (pod: Pod): boolean => {
  const target = conditionOf(pod.status, "DisruptionTarget");
  return (
    pod.deletionAt !== undefined &&
    target?.status === "True" &&
    target.reason === "PreemptionByScheduler"
  );
};

/** default_preemption.go, PodEligibleToPreemptOthers. */
function byEligibility({ spec, self, node, lower }: Case): Refusal | undefined {
  if (spec.preemptionPolicy === "Never") return no("policy-never", "its class never preempts");
  const ending =
    self?.status?.nominatedNodeName === node.name ? lower.find(endsByPreemption) : undefined;
  return ending && no("waiting", `it was promised the place of ${keyOf(ending)}, which is ending`);
}

/** Those who may stay are in the way. */
function byStayers(asked: Case): Refusal | undefined {
  const { priority, without, wanted, ports } = asked;
  const [lack] = shortages(wanted, without);
  if (lack !== undefined)
    return no(
      "not-enough",
      `without the pods below priority ${priority} it would still lack ${short(lack, lack.missing)}`,
    );
  const [taken] = portConflicts(ports, without.hostPorts);
  if (taken !== undefined)
    return no(
      "host-port",
      `${taken.wanted.protocol} ${taken.wanted.port} is held by ${keyOf(taken.holder)}, whose priority is not lower`,
    );
  const foe = without.holders.find((holder) => beside(asked, holder) === "no");
  return (
    foe &&
    no("affinity", `anti-affinity keeps it off beside ${keyOf(foe)}, whose priority is not lower`)
  );
}

/** What else the scheduler would look at, and we cannot from this node alone. */
function unseen(asked: Case): Refusal | undefined {
  const { spec, without, lower } = asked;
  const wide = spec.requiredPodAntiAffinity.some(
    ({ topologyKey }) => topologyKey !== "kubernetes.io/hostname",
  );
  if (
    wide ||
    spec.requiredPodAffinity.length > 0 ||
    spec.topologySpread.some(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule")
  )
    return no("cannot-tell", "its rules about neighbours depend on pods of other nodes");
  if (spec.volumes.some(({ source }) => source.type === "claim" || source.type === "ephemeral"))
    return no("cannot-tell", "what its volume claims allow is not looked at here");
  const strange = [...without.holders, ...lower].find((pod) => beside(asked, pod) === "unknown");
  return strange && no("cannot-tell", `whether it may be beside ${keyOf(strange)} cannot be told`);
}

/**
 * Whom the scheduler would end on its only node to make room for a daemon pod of this priority, or why nobody.
 * Mirrors pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go, SelectVictimsOnNode: pods of strictly lower
 * priority are taken away, and as many as still fit are put back. Rules of pods on other nodes are not asked.
 */
export function preempt(question: PreemptionQuestion): PreemptionOutcome {
  const asked = caseOf(question);
  const { lower, without, pdbs, version } = asked;
  const refused = byNode(asked) ?? bySize(asked);
  if (refused !== undefined) return refused;
  const blocked = byStayers(asked);
  if (blocked !== undefined) return byEligibility(asked) ?? noneLower(asked) ?? blocked;
  const chosen = chooseVictims(lower, without, {
    pdbs,
    version,
    fits: (room, back) => fits(asked, room) && beside(asked, back) !== "no",
  });
  const forbidden = chosen.victims.length > 0 ? byEligibility(asked) : undefined;
  return forbidden ?? unseen(asked) ?? { possible: true, ...chosen };
}

const noneLower = ({ lower, priority }: Case): Refusal | undefined =>
  lower.length === 0
    ? no("none-lower", `no pod there has a priority below ${priority}`)
    : undefined;
