import type {
  Container,
  ContainerPort,
  PodAffinityTerm,
  PodSpec,
  PodVolume,
  Toleration,
  TopologySpread,
} from "#shared/cluster/pod.ts";
import { redactImage } from "#shared/cluster/redact-text.ts";
import {
  flag,
  inside,
  interned,
  number,
  optionalRecord,
  problem,
  record,
  records,
  shared,
  text,
  texts,
  wantedLabels,
  word,
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

const CONTAINERS: Interned<readonly Container[]> = interned();

function container(at: At, raw: JsonRecord): Container {
  const resources = record(at, raw, "resources");
  const inResources = inside(at, "resources");
  const inPorts = inside(at, "ports");
  return {
    name: text(at, raw, "name"),
    image: redactImage(text(at, raw, "image")),
    requests: resourcesAt(inResources, resources, "requests"),
    limits: resourcesAt(inResources, resources, "limits"),
    ports: records(at, raw, "ports").map((one) => port(inPorts, one)),
    sidecar: text(at, raw, "restartPolicy") === "Always",
  };
}

/** Only what we keep decides whether two containers are the same: their environment and arguments do not count. */
const identity = ({ name, image, resources, ports, restartPolicy }: JsonRecord): string =>
  JSON.stringify([name, image, resources, ports, restartPolicy]);

const NO_CONTAINERS: readonly Container[] = [];

function containers(at: At, raw: JsonRecord, key: string): readonly Container[] {
  const found = records(at, raw, key);
  if (found.length === 0) return NO_CONTAINERS;
  const there = inside(at, key);
  return shared(at, CONTAINERS, {
    of: found,
    key: () => found.map(identity).join("\n"),
    make: () => found.map((one) => container(there, one)),
  });
}

const TOLERATIONS: Interned<readonly Toleration[]> = interned();

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
    of: found,
    key: () => JSON.stringify(found),
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

const VOLUMES: Interned<readonly PodVolume[]> = interned();
/** Every pod has one with a name of its own that means nothing to us. */
const TOKEN = /^kube-api-access-/;

const NO_VOLUMES: readonly PodVolume[] = [];

function volumes(at: At, raw: JsonRecord): readonly PodVolume[] {
  const there = inside(at, "volumes");
  const made = records(at, raw, "volumes")
    .map((one): PodVolume => ({ name: text(there, one, "name"), source: volumeSource(there, one) }))
    .filter(({ name }) => !TOKEN.test(name));
  if (made.length === 0) return NO_VOLUMES;
  return shared(at, VOLUMES, { of: made, key: () => JSON.stringify(made), make: () => made });
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

type Affinity = Pick<
  PodSpec,
  "requiredNodeAffinity" | "requiredPodAffinity" | "requiredPodAntiAffinity"
>;
const AFFINITIES: Interned<Affinity> = interned();
const NO_AFFINITY: Affinity = {
  requiredNodeAffinity: undefined,
  requiredPodAffinity: NO_TERMS,
  requiredPodAntiAffinity: NO_TERMS,
};

function readAffinity(at: At, raw: JsonRecord): Affinity {
  const nodeAffinity = record(at, raw, "nodeAffinity");
  return {
    requiredNodeAffinity: nodeSelector(inside(at, "nodeAffinity"), nodeAffinity, REQUIRED),
    requiredPodAffinity: affinityTerms(at, raw, "podAffinity"),
    requiredPodAntiAffinity: affinityTerms(at, raw, "podAntiAffinity"),
  };
}

/** The pods of one node all name it: one affinity for all of them. */
function affinity(at: At, raw: JsonRecord): Affinity {
  const found = optionalRecord(at, raw, "affinity");
  if (found === undefined) return NO_AFFINITY;
  return shared(at, AFFINITIES, {
    of: found,
    key: () => JSON.stringify(found),
    make: () => readAffinity(inside(at, "affinity"), found),
  });
}

const NO_SPREADS: readonly TopologySpread[] = [];

function spreads(at: At, raw: JsonRecord): readonly TopologySpread[] {
  const found = records(at, raw, "topologySpreadConstraints");
  if (found.length === 0) return NO_SPREADS;
  const there = inside(at, "topologySpreadConstraints");
  return found.map((one) => spread(there, one));
}

const NO_WORDS: readonly string[] = [];

/** One word of each entry of a list. */
function wordsOf(at: At, raw: JsonRecord, [key, field]: readonly [string, string]) {
  const found = records(at, raw, key);
  return found.length === 0 ? NO_WORDS : found.map((one) => text(inside(at, key), one, field));
}

/** spec of a pod, or of a DaemonSet's template. `at` is inside that spec. */
export function readPodSpec(at: At, raw: JsonRecord): PodSpec {
  return {
    nodeName: word(at, raw, "nodeName"),
    nodeSelector: wantedLabels(at, raw, "nodeSelector"),
    ...affinity(at, raw),
    topologySpread: spreads(at, raw),
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
    schedulingGates: wordsOf(at, raw, ["schedulingGates", "name"]),
    runtimeClassName: word(at, raw, "runtimeClassName"),
    serviceAccountName: word(at, raw, "serviceAccountName"),
    readinessGates: wordsOf(at, raw, ["readinessGates", "conditionType"]),
    terminationGracePeriodSeconds: number(at, raw, "terminationGracePeriodSeconds"),
    os: text(at, record(at, raw, "os"), "name"),
  };
}
