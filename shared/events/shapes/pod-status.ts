import * as z from "zod";
import {
  flag,
  list,
  moment,
  number,
  ownMoment,
  resources,
  text,
  type Moment,
  type Told,
} from "./field.ts";

const message = text(
  "what the kubelet or a controller said; what looks like a credential is taken out",
);

const condition = (at: Moment) =>
  z.strictObject({
    type: text("which condition").optional(),
    status: text("True, False or Unknown").optional(),
    reason: text("reason in a word").optional(),
    message: message.optional(),
    lastTransitionTime: at("since when").optional(),
  });
/** Of a pod or a node. */
export const Condition = condition(moment);

const state = (at: Moment) =>
  z.strictObject({
    waiting: z
      .strictObject({ reason: text("reason in a word").optional(), message: message.optional() })
      .optional(),
    running: z.strictObject({ startedAt: at("when it started").optional() }).optional(),
    terminated: z
      .strictObject({
        reason: text("reason in a word").optional(),
        message: message.optional(),
        exitCode: number("exit code").optional(),
        startedAt: at("when it started").optional(),
        finishedAt: at("when it ended").optional(),
      })
      .optional(),
  });

const Actual = z.strictObject({
  requests: resources("amounts that count now").optional(),
  limits: resources("limits that count now").optional(),
});

const containerStatus = (at: Moment) =>
  z.strictObject({
    name: text("name of the container").optional(),
    ready: flag("it is ready").optional(),
    restartCount: number("how often it was started again").optional(),
    state: state(at).optional(),
    lastState: state(at).optional(),
    allocatedResources: resources("amounts that the node gave").optional(),
    resources: Actual.optional(),
  });
export const ContainerStatus = containerStatus(moment);

type Parts = {
  readonly condition: typeof Condition;
  readonly containerStatus: typeof ContainerStatus;
};

const podStatus = (at: Moment, parts: Parts) =>
  z.strictObject({
    phase: text("Pending, Running …").optional(),
    reason: text("reason in a word").optional(),
    message: message.optional(),
    conditions: list(parts.condition).optional(),
    containerStatuses: list(parts.containerStatus).optional(),
    initContainerStatuses: list(parts.containerStatus).optional(),
    startTime: at("when the kubelet took it").optional(),
    nominatedNodeName: text("node that it waits for").optional(),
    podIPs: z
      .array(z.strictObject({}))
      .max(2)
      .describe("one empty entry: it has an address; which one stays in the cluster")
      .optional(),
    resources: Actual.optional(),
    allocatedResources: resources("amounts that the node gave").optional(),
    nodeAllocatableResourceClaimStatuses: list(
      z.strictObject({ resources: resources("what its resource claims add").optional() }),
    ).optional(),
  });

export const PodStatus = podStatus(moment, {
  condition: Condition,
  containerStatus: ContainerStatus,
});
/** What the status of many pods has in common: each moment in it is "@". */
export const PodStatusOfClass = podStatus(ownMoment, {
  condition: condition(ownMoment),
  containerStatus: containerStatus(ownMoment),
});

export type ConditionShape = Told<z.infer<typeof Condition>>;
export type ContainerStateShape = Told<z.infer<ReturnType<typeof state>>>;
export type ContainerStatusShape = Told<z.infer<typeof ContainerStatus>>;
export type PodStatusShape = Told<z.infer<typeof PodStatus>>;
