import { onceForAll } from "#shared/audit/engine/once-a-moment.ts";
import { matchesNodeSelector } from "#shared/cluster/affinity.ts";
import type { Kind } from "#shared/cluster/cluster.ts";
import { keyOf } from "#shared/cluster/metadata.ts";
import { isTerminal, type Pod } from "#shared/cluster/pod.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "#shared/cluster/storage.ts";
import type { ClusterFacts, PlacementView } from "#shared/audit/facts.ts";

/** What keeps a claim of a pod from being used on its node. */
export type ClaimTrouble = {
  /**
   * missing: no such claim. lost: its volume is gone. unbound: it should be bound before scheduling and is not. elsewhere:
   * its volume cannot be reached from the node (zone, local disk). in-use: ReadWriteOncePod and another pod has it.
   * limit: the node takes no further volume of the driver.
   */
  readonly trouble: "missing" | "lost" | "unbound" | "elsewhere" | "in-use" | "limit";
  readonly claim: string;
  /** The pod that has it, the driver, the volume or the storage class. */
  readonly by: string;
};

/** Names of the claims of a pod; an ephemeral volume's claim is named after pod and volume. */
export const claimsOf = (pod: Pod): readonly string[] =>
  pod.spec.volumes.flatMap(({ name, source }) => {
    if (source.type === "claim") return [source.claim];
    return source.type === "ephemeral" ? [`${pod.name}-${name}`] : [];
  });

type Index = {
  readonly claims: ReadonlyMap<string, PersistentVolumeClaim>;
  readonly volumes: ReadonlyMap<string, PersistentVolume>;
};

const indexOf = onceForAll(({ cluster }): Index => {
  const { PersistentVolumeClaim: claims, PersistentVolume: volumes } = cluster;
  return {
    claims: new Map(claims.map((claim) => [keyOf(claim), claim])),
    volumes: new Map(volumes.map((volume) => [volume.name, volume])),
  };
});

/** Kinds that were not read and without which no claim of `pod` can be judged. */
export const unseenStorage = (facts: ClusterFacts, pod: Pod): readonly Kind[] =>
  claimsOf(pod).length === 0
    ? []
    : (["PersistentVolumeClaim", "PersistentVolume"] as const).filter((kind) => !facts.seen(kind));

/** The first trouble in the order of the scheduler's filters: restrictions, limits, binding, zone. */
export function claimTrouble(view: PlacementView, pod: Pod): ClaimTrouble | undefined {
  for (const claim of claimsOf(pod)) {
    const trouble = inUse(view, pod, claim) ?? bindingTrouble(view, pod, claim);
    if (trouble !== undefined) return trouble;
  }
  return limitTrouble(view, pod);
}

function bindingTrouble(
  { facts, node }: PlacementView,
  pod: Pod,
  claim: string,
): ClaimTrouble | undefined {
  const { claims, volumes } = indexOf(facts);
  const found = claims.get(`${pod.namespace}/${claim}`);
  if (found === undefined)
    return facts.seen("PersistentVolumeClaim") ? { trouble: "missing", claim, by: "" } : undefined;
  if (found.phase === "Lost") return { trouble: "lost", claim, by: found.volumeName };
  if (found.volumeName === "") return unbound(facts, found);
  const affinity = volumes.get(found.volumeName)?.nodeAffinity;
  if (affinity === undefined || matchesNodeSelector(affinity, node.node).match !== "no")
    return undefined;
  return { trouble: "elsewhere", claim, by: found.volumeName };
}

/** Only a class that binds at once must have bound already; the others wait for the very pod. */
function unbound(facts: ClusterFacts, found: PersistentVolumeClaim): ClaimTrouble | undefined {
  const storageClass = facts.cluster.StorageClass.find(
    ({ name }) => name === found.storageClassName,
  );
  return storageClass?.bindingMode === "Immediate"
    ? { trouble: "unbound", claim: found.name, by: found.storageClassName }
    : undefined;
}

function inUse({ facts }: PlacementView, pod: Pod, claim: string): ClaimTrouble | undefined {
  const found = indexOf(facts).claims.get(`${pod.namespace}/${claim}`);
  if (!found?.accessModes.includes("ReadWriteOncePod")) return undefined;
  const other = facts.cluster.Pod.find(
    (one) =>
      one.namespace === pod.namespace &&
      one.spec.nodeName !== "" &&
      !isTerminal(one) &&
      claimsOf(one).includes(claim),
  );
  return other && { trouble: "in-use", claim, by: keyOf(other) };
}

/** nodevolumelimits/csi.go: unique volumes of the driver on the node, with the new ones, against CSINode's count. */
function limitTrouble(view: PlacementView, pod: Pod): ClaimTrouble | undefined {
  const { facts, node } = view;
  const csiNode = facts.cluster.CSINode.find(({ name }) => name === node.node.name);
  const wanted = driversOf(facts, pod);
  const there = node.pods.filter((other) => !isTerminal(other));
  for (const { name, limit } of csiNode?.drivers ?? []) {
    const asked = wanted.filter(({ driver }) => driver === name);
    const [first] = asked;
    if (limit === undefined || first === undefined) continue;
    const held = new Set(
      there
        .flatMap((other) => driversOf(facts, other))
        .filter(({ driver }) => driver === name)
        .map(({ volume }) => volume),
    );
    for (const { volumeName } of facts.cluster.VolumeAttachment.filter(
      ({ attacher, nodeName }) => attacher === name && nodeName === node.node.name,
    ))
      held.add(volumeName);
    const more = asked.filter(({ volume }) => !held.has(volume));
    if (more.length > 0 && held.size + more.length > limit)
      return { trouble: "limit", claim: first.claim, by: `${name} (${held.size} of ${limit})` };
  }
  return undefined;
}

function driversOf(facts: ClusterFacts, pod: Pod) {
  const { claims, volumes } = indexOf(facts);
  return claimsOf(pod).flatMap((claim) => {
    const volume = volumes.get(claims.get(`${pod.namespace}/${claim}`)?.volumeName ?? "");
    return volume === undefined || volume.csiDriver === ""
      ? []
      : [{ claim, volume: volume.name, driver: volume.csiDriver }];
  });
}
