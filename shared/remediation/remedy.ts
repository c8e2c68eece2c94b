import type { ClusterFacts } from "#shared/audit/facts.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import * as admission from "./remedies/admission.ts";
import * as configuration from "./remedies/configuration.ts";
import * as machine from "./remedies/machine.ts";
import * as observe from "./remedies/observe.ts";
import * as placing from "./remedies/placing.ts";
import * as pods from "./remedies/pods.ts";
import * as priority from "./remedies/priority.ts";
import * as room from "./remedies/room.ts";
import * as rollout from "./remedies/rollout.ts";
import * as sizing from "./remedies/sizing.ts";
import * as traffic from "./remedies/traffic.ts";
import type { Action, Advice, Calls } from "./advice.ts";

/** What to do, ready to be shown, sent or carried out. */
export type Remedy = Advice & {
  /** Stable name of what to do; the executor's modes are set by it. */
  readonly action: Action;
};

/** Every action has its maker: a new one in RemedyCall does not compile until it stands here. */
const MAKERS: { readonly [A in Action]: (call: Calls[A], facts: ClusterFacts) => Advice } = {
  "raise-priority": priority.raisePriority,
  "make-room": room.makeRoom,
  "larger-nodes": room.largerNodes,
  "free-host-port": room.freeHostPort,
  "lower-requests": sizing.lowerRequests,
  "set-requests": sizing.setRequests,
  "raise-limit": sizing.raiseLimit,
  "add-toleration": placing.addToleration,
  "change-affinity": placing.changeAffinity,
  "remove-scheduling-gate": placing.removeSchedulingGate,
  "restart-pod": pods.restartPod,
  "force-delete-pod": pods.forceDeletePod,
  "remove-taint": machine.removeTaint,
  "repair-node": machine.repairNode,
  "end-machine": machine.endMachine,
  "free-disk": machine.freeDisk,
  "more-addresses": machine.moreAddresses,
  "sync-clock": machine.syncClock,
  "roll-back": rollout.rollBack,
  "raise-max-unavailable": rollout.raiseMaxUnavailable,
  "change-strategy": rollout.changeStrategy,
  "roll-on-delete": rollout.rollOnDelete,
  "touch-daemon-set": rollout.touchDaemonSet,
  "fix-image": configuration.fixImage,
  "fix-config": configuration.fixConfig,
  "fix-volume": configuration.fixVolume,
  "create-object": configuration.createObject,
  "raise-quota": admission.raiseQuota,
  "allow-pod-security": admission.allowPodSecurity,
  "fix-admission": admission.fixAdmission,
  grant: admission.grant,
  "set-traffic": traffic.setTraffic,
  "fix-selector": traffic.fixSelector,
  look: observe.look,
  wait: observe.wait,
};

/** `call` as advice that a person can follow, priced in this cluster. Never throws for names that are not there. */
export const remedyOf = (call: RemedyCall, facts: ClusterFacts): Remedy => ({
  action: call.action,
  ...advise(call.action, call, facts),
});

/** Takes the action apart from its call so that the compiler can see that the two belong together. */
const advise = <A extends Action>(action: A, call: Calls[A], facts: ClusterFacts): Advice =>
  MAKERS[action](call, facts);
