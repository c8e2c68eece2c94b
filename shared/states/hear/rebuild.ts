import type { Cluster, Kind, Kinds, NotSeen } from "#shared/cluster/cluster.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { inferredDaemonSets } from "#shared/cluster/read/inferred.ts";
import { newReading, type Reading } from "#shared/cluster/read/json.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import type { Version } from "#shared/cluster/version.ts";
import type { PodClass, PodRow } from "#shared/events/pod-rows.ts";
import { podsOfGroup } from "#shared/states/rows/grouped.ts";
import type { Told } from "./merge.ts";
import { readPodRow } from "#shared/states/rows/told-pod.ts";

type Of<K extends Told["kind"]> = Extract<Told, { readonly kind: K }>;

/** Objects on their way into a cluster, each once: what concerns two rows is told with both. */
type Gathered = { readonly [K in Kind]: Map<string, Kinds[K]> };

type Rebuilding = {
  readonly at: Instant;
  readonly reading: Reading;
  readonly gathered: Gathered;
  version: Version | undefined;
  notSeen: readonly NotSeen[];
};

/**
 * The cluster that the rows speak of, as it would be judged where it is. What was told by its sums only is there as made-up
 * healthy pods; leases that were not worth a word were renewed just now.
 */
export function clusterOf(
  rows: Iterable<{ readonly told: Told }>,
  of: { readonly name: string; readonly at: Instant },
): Cluster {
  const into: Rebuilding = {
    at: of.at,
    reading: newReading(),
    gathered: nothing(),
    version: undefined,
    notSeen: [],
  };
  for (const { told } of rows) {
    switch (told.kind) {
      case "Node":
        addNode(into, told);
        break;
      case "DaemonSet":
        addDaemonSet(into, told);
        break;
      case "Object":
        addObject(into, told);
        break;
    }
  }
  const { gathered, version, notSeen } = into;
  const lists = inOrder(gathered);
  const isWhole = notSeen.every(({ kind }) => kind !== "DaemonSet");
  return {
    ...lists,
    DaemonSet: isWhole
      ? lists.DaemonSet
      : [...lists.DaemonSet, ...inferredDaemonSets(lists.Pod, lists.DaemonSet)],
    name: of.name,
    version,
    at: of.at,
    notSeen,
    problems: [],
  };
}

/** Without a UID nothing is told twice. */
function put<K extends Kind>({ gathered }: Rebuilding, kind: K, object: Kinds[K]): void {
  const { uid, namespace, name } = object;
  gathered[kind].set(uid === "" ? `${namespace}/${name}` : uid, object);
}

const read = (into: Rebuilding, kind: Kind, json: unknown): void =>
  put(into, kind, readAs(kind, json, into.reading));

const readAll = (into: Rebuilding, kind: Kind, list: readonly unknown[]): void => {
  for (const json of list) read(into, kind, json);
};

function addNode(into: Rebuilding, { state, classes }: Of<"Node">): void {
  const { node, lease, noLease, csiNode, nodeClaim, others } = state;
  const { name } = state;
  read(into, "Node", node);
  if (lease) read(into, "Lease", lease);
  else if (noLease === undefined) put(into, "Lease", renewed(name, into.at));
  if (csiNode) read(into, "CSINode", csiNode);
  if (nodeClaim) read(into, "NodeClaim", nodeClaim);
  addPods(into, { node: name, classes, rows: [...state.pods, ...others.listed] });
  addPromised(into, { node: name, classes, rows: state.nominated ?? [] });
  let first = 0;
  for (const [index, count] of others.grouped) {
    const of = classes[index];
    if (of === undefined) continue;
    for (const pod of podsOfGroup(of, count, { node: name, reading: into.reading, first }))
      put(into, "Pod", pod);
    first += count;
  }
  readAll(into, "Event", state.events);
}

type Rows = {
  readonly node: string;
  readonly classes: readonly PodClass[];
  readonly rows: readonly PodRow[];
};

const podsIn = (into: Rebuilding, { node, classes, rows }: Rows) =>
  rows.flatMap((row) => {
    const of = classes[row.class];
    return of === undefined ? [] : [readPodRow(of, row, { node, reading: into.reading })];
  });

function addPods(into: Rebuilding, rows: Rows): void {
  for (const pod of podsIn(into, rows)) put(into, "Pod", pod);
}

