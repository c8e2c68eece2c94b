import type { Instant } from "#shared/cluster/metadata.ts";
import type { Event } from "#shared/cluster/policy.ts";
import { inside, instant, number, optionalRecord, record, text } from "./json.ts";
import type { At, JsonRecord } from "./json.ts";
import { message } from "./message.ts";
import { readMetadata } from "./metadata.ts";

const firstOf = (at: At, raw: JsonRecord): Instant | undefined =>
  instant(at, raw, "firstTimestamp") ??
  instant(at, raw, "deprecatedFirstTimestamp") ??
  instant(at, raw, "eventTime");

const lastOf = (at: At, raw: JsonRecord): Instant | undefined =>
  instant(inside(at, "series"), record(at, raw, "series"), "lastObservedTime") ??
  instant(at, raw, "lastTimestamp") ??
  instant(at, raw, "deprecatedLastTimestamp") ??
  firstOf(at, raw);

const countOf = (at: At, raw: JsonRecord): number =>
  number(inside(at, "series"), record(at, raw, "series"), "count") ??
  number(at, raw, "count") ??
  number(at, raw, "deprecatedCount") ??
  1;

/**
 * Events come as core/v1 (involvedObject, message, firstTimestamp) and as events.k8s.io (regarding, note, eventTime); newer
 * components fill only eventTime and series in either.
 */
export function readEvent(raw: JsonRecord, at: At): Event {
  const regarding = optionalRecord(at, raw, "regarding") ?? record(at, raw, "involvedObject");
  const about = inside(at, "involvedObject");
  return {
    ...readMetadata(at, raw),
    type: text(at, raw, "type"),
    reason: text(at, raw, "reason"),
    message: message(at, raw, "message") || message(at, raw, "note"),
    regarding: {
      kind: text(about, regarding, "kind"),
      namespace: text(about, regarding, "namespace"),
      name: text(about, regarding, "name"),
      uid: text(about, regarding, "uid"),
    },
    firstAt: firstOf(at, raw),
    lastAt: lastOf(at, raw),
    count: countOf(at, raw),
  };
}
