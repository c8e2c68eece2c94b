import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import { isNamespaceName, isObjectName, isPathSegmentName } from "#shared/cluster/name.ts";
import { printable } from "#shared/cluster/printable.ts";
import { readControllerRevision, readDaemonSet } from "./daemon-set.ts";
import { readEvent } from "./event.ts";
import { atRoot, inside, isRecord, newReading, problem } from "./json.ts";
import type { At, JsonRecord, Reading } from "./json.ts";
import { readNode } from "./node.ts";
import { readPod } from "./pod.ts";
import {
  readLease,
  readLimitRange,
  readNamespace,
  readNodeClaim,
  readNodePool,
  readPodDisruptionBudget,
  readPriorityClass,
  readRuntimeClass,
} from "./policy.ts";
import { readEndpointSlice, readService } from "./service.ts";
import {
  readCsiNode,
  readPersistentVolume,
  readPersistentVolumeClaim,
  readStorageClass,
  readVolumeAttachment,
} from "./storage.ts";

type Readers = { readonly [K in Kind]: (raw: JsonRecord, at: At) => Kinds[K] };

const READERS: Readers = {
  Node: readNode,
  Pod: readPod,
  DaemonSet: readDaemonSet,
  ControllerRevision: readControllerRevision,
  Service: readService,
  EndpointSlice: readEndpointSlice,
  Event: readEvent,
  PriorityClass: readPriorityClass,
  PodDisruptionBudget: readPodDisruptionBudget,
  CSINode: readCsiNode,
  PersistentVolume: readPersistentVolume,
  PersistentVolumeClaim: readPersistentVolumeClaim,
  StorageClass: readStorageClass,
  VolumeAttachment: readVolumeAttachment,
  RuntimeClass: readRuntimeClass,
  LimitRange: readLimitRange,
  Namespace: readNamespace,
  Lease: readLease,
  NodePool: readNodePool,
  NodeClaim: readNodeClaim,
};

/** Group, version, plural name and whether objects live in a namespace: how an API server is asked for the kind. */
export type Resource = {
  readonly kind: Kind;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
};

const resource = (kind: Kind, groupVersion: string, plural: string): Resource => {
  const [version = "", group = ""] = groupVersion.split("/").toReversed();
  return { kind, group, version, plural };
};

export const RESOURCES: readonly Resource[] = [
  resource("Node", "v1", "nodes"),
  resource("Pod", "v1", "pods"),
  resource("DaemonSet", "apps/v1", "daemonsets"),
  resource("ControllerRevision", "apps/v1", "controllerrevisions"),
  resource("Service", "v1", "services"),
  resource("EndpointSlice", "discovery.k8s.io/v1", "endpointslices"),
  resource("Event", "v1", "events"),
  resource("PriorityClass", "scheduling.k8s.io/v1", "priorityclasses"),
  resource("PodDisruptionBudget", "policy/v1", "poddisruptionbudgets"),
  resource("CSINode", "storage.k8s.io/v1", "csinodes"),
  resource("PersistentVolume", "v1", "persistentvolumes"),
  resource("PersistentVolumeClaim", "v1", "persistentvolumeclaims"),
  resource("StorageClass", "storage.k8s.io/v1", "storageclasses"),
  resource("VolumeAttachment", "storage.k8s.io/v1", "volumeattachments"),
  resource("RuntimeClass", "node.k8s.io/v1", "runtimeclasses"),
  resource("LimitRange", "v1", "limitranges"),
  resource("Namespace", "v1", "namespaces"),
  resource("Lease", "coordination.k8s.io/v1", "leases"),
  resource("NodePool", "karpenter.sh/v1", "nodepools"),
  resource("NodeClaim", "karpenter.sh/v1", "nodeclaims"),
];

const BY_KIND: ReadonlyMap<string, Resource> = new Map(RESOURCES.map((one) => [one.kind, one]));
/** Where a kind was, or also is, served from: old dumps say extensions/v1beta1 of a DaemonSet. */
const OTHER_GROUPS: ReadonlyMap<string, string> = new Map([
  ["DaemonSet", "extensions"],
  ["Event", "events.k8s.io"],
]);

/** The kind that these words name. Others have kinds of the same name: Knative's Service is none of ours. */
export function kindOf(kind: string, apiVersion: string): Kind | undefined {
  const found = BY_KIND.get(kind);
  if (!found || apiVersion === "") return found?.kind;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const known = group === found.group || group === OTHER_GROUPS.get(kind);
  return known ? found.kind : undefined;
}

/** One object as it was read, of whichever kind. */
export type AnyRead = {
  readonly [K in Kind]: { readonly kind: K; readonly object: Kinds[K] };
}[Kind];

const FREE_NAMES: ReadonlySet<Kind> = new Set(["Event", "Lease", "CSINode", "VolumeAttachment"]);

function isNameOf(kind: Kind, name: string): boolean {
  if (kind === "Namespace") return isNamespaceName(name);
  return FREE_NAMES.has(kind) ? isPathSegmentName(name) : isObjectName(name);
}

/** Every object has a name that can stand in a URL; without one it cannot be told apart, so it is refused. */
function hasLegalName(kind: Kind, { name, namespace }: Kinds[Kind], at: At): boolean {
  const field = !isNameOf(kind, name)
    ? "metadata.name"
    : namespace !== "" && !isNamespaceName(namespace)
      ? "metadata.namespace"
      : undefined;
  if (field === undefined) return true;
  problem(inside(at, field), {
    code: "name.syntax",
    value: field === "metadata.name" ? name : namespace,
    fix: "a name is of lower-case letters, digits, - and . and begins and ends with one of the first two",
  });
  return false;
}

const textOf = (raw: JsonRecord, key: string): string => {
  const value = Object.hasOwn(raw, key) ? raw[key] : undefined;
  return typeof value === "string" ? value : "";
};

const title = (kind: Kind, raw: JsonRecord): string => {
  const metadata = isRecord(raw["metadata"]) ? raw["metadata"] : {};
  const namespace = textOf(metadata, "namespace");
  const parts = [kind, ...(namespace === "" ? [] : [namespace]), textOf(metadata, "name")];
  return parts.map((part) => printable(part, 253)).join("/");
};

/** An object whose kind is known. What is wrong with it goes to `reading.problems`; the rest is kept. */
export function readAs<K extends Kind>(
  kind: K,
  json: unknown,
  reading: Reading = newReading(),
): Kinds[K] {
  const raw = isRecord(json) ? json : {};
  return READERS[kind](
    raw,
    atRoot(reading, () => title(kind, raw)),
  );
}

/** undefined: of no kind that we read, or refused with a problem. `list`: what a typed list says its items are. */
export function readObject(
  json: unknown,
  reading: Reading,
  list: { readonly kind: string; readonly apiVersion: string } = { kind: "", apiVersion: "" },
): AnyRead | undefined {
  if (!isRecord(json)) return undefined;
  const kind = kindOf(
    textOf(json, "kind") || list.kind,
    textOf(json, "apiVersion") || list.apiVersion,
  );
  if (kind === undefined) return undefined;
  const object = readAs(kind, json, reading);
  const at = atRoot(reading, () => title(kind, json));
  if (!hasLegalName(kind, object, at)) return undefined;
  // A kind and what its own reader made: the pair that the table READERS states.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { kind, object } as AnyRead;
}
