import type { ContainerState, ContainerStatus, PodSpec, PodStatus } from "#shared/cluster/pod.ts";
import type { Cut } from "./cut.ts";

export type Affinity = Pick<
  PodSpec,
  "requiredNodeAffinity" | "requiredPodAffinity" | "requiredPodAntiAffinity"
>;

/** Written out: to copy so many fields by "..." takes as long as all the rest. */
export const specWith = (common: PodSpec, nodeName: string, affinity: Affinity): PodSpec => ({
  nodeName,
  nodeSelector: common.nodeSelector,
  requiredNodeAffinity: affinity.requiredNodeAffinity,
  requiredPodAffinity: affinity.requiredPodAffinity,
  requiredPodAntiAffinity: affinity.requiredPodAntiAffinity,
  topologySpread: common.topologySpread,
  tolerations: common.tolerations,
  containers: common.containers,
  initContainers: common.initContainers,
  volumes: common.volumes,
  resources: common.resources,
  overhead: common.overhead,
  hostNetwork: common.hostNetwork,
  priority: common.priority,
  priorityClassName: common.priorityClassName,
  preemptionPolicy: common.preemptionPolicy,
  schedulerName: common.schedulerName,
  schedulingGates: common.schedulingGates,
  runtimeClassName: common.runtimeClassName,
  serviceAccountName: common.serviceAccountName,
  readinessGates: common.readinessGates,
  terminationGracePeriodSeconds: common.terminationGracePeriodSeconds,
  os: common.os,
});

/** The next of the moments that stand in the message. */
const next: { times: Float64Array; at: number } = { times: new Float64Array(0), at: 0 };
const moment = (there: number | undefined): number | undefined => {
  if (there === undefined) return undefined;
  const time = next.times[next.at];
  next.at += 1;
  return time;
};

/** The same status at other moments, which are told in the order in which Go writes them. */
export function statusAt(common: PodStatus, { times, timeCount }: Cut): PodStatus | undefined {
  next.times = times;
  next.at = 0;
  const conditions = common.conditions.map(({ type, status, reason, message, transitionAt }) => ({
    type,
    status,
    reason,
    message,
    transitionAt: moment(transitionAt),
  }));
  const startedAt = moment(common.startedAt);
  const containers = statusesOf(common.containers);
  const initContainers = statusesOf(common.initContainers);
  // A moment that no reader keeps: which is whose cannot be told.
  if (next.at !== timeCount) return undefined;
  if (common.hasResources !== undefined || common.actualLimits !== undefined)
    return { ...common, conditions, startedAt, containers, initContainers };
  const { phase, reason, message, nominatedNodeName, hasIP, actual, allocated, claimed } = common;
  return {
    phase,
    reason,
    message,
    conditions,
    containers,
    initContainers,
    startedAt,
    nominatedNodeName,
    hasIP,
    actual,
    allocated,
    claimed,
  };
}

const statusesOf = (all: readonly ContainerStatus[]): readonly ContainerStatus[] =>
  all.length === 0 ? all : all.map(statusAgain);

function statusAgain(one: ContainerStatus): ContainerStatus {
  const state = stateOf(one.state);
  const lastState = stateOf(one.lastState);
  const { name, ready, restarts, allocated, actual } = one;
  const made: ContainerStatus = { name, ready, restarts, state, lastState, allocated, actual };
  if (one.hasResources === undefined && one.actualLimits === undefined) return made;
  return { ...one, state, lastState };
}

function stateOf(state: ContainerState | undefined): ContainerState | undefined {
  switch (state?.type) {
    case undefined:
    case "waiting":
      return state;
    case "running":
      return { type: "running", startedAt: moment(state.startedAt) };
    case "terminated": {
      const startedAt = moment(state.startedAt);
      return { ...state, startedAt, finishedAt: moment(state.finishedAt) };
    }
  }
}
