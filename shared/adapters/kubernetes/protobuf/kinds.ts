import type { Kind } from "#shared/cluster/cluster.ts";
import {
  count32,
  count64,
  flag,
  inline,
  int32,
  int64,
  intOrString,
  keys,
  list,
  map,
  message,
  microTime,
  one,
  quantities,
  text,
  time,
  word,
  words,
  type Message,
} from "./message.ts";
import { labelSelector, managedMetadata, metadata, nodeSelector } from "./meta.ts";
import { pod, podSpec, toleration } from "./pod.ts";

// Field numbers: generated.proto in k8s.io/api, in the folder of each kind's group.

const nodeCondition = message({
  1: word("type"),
  2: word("status"),
  3: time("lastHeartbeatTime"),
  4: time("lastTransitionTime"),
  5: word("reason"),
  6: word("message"),
});

const node = message({
  1: metadata,
  2: one(
    "spec",
    message({
      3: text("providerID"),
      4: flag("unschedulable"),
      5: list(
        "taints",
        message({ 1: word("key"), 2: word("value"), 3: word("effect"), 4: time("timeAdded") }),
      ),
    }),
  ),
  3: one(
    "status",
    message({
      1: quantities("capacity"),
      2: quantities("allocatable"),
      4: list("conditions", nodeCondition),
      7: one(
        "nodeInfo",
        message({
          7: word("kubeletVersion"),
          9: word("operatingSystem"),
          10: word("architecture"),
        }),
      ),
    }),
  ),
});

const template = message({
  1: one("metadata", message({ 11: map("labels") })),
  2: one("spec", podSpec),
});

const updateStrategy = message({
  1: word("type"),
  2: one(
    "rollingUpdate",
    message({ 1: intOrString("maxUnavailable"), 2: intOrString("maxSurge") }),
  ),
});

const daemonSet = message({
  1: managedMetadata,
  2: one(
    "spec",
    message({
      1: one("selector", labelSelector),
      2: one("template", template),
      3: one("updateStrategy", updateStrategy),
      4: int32("minReadySeconds"),
      6: int32("revisionHistoryLimit"),
    }),
  ),
  3: one(
    "status",
    message({
      1: int32("currentNumberScheduled"),
      2: int32("numberMisscheduled"),
      3: int32("desiredNumberScheduled"),
      4: int32("numberReady"),
      5: count64("observedGeneration"),
      6: int32("updatedNumberScheduled"),
      7: int32("numberAvailable"),
      8: int32("numberUnavailable"),
    }),
  ),
});

const service = message({
  1: metadata,
  2: one(
    "spec",
    message({
      1: list("ports", message({ 2: word("protocol"), 3: int32("port"), 5: int32("nodePort") })),
      2: map("selector"),
      3: text("clusterIP"),
      4: word("type"),
      11: word("externalTrafficPolicy"),
      13: flag("publishNotReadyAddresses"),
      22: word("internalTrafficPolicy"),
      23: word("trafficDistribution"),
    }),
  ),
});

const reference = { 1: word("kind"), 4: text("uid") };

const endpoint = message({
  2: one("conditions", message({ 1: flag("ready"), 2: flag("serving"), 3: flag("terminating") })),
  4: one("targetRef", message(reference)),
  6: word("nodeName"),
  8: one("hints", message({ 2: list("forNodes", message({ 1: word("name") })) })),
});

const event = message({
  1: metadata,
  2: one("involvedObject", message({ ...reference, 2: word("namespace"), 3: text("name") })),
  3: word("reason"),
  4: text("message"),
  6: time("firstTimestamp"),
  7: time("lastTimestamp"),
  8: count32("count"),
  9: word("type"),
  10: microTime("eventTime"),
  11: one("series", message({ 1: count32("count"), 2: microTime("lastObservedTime") })),
});

const priorityClass = message({
  1: metadata,
  2: int32("value"),
  3: flag("globalDefault"),
  5: word("preemptionPolicy"),
});

const podDisruptionBudget = message({
  1: metadata,
  2: one("spec", message({ 2: one("selector", labelSelector) })),
  3: one("status", message({ 2: keys("disruptedPods"), 3: int32("disruptionsAllowed") })),
});

const driver = message({
  1: word("name"),
  4: one("allocatable", message({ 1: int32("count") })),
});

const persistentVolume = message({
  1: metadata,
  2: one(
    "spec",
    message({
      2: inline(
        message({ 22: one("csi", message({ 1: word("driver"), 2: text("volumeHandle") })) }),
      ),
      9: one("nodeAffinity", message({ 1: one("required", nodeSelector) })),
    }),
  ),
});

const persistentVolumeClaim = message({
  1: metadata,
  2: one(
    "spec",
    message({ 1: words("accessModes"), 3: text("volumeName"), 5: word("storageClassName") }),
  ),
  3: one("status", message({ 1: word("phase") })),
});

const volumeAttachment = message({
  1: metadata,
  2: one(
    "spec",
    message({
      1: word("attacher"),
      2: one("source", message({ 1: text("persistentVolumeName") })),
      3: word("nodeName"),
    }),
  ),
});

const runtimeClass = message({
  1: metadata,
  3: one("overhead", message({ 1: quantities("podFixed") })),
  4: one("scheduling", message({ 1: map("nodeSelector"), 2: list("tolerations", toleration) })),
});

const limit = message({
  1: word("type"),
  2: quantities("max"),
  3: quantities("min"),
  4: quantities("default"),
  5: quantities("defaultRequest"),
});

/** Kinds that an API server itself has. Of custom resources it knows no protobuf. */
export const MESSAGES: ReadonlyMap<Kind, Message> = new Map<Kind, Message>([
  ["Node", node],
  ["Pod", pod],
  ["DaemonSet", daemonSet],
  ["ControllerRevision", message({ 1: metadata, 3: int64("revision") })],
  ["Service", service],
  ["EndpointSlice", message({ 1: metadata, 2: list("endpoints", endpoint) })],
  ["Event", event],
  ["PriorityClass", priorityClass],
  ["PodDisruptionBudget", podDisruptionBudget],
  ["CSINode", message({ 1: metadata, 2: one("spec", message({ 1: list("drivers", driver) })) })],
  ["PersistentVolume", persistentVolume],
  ["PersistentVolumeClaim", persistentVolumeClaim],
  ["StorageClass", message({ 1: metadata, 2: word("provisioner"), 7: word("volumeBindingMode") })],
  ["VolumeAttachment", volumeAttachment],
  ["RuntimeClass", runtimeClass],
  ["LimitRange", message({ 1: metadata, 2: one("spec", message({ 1: list("limits", limit) })) })],
  ["Namespace", message({ 1: metadata })],
  [
    "Lease",
    message({
      1: metadata,
      2: one("spec", message({ 1: word("holderIdentity"), 4: microTime("renewTime") })),
    }),
  ],
]);
