import {
  daemonPodJson,
  daemonSetJson,
  namespaceJson,
  nodeJson,
  podJson,
} from "../../fixtures/kubernetes-json.ts";

type Json = Readonly<Record<string, unknown>>;

/** `begin`: some secrets are known by how they begin. */
export type Secret = (begin?: string) => string;

/** Makes secrets, each of which is found again wherever it turns up. */
export type Planter = {
  /** A word that stands nowhere else. */
  readonly secret: Secret;
  readonly planted: () => readonly string[];
};

export function planter(): Planter {
  const planted: string[] = [];
  return {
    secret(begin = "CNRY") {
      // Twenty characters of the alphabet of AWS's keys, which fit every place.
      const word = `${begin}${planted.length.toString(36).toUpperCase().padStart(4, "0")}CANARYCANARY`;
      planted.push(word);
      return word;
    },
    planted: () => planted,
  };
}

/** A text as controllers, kubelets and programs write it, with a secret in it in each of the forms that are known. */
export const confessions = (secret: Secret): readonly string[] => [
  `Get "https://admin:${secret()}@registry.example/v2/": denied`,
  `started with --db-password=${secret()} --verbose`,
  `{"apiKey": "${secret()}", "level": "info"}`,
  `Authorization: Bearer ${secret().toLowerCase()}.${secret()}`,
  `got token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${secret()} from it`,
  `AWS_ACCESS_KEY_ID is ${secret("AKIA")} there`,
  `-----BEGIN RSA PRIVATE KEY-----\n${secret()}\n-----END RSA PRIVATE KEY-----`,
  `postgres://app:${secret()}@db.internal:5432/app refused`,
  `secret_key: ${secret()}; retrying`,
  `Failed to pull image "puller:${secret()}@registry.example/app:1": not found`,
];

const metadata = (secret: Secret, more: Json = {}): Json => ({
  annotations: {
    "kubectl.kubernetes.io/last-applied-configuration": `{"env":"${secret()}"}`,
    "example.com/token": secret(),
    [`example.com/${secret().toLowerCase()}`]: "x",
  },
  managedFields: [{ manager: "kubectl", fieldsV1: { [`f:${secret()}`]: {} }, operation: "Update" }],
  ...more,
});

const container = (secret: Secret, name: string): Json => ({
  name,
  image: `puller:${secret()}@registry.example/${name}:1.2`,
  command: ["sh", "-c", `login ${secret()}`],
  args: [`--token=${secret()}`],
  workingDir: `/srv/${secret()}`,
  env: [
    { name: "TOKEN", value: secret() },
    { name: "FROM", valueFrom: { secretKeyRef: { name: "s", key: secret() } } },
  ],
  envFrom: [{ prefix: secret(), secretRef: { name: "s" } }],
  livenessProbe: {
    exec: { command: ["check", secret()] },
    httpGet: { port: 80, path: `/?key=${secret()}`, httpHeaders: [{ name: "a", value: secret() }] },
  },
  lifecycle: { preStop: { exec: { command: ["bye", secret()] } } },
  volumeMounts: [{ name: "v", mountPath: `/${secret()}`, subPath: secret() }],
  terminationMessagePath: `/${secret()}`,
  resources: { requests: { cpu: "10m" } },
});

const spec = (secret: Secret): Json => ({
  containers: [container(secret, "app"), container(secret, "side")],
  initContainers: [container(secret, "init")],
  imagePullSecrets: [{ name: "pull" }],
  hostAliases: [{ ip: "10.0.0.1", hostnames: [secret()] }],
  dnsConfig: { options: [{ name: "x", value: secret() }] },
  securityContext: { sysctls: [{ name: "kernel.x", value: secret() }] },
  volumes: [
    { name: "v", csi: { driver: "d", volumeAttributes: { password: secret() } } },
    { name: "f", flexVolume: { driver: "d", options: { key: secret() } } },
    { name: "i", iscsi: { targetPortal: secret(), iqn: secret(), lun: 1 } },
    { name: "r", rbd: { monitors: [secret()], image: secret() } },
    { name: "g", gitRepo: { repository: `https://u:${secret()}@git.example/x` } },
    { name: "c", configMap: { name: "c", items: [{ key: secret(), path: secret() }] } },
    { name: "s", secret: { secretName: "s", items: [{ key: secret(), path: secret() }] } },
    {
      name: "token",
      projected: { sources: [{ serviceAccountToken: { audience: secret(), path: secret() } }] },
    },
  ],
});

