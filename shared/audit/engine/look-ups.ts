import type { Cluster, Kind } from "#shared/cluster/cluster.ts";
import { keyOf, type Labels } from "#shared/cluster/metadata.ts";
import type { Event } from "#shared/cluster/policy.ts";
import { matchesEqualitySelector } from "#shared/cluster/selector.ts";
import type { Service } from "#shared/cluster/service.ts";
import type { ClusterFacts, DaemonSetView, ServiceView } from "#shared/audit/facts.ts";

/** Finding things of a cluster that do not change while it is looked at; each index is made when first asked. */
export type LookUps = {
  seen(kind: Kind): boolean;
  eventsOf(uid: string): readonly Event[];
  /** What the namespace asks of nodes, on OpenShift. */
  namespaceSelector(namespace: string): Labels | undefined;
};

const NO_EVENTS: readonly Event[] = [];
const timeOf = ({ lastAt, firstAt }: Event): number => lastAt ?? firstAt ?? -Infinity;
/** Not a difference: −∞ minus −∞ is no number. */
const oldestFirst = (a: Event, b: Event): number =>
  timeOf(a) === timeOf(b) ? 0 : timeOf(a) < timeOf(b) ? -1 : 1;

export function lookUps(cluster: Cluster): LookUps {
  const unseen = new Set(cluster.notSeen.map(({ kind }) => kind));
  let byObject: ReadonlyMap<string, readonly Event[]> | undefined;
  let selectors: ReadonlyMap<string, Labels> | undefined;
  return {
    seen: (kind) => !unseen.has(kind),
    eventsOf(uid) {
      if (uid === "") return NO_EVENTS;
      byObject ??= Map.groupBy(
        cluster.Event.toSorted(oldestFirst),
        ({ regarding }) => regarding.uid,
      );
      return byObject.get(uid) ?? NO_EVENTS;
    },
    namespaceSelector(namespace) {
      selectors ??= isOpenShift(cluster) ? selectorsOf(cluster) : new Map<string, Labels>();
      return selectors.get(namespace);
    },
  };
}

/** Its machine-config operator labels every node, and its namespaces are its own. */
const isOpenShift = ({ Node, Namespace }: Cluster): boolean =>
  Node.some(({ labels }) => labels.has("node.openshift.io/os_id")) ||
  Namespace.some(({ name }) => name === "openshift-apiserver");

function selectorsOf({ Namespace }: Cluster): ReadonlyMap<string, Labels> {
  return new Map(
    Namespace.flatMap(({ name, nodeSelector }) => {
      const labels = nodeSelector === undefined ? undefined : labelsIn(nodeSelector);
      return labels === undefined ? [] : [[name, labels] as const];
    }),
  );
}

/** "a=b,c=d"; undefined for what is no such list. */
function labelsIn(text: string): Labels | undefined {
  const parts = text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));
  const pairs = parts.map((part) => /^([^=!\s]+)\s*==?\s*(\S*)$/.exec(part));
  if (pairs.some((pair) => pair === null)) return undefined;
  return new Map(pairs.map((pair) => [pair?.[1] ?? "", pair?.[2] ?? ""]));
}

/** The Services of a cluster, with the DaemonSets whose pods they would select. */
export function serviceViews(
  cluster: Cluster,
  daemonSets: readonly DaemonSetView[],
  facts: () => ClusterFacts,
): readonly ServiceView[] {
  const slices = Map.groupBy(
    cluster.EndpointSlice,
    ({ namespace, service }) => `${namespace}/${service}`,
  );
  const inNamespace = Map.groupBy(daemonSets, ({ daemonSet }) => daemonSet.namespace);
  return cluster.Service.map((service) => ({
    get facts() {
      return facts();
    },
    service,
    key: keyOf(service),
    slices: slices.get(keyOf(service)) ?? [],
    daemonSets: (inNamespace.get(service.namespace) ?? []).filter(({ daemonSet }) =>
      selects(service, daemonSet.templateLabels),
    ),
  }));
}

/** An empty selector selects nothing: the controller then makes no endpoints (endpointslice_controller.go). */
const selects = ({ selector }: Service, labels: Labels): boolean =>
  selector.size > 0 && matchesEqualitySelector(selector, labels);
