import * as z from "zod";
import { hash, hashOrNone, HEADER, name, uid } from "./header.ts";
import { classes, cut, gone, PodRow } from "./pod-rows.ts";
import { ControllerRevision, DaemonSet } from "./shapes/daemon-set.ts";
import { list, type Told } from "./shapes/field.ts";
import { Event, LimitRange, Namespace } from "./shapes/policy.ts";
import { EndpointSlice, Service } from "./shapes/traffic.ts";
import {
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from "./shapes/storage.ts";

const id = {
  uid: uid("UID of the DaemonSet"),
  name: name("name of the DaemonSet"),
};

/** A DaemonSet with everything that belongs to it, but its pods on nodes. */
export const DaemonSetState = z.union([
  z.strictObject({
    ...id,
    namespace: name("namespace of the DaemonSet").optional(),
    hash: hashOrNone,
    gone,
  }),
  z.strictObject({
    ...id,
    namespace: name("namespace of the DaemonSet"),
    hash,
    daemonSet: DaemonSet,
    revisions: list(ControllerRevision),
    services: list(Service, "Services that select its pods"),
    endpointSlices: list(EndpointSlice),
    claims: list(PersistentVolumeClaim, "claims of its pods, and what they lead to"),
    volumes: list(PersistentVolume),
    storageClasses: list(StorageClass),
    attachments: list(VolumeAttachment),
    namespaceObject: Namespace.optional(),
    limitRanges: list(LimitRange, "LimitRanges of its namespace"),
    events: list(Event, "Events about it and its strays"),
    strays: list(PodRow, "its pods that are aimed at no node that there is"),
    cut,
  }),
]);
export type DaemonSetState = Told<z.infer<typeof DaemonSetState>>;

export const DaemonSetStates = z.object({ ...HEADER, classes, daemonSets: list(DaemonSetState) });
export type DaemonSetStates = Told<z.infer<typeof DaemonSetStates>>;
