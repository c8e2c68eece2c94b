import type { Kind } from "./cluster.ts";

/**
 * What is kept of a value: itself ("value"), a cleaned text or name of an image, all scalars of a map, the annotations that rules read, the keys of
 * a map alone, that it was "there"; or fields by name; or, as a function, each entry of a list.
 */
export type Shape =
  | "value"
  | "text"
  | "image"
  | "map"
  | "annotations"
  | "keys"
  | "there"
  | { readonly [field: string]: Shape }
  | (() => Shape);

const values = <const K extends string>(...keys: readonly K[]): Record<K, "value"> =>
  // Each key once with "value": just what the type says.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Object.fromEntries(keys.map((key) => [key, "value"])) as Record<K, "value">;
const each = (shape: Shape) => (): Shape => shape;

const METADATA = {
  ...values("name", "namespace", "uid", "resourceVersion", "generation"),
  ...values("creationTimestamp", "deletionTimestamp"),
  labels: "map",
  annotations: "annotations",
  ownerReferences: each(values("apiVersion", "kind", "name", "uid", "controller")),
  managedFields: each(values("manager")),
} as const;

const REQUIREMENTS = each({ ...values("key", "operator"), values: each("value") });
const LABEL_SELECTOR = { matchLabels: "map", matchExpressions: REQUIREMENTS } as const;
const NODE_SELECTOR = {
  nodeSelectorTerms: each({ matchExpressions: REQUIREMENTS, matchFields: REQUIREMENTS }),
} as const;
const RESOURCES = { requests: "map", limits: "map" } as const;
const TOLERATIONS = each(values("key", "operator", "value", "effect", "tolerationSeconds"));

const CONDITIONS = each({
  ...values("type", "status", "reason", "lastTransitionTime", "lastHeartbeatTime"),
  message: "text",
});

const CONTAINERS = each({
  ...values("name", "restartPolicy"),
  image: "image",
  resources: RESOURCES,
  ports: each(values("containerPort", "hostPort", "hostIP", "protocol")),
});

const VOLUMES = each({
  name: "value",
  persistentVolumeClaim: values("claimName"),
  ephemeral: "there",
  csi: values("driver"),
  hostPath: values("path"),
  configMap: values("name", "optional"),
  secret: values("secretName", "optional"),
});

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const POD_TERMS = {
  [REQUIRED]: each({
    labelSelector: LABEL_SELECTOR,
    namespaces: each("value"),
    namespaceSelector: LABEL_SELECTOR,
    topologyKey: "value",
    matchLabelKeys: each("value"),
    mismatchLabelKeys: each("value"),
  }),
} as const;

const POD_SPEC: Shape = {
  ...values("nodeName", "hostNetwork", "priority", "priorityClassName", "preemptionPolicy"),
  ...values("schedulerName", "runtimeClassName", "serviceAccountName"),
  terminationGracePeriodSeconds: "value",
  nodeSelector: "map",
  affinity: {
    nodeAffinity: { [REQUIRED]: NODE_SELECTOR },
    podAffinity: POD_TERMS,
    podAntiAffinity: POD_TERMS,
  },
  topologySpreadConstraints: each({
    ...values("topologyKey", "maxSkew", "whenUnsatisfiable", "minDomains"),
    ...values("nodeAffinityPolicy", "nodeTaintsPolicy"),
    labelSelector: LABEL_SELECTOR,
    matchLabelKeys: each("value"),
  }),
  tolerations: TOLERATIONS,
  containers: CONTAINERS,
  initContainers: CONTAINERS,
  volumes: VOLUMES,
  resources: RESOURCES,
  overhead: "map",
  schedulingGates: each(values("name")),
  readinessGates: each(values("conditionType")),
  os: values("name"),
};

const STATE = {
  waiting: { reason: "value", message: "text" },
  running: values("startedAt"),
  terminated: { ...values("reason", "exitCode", "startedAt", "finishedAt"), message: "text" },
} as const;

const CONTAINER_STATUSES = each({
  ...values("name", "ready", "restartCount"),
  state: STATE,
  lastState: STATE,
  allocatedResources: "map",
  resources: RESOURCES,
});

const object = (fields: { readonly [field: string]: Shape }): Shape => ({
  metadata: METADATA,
  ...fields,
});

