import type { Cause } from "./cause.ts";
import { configError } from "./causes/config-error.ts";
import { hostPortConflict } from "./causes/host-port-conflict.ts";
import { imagePull } from "./causes/image-pull.ts";
import {
  insufficientCpu,
  insufficientEphemeralStorage,
  insufficientMemory,
  insufficientResource,
} from "./causes/insufficient.ts";
import { schedulingGated } from "./causes/scheduling-gated.ts";
import { tooManyPods } from "./causes/too-many-pods.ts";
import { wrongPlatform } from "./causes/wrong-platform.ts";

/**
 * Every cause, in the order in which it is asked: for one placement the first yes wins. So a cause stands before those
 * that would also be true of its pod but say less (oom-killed before crash-loop).
 */
export const CATALOGUE: readonly Cause[] = [
  schedulingGated,
  hostPortConflict,
  tooManyPods,
  insufficientCpu,
  insufficientMemory,
  insufficientEphemeralStorage,
  insufficientResource,
  wrongPlatform,
  imagePull,
  configError,
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
