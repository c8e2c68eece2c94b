import * as z from "zod";
import { flag, list, moment, number, pairs, resources, text } from "./field.ts";
import { Metadata } from "./metadata.ts";
import { Toleration } from "./pod-spec.ts";
import { LabelSelector } from "./selector.ts";

export const PriorityClass = z.strictObject({
  metadata: Metadata,
  value: number("priority").optional(),
  globalDefault: flag("pods without a class get it").optional(),
  preemptionPolicy: text("PreemptLowerPriority unless said").optional(),
});

export const PodDisruptionBudget = z.strictObject({
  metadata: Metadata,
  spec: z.strictObject({ selector: LabelSelector.optional() }).optional(),
  status: z
    .strictObject({
      disruptionsAllowed: number("how many pods may go now").optional(),
      disruptedPods: z
        .record(text("name of the pod"), z.null())
        .describe("names of pods whose going was granted")
        .optional(),
    })
    .optional(),
});

export const RuntimeClass = z.strictObject({
  metadata: Metadata,
  scheduling: z
    .strictObject({
      nodeSelector: pairs("labels that it asks of nodes").optional(),
      tolerations: list(Toleration).optional(),
    })
    .optional(),
  overhead: z.strictObject({ podFixed: resources("what each pod costs more") }).optional(),
});

export const LimitRange = z.strictObject({
  metadata: Metadata,
  spec: z
    .strictObject({
      limits: list(
        z.strictObject({
          type: text("what it is for").optional(),
          default: resources("limits unless said").optional(),
          defaultRequest: resources("requests unless said").optional(),
          max: resources("most").optional(),
          min: resources("least").optional(),
        }),
      ),
    })
    .optional(),
});

export const Namespace = z.strictObject({ metadata: Metadata });

export const Event = z.strictObject({
  metadata: Metadata,
  type: text("Normal or Warning").optional(),
  reason: text("reason in a word").optional(),
  message: text("what was said; what looks like a credential is taken out").optional(),
  involvedObject: z
    .strictObject({
      kind: text("kind of what it is about").optional(),
      namespace: text("its namespace").optional(),
      name: text("its name").optional(),
      uid: text("its UID").optional(),
    })
    .optional(),
  firstTimestamp: moment("first time").optional(),
  lastTimestamp: moment("last time").optional(),
  count: number("how often").optional(),
});
