import { conditionOf, type Container, type ContainerStatus, type Pod } from "./pod.ts";
import { addQuantity, maxQuantity, type Quantity, type ResourceList } from "./quantity.ts";
import type { RequestOptions } from "./request-options.ts";

export type Sum = Map<string, Quantity>;
export type Requesting = Pick<Pod, "spec"> & { readonly status?: Pod["status"] };

export function addTo(sum: Sum, list: ResourceList): void {
  for (const [resource, quantity] of list) {
    const before = sum.get(resource);
    sum.set(resource, before ? addQuantity(before, quantity) : quantity);
  }
}

function raiseTo(sum: Sum, list: ResourceList): void {
  for (const [resource, quantity] of list) {
    const before = sum.get(resource);
    sum.set(resource, before ? maxQuantity(before, quantity) : quantity);
  }
}

export const largest = (...lists: readonly (ResourceList | undefined)[]): ResourceList => {
  const sum: Sum = new Map();
  for (const list of lists) if (list) raiseTo(sum, list);
  return sum;
};

type ListOf = (container: Container, status: ContainerStatus | undefined) => ResourceList;

/**
 * helpers.go, aggregateContainerResourcesByFn: containers and sidecars run together; an init container runs alone but for the
 * sidecars that started before it, so order matters.
 */
function aggregated(pod: Requesting, listOf: ListOf): Sum {
  const statuses = new Map<string, ContainerStatus>();
  for (const status of pod.status?.initContainers ?? []) statuses.set(status.name, status);
  for (const status of pod.status?.containers ?? []) statuses.set(status.name, status);
  const total: Sum = new Map();
  const sidecars: Sum = new Map();
  const init: Sum = new Map();
  for (const container of pod.spec.containers)
    addTo(total, listOf(container, statuses.get(container.name)));
  for (const container of pod.spec.initContainers) {
    const list = listOf(container, statuses.get(container.name));
    if (container.sidecar) {
      addTo(total, list);
      addTo(sidecars, list);
      raiseTo(init, sidecars);
    } else {
      const alone: Sum = new Map(list);
      addTo(alone, sidecars);
      raiseTo(init, alone);
    }
  }
  raiseTo(total, init);
  return total;
}

export const NOTHING: ResourceList = new Map();

/** helpers.go, IsPodResizeInfeasible: then the spec is a wish that will not come true. */
export const isInfeasible = (pod: Requesting): boolean => {
  const pending = pod.status && conditionOf(pod.status, "PodResizePending");
  return pending?.reason === "Infeasible";
};

/** status.containerStatuses[].resources was written, empty or not. */
const hasReported = ({ hasResources, actual, actualLimits }: ContainerStatus): boolean =>
  hasResources === true || actual !== undefined || actualLimits !== undefined;

/** The kubelet's own sums for the whole pod, resource claims included. */
type PodSums = { readonly allocated: ResourceList; readonly actual: ResourceList };

/** Which of the three amounts of a container is meant, by kind: requests or limits. */
type Kind = {
  spec(container: Container): ResourceList;
  allocated(status: ContainerStatus): ResourceList | undefined;
  actual(status: ContainerStatus): ResourceList | undefined;
  /** undefined while the kubelet has not written them. */
  pod(status: Pod["status"]): PodSums | undefined;
};
export const REQUESTS: Kind = {
  spec: (container) => container.requests,
  allocated: (status) => status.allocated,
  actual: (status) => status.actual ?? status.allocated,
  pod: ({ allocated, actual }) => (allocated && actual ? { allocated, actual } : undefined),
};
export const LIMITS: Kind = {
  spec: (container) => container.limits,
  allocated: () => undefined,
  actual: (status) => status.actualLimits,
  pod: ({ actualLimits }) => actualLimits && { allocated: NOTHING, actual: actualLimits },
};

function withMissing(list: ResourceList, nonMissing: ResourceList): ResourceList {
  if (nonMissing.size === 0) return list;
  return new Map([...nonMissing, ...list]);
}

/**
 * helpers.go of 1.33 to 1.36, determineEffectiveRequests and …Limits: per container the largest of what the spec wants and what
 * the kubelet reports. Where it has reported no `resources` yet, and of init containers that end, the spec alone counts.
 */
function largestPerContainer(pod: Requesting, kind: Kind, missing: ResourceList): ListOf {
  const infeasible = isInfeasible(pod);
  const ending = new Set(pod.spec.initContainers.filter(({ sidecar }) => !sidecar));
  return (container, status) => {
    const spec = kind.spec(container);
    if (status === undefined || !hasReported(status) || ending.has(container))
      return withMissing(spec, missing);
    const wanted = infeasible ? undefined : spec;
    return withMissing(largest(wanted, kind.actual(status), kind.allocated(status)), missing);
  };
}

export function containerSum(pod: Requesting, kind: Kind, options: RequestOptions): Sum {
  const missing = kind === REQUESTS ? options.nonMissing : NOTHING;
  const specs: ListOf = (container) => withMissing(kind.spec(container), missing);
  const claims = options.claims ? (pod.status?.claimed ?? NOTHING) : NOTHING;
  const inSpec = aggregated(pod, specs);
  addTo(inSpec, claims);
  if (options.resize === "spec") return inSpec;
  if (options.resize === "largest-per-container") {
    const sum = aggregated(pod, largestPerContainer(pod, kind, missing));
    addTo(sum, claims);
    return sum;
  }
  const infeasible = isInfeasible(pod);
  const fallback = (container: Container): ResourceList =>
    infeasible ? NOTHING : kind.spec(container);
  const allocated: ListOf = (container, status) =>
    withMissing((status && kind.allocated(status)) ?? fallback(container), missing);
  const actual: ListOf = (container, status) =>
    withMissing((status && kind.actual(status)) ?? fallback(container), missing);
  const sums = options.podLevelResize && pod.status ? kind.pod(pod.status) : undefined;
  if (sums) return new Map(largest(infeasible ? undefined : inSpec, sums.actual, sums.allocated));
  const inAllocation = aggregated(pod, kind === LIMITS ? () => NOTHING : allocated);
  if (kind === REQUESTS) addTo(inAllocation, claims);
  return new Map(largest(infeasible ? undefined : inSpec, aggregated(pod, actual), inAllocation));
}
