import { controllerOf } from "#shared/cluster/metadata.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Event, Lease } from "#shared/cluster/policy.ts";
import {
  CLUSTER,
  WHOLE_KINDS,
  type DaemonSetBundle,
  type NodeBundle,
  type ObjectBundle,
  type Surroundings,
} from "./bundle.ts";
import { storageOf } from "./claimed-storage.ts";
import { inOrder, type HeldObjects } from "./held-objects.ts";
import type { KeptEvents } from "./kept-events.ts";
import type { NodeClaims } from "./node-claims.ts";
import type { OddLeases } from "./odd-leases.ts";
import { filedUnder, type HeldClass } from "#shared/states/pods/pod-class.ts";
import type { PodStore } from "#shared/states/pods/pod-store.ts";
import type { Relations } from "./relations.ts";
import { rowKey, type RowKey } from "#shared/states/row.ts";

/** All that the view holds. */
export type Holdings = {
  readonly held: HeldObjects;
  readonly pods: PodStore;
  readonly events: KeptEvents;
  readonly claims: NodeClaims;
  readonly leases: OddLeases;
  readonly relations: Relations;
  /** Names that pods are filed under and no node has. */
  readonly homeless: () => readonly string[];
  readonly aboutCluster: () => Extract<ObjectBundle, { readonly kind: "cluster" }>;
};

const isDaemon = ({ daemonOf }: HeldClass): boolean => daemonOf !== "";

export const leaseOf = ({ held }: Pick<Holdings, "held">, node: string): Lease | undefined =>
  held.get("Lease", "kube-node-lease", node) ?? held.get("Lease", "", node);

/** Of the node itself, not of one that had its name before. Kubelets write the name where the UID belongs. */
export const isOfThis = ({ name, uid }: Node, { regarding }: Event): boolean =>
  regarding.uid === uid || regarding.uid === name || regarding.uid === "";

const ofPods = ({ events }: Holdings, pods: readonly Pod[]): readonly Event[] =>
  pods.flatMap(({ uid }) => (uid === "" ? [] : events.of(`Pod/${uid}`)));

export function nodeBundle(all: Holdings, uid: string): NodeBundle | undefined {
  const { held, pods, events, claims, leases } = all;
  const node = held.byUid("Node", uid);
  if (node === undefined) return undefined;
  const { name } = node;
  const lease = leaseOf(all, name);
  const daemonPods = inOrder(pods.onNode(name, isDaemon));
  return {
    node,
    ...(lease === undefined ? { noLease: true } : {}),
    staleLease: leases.has(name) ? lease : undefined,
    csiNode: held.get("CSINode", "", name),
    nodeClaim: claims.of(name),
    daemonPods,
    nominated: inOrder(pods.nominatedFor(name).filter((pod) => filedUnder(pod) !== name)),
    others: inOrder(pods.onNode(name, (of) => !isDaemon(of))),
    events: inOrder([
      ...events.of(`Node/${name}`).filter((event) => isOfThis(node, event)),
      ...ofPods(all, daemonPods),
    ]),
  };
}

/** Its pods that are aimed at no node that there is. */
const straysOf = ({ pods, homeless }: Holdings, { uid }: DaemonSet): readonly Pod[] =>
  homeless().flatMap((name) =>
    pods.onNode(name, ({ daemonOf }) => daemonOf !== "" && daemonOf === uid),
  );

export function daemonSetBundle(all: Holdings, uid: string): DaemonSetBundle | undefined {
  const { held, events, relations } = all;
  const daemonSet = held.byUid("DaemonSet", uid);
  if (daemonSet === undefined) return undefined;
  const { namespace } = daemonSet;
  const { claims, volumes, storageClasses, attachments } = storageOf(held, daemonSet);
  const strays = inOrder(straysOf(all, daemonSet));
  return {
    daemonSet,
    revisions: inOrder(
      [...held.in("ControllerRevision", namespace)].filter((one) => controllerOf(one)?.uid === uid),
    ),
    services: inOrder(relations.servicesOf(daemonSet)),
    claims: inOrder(claims),
    volumes: inOrder(volumes),
    storageClasses: inOrder(storageClasses),
    attachments: inOrder(attachments),
    namespace: held.get("Namespace", "", namespace),
    limitRanges: inOrder(held.in("LimitRange", namespace)),
    events: inOrder([...events.of(`DaemonSet/${uid}`), ...ofPods(all, strays)]),
    strays,
  };
}

export function objectBundle(all: Holdings, uid: string): ObjectBundle | undefined {
  const { held, relations } = all;
  if (uid === CLUSTER) return all.aboutCluster();
  for (const kind of WHOLE_KINDS) {
    const object = held.byUid(kind, uid);
    // The kind that the object was asked for by.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    if (object !== undefined) return { kind, object } as ObjectBundle;
  }
  const namespace = held.byUid("Namespace", uid);
  if (namespace?.name === "kube-system") return { kind: "Namespace", object: namespace };
  const slice = held.byUid("EndpointSlice", uid);
  if (slice !== undefined && relations.isShown(slice))
    return { kind: "EndpointSlice", object: slice };
  const service = held.byUid("Service", uid);
  if (service === undefined || !relations.isRemaining(service)) return undefined;
  return { kind: "Service", object: service, hasEndpoints: relations.hasEndpoints(service) };
}

/** What rows of nodes depend on beside their nodes. */
export function surroundings({ held, aboutCluster }: Holdings): Surroundings {
  const daemonSets = [...held.all("DaemonSet")];
  const namespaces = new Set(daemonSets.map(({ namespace }) => namespace));
  return {
    version: aboutCluster().version,
    daemonSets,
    services: [...namespaces].flatMap((namespace) => [...held.in("Service", namespace)]),
  };
}

/** Every row that there is. */
export function* rowKeys({ held, relations }: Holdings): Generator<RowKey> {
  for (const { uid } of held.all("Node")) yield rowKey("Node", uid);
  const namespaces = new Set<string>();
  for (const { uid, namespace } of held.all("DaemonSet")) {
    namespaces.add(namespace);
    yield rowKey("DaemonSet", uid);
  }
  for (const kind of WHOLE_KINDS) for (const { uid } of held.all(kind)) yield rowKey("Object", uid);
  for (const namespace of namespaces) yield* relations.trafficRows(namespace);
  const system = held.get("Namespace", "", "kube-system");
  if (system !== undefined) yield rowKey("Object", system.uid);
  yield rowKey("Object", CLUSTER);
}
