import type { Condition } from "#shared/cluster/node.ts";
import type { ContainerState, ContainerStatus, PodStatus } from "#shared/cluster/pod.ts";
import type { Quantity, ResourceList } from "#shared/cluster/quantity.ts";
import type {
  ConditionShape,
  ContainerStateShape,
  ContainerStatusShape,
  PodStatusShape,
} from "#shared/events/shapes/pod-status.ts";
import { filled, unless, writeFlag, writeList, writeMoment, writeText } from "./json.ts";
import { writeOptionalResources, writeResources } from "./quantity.ts";

export const writeCondition = (of: Condition): ConditionShape =>
  filled({
    type: writeText(of.type),
    status: writeText(of.status),
    reason: writeText(of.reason),
    message: writeText(of.message),
    lastTransitionTime: writeMoment(of.transitionAt),
  });

function state(of: ContainerState): ContainerStateShape {
  switch (of.type) {
    case "waiting":
      return { waiting: filled({ reason: writeText(of.reason), message: writeText(of.message) }) };
    case "running":
      return { running: filled({ startedAt: writeMoment(of.startedAt) }) };
    case "terminated":
      return {
        terminated: filled({
          reason: writeText(of.reason),
          message: writeText(of.message),
          exitCode: unless(of.exitCode, 0),
          startedAt: writeMoment(of.startedAt),
          finishedAt: writeMoment(of.finishedAt),
        }),
      };
  }
}

type Reported = {
  readonly actual: ResourceList | undefined;
  readonly actualLimits?: ResourceList | undefined;
  readonly hasResources?: boolean;
};

/** That it was written at all counts, be it empty. */
const resources = ({ actual, actualLimits, hasResources }: Reported) =>
  hasResources === true || actual !== undefined || actualLimits !== undefined
    ? filled({
        requests: writeOptionalResources(actual),
        limits: writeOptionalResources(actualLimits),
      })
    : undefined;

const containerStatus = (of: ContainerStatus): ContainerStatusShape =>
  filled({
    name: writeText(of.name),
    ready: writeFlag(of.ready),
    restartCount: unless(of.restarts, 0),
    state: of.state && state(of.state),
    lastState: of.lastState && state(of.lastState),
    allocatedResources: writeOptionalResources(of.allocated),
    resources: resources(of),
  });

/** No binary amount is read beyond 8Ei, but a sum of some may be larger. */
const MOST: Quantity = { nano: 2n ** 62n * 10n ** 9n, format: "BinarySI" };
const isTooLarge = ({ nano, format }: Quantity): boolean =>
  format === MOST.format && nano > MOST.nano;

/** The sum as one claim, and as a second one where it is too large for one. */
function claimed(sum: ResourceList): PodStatusShape["nodeAllocatableResourceClaimStatuses"] {
  const large = [...sum].filter(([, amount]) => isTooLarge(amount));
  const first = new Map([...sum, ...large.map(([name]) => [name, MOST] as const)]);
  const rest = large.map(([name, { nano }]): [string, Quantity] => [
    name,
    { nano: nano - MOST.nano, format: "DecimalSI" },
  ]);
  const one = { resources: writeResources(first) };
  return large.length === 0 ? [one] : [one, { resources: writeResources(new Map(rest)) }];
}

export const writePodStatus = (of: PodStatus): PodStatusShape =>
  filled({
    phase: writeText(of.phase),
    reason: writeText(of.reason),
    message: writeText(of.message),
    conditions: writeList(of.conditions, writeCondition),
    containerStatuses: writeList(of.containers, containerStatus),
    initContainerStatuses: writeList(of.initContainers, containerStatus),
    startTime: writeMoment(of.startedAt),
    nominatedNodeName: writeText(of.nominatedNodeName),
    // That there is an address counts; which one is nobody's business outside.
    podIPs: of.hasIP ? [{}] : undefined,
    resources: resources(of),
    allocatedResources: writeOptionalResources(of.allocated),
    nodeAllocatableResourceClaimStatuses: of.claimed && claimed(of.claimed),
  });
