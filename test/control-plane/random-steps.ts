import { PRIORITIES, diceOf, type Dice, type RandomCluster } from "./random-cluster.ts";
import { settled, until, type ApiObject, type World } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;
const AT_ONCE = 12;

/** Many small requests, a few at a time. */
export async function each<T>(
  items: readonly T[],
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export const priorityClass = (name: string, value: number, more: object = {}): ApiObject => ({
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name },
  value,
  ...more,
});

export async function priorityClasses(world: World): Promise<void> {
  for (const [name, value] of PRIORITIES) await world.create(priorityClass(name, value));
  // Above all others, and still nobody goes for it: what it meets is the room as it is.
  await world.create(priorityClass("suite-probe", 500_000, { preemptionPolicy: "Never" }));
}

/** A namespace takes pods once its ServiceAccount is there. */
export async function namespaceOf(world: World, name: string): Promise<void> {
  await world.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  await until(`namespace ${name} has its ServiceAccount`, 60, () =>
    world.get(`/api/v1/namespaces/${name}/serviceaccounts/default`),
  );
}

export async function build(world: World, clusters: readonly RandomCluster[]): Promise<void> {
  await world.hollow.addNodes(clusters.flatMap(({ nodes }) => nodes));
  await each(clusters, ({ pool }) => namespaceOf(world, pool));
  await each(
    clusters.flatMap(({ fillers }) => fillers),
    (pod) => world.create(pod),
  );
  await each(
    clusters.flatMap(({ daemonSets }) => daemonSets),
    (set) => world.create(set),
  );
}

const statusOf = (object: ApiObject): Json => (object["status"] ?? {}) as Json;
const specOf = (object: ApiObject): Json => (object["spec"] ?? {}) as Json;

/** Everything whose standing still says that nothing moves. Node heartbeats are not among it. */
async function sight(world: World): Promise<string> {
  const pods = await world.list("/api/v1/pods");
  const sets = await world.list("/apis/apps/v1/daemonsets");
  return JSON.stringify([
    pods.map((pod) => [
      pod.metadata.uid,
      specOf(pod)["nodeName"],
      pod.metadata.deletionTimestamp,
      statusOf(pod)["phase"],
      statusOf(pod)["conditions"],
    ]),
    sets.map((set) => [set.metadata.uid, statusOf(set)]),
  ]);
}

export const still = (world: World): Promise<string> => settled(() => sight(world), 4, 180);

const pathOf = ({ metadata }: ApiObject): string =>
  `/apis/apps/v1/namespaces/${metadata.namespace ?? ""}/daemonsets/${metadata.name}`;

let touches = 0;
/** The controller looks at a set again when the set changes: until then its counters may be old (see f-unsure). */
export async function touch(world: World, clusters: readonly RandomCluster[]): Promise<void> {
  touches += 1;
  const annotations = { touched: String(touches) };
  await each(
    clusters.flatMap(({ daemonSets }) => daemonSets),
    (set) => world.patch(pathOf(set), { metadata: { annotations } }),
  );
}

const TAINTS = [
  { key: "team", value: "x", effect: "NoSchedule" },
  { key: "gpu", value: "5", effect: "NoExecute" },
  { key: "late", effect: "NoSchedule" },
];

function nodeChange(dice: Dice): Json {
  const kind = dice.upTo(3);
  if (kind === 0) return { metadata: { labels: { zone: dice.pick(["a", "b", "c"]) } } };
  if (kind === 1) return { spec: { unschedulable: true } };
  return { spec: { taints: TAINTS.filter(() => dice.chance(0.5)) } };
}

function setChange(dice: Dice): Json {
  const image = { image: "registry.example/agent:2" };
  const kind = dice.upTo(2);
  if (kind === 0) return { metadata: { annotations: { revision: "2" } } };
  if (kind === 1)
    return { metadata: { annotations: image }, spec: { tolerations: [{ operator: "Exists" }] } };
  return { metadata: { annotations: image }, spec: { hostNetwork: dice.chance(0.5) } };
}

/** After it, pods stand on nodes that they should not be on, nodes have joined and left sets, and sets roll out. */
export async function change(world: World, clusters: readonly RandomCluster[]): Promise<void> {
  for (const { pool, nodes, daemonSets } of clusters) {
    const dice = diceOf(Number(pool.slice(1)) + 7919);
    await each(
      nodes.filter(() => dice.chance(0.4)),
      ({ name }) => world.patch(`/api/v1/nodes/${name}`, nodeChange(dice)),
    );
    await each(
      daemonSets.filter(() => dice.chance(0.4)),
      (set) => world.patch(pathOf(set), { spec: { template: setChange(dice) } }),
    );
  }
}

/** Pods that wait were judged at some moment; new ones in their place are judged now. */
export async function askAgain(world: World): Promise<void> {
  const pods = await world.list("/api/v1/pods?fieldSelector=spec.nodeName%3D");
  await each(pods, ({ metadata }) =>
    world.remove(`/api/v1/namespaces/${metadata.namespace ?? ""}/pods/${metadata.name}`),
  );
}
