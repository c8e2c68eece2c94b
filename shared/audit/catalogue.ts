import type { Cause } from "./cause.ts";
import { configError } from "./causes/config-error.ts";
import { containerCreatingStuck } from "./causes/container-creating-stuck.ts";
import { crashLoop } from "./causes/crash-loop.ts";
import { createRefused } from "./causes/create-refused.ts";
import { evictLoop } from "./causes/evict-loop.ts";
import { hostPortConflict } from "./causes/host-port-conflict.ts";
import { imagePull } from "./causes/image-pull.ts";
import { initFailing } from "./causes/init-failing.ts";
import {
  insufficientCpu,
  insufficientEphemeralStorage,
  insufficientMemory,
  insufficientResource,
} from "./causes/insufficient.ts";
import { kubeletRejected } from "./causes/kubelet-rejected.ts";
import { noPodIp } from "./causes/no-pod-ip.ts";
import { notReady } from "./causes/not-ready.ts";
import { oomKilled } from "./causes/oom-killed.ts";
import { podAffinity } from "./causes/pod-affinity.ts";
import { podNotCreated } from "./causes/pod-not-created.ts";
import { schedulingGated } from "./causes/scheduling-gated.ts";
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
