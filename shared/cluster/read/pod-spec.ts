import type {
  Container,
  ContainerPort,
  PodAffinityTerm,
  PodSpec,
  PodVolume,
  Toleration,
  TopologySpread,
} from "../pod.ts";
import {
  flag,
  inside,
  list,
  number,
  optionalRecord,
  problem,
  record,
  records,
  shared,
  text,
  texts,
  wantedLabels,
  type At,
  type Interned,
  type JsonRecord,
} from "./json.ts";
import { resourcesAt } from "./resources.ts";
import { labelSelector, nodeSelector } from "./selector.ts";

const port = (at: At, raw: JsonRecord): ContainerPort => ({
  containerPort: number(at, raw, "containerPort") ?? 0,
  hostPort: number(at, raw, "hostPort") ?? 0,
  hostIP: text(at, raw, "hostIP"),
  protocol: text(at, raw, "protocol") || "TCP",
});

const CONTAINER: Interned<Container> = { name: "container" };
const CONTAINERS: Interned<readonly Container[]> = { name: "containers" };

function container(at: At, raw: JsonRecord): Container {
  const resources = record(at, raw, "resources");
  const inResources = inside(at, "resources");
  const inPorts = inside(at, "ports");
  return {
    name: text(at, raw, "name"),
    image: text(at, raw, "image"),
    requests: resourcesAt(inResources, resources, "requests"),
    limits: resourcesAt(inResources, resources, "limits"),
    ports: records(at, raw, "ports").map((one) => port(inPorts, one)),
    sidecar: text(at, raw, "restartPolicy") === "Always",
  };
}

/** Only what we keep decides whether two containers are the same: their environment and arguments do not count. */
const identity = ({ name, image, resources, ports, restartPolicy }: JsonRecord): string =>
  JSON.stringify([name, image, resources, ports, restartPolicy]);

function containers(at: At, raw: JsonRecord, key: string): readonly Container[] {
  const found = records(at, raw, key);
  const there = inside(at, key);
  return shared(at, CONTAINERS, {
    key: found.map(identity).join("\n"),
    make: () =>
      found.map((one) =>
        shared(at, CONTAINER, { key: identity(one), make: () => container(there, one) }),
      ),
  });
}

const TOLERATIONS: Interned<readonly Toleration[]> = { name: "tolerations" };

function toleration(at: At, raw: JsonRecord): Toleration {
  const made: Toleration = {
    key: text(at, raw, "key"),
    operator: text(at, raw, "operator"),
    value: text(at, raw, "value"),
    effect: text(at, raw, "effect"),
    seconds: number(at, raw, "tolerationSeconds"),
  };
  // Validation forbids it, yet the matching code takes it as "any key": so do we, and say so.
  if (made.key === "" && made.operator !== "Exists")
    problem(at, {
      code: "toleration.empty_key",
      value: made.operator,
      fix: "name a key, or use the operator Exists to tolerate every taint",
    });
  return made;
}

export function tolerationsAt(at: At, raw: JsonRecord, key: string): readonly Toleration[] {
  const found = records(at, raw, key);
  const there = inside(at, key);
  return shared(at, TOLERATIONS, {
    key: JSON.stringify(found),
    make: () => found.map((one) => toleration(there, one)),
  });
}

function volumeSource(at: At, raw: JsonRecord): PodVolume["source"] {
  const claim = optionalRecord(at, raw, "persistentVolumeClaim");
  if (claim) return { type: "claim", claim: text(at, claim, "claimName") };
  if (optionalRecord(at, raw, "ephemeral")) return { type: "ephemeral" };
  const csi = optionalRecord(at, raw, "csi");
  if (csi) return { type: "csi", driver: text(at, csi, "driver") };
  const host = optionalRecord(at, raw, "hostPath");
  if (host) return { type: "hostPath", path: text(at, host, "path") };
  const config = optionalRecord(at, raw, "configMap");
  if (config)
    return {
      type: "configMap",
      object: text(at, config, "name"),
      optional: flag(at, config, "optional"),
    };
  const secret = optionalRecord(at, raw, "secret");
  if (secret)
    return {
      type: "secret",
      object: text(at, secret, "secretName"),
      optional: flag(at, secret, "optional"),
    };
  return { type: "other" };
}

const VOLUMES: Interned<readonly PodVolume[]> = { name: "volumes" };
/** Every pod has one with a name of its own that means nothing to us. */
const TOKEN = /^kube-api-access-/;

function volumes(at: At, raw: JsonRecord): readonly PodVolume[] {
  const there = inside(at, "volumes");
  const made = records(at, raw, "volumes")
    .map((one): PodVolume => ({ name: text(there, one, "name"), source: volumeSource(there, one) }))
    .filter(({ name }) => !TOKEN.test(name));
  return shared(at, VOLUMES, { key: JSON.stringify(made), make: () => made });
}

