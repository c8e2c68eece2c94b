import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { DaemonSetBundle } from "#shared/states/view/bundle.ts";
import { fitting, shortened, type Cut } from "./fitting.ts";
import { knownPod } from "./known-pod.ts";
import { podPiecesOf } from "./pod-pieces.ts";
import type { WrittenRow } from "#shared/states/tell/pack.ts";
import { classList, field, fields, listOf, writtenRow, type Pieces } from "./row-text.ts";
import { rowKey } from "#shared/states/row.ts";
import { writeObject } from "#shared/states/write/object.ts";

/** A DaemonSet with all that belongs to it, but for its pods: those stand in the rows of their nodes. */
export const daemonSetRow = (bundle: DaemonSetBundle): WrittenRow =>
  fitting((cut) => rowOf(bundle, cut));

function rowOf(bundle: DaemonSetBundle, cut: Cut): WrittenRow {
  const { daemonSet, namespace, strays } = bundle;
  const classes = classList();
  const say = (pod: Pod): Pieces => podPiecesOf(knownPod(pod, ""), { node: "", classes, cut });
  const all = <K extends Kind>(kind: K, objects: readonly Kinds[K][]) =>
    objects.map((one) => writeObject(kind, one));
  const events = cut === "events" ? [] : bundle.events;
  return writtenRow({
    key: rowKey("DaemonSet", daemonSet.uid),
    id: { uid: daemonSet.uid, name: daemonSet.name, namespace: daemonSet.namespace },
    classes,
    pieces: fields([
      field("daemonSet", writeObject("DaemonSet", daemonSet)),
      field("revisions", all("ControllerRevision", bundle.revisions)),
      field("services", all("Service", bundle.services)),
      field("endpointSlices", []),
      field("claims", all("PersistentVolumeClaim", bundle.claims)),
      field("volumes", all("PersistentVolume", bundle.volumes)),
      field("storageClasses", all("StorageClass", bundle.storageClasses)),
      field("attachments", all("VolumeAttachment", bundle.attachments)),
      field("namespaceObject", namespace && writeObject("Namespace", namespace)),
      field("limitRanges", all("LimitRange", bundle.limitRanges)),
      field("events", shortened(all("Event", events), cut)),
      ['"strays":', ...listOf(strays.map(say))],
      field("cut", cut),
    ]),
  });
}