const REFERENCE = values("kind", "namespace", "name", "uid");
const LIMITS = { default: "map", defaultRequest: "map", max: "map", min: "map" } as const;

/** What the readers read, kind by kind; a test holds both together. */
export const SHAPES: { readonly [K in Kind]: Shape } = {
  Node: object({
    spec: {
      ...values("unschedulable", "providerID"),
      taints: each(values("key", "value", "effect", "timeAdded")),
    },
    status: {
      conditions: CONDITIONS,
      allocatable: "map",
      capacity: "map",
      nodeInfo: values("kubeletVersion", "operatingSystem", "architecture"),
    },
  }),
  Pod: object({
    spec: POD_SPEC,
    status: {
      ...values("phase", "reason", "startTime", "nominatedNodeName", "podIP"),
      message: "text",
      podIPs: each(values("ip")),
      conditions: CONDITIONS,
      containerStatuses: CONTAINER_STATUSES,
      initContainerStatuses: CONTAINER_STATUSES,
      resources: RESOURCES,
      allocatedResources: "map",
      nodeAllocatableResourceClaimStatuses: each({ resources: "map" }),
    },
  }),
  DaemonSet: object({
    spec: {
      ...values("minReadySeconds", "revisionHistoryLimit"),
      selector: LABEL_SELECTOR,
      template: { metadata: { labels: "map" }, spec: POD_SPEC },
      updateStrategy: { type: "value", rollingUpdate: values("maxUnavailable", "maxSurge") },
    },
    status: {
      ...values("desiredNumberScheduled", "currentNumberScheduled", "numberReady"),
      ...values("numberAvailable", "updatedNumberScheduled", "numberMisscheduled"),
      ...values("numberUnavailable", "observedGeneration"),
    },
  }),
  ControllerRevision: object({ revision: "value" }),
  Service: object({
    spec: {
      ...values("type", "clusterIP", "internalTrafficPolicy", "externalTrafficPolicy"),
      ...values("trafficDistribution", "publishNotReadyAddresses"),
      selector: "map",
      ports: each(values("port", "nodePort", "protocol")),
    },
  }),
  EndpointSlice: object({
    endpoints: each({
      nodeName: "value",
      conditions: values("ready", "serving", "terminating"),
      targetRef: values("kind", "uid"),
      hints: { forNodes: each(values("name")) },
    }),
  }),
  Event: object({
    ...values("type", "reason", "count", "eventTime", "firstTimestamp", "lastTimestamp"),
    ...values("deprecatedCount", "deprecatedFirstTimestamp", "deprecatedLastTimestamp"),
    message: "text",
    note: "text",
    series: values("count", "lastObservedTime"),
    involvedObject: REFERENCE,
    regarding: REFERENCE,
  }),
  PriorityClass: object(values("value", "globalDefault", "preemptionPolicy")),
  PodDisruptionBudget: object({
    spec: { selector: LABEL_SELECTOR },
    status: { disruptionsAllowed: "value", disruptedPods: "keys" },
  }),
  CSINode: object({
    spec: { drivers: each({ name: "value", allocatable: values("count") }) },
  }),
  PersistentVolume: object({
    spec: { nodeAffinity: { required: NODE_SELECTOR }, csi: values("driver", "volumeHandle") },
  }),
  PersistentVolumeClaim: object({
    spec: { ...values("volumeName", "storageClassName"), accessModes: each("value") },
    status: values("phase"),
  }),
  StorageClass: object(values("provisioner", "volumeBindingMode")),
  VolumeAttachment: object({
    spec: { ...values("attacher", "nodeName"), source: values("persistentVolumeName") },
  }),
  RuntimeClass: object({
    scheduling: { nodeSelector: "map", tolerations: TOLERATIONS },
    overhead: { podFixed: "map" },
  }),
  LimitRange: object({ spec: { limits: each({ type: "value", ...LIMITS }) } }),
  Namespace: object({}),
  Lease: object({ spec: values("renewTime", "holderIdentity") }),
  NodePool: object({
    spec: { template: { spec: { startupTaints: each(values("key", "value", "effect")) } } },
  }),
  NodeClaim: object({
    spec: values("terminationGracePeriod"),
    status: values("nodeName"),
  }),
};
