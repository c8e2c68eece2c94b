import * as z from "zod";
import { list, number, text, type Told } from "./field.ts";
import { labels, Metadata } from "./metadata.ts";
import { PodSpec } from "./pod-spec.ts";
import { LabelSelector } from "./selector.ts";

const intOrPercent = (what: string) =>
  z.union([z.int(), z.string().regex(/^[+-]?\d{1,9}%$/)]).describe(what);

export const DaemonSet = z.strictObject({
  metadata: Metadata.extend({
    managedFields: list(z.strictObject({ manager: text("who wrote to it, by name") })).optional(),
  }),
  spec: z
    .strictObject({
      selector: LabelSelector.optional(),
      template: z
        .strictObject({
          metadata: z.strictObject({ labels: labels.optional() }).optional(),
          spec: PodSpec.optional(),
        })
        .optional(),
      updateStrategy: z
        .strictObject({
          type: text("RollingUpdate unless said").optional(),
          rollingUpdate: z
            .strictObject({
              maxSurge: intOrPercent("how many more at once").optional(),
              maxUnavailable: intOrPercent("how many fewer at once").optional(),
            })
            .optional(),
        })
        .optional(),
      minReadySeconds: number("how long a pod must be ready").optional(),
      revisionHistoryLimit: number("10 unless said").optional(),
    })
    .optional(),
  status: z
    .strictObject({
      desiredNumberScheduled: number("counter of the controller").optional(),
      currentNumberScheduled: number("counter of the controller").optional(),
      numberReady: number("counter of the controller").optional(),
      numberAvailable: number("counter of the controller").optional(),
      updatedNumberScheduled: number("counter of the controller").optional(),
      numberMisscheduled: number("counter of the controller").optional(),
      numberUnavailable: number("counter of the controller").optional(),
      observedGeneration: number("the spec that the counters speak of").optional(),
    })
    .optional(),
});

/** Its stored template stays in the cluster. */
export const ControllerRevision = z.strictObject({
  metadata: Metadata,
  revision: number("number of the revision").optional(),
});

export type DaemonSetShape = Told<z.infer<typeof DaemonSet>>;
