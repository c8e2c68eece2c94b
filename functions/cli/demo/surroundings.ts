import { DAEMONS } from "./description.ts";
import { before, LONG, suffix, uidOf, type KubernetesObject } from "./object.ts";
import type { DemoPod } from "./pod-objects.ts";

/** What stands around nodes and daemons: one of every kind that an audit reads, so that nothing is unknown. */
export function surroundings(daemonPods: readonly DemoPod[]): readonly KubernetesObject[] {
  const of = (name: string): readonly DemoPod[] =>
    daemonPods.filter(({ container, state }) => container === name && state.is !== "does-not-fit");
  return [
    ...namespaces(),
    ...priorityClasses(),
    // Clients reach the agent of their own node only; where there is none, their data is dropped.
    service("observability", "otel-agent", { internalTrafficPolicy: "Local" }),
    endpoints("observability", "otel-agent", of("otel-agent")),
    service("monitoring", "node-exporter", { clusterIP: "None" }),
    endpoints("monitoring", "node-exporter", of("node-exporter")),
    ...storage(),
    object("policy/v1", "PodDisruptionBudget", "storefront", "shop", {
      spec: { minAvailable: 40, selector: { matchLabels: { app: "storefront" } } },
      status: { disruptionsAllowed: 12 },
    }),
    object("node.k8s.io/v1", "RuntimeClass", "nvidia", undefined, { handler: "nvidia" }),
    object("v1", "LimitRange", "defaults", "batch", {
      spec: { limits: [{ type: "Container", defaultRequest: { cpu: "20m", memory: "60Mi" } }] },
    }),
    object("karpenter.sh/v1", "NodePool", "general", undefined, {
      spec: {
        template: {
          spec: {
            startupTaints: [{ key: "ebs.csi.aws.com/agent-not-ready", effect: "NoExecute" }],
          },
        },
      },
    }),
    object("karpenter.sh/v1", "NodeClaim", "spot-5", undefined, {
      spec: { terminationGracePeriod: "1h" },
      status: { nodeName: "spot-5" },
    }),
  ];
}

function object(
  ...[apiVersion, kind, name, namespace, rest]: readonly [
    string,
    string,
    string,
    string | undefined,
    Readonly<Record<string, unknown>>,
  ]
): KubernetesObject {
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid: uidOf(`${kind}/${namespace ?? ""}/${name}`),
      creationTimestamp: before(LONG),
    },
    ...rest,
  };
}

const namespaces = (): readonly KubernetesObject[] =>
  [
    ...new Set([
      "default",
      "kube-node-lease",
      "shop",
      "search",
      "batch",
      "ml",
      "legacy",
      ...DAEMONS.map(({ namespace }) => namespace),
    ]),
  ].map((name) => object("v1", "Namespace", name, undefined, {}));

const priorityClasses = (): readonly KubernetesObject[] =>
  (
    [
      ["system-node-critical", 2_000_001_000],
      ["daemons", 100_000_000],
      ["business-critical", 100_000],
    ] as const
  ).map(([name, value]) =>
    object("scheduling.k8s.io/v1", "PriorityClass", name, undefined, {
      value,
      preemptionPolicy: "PreemptLowerPriority",
    }),
  );

const service = (namespace: string, name: string, spec: object): KubernetesObject =>
  object("v1", "Service", name, namespace, {
    spec: {
      selector: { app: name },
      type: "ClusterIP",
      ports: [{ port: 4317, protocol: "TCP" }],
      ...spec,
    },
  });

const endpoints = (
  namespace: string,
  name: string,
  pods: readonly DemoPod[],
): KubernetesObject => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: {
    name: `${name}-${suffix(name, 5)}`,
    namespace,
    creationTimestamp: before(LONG),
    labels: { "kubernetes.io/service-name": name },
  },
  addressType: "IPv4",
  endpoints: pods.map((pod) => ({
    addresses: ["10.0.0.1"],
    nodeName: pod.node,
    conditions: {
      ready: pod.state.is === "running",
      serving: pod.state.is === "running",
      terminating: false,
    },
    targetRef: {
      kind: "Pod",
      name: pod.name,
      namespace,
      uid: uidOf(`pod/${namespace}/${pod.name}`),
    },
  })),
  ports: [{ port: 4317, protocol: "TCP" }],
});

const storage = (): readonly KubernetesObject[] => [
  object("storage.k8s.io/v1", "StorageClass", "gp3", undefined, {
    provisioner: "ebs.csi.aws.com",
    volumeBindingMode: "WaitForFirstConsumer",
  }),
  object("v1", "PersistentVolume", "pvc-1", undefined, {
    spec: { csi: { driver: "ebs.csi.aws.com", volumeHandle: "vol-1" } },
  }),
  object("v1", "PersistentVolumeClaim", "models", "ml", {
    spec: { volumeName: "pvc-1", accessModes: ["ReadWriteOnce"], storageClassName: "gp3" },
    status: { phase: "Bound" },
  }),
  object("storage.k8s.io/v1", "VolumeAttachment", "csi-1", undefined, {
    spec: {
      attacher: "ebs.csi.aws.com",
      nodeName: "gpu-1",
      source: { persistentVolumeName: "pvc-1" },
    },
  }),
];
