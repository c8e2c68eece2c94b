import type { Cluster, Kind, Kinds, NotSeen } from "#shared/cluster/cluster.ts";
import { entry } from "#shared/cluster/entry.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { parseVersion, type Version } from "#shared/cluster/version.ts";
import { inferredDaemonSets } from "./inferred.ts";
import { newReading, type Reading } from "./json.ts";
import { readObject, RESOURCES } from "./object.ts";

/** What may be known of a list beside its items. */
export type ListOf = { readonly kind: string; readonly apiVersion: string };

type Kept = { readonly object: Kinds[Kind]; readonly resourceVersion: string };
/** By namespace, then by name: both are words that the objects hold anyway. */
type Store = Map<Kind, Map<string, Map<string, Kept>>>;

/** Objects on their way to becoming a Cluster, in any order, one by one. Nothing of the JSON itself is kept. */
export type Assembly = {
  readonly reading: Reading;
  /** Objects of every kind so far, doubles not counted. */
  count(): number;
  add(json: unknown, list?: ListOf): void;
  /** A list of the kind was read, though it may have been empty. */
  sawList(kind: Kind): void;
  notSeen(entry: NotSeen): void;
  /** Forgets all objects of the kind: its list is read anew, or could not be read to its end. */
  restart(kind: Kind): void;
  sawVersion(text: string): void;
  /** `at`: the moment to judge at, else the newest that any object tells. `name`: of the cluster, else its UID. */
  finish(given: { readonly at?: Instant | undefined; readonly name?: string | undefined }): Cluster;
};

const metadataText = (json: unknown, key: string): string => {
  if (typeof json !== "object" || json === null || !("metadata" in json)) return "";
  const { metadata } = json;
  if (typeof metadata !== "object" || metadata === null) return "";
  const value: unknown = Object.getOwnPropertyDescriptor(metadata, key)?.value;
  return typeof value === "string" ? value : "";
};

/** Decimal strings of any length; anything else tells nothing (resourceVersion is opaque by contract). */
const isNewer = (a: string, b: string): boolean =>
  /^\d+$/.test(a) && /^\d+$/.test(b) && (a.length === b.length ? a > b : a.length > b.length);

function supersedes(next: Kept, before: Kept): boolean {
  const [a, b] = [next.object, before.object];
  if (a.uid === b.uid || a.createdAt === undefined || b.createdAt === undefined)
    return isNewer(next.resourceVersion, before.resourceVersion);
  return a.createdAt > b.createdAt;
}

const isSame = (a: Kept, b: Kept): boolean =>
  a.object.uid === b.object.uid && a.resourceVersion === b.resourceVersion;

export function assemble(): Assembly {
  const reading = newReading();
  const kept: Store = new Map();
  const lists = new Set<Kind>();
  const missing = new Map<Kind, NotSeen>();
  let serverVersion: Version | undefined;
  let count = 0;

  const put = (kind: Kind, next: Kept): void => {
    const { namespace, name } = next.object;
    const known = entry(entry(kept, kind), namespace);
    const before = known.get(name);
    if (before && !isSame(next, before)) reportDouble(reading, kind);
    if (!before) count += 1;
    if (!before || supersedes(next, before)) known.set(name, next);
  };

  return {
    reading,
    count: () => count,
    add(json, list) {
      const read = readObject(json, reading, list);
      if (!read) return;
      const resourceVersion = metadataText(json, "resourceVersion");
      put(read.kind, { object: read.object, resourceVersion });
    },
    sawList: (kind) => void lists.add(kind),
    notSeen: (entry) => void missing.set(entry.kind, entry),
    restart(kind) {
      for (const { size } of kept.get(kind)?.values() ?? []) count -= size;
      kept.delete(kind);
    },
    sawVersion(text) {
      serverVersion ??= parseVersion(text);
    },
    finish({ at, name }) {
      const of = <K extends Kind>(kind: K): readonly Kinds[K][] => objectsOf(kept, kind);
      const notSeen = unseen({ kept, lists, missing });
      const noDaemonSets = notSeen.some(({ kind }) => kind === "DaemonSet");
      return {
        ...everyKind(of),
        DaemonSet: noDaemonSets
          ? [...of("DaemonSet"), ...inferredDaemonSets(of("Pod"), of("DaemonSet"))]
          : of("DaemonSet"),
        name: name ?? of("Namespace").find((one) => one.name === "kube-system")?.uid ?? "",
        version: serverVersion ?? newestKubelet(of("Node").map((node) => node.kubeletVersion)),
        at: at ?? reading.newest ?? 0,
        notSeen,
        problems: problemsOf(reading),
      };
    },
  };
}

