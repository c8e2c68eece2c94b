import type { Cause } from "./cause.ts";
import { cannotSee } from "./causes/cannot-see.ts";
import { clockSkew } from "./causes/clock-skew.ts";
import { configError } from "./causes/config-error.ts";
import { containerCreatingStuck } from "./causes/container-creating-stuck.ts";
import { crashLoop } from "./causes/crash-loop.ts";
import { createRefused } from "./causes/create-refused.ts";
import { duplicatePod } from "./causes/duplicate-pod.ts";
import { evictLoop } from "./causes/evict-loop.ts";
import { excludedByAffinity } from "./causes/excluded-by-affinity.ts";
import { excludedByTaint } from "./causes/excluded-by-taint.ts";
import { forwarderSilent } from "./causes/forwarder-silent.ts";
import { hostPortConflict } from "./causes/host-port-conflict.ts";
import { imagePull } from "./causes/image-pull.ts";
import { ineligibleButTargeted } from "./causes/ineligible-but-targeted.ts";
import { initFailing } from "./causes/init-failing.ts";
import {
  insufficientCpu,
  insufficientEphemeralStorage,
  insufficientMemory,
  insufficientResource,
} from "./causes/insufficient.ts";
import { kubeletRejected } from "./causes/kubelet-rejected.ts";
import { localTrafficBlackHole } from "./causes/local-traffic-black-hole.ts";
import { matchesNoNode } from "./causes/matches-no-node.ts";
import { misplaced } from "./causes/misplaced.ts";
import { nearStarvation } from "./causes/near-starvation.ts";
import { noPodIp } from "./causes/no-pod-ip.ts";
import { noPriority } from "./causes/no-priority.ts";
import { noRequests } from "./causes/no-requests.ts";
import { nodeNeverReady } from "./causes/node-never-ready.ts";
import { nodeNotReady } from "./causes/node-not-ready.ts";
import { nodePressure } from "./causes/node-pressure.ts";
import { nodeStuckLeaving } from "./causes/node-stuck-leaving.ts";
import { nodeUnreachable } from "./causes/node-unreachable.ts";
import { notReady } from "./causes/not-ready.ts";
import { ondeleteDrift } from "./causes/ondelete-drift.ts";
import { oomKilled } from "./causes/oom-killed.ts";
import { pinnedByNodeName } from "./causes/pinned-by-node-name.ts";
import { podAffinity } from "./causes/pod-affinity.ts";
import { podNotCreated } from "./causes/pod-not-created.ts";
import { rolloutImpossible } from "./causes/rollout-impossible.ts";
import { rolloutStuck } from "./causes/rollout-stuck.ts";
import { rolloutSuspectRevision } from "./causes/rollout-suspect-revision.ts";
import { schedulingGated } from "./causes/scheduling-gated.ts";
import { serviceSelectsNoDaemon } from "./causes/service-selects-no-daemon.ts";
import { statusDisagrees } from "./causes/status-disagrees.ts";
import { stuckStartupTaint } from "./causes/stuck-startup-taint.ts";
import { surgeWithHostPort } from "./causes/surge-with-host-port.ts";
import { terminatingStuck } from "./causes/terminating-stuck.ts";
import { tooManyPods } from "./causes/too-many-pods.ts";
import { unschedulableOther } from "./causes/unschedulable-other.ts";
import { volumeUnavailable } from "./causes/volume-unavailable.ts";
import { wrongPlatform } from "./causes/wrong-platform.ts";

/**
 * Every cause, in the order in which it is asked: for one placement the first yes wins. So a cause stands before those
 * that would also be true of its pod but say less (oom-killed before crash-loop).
 */
export const CATALOGUE: readonly Cause[] = [
  // Nothing there, or only what ends. An evict loop stands before pod-not-created, since between two tries there is no pod.
  createRefused,
  terminatingStuck,
  wrongPlatform,
  evictLoop,
  kubeletRejected,
  podNotCreated,
  // Not scheduled, in the order of the scheduler's filters; the message names the first that fails, these name all.
  schedulingGated,
  hostPortConflict,
  tooManyPods,
  insufficientCpu,
  insufficientMemory,
  insufficientEphemeralStorage,
  insufficientResource,
  volumeUnavailable,
  podAffinity,
  unschedulableOther,
  // Bound, and not up.
  oomKilled,
  imagePull,
  configError,
  initFailing,
  noPodIp,
  containerCreatingStuck,
  crashLoop,
  notReady,
  // Of a whole node: no two of the first four are true of one node.
  nodeUnreachable,
  nodeNotReady,
  nodeNeverReady,
  nodeStuckLeaving,
  nodePressure,
  stuckStartupTaint,
  // What the audit itself lacks.
  clockSkew,
  cannotSee,
  forwarderSilent,
  // Of a whole DaemonSet: its rollout, then what may go wrong one day.
  rolloutImpossible,
  rolloutSuspectRevision,
  rolloutStuck,
  ondeleteDrift,
  noPriority,
  noRequests,
  nearStarvation,
  surgeWithHostPort,
  pinnedByNodeName,
  // Where a DaemonSet is meant to be, and where it is instead.
  matchesNoNode,
  excludedByTaint,
  excludedByAffinity,
  ineligibleButTargeted,
  misplaced,
  duplicatePod,
  statusDisagrees,
  // How clients reach it.
  localTrafficBlackHole,
  serviceSelectsNoDaemon,
];

const BY_CODE: ReadonlyMap<string, Cause> = new Map(CATALOGUE.map((cause) => [cause.code, cause]));

/** By a cause's code or by the code of one occurrence; undefined for a code that we do not have. */
export const causeOf = (code: string): Cause | undefined => BY_CODE.get(code) ?? familyOf(code);

/** insufficient-nvidia.com/gpu belongs to insufficient-RESOURCE. */
function familyOf(code: string): Cause | undefined {
  return CATALOGUE.find((cause) => {
    const stem = /^(.+-)[A-Z]+$/.exec(cause.code)?.[1];
    return stem !== undefined && code.startsWith(stem) && code.length > stem.length;
  });
}
