import type { Cause } from "./cause.ts";

/**
 * Every cause, in the order in which it is asked: for one placement the first yes wins. So a cause stands before those
 * that would also be true of its pod but say less (oom-killed before crash-loop).
 */
export const CATALOGUE: readonly Cause[] = [];

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