const reportDouble = ({ doubles }: Reading, kind: Kind): void =>
  void doubles.set(kind, (doubles.get(kind) ?? 0) + 1);

const objectsOf = <K extends Kind>(kept: Store, kind: K): readonly Kinds[K][] =>
  [...(kept.get(kind)?.values() ?? [])].flatMap((named) =>
    // `put` files each object under the kind it was read as.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    [...named.values()].map(({ object }) => object as Kinds[K]),
  );

/** All kinds by name, written out so that the compiler misses none. */
export const everyKind = (
  of: <K extends Kind>(kind: K) => readonly Kinds[K][],
): { readonly [K in Kind]: readonly Kinds[K][] } => ({
  Node: of("Node"),
  Pod: of("Pod"),
  DaemonSet: of("DaemonSet"),
  ControllerRevision: of("ControllerRevision"),
  Service: of("Service"),
  EndpointSlice: of("EndpointSlice"),
  Event: of("Event"),
  PriorityClass: of("PriorityClass"),
  PodDisruptionBudget: of("PodDisruptionBudget"),
  CSINode: of("CSINode"),
  PersistentVolume: of("PersistentVolume"),
  PersistentVolumeClaim: of("PersistentVolumeClaim"),
  StorageClass: of("StorageClass"),
  VolumeAttachment: of("VolumeAttachment"),
  RuntimeClass: of("RuntimeClass"),
  LimitRange: of("LimitRange"),
  Namespace: of("Namespace"),
  Lease: of("Lease"),
  NodePool: of("NodePool"),
  NodeClaim: of("NodeClaim"),
});

type Seen = {
  readonly kept: Store;
  readonly lists: ReadonlySet<Kind>;
  readonly missing: ReadonlyMap<Kind, NotSeen>;
};

function unseen({ kept, lists, missing }: Seen): readonly NotSeen[] {
  return RESOURCES.flatMap(({ kind }): readonly NotSeen[] => {
    const told = missing.get(kind);
    if (told) return [told];
    return kept.has(kind) || lists.has(kind) ? [] : [{ kind, why: "absent", detail: "" }];
  });
}

/** No kubelet is newer than its API server, so the newest one is the best guess where the server did not say. */
export function newestKubelet(texts: readonly string[]): Version | undefined {
  const versions = texts.flatMap((text) => parseVersion(text) ?? []);
  return versions.reduce<Version | undefined>(
    (newest, one) => (newest === undefined || compareVersions(one, newest) > 0 ? one : newest),
    undefined,
  );
}

const compareVersions = (a: Version, b: Version): number =>
  a.major - b.major || a.minor - b.minor || a.patch - b.patch;

function problemsOf(reading: Reading): Cluster["problems"] {
  const doubles = [...reading.doubles].map(([kind, count]) => ({
    code: "object.double",
    object: kind,
    field: "metadata.name",
    value: String(count),
    fix: "the input holds states of different moments; the newest of each object was taken",
  }));
  const more = {
    code: "problems.more",
    object: "",
    field: "",
    value: String(reading.unlisted),
    fix: "further problems were counted only",
  };
  return [...reading.problems, ...doubles, ...(reading.unlisted > 0 ? [more] : [])];
}
