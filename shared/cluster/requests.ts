import { conditionOf, type Container, type ContainerStatus, type Pod } from "./pod.ts";
import {
  addQuantity,
  amountsOf,
  maxQuantity,
  type Amounts,
  type Quantity,
  type ResourceList,
} from "./quantity.ts";
import { atLeast, type Version } from "./version.ts";

/**
 * How a version of Kubernetes adds up. Mirrors PodResourcesOptions of component-helpers/resource/helpers.go; `resize` says what
 * counts while a pod is resized in place: the spec alone (up to 1.32), per container the largest of spec, allocated and actual
 * (1.33 to 1.36), or the largest of the three sums (1.37).
 */
export type RequestOptions = {
  readonly resize: "spec" | "largest-per-container" | "largest-sum";
  readonly podLevel: boolean;
  /** Pod-level amounts in the status count too: beta on from 1.36. */
  readonly podLevelResize: boolean;
  readonly overhead: boolean;
  readonly containerLevel: boolean;
  /** Replaces what a container does not ask for; the scheduler's scoring only. */
  readonly nonMissing: ResourceList;
  /** status.nodeAllocatableResourceClaimStatuses: alpha, off. */
  readonly claims: boolean;
};

export const NEWEST_REQUESTS: RequestOptions = {
  resize: "largest-sum",
  podLevel: true,
  podLevelResize: true,
  overhead: true,
  containerLevel: true,
  nonMissing: new Map(),
  claims: false,
};

/** An unknown version is taken as the newest that we know. */
export function requestOptionsOf(version: Version | undefined): RequestOptions {
  const from = (minor: number): boolean => atLeast(version, minor) !== false;
  const resize = from(37) ? "largest-sum" : from(33) ? "largest-per-container" : "spec";
  return { ...NEWEST_REQUESTS, resize, podLevel: from(34), podLevelResize: from(36) };
}

type Sum = Map<string, Quantity>;
export type Requesting = Pick<Pod, "spec"> & { readonly status?: Pod["status"] };

