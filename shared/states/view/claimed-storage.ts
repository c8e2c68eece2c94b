import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from "#shared/cluster/storage.ts";
import type { HeldObjects } from "./held-objects.ts";

/** What the claims of a DaemonSet's pods lead to. */
export type Storage = {
  readonly claims: readonly PersistentVolumeClaim[];
  readonly volumes: readonly PersistentVolume[];
  readonly storageClasses: readonly StorageClass[];
  /** Of its volumes, and all of their drivers: they count against what a node takes. */
  readonly attachments: readonly VolumeAttachment[];
};

const NOTHING: Storage = { claims: [], volumes: [], storageClasses: [], attachments: [] };

/** apiserver/pkg/storage/names, maxGeneratedNameLength: a longer name is cut before the suffix. */
const BEFORE_SUFFIX = 58;

/** Whether a claim of that name is one of its pods'. An ephemeral volume's claim is called `<pod>-<volume>`. */
function isClaimOf({ name: set, template: { volumes } }: DaemonSet, claim: string): boolean {
  const pods = `${set}-`.slice(0, BEFORE_SUFFIX);
  return volumes.some(({ name, source }) => {
    if (source.type === "claim") return source.claim === claim;
    return source.type === "ephemeral" && claim.startsWith(pods) && claim.endsWith(`-${name}`);
  });
}

const mayClaim = ({ template: { volumes } }: DaemonSet): boolean =>
  volumes.some(({ source: { type } }) => type === "claim" || type === "ephemeral");

export function storageOf(held: HeldObjects, set: DaemonSet): Storage {
  if (!mayClaim(set)) return NOTHING;
  const claims = [...held.in("PersistentVolumeClaim", set.namespace)].filter(({ name }) =>
    isClaimOf(set, name),
  );
  const present = <T>(found: T | undefined): readonly T[] => (found === undefined ? [] : [found]);
  const once = <T>(found: readonly T[]): readonly T[] => [...new Set(found)];
  const volumes = once(
    claims.flatMap(({ volumeName }) => present(held.get("PersistentVolume", "", volumeName))),
  );
  const names = new Set(volumes.map(({ name }) => name));
  const drivers = new Set(volumes.map(({ csiDriver }) => csiDriver).filter((name) => name !== ""));
  return {
    claims,
    volumes,
    storageClasses: once(
      claims.flatMap(({ storageClassName }) =>
        present(held.get("StorageClass", "", storageClassName)),
      ),
    ),
    attachments: [...held.all("VolumeAttachment")].filter(
      ({ volumeName, attacher }) => names.has(volumeName) || drivers.has(attacher),
    ),
  };
}
