import {
  addTo,
  containerSum,
  isInfeasible,
  largest,
  LIMITS,
  NOTHING,
  REQUESTS,
  type Requesting,
  type Sum,
} from "./container-sum.ts";
import type { Pod } from "./pod.ts";
import { addQuantity, amountsOf, ZERO, type Amounts, type ResourceList } from "./quantity.ts";
import { requestOptionsOf, type RequestOptions } from "./request-options.ts";
import type { Version } from "./version.ts";

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

/**
 * What replaces the spec's own pod-level amounts once the status counts: all that it names, but up to 1.36 only what the spec
 * names too, and nothing at all where only the spec does (helpers.go, PodRequests and PodLimits).
 */
const replacing = (own: ResourceList, status: ResourceList, options: RequestOptions) =>
  options.resize === "largest-sum"
    ? status
    : new Map([...own.keys()].map((resource) => [resource, status.get(resource) ?? ZERO]));

function effectiveRequests(
  pod: Requesting,
  own: ResourceList,
  options: RequestOptions,
): ResourceList {
  if (!hasPodStatus(pod, options)) return own;
  const wanted = isInfeasible(pod) ? undefined : own;
  const status = largest(wanted, pod.status?.actual, pod.status?.allocated);
  return replacing(own, status, options);
}

function effectiveLimits(
  pod: Requesting,
  own: ResourceList,
  options: RequestOptions,
): ResourceList {
  if (!hasPodStatus(pod, options)) return own;
  const wanted = isInfeasible(pod) ? undefined : own;
  return replacing(own, largest(wanted, pod.status?.actualLimits), options);
}

/** Requests of a whole pod as quantities. Mirrors helpers.go, PodRequests. */
export function requestList(pod: Requesting, options: RequestOptions): ResourceList {
  const sum: Sum = options.containerLevel ? containerSum(pod, REQUESTS, options) : new Map();
  const own = pod.spec.resources?.requests ?? NOTHING;
  if (options.podLevel && hasPodLevel(own))
    applyPodLevel(sum, effectiveRequests(pod, own, options));
  if (options.overhead) addTo(sum, pod.spec.overhead);
  return sum;
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
