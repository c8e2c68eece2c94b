import type {
  Container,
  ContainerPort,
  PodAffinityTerm,
  PodSpec,
  PodVolume,
  Toleration,
  TopologySpread,
} from "#shared/cluster/pod.ts";
import type {
  AffinityShape,
  AffinityTermShape,
  AmountsShape,
  ContainerShape,
  PodSpecShape,
  SpreadShape,
  TolerationShape,
  VolumeShape,
} from "#shared/events/shapes/pod-spec.ts";
import {
  filled,
  unless,
  unlessEmpty,
  writeFlag,
  writeList,
  writePairs,
  writeText,
  writeTexts,
} from "./json.ts";
import { writeSomeResources } from "./quantity.ts";
import { writeLabelSelector, writeNodeSelector } from "./selector.ts";

const amounts = ({ requests, limits }: NonNullable<PodSpec["resources"]>): AmountsShape =>
  filled({ requests: writeSomeResources(requests), limits: writeSomeResources(limits) });

const port = (of: ContainerPort) =>
  filled({
    containerPort: unless(of.containerPort, 0),
    hostPort: unless(of.hostPort, 0),
    hostIP: writeText(of.hostIP),
    protocol: unless(of.protocol, "TCP"),
  });

const container = (of: Container): ContainerShape =>
  filled({
    name: writeText(of.name),
    image: writeText(of.image),
    resources: unlessEmpty(amounts(of)),
    ports: writeList(of.ports, port),
    restartPolicy: of.sidecar ? ("Always" as const) : undefined,
  });

export const writeToleration = (of: Toleration): TolerationShape =>
  filled({
    key: writeText(of.key),
    operator: writeText(of.operator),
    value: writeText(of.value),
    effect: writeText(of.effect),
    tolerationSeconds: of.seconds,
  });

/** The field of Kubernetes that holds the source; of others nothing is known but the name. */
function source(of: PodVolume["source"]): Omit<VolumeShape, "name"> {
  switch (of.type) {
    case "claim":
      return { persistentVolumeClaim: filled({ claimName: writeText(of.claim) }) };
    case "ephemeral":
      return { ephemeral: {} };
    case "csi":
      return { csi: filled({ driver: writeText(of.driver) }) };
    case "hostPath":
      return { hostPath: filled({ path: writeText(of.path) }) };
    case "configMap":
      return {
        configMap: filled({ name: writeText(of.object), optional: writeFlag(of.optional) }),
      };
    case "secret":
      return {
        secret: filled({ secretName: writeText(of.object), optional: writeFlag(of.optional) }),
      };
    case "other":
      return {};
  }
}

const volume = (of: PodVolume): VolumeShape =>
  filled({ name: writeText(of.name), ...source(of.source) });

const affinityTerm = (of: PodAffinityTerm): AffinityTermShape =>
  filled({
    labelSelector: writeLabelSelector(of.selector),
    namespaces: writeTexts(of.namespaces),
    namespaceSelector: writeLabelSelector(of.namespaceSelector),
    topologyKey: writeText(of.topologyKey),
    matchLabelKeys: writeTexts(of.matchLabelKeys),
    mismatchLabelKeys: writeTexts(of.mismatchLabelKeys),
  });

const podAffinity = (terms: readonly PodAffinityTerm[]) =>
  unlessEmpty({ requiredDuringSchedulingIgnoredDuringExecution: writeList(terms, affinityTerm) });

const affinity = (of: PodSpec): AffinityShape | undefined =>
  unlessEmpty({
    nodeAffinity: unlessEmpty({
      requiredDuringSchedulingIgnoredDuringExecution: writeNodeSelector(of.requiredNodeAffinity),
    }),
    podAffinity: podAffinity(of.requiredPodAffinity),
    podAntiAffinity: podAffinity(of.requiredPodAntiAffinity),
  });

const spread = (of: TopologySpread): SpreadShape =>
  filled({
    topologyKey: writeText(of.topologyKey),
    maxSkew: unless(of.maxSkew, 1),
    whenUnsatisfiable: writeText(of.whenUnsatisfiable),
    labelSelector: writeLabelSelector(of.selector),
    minDomains: of.minDomains,
    nodeAffinityPolicy: writeText(of.nodeAffinityPolicy),
    nodeTaintsPolicy: writeText(of.nodeTaintsPolicy),
    matchLabelKeys: writeTexts(of.matchLabelKeys),
  });

const words = (of: PodSpec) => ({
  priorityClassName: writeText(of.priorityClassName),
  preemptionPolicy: writeText(of.preemptionPolicy),
  schedulerName: writeText(of.schedulerName),
  runtimeClassName: writeText(of.runtimeClassName),
  serviceAccountName: writeText(of.serviceAccountName),
  os: unlessEmpty({ name: writeText(of.os) }),
});

/** spec of a pod, or of a DaemonSet's template, as far as a reader keeps it. */
export const writePodSpec = (of: PodSpec): PodSpecShape =>
  filled({
    nodeName: writeText(of.nodeName),
    nodeSelector: writePairs(of.nodeSelector),
    affinity: affinity(of),
    topologySpreadConstraints: writeList(of.topologySpread, spread),
    tolerations: writeList(of.tolerations, writeToleration),
    containers: writeList(of.containers, container),
    initContainers: writeList(of.initContainers, container),
    volumes: writeList(of.volumes, volume),
    resources: of.resources && amounts(of.resources),
    overhead: writeSomeResources(of.overhead),
    hostNetwork: writeFlag(of.hostNetwork),
    priority: of.priority,
    schedulingGates: writeList(of.schedulingGates, (name) => filled({ name: writeText(name) })),
    readinessGates: writeList(of.readinessGates, (type) =>
      filled({ conditionType: writeText(type) }),
    ),
    terminationGracePeriodSeconds: of.terminationGracePeriodSeconds,
    ...words(of),
  });