/** A pod that is not up, so that its whole status is told. */
const status = (said: readonly string[], secret: Secret): Json => ({
  phase: "Pending",
  message: said[0],
  conditions: [
    { type: "Ready", status: "False", reason: "ContainersNotReady", message: said[1] },
    { type: "PodScheduled", status: "False", reason: "Unschedulable", message: said[2] },
  ],
  containerStatuses: [
    {
      name: "app",
      image: `puller:${secret()}@registry.example/app:1.2`,
      imageID: `https://puller:${secret()}@registry.example/app`,
      ready: false,
      restartCount: 7,
      state: { waiting: { reason: "CrashLoopBackOff", message: said[3] } },
      lastState: {
        terminated: { exitCode: 1, reason: "Error", message: said[4], containerID: secret() },
      },
    },
  ],
  initContainerStatuses: [
    {
      name: "init",
      image: "i",
      ready: true,
      restartCount: 0,
      state: { terminated: { exitCode: 0, reason: "Completed", message: said[5] } },
    },
  ],
});

const event = (name: string, about: Json, said: string, secret: Secret): Json => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { name, namespace: "kube-system", uid: `uid-${name}`, ...metadata(secret) },
  type: "Warning",
  reason: "FailedCreate",
  message: said,
  involvedObject: about,
  source: { component: secret() },
  lastTimestamp: new Date().toISOString(),
  firstTimestamp: new Date().toISOString(),
  count: 3,
});

/** A cluster in which secrets stand wherever people and programs put them, by the plural names of its kinds. */
export function plantedCluster(secret: Secret): Readonly<Record<string, readonly Json[]>> {
  const said = (): readonly string[] => confessions(secret);
  const pod = (name: string, more: Json = {}): Json => ({
    ...more,
    metadata: metadata(secret, { namespace: "default", uid: `uid-${name}`, name }),
    spec: { nodeName: "n1", ...spec(secret) },
    status: status(said(), secret),
  });
  const about = {
    kind: "DaemonSet",
    namespace: "kube-system",
    name: "agent",
    uid: "uid-DaemonSet-agent",
  };
  const node = {
    metadata: metadata(secret),
    spec: { providerID: "aws:///eu-west-1a/i-1", configSource: { configMap: { name: secret() } } },
    status: {
      conditions: [
        { type: "Ready", status: "False", reason: "KubeletNotReady", message: said()[0] },
      ],
      images: [{ names: [`puller:${secret()}@registry.example/app`], sizeBytes: 1 }],
      config: { error: secret() },
      daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
    },
  };
  return {
    nodes: [nodeJson("n1", node), nodeJson("n2")],
    pods: [
      daemonPodJson("agent", "n1", {
        metadata: metadata(secret, { uid: "uid-daemon-1" }),
        spec: spec(secret),
        status: status(said(), secret),
      }),
      daemonPodJson("agent", "n2", {
        metadata: metadata(secret, { uid: "uid-daemon-2" }),
        spec: spec(secret),
        status: status(said().slice(4), secret),
      }),
      podJson("web-1", pod("web-1")),
      podJson("web-2", pod("web-2")),
    ],
    daemonsets: [
      daemonSetJson("agent", {
        metadata: metadata(secret),
        spec: { template: { metadata: { labels: { app: "agent" } }, spec: spec(secret) } },
        status: { conditions: [{ type: "X", status: "True", message: said()[1] }] },
      }),
    ],
    controllerrevisions: [
      {
        apiVersion: "apps/v1",
        kind: "ControllerRevision",
        metadata: {
          name: "agent-r1",
          namespace: "kube-system",
          uid: "uid-revision",
          labels: { app: "agent", "controller-revision-hash": "r1" },
          ownerReferences: [{ ...about, apiVersion: "apps/v1", controller: true }],
          ...metadata(secret),
        },
        data: { spec: { template: { metadata: metadata(secret), spec: spec(secret) } } },
        revision: 1,
      },
    ],
    services: [
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: {
          name: "agent",
          namespace: "kube-system",
          uid: "uid-service",
          ...metadata(secret),
        },
        spec: { selector: { app: "agent" }, externalName: secret(), ports: [{ port: 80 }] },
      },
    ],
    events: said().map((text, at) => event(`agent.${at}`, about, text, secret)),
    namespaces: [{ ...namespaceJson("default", "uid-ns"), spec: { finalizers: [secret()] } }],
    priorityclasses: [
      {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name: "high", uid: "uid-pc", ...metadata(secret) },
        value: 1000,
        description: `the password is ${secret()}`,
      },
    ],
    storageclasses: [
      {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: "fast", uid: "uid-sc", ...metadata(secret) },
        provisioner: "p",
        parameters: { adminSecret: secret() },
        mountOptions: [`password=${secret()}`],
      },
    ],
    persistentvolumes: [
      {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: "pv", uid: "uid-pv", ...metadata(secret) },
        spec: { csi: { driver: "d", volumeHandle: "h", volumeAttributes: { key: secret() } } },
        status: { phase: "Failed", message: said()[2] },
      },
    ],
  };
}
