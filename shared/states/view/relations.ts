import { controllerOf, type Metadata } from "#shared/cluster/metadata.ts";
import type { Kinds } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import { matchesEqualitySelector } from "#shared/cluster/selector.ts";
import type { EndpointSlice, Service } from "#shared/cluster/service.ts";
import { storageOf, type Storage } from "./claimed-storage.ts";
import type { HeldKind, HeldObjects } from "./held-objects.ts";
import { rowKey, type RowKey } from "#shared/states/row.ts";

type Named = Pick<Service, "namespace" | "name">;

/** How objects belong together, by what is held now. */
export type Relations = {
  readonly held: HeldObjects;
  readonly node: (name: string) => Node | undefined;
  readonly setsIn: (namespace: string) => readonly DaemonSet[];
  /** DaemonSets whose template the Service selects. */
  readonly selectedBy: (service: Service) => readonly DaemonSet[];
  /** Selects no DaemonSet of its namespace, though there are some: it may be meant for one. */
  readonly isRemaining: (service: Service) => boolean;
  /** Of a Service that selects a DaemonSet. */
  readonly isShown: (slice: EndpointSlice) => boolean;
  readonly hasEndpoints: (service: Named) => boolean;
  readonly servicesOf: (set: DaemonSet) => readonly Service[];
  readonly slicesOf: (service: Named) => readonly EndpointSlice[];
  /** Rows of Services and slices of a namespace: they come and go with its DaemonSets. */
  readonly trafficRows: (namespace: string) => ReadonlySet<RowKey>;
};

const selects = ({ selector }: Service, { templateLabels }: DaemonSet): boolean =>
  selector.size > 0 && matchesEqualitySelector(selector, templateLabels);

export const objectKey = ({ uid }: Pick<Metadata, "uid">): RowKey => rowKey("Object", uid);
const setKey = ({ uid }: DaemonSet): RowKey => rowKey("DaemonSet", uid);

export function relations(held: HeldObjects): Relations {
  const setsIn = (namespace: string): readonly DaemonSet[] => [...held.in("DaemonSet", namespace)];
  const selectedBy = (service: Service): readonly DaemonSet[] =>
    setsIn(service.namespace).filter((set) => selects(service, set));
  const isRemaining = (service: Service): boolean =>
    setsIn(service.namespace).length > 0 && selectedBy(service).length === 0;
  const isShown = ({ namespace, service: name }: EndpointSlice): boolean => {
    const service = held.get("Service", namespace, name);
    return service !== undefined && selectedBy(service).length > 0;
  };
  const slicesOf = ({ namespace, name }: Named): readonly EndpointSlice[] =>
    [...held.in("EndpointSlice", namespace)].filter(({ service }) => service === name);
  return {
    held,
    node: (name) => held.get("Node", "", name),
    setsIn,
    selectedBy,
    isRemaining,
    isShown,
    slicesOf,
    hasEndpoints: (service) => slicesOf(service).some(({ endpoints }) => endpoints.length > 0),
    servicesOf: (set) =>
      [...held.in("Service", set.namespace)].filter((service) => selects(service, set)),
    trafficRows: (namespace) =>
      new Set([
        ...[...held.in("Service", namespace)].filter(isRemaining).map(objectKey),
        ...[...held.in("EndpointSlice", namespace)].filter(isShown).map(objectKey),
      ]),
  };
}

const rowsOfNode = ({ node }: Relations, name: string): readonly RowKey[] => {
  const found = node(name);
  return found === undefined ? [] : [rowKey("Node", found.uid)];
};

const claimedBy =
  <K extends keyof Storage>(field: K) =>
  ({ held }: Relations, object: Storage[K][number]): readonly RowKey[] =>
    [...held.all("DaemonSet")]
      .filter((set) => storageOf(held, set)[field].some((one) => one === object))
      .map(setKey);

const whole = (_: Relations, object: Metadata): readonly RowKey[] => [objectKey(object)];

function rowsOfService({ selectedBy, isRemaining }: Relations, service: Service) {
  const sets = selectedBy(service);
  if (sets.length > 0) return sets.map(setKey);
  return isRemaining(service) ? [objectKey(service)] : [];
}

type RowsOf = {
  readonly [K in HeldKind]: (relations: Relations, object: Kinds[K]) => readonly RowKey[];
};

/** Which rows show an object. */
const ROWS: RowsOf = {
  Node: (_, { uid }) => [rowKey("Node", uid)],
  DaemonSet: (_, set) => [setKey(set)],
  Lease: (all, { name }) => rowsOfNode(all, name),
  CSINode: (all, { name }) => rowsOfNode(all, name),
  NodeClaim: (all, { nodeName }) => rowsOfNode(all, nodeName),
  ControllerRevision: ({ held }, revision) => {
    const set = held.byUid("DaemonSet", controllerOf(revision)?.uid ?? "");
    return set?.namespace === revision.namespace ? [setKey(set)] : [];
  },
  LimitRange: ({ setsIn }, { namespace }) => setsIn(namespace).map(setKey),
  Namespace: ({ setsIn }, namespace) => [
    ...setsIn(namespace.name).map(setKey),
    ...(namespace.name === "kube-system" ? [objectKey(namespace)] : []),
  ],
  Service: rowsOfService,
  EndpointSlice: ({ isShown }, slice) => (isShown(slice) ? [objectKey(slice)] : []),
  PersistentVolumeClaim: claimedBy("claims"),
  PersistentVolume: claimedBy("volumes"),
  StorageClass: claimedBy("storageClasses"),
  VolumeAttachment: claimedBy("attachments"),
  PriorityClass: whole,
  RuntimeClass: whole,
  PodDisruptionBudget: whole,
  NodePool: whole,
};

export const rowsOf = <K extends HeldKind>(
  kind: K,
  object: Kinds[K],
  relations: Relations,
): readonly RowKey[] => ROWS[kind](relations, object);