function addTo(sum: Sum, list: ResourceList): void {
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

const largest = (...lists: readonly (ResourceList | undefined)[]): ResourceList => {
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

const NOTHING: ResourceList = new Map();

/** helpers.go, IsPodResizeInfeasible: then the spec is a wish that will not come true. */
const isInfeasible = (pod: Requesting): boolean => {
  const pending = pod.status && conditionOf(pod.status, "PodResizePending");
  return pending?.reason === "Infeasible";
};

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
const REQUESTS: Kind = {
  spec: (container) => container.requests,
  allocated: (status) => status.allocated,
  actual: (status) => status.actual ?? status.allocated,
  pod: ({ allocated, actual }) => (allocated && actual ? { allocated, actual } : undefined),
};
const LIMITS: Kind = {
  spec: (container) => container.limits,
  allocated: () => undefined,
  actual: (status) => status.actualLimits,
  pod: ({ actualLimits }) => actualLimits && { allocated: NOTHING, actual: actualLimits },
};

function withMissing(list: ResourceList, nonMissing: ResourceList): ResourceList {
  if (nonMissing.size === 0) return list;
  return new Map([...nonMissing, ...list]);
}

function containerSum(pod: Requesting, kind: Kind, options: RequestOptions): Sum {
  const missing = kind === REQUESTS ? options.nonMissing : NOTHING;
  const specs: ListOf = (container) => withMissing(kind.spec(container), missing);
  const claims = options.claims ? (pod.status?.claimed ?? NOTHING) : NOTHING;
  const inSpec = aggregated(pod, specs);
  addTo(inSpec, claims);
  if (options.resize === "spec") return inSpec;
  const infeasible = isInfeasible(pod);
  const fallback = (container: Container): ResourceList =>
    infeasible ? NOTHING : kind.spec(container);
  const allocated: ListOf = (container, status) =>
    withMissing((status && kind.allocated(status)) ?? fallback(container), missing);
  const actual: ListOf = (container, status) =>
    withMissing((status && kind.actual(status)) ?? fallback(container), missing);
  if (options.resize === "largest-per-container") {
    const sum = aggregated(pod, (container, status) =>
      largest(
        infeasible && status?.actual ? undefined : specs(container, status),
        status && kind.allocated(status),
        status && kind.actual(status),
      ),
    );
    addTo(sum, claims);
    return sum;
  }
  const sums = options.podLevelResize && pod.status ? kind.pod(pod.status) : undefined;
  if (sums) return new Map(largest(infeasible ? undefined : inSpec, sums.actual, sums.allocated));
  const inAllocation = aggregated(pod, kind === LIMITS ? () => NOTHING : allocated);
  if (kind === REQUESTS) addTo(inAllocation, claims);
  return new Map(largest(infeasible ? undefined : inSpec, aggregated(pod, actual), inAllocation));
}

/** helpers.go, IsSupportedPodLevelResource. */
const atPodLevel = (resource: string): boolean =>
  resource === "cpu" || resource === "memory" || resource.startsWith("hugepages-");

function applyPodLevel(sum: Sum, list: ResourceList): void {
  for (const [resource, quantity] of list) if (atPodLevel(resource)) sum.set(resource, quantity);
}

const hasPodLevel = (list: ResourceList): boolean => [...list.keys()].some(atPodLevel);

/** status.resources was written and counts, empty or not (helpers.go, PodRequests: pod.Status.Resources != nil). */
const hasPodStatus = ({ status }: Requesting, options: RequestOptions): boolean =>
  options.podLevelResize &&
  options.resize !== "spec" &&
  (status?.hasResources === true ||
    status?.actual !== undefined ||
    status?.actualLimits !== undefined);

/** Requests of a whole pod as quantities. Mirrors helpers.go, PodRequests. */
export function requestList(pod: Requesting, options: RequestOptions): ResourceList {
  const sum: Sum = options.containerLevel ? containerSum(pod, REQUESTS, options) : new Map();
  const own = pod.spec.resources?.requests ?? NOTHING;
  if (options.podLevel && hasPodLevel(own)) {
    applyPodLevel(
      sum,
      hasPodStatus(pod, options)
        ? largest(isInfeasible(pod) ? undefined : own, pod.status?.actual, pod.status?.allocated)
        : own,
    );
  }
  if (options.overhead) addTo(sum, pod.spec.overhead);
  return sum;
}

function effectiveLimits(
  pod: Requesting,
  limits: ResourceList,
  options: RequestOptions,
): ResourceList {
  if (!hasPodStatus(pod, options)) return limits;
  return largest(isInfeasible(pod) ? undefined : limits, pod.status?.actualLimits);
}

/** Limits of a whole pod as quantities; overhead is added only to limits that are set. Mirrors helpers.go, PodLimits. */
export function limitList(pod: Requesting, options: RequestOptions): ResourceList {
  const sum = containerSum(pod, LIMITS, { ...options, claims: false });
  const own = pod.spec.resources;
  if (options.podLevel && own && (hasPodLevel(own.requests) || hasPodLevel(own.limits)))
    applyPodLevel(sum, effectiveLimits(pod, own.limits, options));
  if (!options.overhead) return sum;
  for (const [resource, quantity] of pod.spec.overhead) {
    const limit = sum.get(resource);
    if (limit && limit.nano !== 0n) sum.set(resource, addQuantity(limit, quantity));
  }
  return sum;
}

const remembered = new WeakMap<Pod["spec"], Map<string, Amounts>>();

/** The status has a say; a wish that will not come true counts for nothing even where the kubelet has written no amounts. */
const isResized = (pod: Requesting): boolean =>
  pod.status !== undefined &&
  (pod.status.hasResources === true ||
    pod.status.actual !== undefined ||
    pod.status.allocated !== undefined ||
    [...pod.status.containers, ...pod.status.initContainers].some(
      ({ allocated, actual }) => allocated !== undefined || actual !== undefined,
    ) ||
    isInfeasible(pod));

/**
 * What the scheduler counts for a pod: milli for cpu, whole units for the rest, rounded up once per pod. Equal specs share
 * one object, so the answer is remembered by spec where the status has no say.
 */
export function podRequests(pod: Requesting, version: Version | undefined): Amounts {
  const options = requestOptionsOf(version);
  if (isResized(pod)) return amountsOf(requestList(pod, options));
  const key = `${options.resize}/${options.podLevel}`;
  const known = remembered.get(pod.spec) ?? new Map<string, Amounts>();
  const before = known.get(key);
  if (before) return before;
  const amounts = amountsOf(requestList({ spec: pod.spec }, options));
  remembered.set(pod.spec, known.set(key, amounts));
  return amounts;
}