const affinityTerm = (at: At, raw: JsonRecord): PodAffinityTerm => ({
  selector: labelSelector(at, raw, "labelSelector"),
  namespaces: texts(at, raw, "namespaces"),
  namespaceSelector: labelSelector(at, raw, "namespaceSelector"),
  topologyKey: text(at, raw, "topologyKey"),
  matchLabelKeys: texts(at, raw, "matchLabelKeys"),
  mismatchLabelKeys: texts(at, raw, "mismatchLabelKeys"),
});

const NO_TERMS: readonly PodAffinityTerm[] = [];
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

function affinityTerms(at: At, affinity: JsonRecord, key: string): readonly PodAffinityTerm[] {
  const found = optionalRecord(at, affinity, key);
  if (found === undefined) return NO_TERMS;
  const there = inside(at, key);
  return records(there, found, REQUIRED).map((one) => affinityTerm(inside(there, REQUIRED), one));
}

const spread = (at: At, raw: JsonRecord): TopologySpread => ({
  topologyKey: text(at, raw, "topologyKey"),
  maxSkew: number(at, raw, "maxSkew") ?? 1,
  whenUnsatisfiable: text(at, raw, "whenUnsatisfiable"),
  selector: labelSelector(at, raw, "labelSelector"),
  minDomains: number(at, raw, "minDomains"),
  nodeAffinityPolicy: text(at, raw, "nodeAffinityPolicy"),
  nodeTaintsPolicy: text(at, raw, "nodeTaintsPolicy"),
  matchLabelKeys: texts(at, raw, "matchLabelKeys"),
});

const podLevel = (at: At, raw: JsonRecord): PodSpec["resources"] => {
  const found = optionalRecord(at, raw, "resources");
  if (found === undefined) return undefined;
  const there = inside(at, "resources");
  return {
    requests: resourcesAt(there, found, "requests"),
    limits: resourcesAt(there, found, "limits"),
  };
};

const NAMES: Interned<string> = { name: "names" };
/** One copy of a word that very many pods have. */
const word = (at: At, raw: JsonRecord, key: string): string => {
  const value = text(at, raw, key);
  return shared(at, NAMES, { key: value, make: () => value });
};

function placing(at: At, raw: JsonRecord) {
  const affinity = record(at, raw, "affinity");
  const inAffinity = inside(at, "affinity");
  const nodeAffinity = record(inAffinity, affinity, "nodeAffinity");
  return {
    requiredNodeAffinity: nodeSelector(inside(inAffinity, "nodeAffinity"), nodeAffinity, REQUIRED),
    requiredPodAffinity: affinityTerms(inAffinity, affinity, "podAffinity"),
    requiredPodAntiAffinity: affinityTerms(inAffinity, affinity, "podAntiAffinity"),
    topologySpread: records(at, raw, "topologySpreadConstraints").map((one) =>
      spread(inside(at, "topologySpreadConstraints"), one),
    ),
  };
}

const conditionTypes = (at: At, raw: JsonRecord): readonly string[] =>
  list(at, raw, "readinessGates").length === 0
    ? []
    : records(at, raw, "readinessGates").map((gate) => text(at, gate, "conditionType"));

const gates = (at: At, raw: JsonRecord): readonly string[] =>
  records(at, raw, "schedulingGates").map((gate) => text(at, gate, "name"));

/** spec of a pod, or of a DaemonSet's template. `at` is inside that spec. */
export function readPodSpec(at: At, raw: JsonRecord): PodSpec {
  return {
    nodeName: word(at, raw, "nodeName"),
    nodeSelector: wantedLabels(at, raw, "nodeSelector"),
    ...placing(at, raw),
    tolerations: tolerationsAt(at, raw, "tolerations"),
    containers: containers(at, raw, "containers"),
    initContainers: containers(at, raw, "initContainers"),
    volumes: volumes(at, raw),
    resources: podLevel(at, raw),
    overhead: resourcesAt(at, raw, "overhead"),
    hostNetwork: flag(at, raw, "hostNetwork"),
    priority: number(at, raw, "priority"),
    priorityClassName: word(at, raw, "priorityClassName"),
    preemptionPolicy: word(at, raw, "preemptionPolicy"),
    schedulerName: word(at, raw, "schedulerName"),
    schedulingGates: gates(at, raw),
    runtimeClassName: word(at, raw, "runtimeClassName"),
    serviceAccountName: word(at, raw, "serviceAccountName"),
    readinessGates: conditionTypes(at, raw),
    terminationGracePeriodSeconds: number(at, raw, "terminationGracePeriodSeconds"),
    os: text(at, record(at, raw, "os"), "name"),
  };
}
