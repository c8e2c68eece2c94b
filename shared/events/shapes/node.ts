import * as z from "zod";
import { flag, list, moment, number, resources, text, type Told } from "./field.ts";
import { Metadata } from "./metadata.ts";
import { Condition } from "./pod-status.ts";

export const Taint = z.strictObject({
  key: text("key").optional(),
  value: text("value").optional(),
  effect: text("effect").optional(),
  timeAdded: moment("since when").optional(),
});

export const Node = z.strictObject({
  metadata: Metadata,
  spec: z
    .strictObject({
      unschedulable: flag("it is cordoned").optional(),
      providerID: text("the cloud's name of the machine").optional(),
      taints: list(Taint).optional(),
    })
    .optional(),
  status: z
    .strictObject({
      conditions: list(Condition).optional(),
      allocatable: resources("what pods may use").optional(),
      capacity: resources("what it has").optional(),
      nodeInfo: z
        .strictObject({
          kubeletVersion: text("version of the kubelet").optional(),
          operatingSystem: text("linux or windows").optional(),
          architecture: text("amd64, arm64 …").optional(),
        })
        .optional(),
    })
    .optional(),
});

export const Lease = z.strictObject({
  metadata: Metadata,
  spec: z
    .strictObject({
      renewTime: moment("last sign of life").optional(),
      holderIdentity: text("name of the node").optional(),
    })
    .optional(),
});

export const CSINode = z.strictObject({
  metadata: Metadata,
  spec: z
    .strictObject({
      drivers: list(
        z.strictObject({
          name: text("name of the driver").optional(),
          allocatable: z
            .strictObject({ count: number("how many volumes it takes").optional() })
            .optional(),
        }),
      ).optional(),
    })
    .optional(),
});

export const NodeClaim = z.strictObject({
  metadata: Metadata,
  spec: z
    .strictObject({ terminationGracePeriod: text("how long a leaving node may take").optional() })
    .optional(),
  status: z.strictObject({ nodeName: text("name of the node").optional() }).optional(),
});

export const NodePool = z.strictObject({
  metadata: Metadata,
  spec: z
    .strictObject({
      template: z.strictObject({
        spec: z.strictObject({ startupTaints: list(Taint.omit({ timeAdded: true })) }),
      }),
    })
    .optional(),
});

export type TaintShape = Told<z.infer<typeof Taint>>;
export type NodeShape = Told<z.infer<typeof Node>>;
