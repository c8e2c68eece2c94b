import type { Metadata } from "./metadata.ts";
import type { NodeSelector } from "./selector.ts";

export type CsiNode = Metadata & {
  readonly drivers: readonly {
    readonly name: string;
    /** allocatable.count: how many volumes the node takes; undefined is "no limit known". */
    readonly limit: number | undefined;
  }[];
};

export type PersistentVolume = Metadata & {
  readonly nodeAffinity: NodeSelector | undefined;
  readonly csiDriver: string;
  readonly volumeHandle: string;
};

export type PersistentVolumeClaim = Metadata & {
  readonly volumeName: string;
  readonly phase: string;
  readonly accessModes: readonly string[];
  readonly storageClassName: string;
};

export type StorageClass = Metadata & {
  readonly provisioner: string;
  /** "Immediate" or "WaitForFirstConsumer". */
  readonly bindingMode: string;
};

export type VolumeAttachment = Metadata & {
  readonly attacher: string;
  readonly nodeName: string;
  readonly volumeName: string;
};
