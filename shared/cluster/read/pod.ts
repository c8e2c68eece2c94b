import type { OwnerReference } from "#shared/cluster/metadata.ts";
import type { ContainerState, ContainerStatus, Pod, PodStatus } from "#shared/cluster/pod.ts";
import { addQuantity, type Quantity, type ResourceList } from "#shared/cluster/quantity.ts";
import {
  flag,
  inside,
  instant,
  number,
  optionalRecord,
  problem,
  record,
  records,
  text,
  word,
  type At,
  type JsonRecord,
} from "./json.ts";
import { message } from "./message.ts";
import { foreignAnnotation, readMetadata } from "./metadata.ts";
import { conditionsAt } from "./node.ts";
import { readPodSpec } from "./pod-spec.ts";
import { optionalResources, resourcesAt } from "./resources.ts";

function stateAt(at: At, raw: JsonRecord, key: string): ContainerState | undefined {
  const state = record(at, raw, key);
  const there = inside(at, key);
  const waiting = optionalRecord(there, state, "waiting");
  if (waiting)
    return {
      type: "waiting",
      reason: word(there, waiting, "reason"),
      message: message(there, waiting, "message"),
    };
  const running = optionalRecord(there, state, "running");
  if (running) return { type: "running", startedAt: instant(there, running, "startedAt") };
  const ended = optionalRecord(there, state, "terminated");
  if (!ended) return undefined;
  return {
    type: "terminated",
    reason: word(there, ended, "reason"),
    message: message(there, ended, "message"),
    exitCode: number(there, ended, "exitCode") ?? 0,
    startedAt: instant(there, ended, "startedAt"),
    finishedAt: instant(there, ended, "finishedAt"),
  };
}

function containerStatus(at: At, raw: JsonRecord): ContainerStatus {
  const written = optionalRecord(at, raw, "resources");
  const resources = written ?? {};
  const inResources = inside(at, "resources");
  const actualLimits = optionalResources(inResources, resources, "limits");
  return {
    name: word(at, raw, "name"),
    ready: flag(at, raw, "ready"),
    restarts: number(at, raw, "restartCount") ?? 0,
    state: stateAt(at, raw, "state"),
    lastState: stateAt(at, raw, "lastState"),
    allocated: optionalResources(at, raw, "allocatedResources"),
    actual: optionalResources(inResources, resources, "requests"),
    ...(written === undefined ? {} : { hasResources: true }),
    ...(actualLimits === undefined ? {} : { actualLimits }),
  };
}

const NO_STATUSES: readonly ContainerStatus[] = [];

const statuses = (at: At, raw: JsonRecord, key: string): readonly ContainerStatus[] => {
  const found = records(at, raw, key);
  const there = inside(at, key);
  return found.length === 0 ? NO_STATUSES : found.map((one) => containerStatus(there, one));
};

/** What resource claims add to the pod's requests, summed (alpha; each container that uses a claim counts it). */
function claimed(at: At, raw: JsonRecord): ResourceList | undefined {
  const found = records(at, raw, "nodeAllocatableResourceClaimStatuses");
  if (found.length === 0) return undefined;
  const there = inside(at, "nodeAllocatableResourceClaimStatuses");
  const sum = new Map<string, Quantity>();
  for (const claim of found) {
    for (const [resource, quantity] of resourcesAt(there, claim, "resources")) {
      const before = sum.get(resource);
      sum.set(resource, before ? addQuantity(before, quantity) : quantity);
    }
  }
  return sum;
}

export function readPodStatus(at: At, raw: JsonRecord): PodStatus {
  const written = optionalRecord(at, raw, "resources");
  const resources = written ?? {};
  const actualLimits = optionalResources(inside(at, "resources"), resources, "limits");
  return {
    phase: word(at, raw, "phase"),
    reason: text(at, raw, "reason"),
    message: message(at, raw, "message"),
    conditions: conditionsAt(at, raw),
    containers: statuses(at, raw, "containerStatuses"),
    initContainers: statuses(at, raw, "initContainerStatuses"),
    startedAt: instant(at, raw, "startTime"),
    nominatedNodeName: text(at, raw, "nominatedNodeName"),
    hasIP: text(at, raw, "podIP") !== "" || records(at, raw, "podIPs").length > 0,
    actual: optionalResources(inside(at, "resources"), resources, "requests"),
    allocated: optionalResources(at, raw, "allocatedResources"),
    claimed: claimed(at, raw),
    ...(written === undefined ? {} : { hasResources: true }),
    ...(actualLimits === undefined ? {} : { actualLimits }),
  };
}

const keptByHand = (raw: JsonRecord): boolean =>
  foreignAnnotation(raw, "karpenter.sh/do-not-disrupt") === "true" ||
  foreignAnnotation(raw, "cluster-autoscaler.kubernetes.io/safe-to-evict") === "false";

/** A controller's reference always has both; without them the pod proves nothing and covers nothing. */
function checkOwners(at: At, owners: readonly OwnerReference[]): void {
  for (const owner of owners)
    if (owner.kind === "DaemonSet" && (owner.uid === "" || !owner.controller))
      problem(inside(at, "metadata.ownerReferences"), {
        code: "owner.incomplete",
        value: owner.name,
        fix: "a DaemonSet's own pods name it with uid and controller: true; this one counts as nobody's",
      });
}

export function readPod(raw: JsonRecord, at: At): Pod {
  const metadata = readMetadata(at, raw);
  checkOwners(at, metadata.owners);
  return {
    ...metadata,
    spec: readPodSpec(inside(at, "spec"), record(at, raw, "spec")),
    status: readPodStatus(inside(at, "status"), record(at, raw, "status")),
    doNotDisrupt: keptByHand(raw),
  };
}
