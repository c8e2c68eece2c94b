import { isReady } from "#shared/cluster/daemon-controller/available.ts";
import { keyOf, type Instant } from "#shared/cluster/metadata.ts";
import { startOf } from "#shared/cluster/node-phase.ts";
import type { Taint } from "#shared/cluster/node.ts";
import { conditionOf, type Pod } from "#shared/cluster/pod.ts";
import { comparisonIn, daemonTolerations, tolerated } from "#shared/cluster/taints.ts";
import type { CannotTell } from "#shared/audit/cause.ts";
import type { NodeView, PlacementView } from "#shared/audit/facts.ts";
import { gateOf, type Gate } from "./gates.ts";
import { later } from "#shared/audit/phrase.ts";

/** A start-up taint that nothing takes off any more, as evidence. */
export type StuckGate = {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
  readonly openedBy: string;
  /**
   * owner-ready: the daemon that it waits for is up. all-up: nobody knows whom it waits for, and every daemon of the node is
   * up. owner-kept-out: it keeps out the very daemon that it waits for.
   */
  readonly why: "owner-ready" | "all-up" | "owner-kept-out";
  /** "namespace/name" of that daemon; "" where none is known. */
  readonly owner: string;
  readonly pod: string;
  /** Milliseconds for which nothing has been missing. */
  readonly stuckFor: number;
  /** Daemons that do not tolerate the taint and are not up. */
  readonly keptOut: readonly string[];
  readonly care: Gate["care"];
  readonly removable: boolean;
  /** Of the CSI driver on this node; "" where the gate is none of CSI. */
  readonly driver: string;
  readonly registered: "with-limit" | "without-limit" | "no" | "unknown" | "";
};

type Waiting = {
  readonly view: NodeView;
  readonly taint: Taint;
  readonly gate: Gate;
  readonly owners: readonly PlacementView[];
};

/** undefined: it has its reason to be there, or time is left. */
export function stuckGate(view: NodeView, taint: Taint): StuckGate | CannotTell | undefined {
  const gate = gateOf(taint.key);
  const meant = view.placements().filter(({ intended }) => intended === "yes");
  const owners = meant.filter(({ daemonSet }) => gate.isOwner(daemonSet));
  const waitsFor = owners.length > 0 ? owners : meant;
  const down = waitsFor.filter((placement) => !isUp(placement));
  const keptOut = down.filter((placement) => keepsOut(taint, placement));
  // Somebody is down for another reason: that trouble is told, and the gate does its work (Cilium puts its back on old nodes).
  if (keptOut.length < down.length) return undefined;
  const since = openableSince({ view, taint, gate, owners }, waitsFor);
  if (typeof since === "object") return since;
  const stuckFor = view.facts.at - since;
  if (stuckFor <= view.facts.policy.grace.startupTaint * 1000) return undefined;
  return {
    ...evidenceOf({ view, taint, gate, owners }, keptOut),
    stuckFor,
  };
}

const isUp = ({ pod, node }: PlacementView): boolean =>
  pod !== undefined &&
  pod.deletionAt === undefined &&
  pod.spec.nodeName === node.node.name &&
  isReady(pod);

const keepsOut = (taint: Taint, { daemonSet, facts }: PlacementView): boolean =>
  tolerated(
    taint,
    daemonTolerations(daemonSet.daemonSet.template),
    comparisonIn(facts.cluster.version),
  ) === "no";

const readySince = ({ status, createdAt }: Pod): Instant | undefined =>
  conditionOf(status, "Ready")?.transitionAt ?? status.startedAt ?? createdAt;

/** From when it could have been taken off: the node is up, the taint is there, and so is whoever it waits for. */
function openableSince(
  { view, taint }: Waiting,
  waitsFor: readonly PlacementView[],
): Instant | CannotTell {
  let since = later(startOf(view.node), taint.timeAdded);
  for (const placement of waitsFor) {
    const { pod, daemonSet } = placement;
    if (pod === undefined || !isUp(placement)) continue;
    const ready = readySince(pod);
    if (ready === undefined) return { cannotTell: `since when ${daemonSet.key} is up is not told` };
    since = later(since, ready);
  }
  return since ?? { cannotTell: "since when the node is up is not told" };
}

function evidenceOf(
  { view, taint, gate, owners }: Waiting,
  keptOut: readonly PlacementView[],
): Omit<StuckGate, "stuckFor"> {
  const { key, value, effect } = taint;
  const { openedBy, care, removable, driver } = gate;
  const [owner] = owners;
  return {
    key,
    value,
    effect,
    openedBy,
    care,
    removable,
    driver,
    why: owner === undefined ? "all-up" : keptOut.length > 0 ? "owner-kept-out" : "owner-ready",
    owner: owner?.daemonSet.key ?? "",
    pod: owner?.pod === undefined ? "" : keyOf(owner.pod),
    keptOut: keptOut.map(({ daemonSet }) => daemonSet.key).toSorted(),
    registered: driver === "" ? "" : registrationOf(view, driver),
  };
}

/** CSINode says whether the driver has registered, and how many volumes it lets the node have. */
function registrationOf(
  { facts, node }: NodeView,
  driver: string,
): Exclude<StuckGate["registered"], ""> {
  const own = facts.cluster.CSINode.find(({ name }) => name === node.name);
  if (own === undefined) return facts.seen("CSINode") ? "no" : "unknown";
  const found = own.drivers.find(({ name }) => name === driver);
  if (found === undefined) return "no";
  return found.limit === undefined ? "without-limit" : "with-limit";
}
