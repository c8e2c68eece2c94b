import type { ControllerRevision, DaemonSet, UpdateStrategy } from "#shared/cluster/daemon-set.ts";
import type { DaemonSetShape } from "#shared/events/shapes/daemon-set.ts";
import type { Shapes } from "#shared/events/shapes/kinds.ts";
import { filled, unless, unlessEmpty, writeList, writePairs, writeText } from "./json.ts";
import { writeMetadata } from "./metadata.ts";
import { writePodSpec } from "./pod-spec.ts";
import { writeLabelSelector } from "./selector.ts";

type SpecShape = NonNullable<DaemonSetShape["spec"]>;

function strategy(of: UpdateStrategy): SpecShape["updateStrategy"] {
  if (of.type === "OnDelete") return { type: of.type };
  if (of.type === "other") return unlessEmpty({ type: writeText(of.name) });
  const { maxSurge, maxUnavailable } = of;
  return unlessEmpty({
    rollingUpdate: unlessEmpty({
      maxSurge: unless(maxSurge, 0),
      maxUnavailable: unless(maxUnavailable, maxSurge === 0 ? 1 : 0),
    }),
  });
}

const spec = (of: DaemonSet): SpecShape | undefined =>
  unlessEmpty({
    selector: writeLabelSelector(of.selector),
    template: unlessEmpty({
      metadata: unlessEmpty({ labels: writePairs(of.templateLabels) }),
      spec: unlessEmpty(writePodSpec(of.template)),
    }),
    updateStrategy: strategy(of.updateStrategy),
    minReadySeconds: unless(of.minReadySeconds, 0),
    revisionHistoryLimit: unless(of.revisionHistoryLimit, 10),
  });

const status = ({ status: of }: DaemonSet): DaemonSetShape["status"] =>
  unlessEmpty({
    desiredNumberScheduled: unless(of.desired, 0),
    currentNumberScheduled: unless(of.current, 0),
    numberReady: unless(of.ready, 0),
    numberAvailable: unless(of.available, 0),
    updatedNumberScheduled: unless(of.updated, 0),
    numberMisscheduled: unless(of.misscheduled, 0),
    numberUnavailable: unless(of.unavailable, 0),
    observedGeneration: of.observedGeneration,
  });

export const writeDaemonSet = (of: DaemonSet): DaemonSetShape =>
  filled({
    metadata: filled({
      ...writeMetadata(
        of,
        of.templateGeneration === undefined
          ? []
          : [["deprecated.daemonset.template.generation", of.templateGeneration]],
      ),
      managedFields: writeList(of.managers, (manager) => ({ manager })),
    }),
    spec: spec(of),
    status: status(of),
  });

export const writeControllerRevision = (of: ControllerRevision): Shapes["ControllerRevision"] =>
  filled({ metadata: writeMetadata(of), revision: unless(of.revision, 0) });
