import type {
  CsiNode,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from "#shared/cluster/storage.ts";
import { inside, number, record, records, text, texts, type At, type JsonRecord } from "./json.ts";
import { readMetadata } from "./metadata.ts";
import { nodeSelector } from "./selector.ts";

export function readCsiNode(raw: JsonRecord, at: At): CsiNode {
  const there = inside(at, "spec");
  return {
    ...readMetadata(at, raw),
    drivers: records(there, record(at, raw, "spec"), "drivers").map((driver) => ({
      name: text(there, driver, "name"),
      limit: number(there, record(there, driver, "allocatable"), "count"),
    })),
  };
}

export function readPersistentVolume(raw: JsonRecord, at: At): PersistentVolume {
  const spec = record(at, raw, "spec");
  const there = inside(at, "spec");
  const csi = record(there, spec, "csi");
  const affinity = record(there, spec, "nodeAffinity");
  return {
    ...readMetadata(at, raw),
    nodeAffinity: nodeSelector(inside(there, "nodeAffinity"), affinity, "required"),
    csiDriver: text(inside(there, "csi"), csi, "driver"),
    volumeHandle: text(inside(there, "csi"), csi, "volumeHandle"),
  };
}

export function readPersistentVolumeClaim(raw: JsonRecord, at: At): PersistentVolumeClaim {
  const spec = record(at, raw, "spec");
  const there = inside(at, "spec");
  return {
    ...readMetadata(at, raw),
    volumeName: text(there, spec, "volumeName"),
    phase: text(inside(at, "status"), record(at, raw, "status"), "phase"),
    accessModes: texts(there, spec, "accessModes"),
    storageClassName: text(there, spec, "storageClassName"),
  };
}

export const readStorageClass = (raw: JsonRecord, at: At): StorageClass => ({
  ...readMetadata(at, raw),
  provisioner: text(at, raw, "provisioner"),
  bindingMode: text(at, raw, "volumeBindingMode") || "Immediate",
});

export function readVolumeAttachment(raw: JsonRecord, at: At): VolumeAttachment {
  const spec = record(at, raw, "spec");
  const there = inside(at, "spec");
  const source = record(there, spec, "source");
  return {
    ...readMetadata(at, raw),
    attacher: text(there, spec, "attacher"),
    nodeName: text(there, spec, "nodeName"),
    volumeName: text(inside(there, "source"), source, "persistentVolumeName"),
  };
}
