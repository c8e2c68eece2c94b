import type {
  Event,
  LimitRange,
  Namespace,
  PodDisruptionBudget,
  PriorityClass,
  RuntimeClass,
} from "#shared/cluster/policy.ts";
import type { Shapes } from "#shared/events/shapes/kinds.ts";
import {
  filled,
  unless,
  unlessEmpty,
  writeFlag,
  writeList,
  writeMoment,
  writePairs,
  writeText,
} from "./json.ts";
import { writeMetadata } from "./metadata.ts";
import { writeToleration } from "./pod-spec.ts";
import { writeResources, writeSomeResources } from "./quantity.ts";
import { writeLabelSelector } from "./selector.ts";

export const writePriorityClass = (of: PriorityClass): Shapes["PriorityClass"] =>
  filled({
    metadata: writeMetadata(of),
    value: unless(of.value, 0),
    globalDefault: writeFlag(of.globalDefault),
    preemptionPolicy: unless(of.preemptionPolicy, "PreemptLowerPriority"),
  });

/** The moments of the grants were not kept. */
const granted = (pods: ReadonlySet<string>) =>
  pods.size === 0 ? undefined : Object.fromEntries([...pods].map((name) => [name, null]));

export const writePodDisruptionBudget = (of: PodDisruptionBudget): Shapes["PodDisruptionBudget"] =>
  filled({
    metadata: writeMetadata(of),
    spec: unlessEmpty({ selector: writeLabelSelector(of.selector) }),
    status: unlessEmpty({
      disruptionsAllowed: unless(of.disruptionsAllowed, 0),
      disruptedPods: granted(of.disruptedPods),
    }),
  });

export const writeRuntimeClass = (of: RuntimeClass): Shapes["RuntimeClass"] =>
  filled({
    metadata: writeMetadata(of),
    scheduling: unlessEmpty({
      nodeSelector: writePairs(of.nodeSelector),
      tolerations: writeList(of.tolerations, writeToleration),
    }),
    overhead: of.overhead.size === 0 ? undefined : { podFixed: writeResources(of.overhead) },
  });

const limit = (of: LimitRange["limits"][number]) =>
  filled({
    type: writeText(of.type),
    default: writeSomeResources(of.default),
    defaultRequest: writeSomeResources(of.defaultRequest),
    max: writeSomeResources(of.max),
    min: writeSomeResources(of.min),
  });

export const writeLimitRange = (of: LimitRange): Shapes["LimitRange"] =>
  filled({
    metadata: writeMetadata(of),
    spec: of.limits.length === 0 ? undefined : { limits: of.limits.map(limit) },
  });

export const writeNamespace = (of: Namespace): Shapes["Namespace"] => ({
  metadata: writeMetadata(
    of,
    of.nodeSelector === undefined
      ? []
      : [["scheduler.alpha.kubernetes.io/node-selector", of.nodeSelector]],
  ),
});

export const writeEvent = (of: Event): Shapes["Event"] =>
  filled({
    metadata: writeMetadata(of),
    type: writeText(of.type),
    reason: writeText(of.reason),
    message: writeText(of.message),
    involvedObject: unlessEmpty({
      kind: writeText(of.regarding.kind),
      namespace: writeText(of.regarding.namespace),
      name: writeText(of.regarding.name),
      uid: writeText(of.regarding.uid),
    }),
    firstTimestamp: writeMoment(of.firstAt),
    // Read as the first where it is not there.
    lastTimestamp: of.lastAt === of.firstAt ? undefined : writeMoment(of.lastAt),
    count: unless(of.count, 1),
  });
