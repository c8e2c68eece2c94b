import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import { controllerOf, type Instant, type Labels } from "#shared/cluster/metadata.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { NO_LABELS } from "./json.ts";

/** Labels that the controller adds to each pod; they are no part of the template. */
const ADDED = new Set(["controller-revision-hash", "pod-template-generation"]);

function commonLabels([first, ...others]: readonly Pod[]): Labels {
  if (!first) return NO_LABELS;
  return new Map(
    [...first.labels].filter(
      ([key, value]) => !ADDED.has(key) && others.every((pod) => pod.labels.get(key) === value),
    ),
  );
}

const oldest = (pods: readonly Pod[]): Instant | undefined =>
  pods.reduce<Instant | undefined>(
    (least, { createdAt }) =>
      createdAt !== undefined && (least === undefined || createdAt < least) ? createdAt : least,
    undefined,
  );

/** The template as far as a pod shows it: its node and the affinity that pins it there are the controller's work. */
function inferred(uid: string, pods: readonly [Pod, ...Pod[]]): DaemonSet {
  const [pod] = pods;
  return {
    name: controllerOf(pod)?.name ?? "",
    namespace: pod.namespace,
    uid,
    labels: NO_LABELS,
    annotations: NO_LABELS,
    owners: [],
    generation: undefined,
    createdAt: oldest(pods),
    deletionAt: undefined,
    selector: undefined,
    templateLabels: commonLabels(pods),
    template: { ...pod.spec, nodeName: "", requiredNodeAffinity: undefined },
    updateStrategy: { type: "other", name: "" },
    minReadySeconds: 0,
    revisionHistoryLimit: 10,
    templateGeneration: undefined,
    status: {
      desired: 0,
      current: 0,
      ready: 0,
      available: 0,
      updated: 0,
      misscheduled: 0,
      unavailable: 0,
      observedGeneration: undefined,
    },
    managers: [],
    inferred: true,
  };
}

/** DaemonSets that only their pods tell of, for dumps that hold no DaemonSet objects. */
export function inferredDaemonSets(
  pods: readonly Pod[],
  known: readonly DaemonSet[],
): readonly DaemonSet[] {
  const seen = new Set(known.map(({ uid }) => uid));
  const groups = new Map<string, [Pod, ...Pod[]]>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner?.kind !== "DaemonSet" || owner.uid === "" || seen.has(owner.uid)) continue;
    const group = groups.get(owner.uid);
    if (group) group.push(pod);
    else groups.set(owner.uid, [pod]);
  }
  return [...groups].map(([uid, group]) => inferred(uid, group));
}
