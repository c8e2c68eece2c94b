import type { Instant } from "#shared/cluster/metadata.ts";
import type { Condition } from "#shared/cluster/node.ts";
import type { ContainerState, ContainerStatus, PodStatus } from "#shared/cluster/pod.ts";
import { sized } from "./canonical.ts";
import type { Counted } from "./counted.ts";
import { registry } from "./counted.ts";
import type { Part, Parts } from "./parts.ts";
import { hasShape } from "./status-match.ts";

/** A status without its moments: healthy pods of one revision all have the same. */
export type StatusShape = Counted<{
  /** Of the first pod that had it; its moments are those of that pod. */
  readonly sample: PodStatus;
  readonly parts: readonly Part[];
  /** How many moments there are. */
  readonly moments: number;
}>;

export type StatusShapes = {
  /** The shape, and into `moments` the status' moments in their order. Not kept yet. `likely`: tried first. */
  of(status: PodStatus, moments: Instant[], likely: StatusShape | undefined): StatusShape;
  at(id: number): StatusShape | undefined;
  keep(shape: StatusShape): void;
  drop(shape: StatusShape): void;
  size(): { readonly entries: number; readonly text: number };
};

/** What is met on the way through a status. */
type Found = { readonly moments: Instant[]; readonly held: Part[]; readonly parts: Parts };

function moment(found: Found, at: Instant | undefined): string {
  if (at === undefined) return "?";
  found.moments.push(at);
  return "@";
}

function part(found: Found, value: object | undefined): string {
  if (value === undefined) return "?";
  const held = found.parts.of(value);
  found.held.push(held);
  return `${held.id};`;
}

const flag = (value: boolean | undefined): string =>
  value === undefined ? "?" : value ? "+" : "-";

const conditionKey = (found: Found, one: Condition): string =>
  moment(found, one.transitionAt) +
  sized(one.type) +
  sized(one.status) +
  sized(one.reason) +
  sized(one.message);

function stateKey(found: Found, state: ContainerState | undefined): string {
  switch (state?.type) {
    case undefined:
      return "?";
    case "waiting":
      return `w${sized(state.reason)}${sized(state.message)}`;
    case "running":
      return `r${moment(found, state.startedAt)}`;
    case "terminated": {
      const { reason, message, exitCode, startedAt, finishedAt } = state;
      const times = moment(found, startedAt) + moment(found, finishedAt);
      return `t${times}${numberKey(exitCode)}${sized(reason)}${sized(message)}`;
    }
  }
}

const numberKey = (value: number): string => (Object.is(value, -0) ? "-0;" : `${value};`);

/** Fields that may be absent: one that is there and says "undefined" is not the same. */
const resizeKey = (
  found: Found,
  of: { readonly actualLimits?: object | undefined; readonly hasResources?: boolean },
): string =>
  (Object.hasOwn(of, "actualLimits") ? part(found, of.actualLimits) : "a") +
  (Object.hasOwn(of, "hasResources") ? flag(of.hasResources) : "a");

const containerKey = (found: Found, one: ContainerStatus): string =>
  sized(one.name) +
  flag(one.ready) +
  numberKey(one.restarts) +
  stateKey(found, one.state) +
  stateKey(found, one.lastState) +
  part(found, one.allocated) +
  part(found, one.actual) +
  resizeKey(found, one);

function listKey<T>(found: Found, list: readonly T[], keyOf: (found: Found, one: T) => string) {
  let key = `[${list.length}:`;
  for (const one of list) key += keyOf(found, one);
  return key;
}

const statusKey = (found: Found, status: PodStatus): string =>
  sized(status.phase) +
  sized(status.reason) +
  sized(status.message) +
  moment(found, status.startedAt) +
  listKey(found, status.conditions, conditionKey) +
  listKey(found, status.containers, containerKey) +
  listKey(found, status.initContainers, containerKey) +
  sized(status.nominatedNodeName) +
  flag(status.hasIP) +
  part(found, status.actual) +
  part(found, status.allocated) +
  part(found, status.claimed) +
  resizeKey(found, status);

/** The moments of a status one by one, in the order in which `statusKey` met them. */
type Next = (sample: Instant | undefined) => Instant | undefined;

function stateAt(state: ContainerState, next: Next): ContainerState {
  switch (state.type) {
    case "waiting":
      return state;
    case "running":
      return { ...state, startedAt: next(state.startedAt) };
    case "terminated":
      return { ...state, startedAt: next(state.startedAt), finishedAt: next(state.finishedAt) };
  }
}

const containersAt = (list: readonly ContainerStatus[], next: Next): readonly ContainerStatus[] =>
  list.map((one) => ({
    ...one,
    state: one.state && stateAt(one.state, next),
    lastState: one.lastState && stateAt(one.lastState, next),
  }));

/** The status that has this shape and these moments. */
export function statusOf(
  { value: { sample } }: StatusShape,
  moments: readonly Instant[],
): PodStatus {
  let at = 0;
  const next: Next = (had) => (had === undefined ? undefined : moments[at++]);
  return {
    ...sample,
    startedAt: next(sample.startedAt),
    conditions: sample.conditions.map((one) => ({
      ...one,
      transitionAt: next(one.transitionAt),
    })),
    containers: containersAt(sample.containers, next),
    initContainers: containersAt(sample.initContainers, next),
  };
}

export function statusShapes(parts: Parts): StatusShapes {
  const shapes = registry<StatusShape["value"]>();
  return {
    of(status, moments, likely) {
      if (likely !== undefined && shapes.at(likely.id) === likely) {
        if (hasShape(status, likely.value.sample, { parts, moments })) return likely;
        moments.length = 0;
      }
      const found: Found = { moments, held: [], parts };
      const key = statusKey(found, status);
      const known = shapes.find(key);
      if (known !== undefined) return known;
      for (const one of found.held) parts.keep(one);
      const value = { sample: status, parts: found.held, moments: moments.length };
      return shapes.add(key, value);
    },
    at: shapes.at,
    keep: shapes.keep,
    drop(shape) {
      if (shapes.drop(shape)) for (const one of shape.value.parts) parts.drop(one);
    },
    size: shapes.size,
  };
}
