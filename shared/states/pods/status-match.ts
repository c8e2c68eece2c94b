import type { Instant } from "#shared/cluster/metadata.ts";
import type { Condition } from "#shared/cluster/node.ts";
import type { ContainerState, ContainerStatus, PodStatus } from "#shared/cluster/pod.ts";
import type { Parts } from "./parts.ts";

type Met = {
  readonly parts: Pick<Parts, "isKnownAs">;
  readonly moments: Instant[];
  /** Restarts may differ too. */
  readonly anyRestarts?: true;
};

/** Both have a moment, or neither has. */
function moment({ moments }: Met, at: Instant | undefined, had: Instant | undefined): boolean {
  if (at !== undefined) moments.push(at);
  return (at === undefined) === (had === undefined);
}

const condition = (met: Met, one: Condition, had: Condition): boolean =>
  moment(met, one.transitionAt, had.transitionAt) &&
  one.type === had.type &&
  one.status === had.status &&
  one.reason === had.reason &&
  one.message === had.message;

function state(
  met: Met,
  one: ContainerState | undefined,
  had: ContainerState | undefined,
): boolean {
  switch (one?.type) {
    case undefined:
      return had === undefined;
    case "waiting":
      return had?.type === "waiting" && one.reason === had.reason && one.message === had.message;
    case "running":
      return had?.type === "running" && moment(met, one.startedAt, had.startedAt);
    case "terminated":
      return (
        had?.type === "terminated" &&
        moment(met, one.startedAt, had.startedAt) &&
        moment(met, one.finishedAt, had.finishedAt) &&
        Object.is(one.exitCode, had.exitCode) &&
        one.reason === had.reason &&
        one.message === had.message
      );
  }
}

type Resized = {
  readonly allocated: object | undefined;
  readonly actual: object | undefined;
  readonly actualLimits?: object | undefined;
  readonly hasResources?: boolean;
};
const resized = ({ parts }: Met, one: Resized, had: Resized): boolean =>
  parts.isKnownAs(one.allocated, had.allocated) &&
  parts.isKnownAs(one.actual, had.actual) &&
  parts.isKnownAs(one.actualLimits, had.actualLimits) &&
  one.hasResources === had.hasResources &&
  Object.hasOwn(one, "actualLimits") === Object.hasOwn(had, "actualLimits") &&
  Object.hasOwn(one, "hasResources") === Object.hasOwn(had, "hasResources");

const container = (met: Met, one: ContainerStatus, had: ContainerStatus): boolean =>
  one.name === had.name &&
  one.ready === had.ready &&
  (met.anyRestarts === true || Object.is(one.restarts, had.restarts)) &&
  state(met, one.state, had.state) &&
  state(met, one.lastState, had.lastState) &&
  resized(met, one, had);

type Match<T> = (met: Met, one: T, had: T) => boolean;

function each<T>(met: Met, lists: readonly [readonly T[], readonly T[]], match: Match<T>): boolean {
  const [list, before] = lists;
  if (list.length !== before.length) return false;
  for (let at = 0; at < list.length; at += 1) {
    const [one, had] = [list[at], before[at]];
    if (one === undefined || had === undefined || !match(met, one, had)) return false;
  }
  return true;
}

/**
 * Whether a status differs from another by its moments at most; they are found on the way, in the order of a status' key.
 * Of pieces that are held only identity is asked, so "no" means "look closer".
 */
export const hasShape = (status: PodStatus, sample: PodStatus, met: Met): boolean =>
  status.phase === sample.phase &&
  status.reason === sample.reason &&
  status.message === sample.message &&
  moment(met, status.startedAt, sample.startedAt) &&
  each(met, [status.conditions, sample.conditions], condition) &&
  each(met, [status.containers, sample.containers], container) &&
  each(met, [status.initContainers, sample.initContainers], container) &&
  status.nominatedNodeName === sample.nominatedNodeName &&
  status.hasIP === sample.hasIP &&
  met.parts.isKnownAs(status.claimed, sample.claimed) &&
  resized(met, status, sample);
