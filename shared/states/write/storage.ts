import type {
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from "#shared/cluster/storage.ts";
import type { Shapes } from "#shared/events/shapes/kinds.ts";
import { filled, unless, unlessEmpty, writeText, writeTexts } from "./json.ts";
import { writeMetadata } from "./metadata.ts";
import { writeNodeSelector } from "./selector.ts";

export const writePersistentVolume = (of: PersistentVolume): Shapes["PersistentVolume"] =>
  filled({
    metadata: writeMetadata(of),
    spec: unlessEmpty({
      csi: unlessEmpty({
        driver: writeText(of.csiDriver),
        volumeHandle: writeText(of.volumeHandle),
      }),
      nodeAffinity: unlessEmpty({ required: writeNodeSelector(of.nodeAffinity) }),
    }),
  });

export const writePersistentVolumeClaim = (
  of: PersistentVolumeClaim,
): Shapes["PersistentVolumeClaim"] =>
  filled({
    metadata: writeMetadata(of),
    spec: unlessEmpty({
      volumeName: writeText(of.volumeName),
      accessModes: writeTexts(of.accessModes),
      storageClassName: writeText(of.storageClassName),
    }),
    status: unlessEmpty({ phase: writeText(of.phase) }),
  });

export const writeStorageClass = (of: StorageClass): Shapes["StorageClass"] =>
  filled({
    metadata: writeMetadata(of),
    provisioner: writeText(of.provisioner),
    volumeBindingMode: unless(of.bindingMode, "Immediate"),
  });

export const writeVolumeAttachment = (of: VolumeAttachment): Shapes["VolumeAttachment"] =>
  filled({
    metadata: writeMetadata(of),
    spec: unlessEmpty({
      attacher: writeText(of.attacher),
      nodeName: writeText(of.nodeName),
      source: unlessEmpty({ persistentVolumeName: writeText(of.volumeName) }),
    }),
  });
