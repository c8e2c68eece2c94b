import type {
  Lease,
  LimitRange,
  Namespace,
  NodeClaim,
  NodePool,
  PodDisruptionBudget,
  PriorityClass,
  RuntimeClass,
} from "#shared/cluster/policy.ts";
import {
  flag,
  inside,
  instant,
  number,
  record,
  records,
  text,
  wantedLabels,
  type At,
  type JsonRecord,
} from "./json.ts";
import { foreignAnnotation, readMetadata } from "./metadata.ts";
import { tolerationsAt } from "./pod-spec.ts";
import { resourcesAt } from "./resources.ts";
import { labelSelector } from "./selector.ts";

export const readPriorityClass = (raw: JsonRecord, at: At): PriorityClass => ({
  ...readMetadata(at, raw),
  value: number(at, raw, "value") ?? 0,
  globalDefault: flag(at, raw, "globalDefault"),
  preemptionPolicy: text(at, raw, "preemptionPolicy") || "PreemptLowerPriority",
});

export function readPodDisruptionBudget(raw: JsonRecord, at: At): PodDisruptionBudget {
  const status = record(at, raw, "status");
  const inStatus = inside(at, "status");
  return {
    ...readMetadata(at, raw),
    selector: labelSelector(inside(at, "spec"), record(at, raw, "spec"), "selector"),
    disruptionsAllowed: number(inStatus, status, "disruptionsAllowed") ?? 0,
    disruptedPods: new Set(Object.keys(record(inStatus, status, "disruptedPods"))),
  };
}

export function readRuntimeClass(raw: JsonRecord, at: At): RuntimeClass {
  const scheduling = record(at, raw, "scheduling");
  const there = inside(at, "scheduling");
  return {
    ...readMetadata(at, raw),
    nodeSelector: wantedLabels(there, scheduling, "nodeSelector"),
    tolerations: tolerationsAt(there, scheduling, "tolerations"),
    overhead: resourcesAt(inside(at, "overhead"), record(at, raw, "overhead"), "podFixed"),
  };
}

export function readLimitRange(raw: JsonRecord, at: At): LimitRange {
  const inSpec = inside(at, "spec");
  const there = inside(inSpec, "limits");
  return {
    ...readMetadata(at, raw),
    limits: records(inSpec, record(at, raw, "spec"), "limits").map((limit) => ({
      type: text(there, limit, "type"),
      default: resourcesAt(there, limit, "default"),
      defaultRequest: resourcesAt(there, limit, "defaultRequest"),
      max: resourcesAt(there, limit, "max"),
      min: resourcesAt(there, limit, "min"),
    })),
  };
}

export function readNamespace(raw: JsonRecord, at: At): Namespace {
  const metadata = readMetadata(at, raw);
  return {
    ...metadata,
    nodeSelector:
      foreignAnnotation(raw, "scheduler.alpha.kubernetes.io/node-selector") ??
      foreignAnnotation(raw, "openshift.io/node-selector"),
    podSecurity: metadata.labels.get("pod-security.kubernetes.io/enforce") ?? "",
  };
}

export function readLease(raw: JsonRecord, at: At): Lease {
  const spec = record(at, raw, "spec");
  const there = inside(at, "spec");
  return {
    ...readMetadata(at, raw),
    renewedAt: instant(there, spec, "renewTime"),
    holder: text(there, spec, "holderIdentity"),
  };
}

export function readNodePool(raw: JsonRecord, at: At): NodePool {
  const template = record(inside(at, "spec"), record(at, raw, "spec"), "template");
  const there = inside(at, "spec.template.spec");
  const spec = record(inside(at, "spec.template"), template, "spec");
  return {
    ...readMetadata(at, raw),
    startupTaints: records(there, spec, "startupTaints").map((taint) => ({
      key: text(there, taint, "key"),
      value: text(there, taint, "value"),
      effect: text(there, taint, "effect"),
    })),
  };
}

const DURATION = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$/;

/** Karpenter writes Go durations: "30m", "24h0m0s". */
function seconds(value: string): number | undefined {
  const match = value === "" ? null : DURATION.exec(value);
  if (!match) return undefined;
  const [, hours = "0", minutes = "0", rest = "0"] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
}

export function readNodeClaim(raw: JsonRecord, at: At): NodeClaim {
  const spec = record(at, raw, "spec");
  return {
    ...readMetadata(at, raw),
    nodeName: text(inside(at, "status"), record(at, raw, "status"), "nodeName"),
    terminationGracePeriodSeconds: seconds(
      text(inside(at, "spec"), spec, "terminationGracePeriod"),
    ),
  };
}
