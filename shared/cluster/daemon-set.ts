import type { Metadata } from "./metadata.ts";
import type { PodSpec } from "./pod.ts";
import type { LabelSelector } from "./selector.ts";
import type { Labels } from "./metadata.ts";

/** A number, or a percentage as typed ("10%"). What it scales to depends on the moment. */
export type IntOrPercent = number | string;

export type UpdateStrategy =
  | {
      readonly type: "RollingUpdate";
      readonly maxUnavailable: IntOrPercent;
      readonly maxSurge: IntOrPercent;
    }
  | { readonly type: "OnDelete" }
  /** A strategy this version of dsaudit does not know. */
  | { readonly type: "other"; readonly name: string };

/** The controller's own counters: evidence, never truth. Absent in JSON means 0. */
export type DaemonSetStatus = {
  readonly desired: number;
  readonly current: number;
  readonly ready: number;
  readonly available: number;
  readonly updated: number;
  readonly misscheduled: number;
  readonly unavailable: number;
  readonly observedGeneration: number | undefined;
};

export type DaemonSet = Metadata & {
  readonly selector: LabelSelector | undefined;
  readonly templateLabels: Labels;
  readonly template: PodSpec;
  readonly updateStrategy: UpdateStrategy;
  readonly minReadySeconds: number;
  readonly revisionHistoryLimit: number;
  /** Annotation deprecated.daemonset.template.generation, which the API server keeps. */
  readonly templateGeneration: string | undefined;
  readonly status: DaemonSetStatus;
  /** Names in metadata.managedFields, for finding who else writes this object (Argo, Flux, Helm, an add-on). */
  readonly managers: readonly string[];
  /** Known only from its pods: no DaemonSet object was seen, so eligibility cannot be judged. */
  readonly inferred: boolean;
};

/** A stored template of a DaemonSet. The highest revision is the current one, once observedGeneration is up to date. */
export type ControllerRevision = Metadata & {
  readonly revision: number;
  /** Label controller-revision-hash. */
  readonly hash: string;
};
