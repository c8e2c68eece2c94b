import type { Condition, Node, Taint } from "#shared/cluster/node.ts";
import {
  flag,
  inside,
  instant,
  record,
  records,
  text,
  word,
  type At,
  type JsonRecord,
} from "./json.ts";
import { message } from "./message.ts";
import { foreignAnnotation, readMetadata } from "./metadata.ts";
import { givenAt } from "./resources.ts";

const NO_CONDITIONS: readonly Condition[] = [];

export function conditionsAt(at: At, raw: JsonRecord): readonly Condition[] {
  const found = records(at, raw, "conditions");
  if (found.length === 0) return NO_CONDITIONS;
  const there = inside(at, "conditions");
  return found.map((condition) => ({
    type: word(there, condition, "type"),
    status: word(there, condition, "status"),
    reason: word(there, condition, "reason"),
    message: message(there, condition, "message"),
    transitionAt: instant(there, condition, "lastTransitionTime"),
  }));
}

export const taintsAt = (at: At, raw: JsonRecord, key: string): readonly Taint[] => {
  const there = inside(at, key);
  return records(at, raw, key).map((taint) => ({
    key: text(there, taint, "key"),
    value: text(there, taint, "value"),
    effect: text(there, taint, "effect"),
    timeAdded: instant(there, taint, "timeAdded"),
  }));
};

const KEEP = [
  "karpenter.sh/do-not-disrupt",
  "cluster-autoscaler.kubernetes.io/scale-down-disabled",
] as const;

/** Not kept, but the surest sign of when the object was read. */
function sawHeartbeats(at: At, status: JsonRecord): void {
  for (const condition of records(at, status, "conditions"))
    instant(at, condition, "lastHeartbeatTime");
}

export function readNode(raw: JsonRecord, at: At): Node {
  const spec = record(at, raw, "spec");
  const status = record(at, raw, "status");
  const inSpec = inside(at, "spec");
  const inStatus = inside(at, "status");
  const info = record(inStatus, status, "nodeInfo");
  const inInfo = inside(inStatus, "nodeInfo");
  sawHeartbeats(inStatus, status);
  return {
    ...readMetadata(at, raw),
    unschedulable: flag(inSpec, spec, "unschedulable"),
    providerId: text(inSpec, spec, "providerID"),
    taints: taintsAt(inSpec, spec, "taints"),
    conditions: conditionsAt(inStatus, status),
    allocatable: givenAt(inStatus, status, "allocatable"),
    capacity: givenAt(inStatus, status, "capacity"),
    kubeletVersion: text(inInfo, info, "kubeletVersion"),
    os: text(inInfo, info, "operatingSystem"),
    arch: text(inInfo, info, "architecture"),
    doNotDisrupt: KEEP.some((key) => foreignAnnotation(raw, key) === "true"),
  };
}
