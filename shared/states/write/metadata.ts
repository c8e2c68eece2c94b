import { OUR_PREFIX, type Metadata, type OwnerReference } from "#shared/cluster/metadata.ts";
import type { MetadataShape, OwnerShape } from "#shared/events/shapes/metadata.ts";
import { filled, writeFlag, writeList, writeMoment, writePairs, writeText } from "./json.ts";

const owner = ({ kind, name, uid, controller }: OwnerReference): OwnerShape =>
  filled({
    kind: writeText(kind),
    name: writeText(name),
    uid: writeText(uid),
    controller: writeFlag(controller),
  });

/** `foreign`: annotations of others that a rule reads, under their whole keys. */
export const writeMetadata = (
  of: Metadata,
  foreign: readonly (readonly [key: string, value: string])[] = [],
): MetadataShape =>
  filled({
    name: writeText(of.name),
    namespace: writeText(of.namespace),
    uid: writeText(of.uid),
    labels: writePairs(of.labels),
    annotations: writePairs(
      new Map([
        ...[...of.annotations].map(([key, value]) => [`${OUR_PREFIX}${key}`, value] as const),
        ...foreign,
      ]),
    ),
    ownerReferences: writeList(of.owners, owner),
    generation: of.generation,
    creationTimestamp: writeMoment(of.createdAt),
    deletionTimestamp: writeMoment(of.deletionAt),
  });

export const DO_NOT_DISRUPT = ["karpenter.sh/do-not-disrupt", "true"] as const;
