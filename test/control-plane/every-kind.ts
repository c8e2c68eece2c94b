import type { Kind } from "#shared/cluster/cluster.ts";
import { RESOURCES, type Resource } from "#shared/cluster/read/object.ts";
import { refused } from "./client.ts";
import { each } from "./random-steps.ts";
import { until, type ApiObject, type World } from "./world.ts";

export const NODES = 12;
/** With the daemons' own more than two pages of 500. */
const FILLERS = 1300;
export const KARPENTER: readonly Kind[] = ["NodePool", "NodeClaim"];

const NAME = "reader";
const SHORT = "reader-short";
const nodeNames = Array.from({ length: NODES }, (_, i) => `${NAME}-${i}`);

type Body = Readonly<Record<string, unknown>>;
const container = (memory = "1Mi"): object => ({
  name: "main",
  image: "registry.invalid/main:1",
  resources: { requests: { cpu: "1m", memory } },
});

const daemon = (name: string, memory?: string): Body => ({
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { priorityClassName: NAME, containers: [container(memory)] },
    },
  },
});

const DISK = { accessModes: ["ReadWriteOnce"] };
const GIBIBYTE = { storage: "1Gi" };
const csi = { driver: "reader.invalid", volumeHandle: "1" };
const attached = {
  attacher: "reader.invalid",
  nodeName: `${NAME}-0`,
  source: { persistentVolumeName: NAME },
};
const defaults = [{ type: "Container", defaultRequest: { cpu: "1m" } }];
const ofAgent = { matchLabels: { app: "agent" } };

/** What no controller and no kubelet makes by itself. */
const CLUSTER_WIDE: readonly (readonly [kind: Kind, body: Body])[] = [
  ["PriorityClass", { value: 1000 }],
  ["RuntimeClass", { handler: NAME }],
  ["StorageClass", { provisioner: "reader.invalid" }],
  ["PersistentVolume", { spec: { ...DISK, capacity: GIBIBYTE, csi } }],
  ["CSINode", { spec: { drivers: [] } }],
  ["VolumeAttachment", { spec: attached }],
];
const NAMESPACED: readonly (readonly [kind: Kind, body: Body])[] = [
  ["LimitRange", { spec: { limits: defaults } }],
  ["PersistentVolumeClaim", { spec: { ...DISK, resources: { requests: GIBIBYTE } } }],
  ["PodDisruptionBudget", { spec: { maxUnavailable: 1, selector: ofAgent } }],
  ["Service", { spec: { selector: ofAgent.matchLabels, ports: [{ port: 80 }] } }],
];

/** How a kind is asked for. */
export const resourceOf = (kind: Kind): Resource => {
  const found = RESOURCES.find((resource) => resource.kind === kind);
  if (!found) throw new Error(`the reader does not read a ${kind}`);
  return found;
};
const groupPath = ({ group, version }: Resource): string =>
  group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
/** Where all objects of a kind are listed. */
export const listPath = (resource: Resource): string => `${groupPath(resource)}/${resource.plural}`;
const pathIn = (namespace: string, resource: Resource): string =>
  `${groupPath(resource)}/namespaces/${namespace}/${resource.plural}`;

async function post({ client }: World, path: string, body: object): Promise<void> {
  const answer = await client.call("POST", path, body);
  if (answer.status !== 201) throw refused(answer, path);
}

type Named = { readonly kind: Kind; readonly name: string; readonly namespace?: string };

function create(world: World, { kind, name, namespace }: Named, body: Body): Promise<void> {
  const resource = resourceOf(kind);
  const apiVersion = groupPath(resource).replace(/^\/apis?\//, "");
  const path = namespace === undefined ? listPath(resource) : pathIn(namespace, resource);
  return post(world, path, { apiVersion, kind, metadata: { name }, ...body });
}

const definition = ({ kind, group, version, plural }: Resource): object => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: "Cluster",
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
});

/** All objects of a kind; undefined while it is not served. New or newly started, a server answers 404 or 429 for a moment. */
async function served(
  { client }: World,
  resource: Resource,
): Promise<readonly ApiObject[] | undefined> {
  const answer = await client.call("GET", listPath(resource));
  return answer.status === 200
    ? (answer.body as { readonly items: readonly ApiObject[] }).items
    : undefined;
}

/** Karpenter's two kinds, served from here on, one object each. */
export async function serveKarpenter(world: World): Promise<void> {
  for (const kind of KARPENTER) {
    const resource = resourceOf(kind);
    await post(
      world,
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      definition(resource),
    );
    await until(`${kind} is served`, 30, () => served(world, resource));
    await create(world, { kind, name: NAME }, { spec: {} });
  }
}

async function makeNamespace(world: World, name: string): Promise<void> {
  await create(world, { kind: "Namespace", name }, {});
  await until(`${name} has its ServiceAccount`, 60, () =>
    world.get(`/api/v1/namespaces/${name}/serviceaccounts/default`),
  );
}

async function untilAvailable(world: World, named: Named, count: number): Promise<void> {
  const path = `${pathIn(named.namespace ?? "", resourceOf(named.kind))}/${named.name}`;
  await until(`${named.name} is up on ${count} nodes`, 60, async () => {
    const status: unknown = (await world.get(path))?.["status"];
    const { numberAvailable } = (status ?? {}) as { readonly numberAvailable?: number };
    return numberAvailable === count ? true : undefined;
  });
}

/** One is up on every node, one finds no memory on the last, one may not have its last pod. */
async function makeDaemons(world: World): Promise<void> {
  const set = (name: string, namespace: string): Named => ({ kind: "DaemonSet", name, namespace });
  await post(world, `/api/v1/namespaces/${SHORT}/resourcequotas`, {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: NAME },
    spec: { hard: { pods: String(NODES - 1) } },
  });
  await create(world, set("agent", NAME), daemon("agent"));
  await create(world, set("heavy", NAME), daemon("heavy", "2Gi"));
  await create(world, set("short", SHORT), daemon("short"));
  await untilAvailable(world, set("agent", NAME), NODES);
  await untilAvailable(world, set("heavy", NAME), NODES - 1);
  await untilAvailable(world, set("short", SHORT), NODES - 1);
}

/** A cluster with objects of every kind that the reader reads but Karpenter's, and daemons that are well and that are not. */
export async function everyKind(world: World): Promise<void> {
  const labels = { "karpenter.sh/nodepool": NAME, "karpenter.sh/initialized": "true" };
  const small = { cpu: "4", memory: "1Gi", pods: "250" };
  await world.hollow.addNodes(
    nodeNames.map((name, i) => ({
      name,
      labels,
      allocatable: i === NODES - 1 ? small : { ...small, memory: "16Gi" },
    })),
  );
  await makeNamespace(world, NAME);
  await makeNamespace(world, SHORT);
  for (const [kind, body] of CLUSTER_WIDE) await create(world, { kind, name: NAME }, body);
  for (const [kind, body] of NAMESPACED)
    await create(world, { kind, name: NAME, namespace: NAME }, body);
  await each(
    Array.from({ length: FILLERS }, (_, i) => i),
    (i) =>
      create(
        world,
        { kind: "Pod", name: `filler-${i}`, namespace: NAME },
        { spec: { nodeName: nodeNames[i % NODES], containers: [container()] } },
      ),
  );
  await makeDaemons(world);
}

/** "namespace/name" of all objects of a kind, as the administrator sees them in one list. */
export async function namesOf(world: World, resource: Resource): Promise<ReadonlySet<string>> {
  const items = await until(`${resource.plural} are served`, 30, () => served(world, resource));
  return new Set(items.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`));
}
