import type { Cluster } from "#shared/cluster/cluster.ts";
import type { ControllerRevision, DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { ago, condition, labels, revision } from "../fixtures/build.ts";
import { fleet, healthy, USUAL, type Fleet } from "./fleet.ts";

/** The controller has seen the template that was changed; its old pods carry r1 and the generation before. */
export const changed = (set: DaemonSet): DaemonSet => ({
  ...set,
  generation: 2,
  templateGeneration: "2",
  status: { ...set.status, observedGeneration: 2 },
});

/** r1 of a month ago, and r2 of the moment at which the template changed. */
export const revisionsOf = (set: DaemonSet, changedAt: Instant): readonly ControllerRevision[] => [
  revision(set, 1, "r1"),
  { ...revision(set, 2, "r2"), createdAt: changedAt },
];

const OLD = labels({ "controller-revision-hash": "r1", "pod-template-generation": "1" });
const NEW = labels({ "controller-revision-hash": "r2", "pod-template-generation": "2" });

const marked = (pod: Pod, more: ReadonlyMap<string, string>): Pod => ({
  ...pod,
  labels: new Map([...pod.labels, ...more]),
});

/** A healthy pod of the template before the change. */
export const oldPod = (set: DaemonSet, node: Node): Pod => marked(healthy(set, node), OLD);

/** A healthy pod of the new template, made at `born`. */
export const newPod = (set: DaemonSet, node: Node, born: Instant): Pod => {
  const pod = marked(healthy(set, node, born), NEW);
  return { ...pod, name: `${pod.name}-r2`, uid: `${pod.uid}-r2` };
};

/** The controller asked for its end at `at`; nothing has ended it. */
export const ending = (pod: Pod, at: Instant): Pod => ({ ...pod, deletionAt: at });

export const unready = (pod: Pod, since: Instant = ago(600)): Pod => ({
  ...pod,
  status: {
    ...pod.status,
    conditions: pod.status.conditions.map((one) =>
      one.type === "Ready" || one.type === "ContainersReady"
        ? condition(one.type, "False", { reason: "ContainersNotReady", transitionAt: since })
        : one,
    ),
    containers: pod.status.containers.map((one) => ({ ...one, ready: false })),
  },
});

/** The usual daemons, and one whose template changed at `changedAt`; `own` tells its pods, `usual` those of the others. */
export function rolled(
  set: DaemonSet,
  changedAt: Instant,
  { own, usual, ...more }: Rolled,
): Cluster {
  return fleet({
    ...more,
    sets: [...USUAL, set],
    there: (one, node) => (one === set ? own(node) : usual?.(one, node)),
    ControllerRevision: [
      ...USUAL.map((one) => revision(one, 1, "r1")),
      ...revisionsOf(set, changedAt),
    ],
  });
}
type Rolled = Omit<Fleet, "sets" | "there"> & {
  readonly own: (node: Node) => readonly Pod[];
  readonly usual?: Fleet["there"];
};