/** Most have a row of their own elsewhere, and that knows best. */
function addPromised(into: Rebuilding, rows: Rows): void {
  for (const pod of podsIn(into, rows)) if (!into.gathered.Pod.has(pod.uid)) put(into, "Pod", pod);
}

const renewed = (node: string, at: Instant): Kinds["Lease"] => ({
  name: node,
  namespace: "kube-node-lease",
  uid: "",
  labels: new Map(),
  annotations: new Map(),
  owners: [],
  generation: undefined,
  createdAt: undefined,
  deletionAt: undefined,
  renewedAt: at,
  holder: node,
});

function addDaemonSet(into: Rebuilding, { state, classes }: Of<"DaemonSet">): void {
  read(into, "DaemonSet", state.daemonSet);
  readAll(into, "ControllerRevision", state.revisions);
  readAll(into, "Service", state.services);
  readAll(into, "EndpointSlice", state.endpointSlices);
  readAll(into, "PersistentVolumeClaim", state.claims);
  readAll(into, "PersistentVolume", state.volumes);
  readAll(into, "StorageClass", state.storageClasses);
  readAll(into, "VolumeAttachment", state.attachments);
  if (state.namespaceObject) read(into, "Namespace", state.namespaceObject);
  readAll(into, "LimitRange", state.limitRanges);
  readAll(into, "Event", state.events);
  addPods(into, { node: "", classes, rows: state.strays });
}

function addObject(into: Rebuilding, { state }: Of<"Object">): void {
  if (state.kind === "cluster") {
    into.version = state.version;
    into.notSeen = state.notSeen;
    return;
  }
  read(into, state.kind, state.object);
  if (state.kind === "Service" && state.hasEndpoints === true)
    read(into, "EndpointSlice", someEndpoint(state.object.metadata));
}

/** That there is one is all that was told. */
const someEndpoint = (of: {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}): object => ({
  metadata: {
    name: `${of.name ?? ""}-told`,
    namespace: of.namespace,
    labels: { "kubernetes.io/service-name": of.name ?? "" },
  },
  endpoints: [{}],
});

const nothing = (): Gathered => ({
  Node: new Map(),
  Pod: new Map(),
  DaemonSet: new Map(),
  ControllerRevision: new Map(),
  Service: new Map(),
  EndpointSlice: new Map(),
  Event: new Map(),
  PriorityClass: new Map(),
  PodDisruptionBudget: new Map(),
  CSINode: new Map(),
  PersistentVolume: new Map(),
  PersistentVolumeClaim: new Map(),
  StorageClass: new Map(),
  VolumeAttachment: new Map(),
  RuntimeClass: new Map(),
  LimitRange: new Map(),
  Namespace: new Map(),
  Lease: new Map(),
  NodePool: new Map(),
  NodeClaim: new Map(),
});

type Named = { readonly namespace: string; readonly name: string; readonly uid: string };

const byName = (a: Named, b: Named): number =>
  compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.uid, b.uid);
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** As an API server lists: by namespace and name. */
const sorted = <T extends Named>(objects: Map<string, T>): readonly T[] =>
  [...objects.values()].toSorted(byName);

const inOrder = (gathered: Gathered): { readonly [K in Kind]: readonly Kinds[K][] } => ({
  Node: sorted(gathered.Node),
  Pod: sorted(gathered.Pod),
  DaemonSet: sorted(gathered.DaemonSet),
  ControllerRevision: sorted(gathered.ControllerRevision),
  Service: sorted(gathered.Service),
  EndpointSlice: sorted(gathered.EndpointSlice),
  Event: sorted(gathered.Event),
  PriorityClass: sorted(gathered.PriorityClass),
  PodDisruptionBudget: sorted(gathered.PodDisruptionBudget),
  CSINode: sorted(gathered.CSINode),
  PersistentVolume: sorted(gathered.PersistentVolume),
  PersistentVolumeClaim: sorted(gathered.PersistentVolumeClaim),
  StorageClass: sorted(gathered.StorageClass),
  VolumeAttachment: sorted(gathered.VolumeAttachment),
  RuntimeClass: sorted(gathered.RuntimeClass),
  LimitRange: sorted(gathered.LimitRange),
  Namespace: sorted(gathered.Namespace),
  Lease: sorted(gathered.Lease),
  NodePool: sorted(gathered.NodePool),
  NodeClaim: sorted(gathered.NodeClaim),
});
