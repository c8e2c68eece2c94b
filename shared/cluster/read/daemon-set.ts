import type {
  ControllerRevision,
  DaemonSet,
  DaemonSetStatus,
  IntOrPercent,
  UpdateStrategy,
} from "#shared/cluster/daemon-set.ts";
import type { LabelSelector } from "#shared/cluster/selector.ts";
import { scaledUp } from "#shared/cluster/int-or-percent.ts";
import { inside, labels, number, problem, record, text, type At, type JsonRecord } from "./json.ts";
import { foreignAnnotation, managersOf, readMetadata } from "./metadata.ts";
import { readPodSpec } from "./pod-spec.ts";
import { labelSelector } from "./selector.ts";

function intOrPercent(at: At, raw: JsonRecord, key: string): IntOrPercent | undefined {
  const value = raw[key];
  if (value === undefined || value === null) return undefined;
  const readable = typeof value === "number" || typeof value === "string";
  const scaled = readable ? scaledUp(value, 100) : undefined;
  if (!readable || scaled === undefined) {
    problem(inside(at, key), {
      code: "percent.syntax",
      value,
      fix: 'write a whole number or a percentage such as "10%"',
    });
    return undefined;
  }
  if (typeof value === "string" && scaled > 100) {
    problem(inside(at, key), {
      code: "percent.out_of_range",
      value,
      fix: "100% is every node; it is read as that",
    });
    return "100%";
  }
  return value;
}

function strategy(at: At, raw: JsonRecord): UpdateStrategy {
  const type = text(at, raw, "type");
  if (type === "OnDelete") return { type };
  if (type !== "" && type !== "RollingUpdate") return { type: "other", name: type };
  const rolling = record(at, raw, "rollingUpdate");
  const there = inside(at, "rollingUpdate");
  const maxSurge = intOrPercent(there, rolling, "maxSurge") ?? 0;
  return {
    type: "RollingUpdate",
    maxSurge,
    maxUnavailable: intOrPercent(there, rolling, "maxUnavailable") ?? (maxSurge === 0 ? 1 : 0),
  };
}

const status = (at: At, raw: JsonRecord): DaemonSetStatus => ({
  desired: number(at, raw, "desiredNumberScheduled") ?? 0,
  current: number(at, raw, "currentNumberScheduled") ?? 0,
  ready: number(at, raw, "numberReady") ?? 0,
  available: number(at, raw, "numberAvailable") ?? 0,
  updated: number(at, raw, "updatedNumberScheduled") ?? 0,
  misscheduled: number(at, raw, "numberMisscheduled") ?? 0,
  unavailable: number(at, raw, "numberUnavailable") ?? 0,
  observedGeneration: number(at, raw, "observedGeneration"),
});

/** Absent, or empty: it would select every pod of the namespace, so the controller refuses to sync (EventTypeSelectingAll). */
function checkSelector(at: At, selector: LabelSelector | undefined): void {
  if (selector && (selector.matchLabels.size > 0 || selector.matchExpressions.length > 0)) return;
  problem(at, {
    code: "selector.empty",
    value: selector ? {} : null,
    fix: "give spec.selector the labels of the template; the controller does nothing until then",
  });
}

export function readDaemonSet(raw: JsonRecord, at: At): DaemonSet {
  const spec = record(at, raw, "spec");
  const inSpec = inside(at, "spec");
  const selector = labelSelector(inSpec, spec, "selector");
  checkSelector(inside(inSpec, "selector"), selector);
  const template = record(inSpec, spec, "template");
  const inTemplate = inside(inSpec, "template");
  const templateMetadata = record(inTemplate, template, "metadata");
  return {
    ...readMetadata(at, raw),
    selector,
    templateLabels: labels(inside(inTemplate, "metadata"), templateMetadata, "labels"),
    template: readPodSpec(inside(inTemplate, "spec"), record(inTemplate, template, "spec")),
    updateStrategy: strategy(
      inside(inSpec, "updateStrategy"),
      record(inSpec, spec, "updateStrategy"),
    ),
    minReadySeconds: number(inSpec, spec, "minReadySeconds") ?? 0,
    revisionHistoryLimit: number(inSpec, spec, "revisionHistoryLimit") ?? 10,
    templateGeneration: foreignAnnotation(raw, "deprecated.daemonset.template.generation"),
    status: status(inside(at, "status"), record(at, raw, "status")),
    managers: managersOf(at, raw),
    inferred: false,
  };
}

export const readControllerRevision = (raw: JsonRecord, at: At): ControllerRevision => {
  const metadata = readMetadata(at, raw);
  return {
    ...metadata,
    revision: number(at, raw, "revision") ?? 0,
    hash: metadata.labels.get("controller-revision-hash") ?? "",
  };
};
