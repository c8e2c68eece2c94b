import * as z from "zod";
import { list, text } from "./field.ts";
import { Metadata } from "./metadata.ts";
import { NodeSelector } from "./selector.ts";

export const PersistentVolume = z.strictObject({
  metadata: Metadata,
  spec: z
    .strictObject({
      csi: z
        .strictObject({
          driver: text("name of the driver").optional(),
          volumeHandle: text("the driver's name of the volume").optional(),
        })
        .optional(),
      nodeAffinity: z.strictObject({ required: NodeSelector.optional() }).optional(),
    })
    .optional(),
});

export const PersistentVolumeClaim = z.strictObject({
  metadata: Metadata,
  spec: z
    .strictObject({
      volumeName: text("name of its volume").optional(),
      accessModes: list(text("access mode")).optional(),
      storageClassName: text("name of its StorageClass").optional(),
    })
    .optional(),
  status: z.strictObject({ phase: text("Pending, Bound or Lost").optional() }).optional(),
});

export const StorageClass = z.strictObject({
  metadata: Metadata,
  provisioner: text("who makes its volumes").optional(),
  volumeBindingMode: text("Immediate unless said").optional(),
});

export const VolumeAttachment = z.strictObject({
  metadata: Metadata,
  spec: z
    .strictObject({
      attacher: text("who attaches").optional(),
      nodeName: text("node").optional(),
      source: z.strictObject({ persistentVolumeName: text("volume").optional() }).optional(),
    })
    .optional(),
});
