import { OUR_PREFIX } from "./metadata.ts";
import { isRecord, type JsonRecord } from "./read/json.ts";
import { kindOf } from "./read/object.ts";
import { redactImage, redactText } from "./redact-text.ts";
import { SHAPES, type Shape } from "./redact-shapes.ts";

/** Annotations of others that rules read; every other one may carry a whole manifest, or a secret. */
const KEPT_ANNOTATIONS: ReadonlySet<string> = new Set([
  "karpenter.sh/do-not-disrupt",
  "cluster-autoscaler.kubernetes.io/safe-to-evict",
  "cluster-autoscaler.kubernetes.io/scale-down-disabled",
  "deprecated.daemonset.template.generation",
  "scheduler.alpha.kubernetes.io/node-selector",
  "openshift.io/node-selector",
]);

const isScalar = (value: unknown): boolean => value === null || typeof value !== "object";

/** Built entry by entry with defineProperty semantics, so that a key called "__proto__" stays a key. */
const fromEntries = (entries: Iterable<readonly [string, unknown]>): JsonRecord =>
  Object.fromEntries(entries);

function pickMap(value: JsonRecord, keeps: (key: string) => boolean): JsonRecord {
  return fromEntries(Object.entries(value).filter(([key, one]) => keeps(key) && isScalar(one)));
}

const isOurs = (key: string): boolean => key.startsWith(OUR_PREFIX) || KEPT_ANNOTATIONS.has(key);

function pick(shape: Shape, value: unknown): unknown {
  if (value === null) return null;
  switch (shape) {
    case "value":
      return isScalar(value) ? value : undefined;
    case "text":
      return typeof value === "string" ? redactText(value) : undefined;
    case "image":
      return typeof value === "string" ? redactImage(value) : undefined;
    case "map":
      return isRecord(value) ? pickMap(value, () => true) : undefined;
    case "annotations":
      return isRecord(value) ? pickMap(value, isOurs) : undefined;
    case "keys":
      return isRecord(value) ? fromEntries(Object.keys(value).map((key) => [key, {}])) : undefined;
    case "there":
      return isRecord(value) ? {} : undefined;
    default:
      return typeof shape === "function" ? pickList(shape(), value) : pickFields(shape, value);
  }
}

const pickList = (shape: Shape, value: unknown): unknown =>
  Array.isArray(value)
    ? value.map((one: unknown) => pick(shape, one)).filter((one) => one !== undefined)
    : undefined;

function pickFields(fields: { readonly [key: string]: Shape }, value: unknown): unknown {
  if (!isRecord(value)) return undefined;
  const kept: [string, unknown][] = [];
  for (const [key, shape] of Object.entries(fields)) {
    const picked = Object.hasOwn(value, key) ? pick(shape, value[key]) : undefined;
    if (picked !== undefined) kept.push([key, picked]);
  }
  return fromEntries(kept);
}

const textIn = (json: JsonRecord, key: string): string => {
  const value = Object.hasOwn(json, key) ? json[key] : undefined;
  return typeof value === "string" ? value : "";
};

/**
 * A Kubernetes object with only what an audit reads: an allow-list, so what nobody thought of stays behind. Names and labels are
 * kept; env, arguments, commands, other annotations, ConfigMaps, Secrets and field lists are gone, messages are cleaned.
 * undefined for an object of a kind that no audit reads. `list`: what a typed list says its items are.
 */
export function redact(
  json: unknown,
  list: { readonly kind: string; readonly apiVersion: string } = { kind: "", apiVersion: "" },
): JsonRecord | undefined {
  if (!isRecord(json)) return undefined;
  const apiVersion = textIn(json, "apiVersion") || list.apiVersion;
  const kind = kindOf(textIn(json, "kind") || list.kind, apiVersion);
  if (kind === undefined) return undefined;
  const picked = pick(SHAPES[kind], json);
  return isRecord(picked) ? { apiVersion, kind, ...picked } : undefined;
}
