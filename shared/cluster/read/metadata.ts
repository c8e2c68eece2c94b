import {
  OUR_PREFIX,
  type Labels,
  type Metadata,
  type OwnerReference,
} from "#shared/cluster/metadata.ts";
import {
  deadline,
  flag,
  inside,
  instant,
  interned,
  isRecord,
  labels,
  NO_LABELS,
  number,
  record,
  records,
  shared,
  text,
  word,
  type Interned,
  type At,
  type JsonRecord,
} from "./json.ts";

/** Our own annotations without their prefix. All others stay outside: they carry whole manifests, and secrets. */
function ownAnnotations(at: At, raw: JsonRecord): Labels {
  const all = record(at, raw, "annotations");
  const ours = Object.entries(all).filter(([key]) => key.startsWith(OUR_PREFIX));
  if (ours.length === 0) return NO_LABELS;
  return new Map(
    ours.flatMap(([key, value]) =>
      typeof value === "string" ? [[key.slice(OUR_PREFIX.length), value] as const] : [],
    ),
  );
}

/** One annotation of others that a rule needs, by its whole key. */
export function foreignAnnotation(object: JsonRecord, key: string): string | undefined {
  const { metadata } = object;
  if (!isRecord(metadata)) return undefined;
  const { annotations } = metadata;
  const value = isRecord(annotations) && Object.hasOwn(annotations, key) ? annotations[key] : "";
  return typeof value === "string" && value !== "" ? value : undefined;
}

const NO_OWNERS: readonly OwnerReference[] = [];
const OWNERS: Interned<readonly OwnerReference[]> = interned();

const owner = (at: At, raw: JsonRecord): OwnerReference => ({
  kind: text(at, raw, "kind"),
  name: text(at, raw, "name"),
  uid: text(at, raw, "uid"),
  controller: flag(at, raw, "controller"),
});

function owners(at: At, raw: JsonRecord): readonly OwnerReference[] {
  const found = records(at, raw, "ownerReferences");
  if (found.length === 0) return NO_OWNERS;
  const there = inside(at, "ownerReferences");
  return shared(at, OWNERS, {
    of: found,
    key: () => JSON.stringify(found),
    make: () => found.map((one) => owner(there, one)),
  });
}

export function readMetadata(at: At, object: JsonRecord): Metadata {
  const raw = record(at, object, "metadata");
  const there = inside(at, "metadata");
  return {
    name: text(there, raw, "name"),
    namespace: word(there, raw, "namespace"),
    uid: text(there, raw, "uid"),
    labels: labels(there, raw, "labels"),
    annotations: ownAnnotations(there, raw),
    owners: owners(there, raw),
    generation: number(there, raw, "generation"),
    createdAt: instant(there, raw, "creationTimestamp"),
    deletionAt: deadline(there, raw, "deletionTimestamp"),
  };
}

/** Who wrote to the object, by metadata.managedFields; their field lists are not kept. */
export function managersOf(at: At, object: JsonRecord): readonly string[] {
  const metadata = record(at, object, "metadata");
  const there = inside(at, "metadata");
  const names = records(there, metadata, "managedFields").map((entry) =>
    text(there, entry, "manager"),
  );
  return [...new Set(names)].filter((name) => name !== "").toSorted();
}
