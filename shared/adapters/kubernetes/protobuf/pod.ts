import {
  flag,
  inline,
  int32,
  int64,
  list,
  map,
  message,
  one,
  quantities,
  text,
  time,
  word,
  words,
} from "./message.ts";
import { labelSelector, metadata, nodeSelector } from "./meta.ts";

// Field numbers: k8s.io/api/core/v1/generated.proto.

export const resources = message({ 1: quantities("limits"), 2: quantities("requests") });

const port = message({
  2: int32("hostPort"),
  3: int32("containerPort"),
  4: word("protocol"),
  5: word("hostIP"),
});

const container = message({
  1: word("name"),
  2: word("image"),
  6: list("ports", port),
  8: one("resources", resources),
  24: word("restartPolicy"),
});

const volumeSource = message({
  1: one("hostPath", message({ 1: word("path") })),
  6: one("secret", message({ 1: word("secretName"), 4: flag("optional") })),
  10: one("persistentVolumeClaim", message({ 1: word("claimName") })),
  19: one("configMap", message({ 1: inline(message({ 1: word("name") })), 4: flag("optional") })),
  28: one("csi", message({ 1: word("driver") })),
  29: one("ephemeral", message({})),
});

const volume = message({ 1: word("name"), 2: inline(volumeSource) });

const podAffinity = message({
  1: list(
    "requiredDuringSchedulingIgnoredDuringExecution",
    message({
      1: one("labelSelector", labelSelector),
      2: words("namespaces"),
      3: word("topologyKey"),
      4: one("namespaceSelector", labelSelector),
      5: words("matchLabelKeys"),
      6: words("mismatchLabelKeys"),
    }),
  ),
});

const affinity = message({
  1: one(
    "nodeAffinity",
    message({ 1: one("requiredDuringSchedulingIgnoredDuringExecution", nodeSelector) }),
  ),
  2: one("podAffinity", podAffinity),
  3: one("podAntiAffinity", podAffinity),
});

export const toleration = message({
  1: word("key"),
  2: word("operator"),
  3: word("value"),
  4: word("effect"),
  5: int64("tolerationSeconds"),
});

const spread = message({
  1: int32("maxSkew"),
  2: word("topologyKey"),
  3: word("whenUnsatisfiable"),
  4: one("labelSelector", labelSelector),
  5: int32("minDomains"),
  6: word("nodeAffinityPolicy"),
  7: word("nodeTaintsPolicy"),
  8: words("matchLabelKeys"),
});

export const podSpec = message({
  1: list("volumes", volume),
  2: list("containers", container),
  4: int64("terminationGracePeriodSeconds"),
  7: map("nodeSelector"),
  8: word("serviceAccountName"),
  10: word("nodeName"),
  11: flag("hostNetwork"),
  18: one("affinity", affinity),
  19: word("schedulerName"),
  20: list("initContainers", container),
  22: list("tolerations", toleration),
  24: word("priorityClassName"),
  25: int32("priority"),
  28: list("readinessGates", message({ 1: word("conditionType") })),
  29: word("runtimeClassName"),
  31: word("preemptionPolicy"),
  32: quantities("overhead"),
  33: list("topologySpreadConstraints", spread),
  36: one("os", message({ 1: word("name") })),
  38: list("schedulingGates", message({ 1: word("name") })),
  40: one("resources", resources),
});

const condition = message({
  1: word("type"),
  2: word("status"),
  4: time("lastTransitionTime"),
  5: word("reason"),
  6: word("message"),
});

const containerState = message({
  1: one("waiting", message({ 1: word("reason"), 2: word("message") })),
  2: one("running", message({ 1: time("startedAt") })),
  3: one(
    "terminated",
    message({
      1: int32("exitCode"),
      3: word("reason"),
      4: word("message"),
      5: time("startedAt"),
      6: time("finishedAt"),
    }),
  ),
});

const containerStatus = message({
  1: word("name"),
  2: one("state", containerState),
  3: one("lastState", containerState),
  4: flag("ready"),
  5: int32("restartCount"),
  10: quantities("allocatedResources"),
  11: one("resources", resources),
});

/** Of 1.36; later versions say it otherwise (mapping, overhead), in JSON too. */
const claim = message({ 3: quantities("resources") });

const podStatus = message({
  1: word("phase"),
  2: list("conditions", condition),
  3: word("message"),
  4: word("reason"),
  6: text("podIP"),
  7: time("startTime"),
  8: list("containerStatuses", containerStatus),
  10: list("initContainerStatuses", containerStatus),
  11: word("nominatedNodeName"),
  12: list("podIPs", message({})),
  19: quantities("allocatedResources"),
  20: one("resources", resources),
  21: list("nodeAllocatableResourceClaimStatuses", claim),
});

export const pod = message({ 1: metadata, 2: one("spec", podSpec), 3: one("status", podStatus) });
