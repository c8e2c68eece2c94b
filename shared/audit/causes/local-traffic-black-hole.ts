import { serviceCause, type Hit } from "#shared/audit/cause.ts";
import type { DaemonSetView, ServiceView } from "#shared/audit/facts.ts";
import { deadEnds, servedNodes, type DeadEnd } from "#shared/audit/evidence/local-endpoints.ts";
import { counted, span } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import { allowsSurge } from "#shared/cluster/daemon-controller/manage.ts";
import { hostPortsOf } from "#shared/cluster/host-ports.ts";
import { podSpecOf } from "#shared/cluster/pod-of-template.ts";
import { atLeast } from "#shared/cluster/version.ts";

type Evidence = {
  readonly service: string;
  /** internal: from pods of the node. external: from outside, by node port. */
  readonly traffic: "internal" | "external";
  /** Running pods that are no daemons, over all these nodes; 0 for external traffic. */
  readonly clients: number;
  readonly nodes: number;
  /** The nodes with most clients first; not all of them when there are many. */
  readonly places: readonly { readonly node: string; readonly clients: number }[];
  /** Of the nodes, those on which the daemon is meant to be. */
  readonly intended: number;
  readonly rolling: number;
  readonly seconds: number | null;
  /** Behind the Service, those whose update may bring the new pod up before the old one goes. */
  readonly canSurge: readonly string[];
  /** trafficDistribution PreferSameNode works in this version: on by default from 1.34. */
  readonly preferSameNode: boolean;
};

const VERSION_OF_SAME_NODE = 34;

/** Two pods of a DaemonSet with a host port cannot stand on one node. */
const canSurge = ({ daemonSet, facts }: DaemonSetView): boolean =>
  !daemonSet.inferred &&
  daemonSet.updateStrategy.type === "RollingUpdate" &&
  !allowsSurge(daemonSet) &&
  hostPortsOf(podSpecOf(daemonSet.template), facts.cluster.version).length === 0;

const SHOWN = 20;

function evidenceOf(
  { key, daemonSets, facts }: ServiceView,
  ends: readonly DeadEnd[],
): Omit<Evidence, "traffic"> {
  const since = earliest(ends);
  return {
    service: key,
    clients: ends.reduce((sum, { clients }) => sum + clients, 0),
    nodes: ends.length,
    places: ends
      .toSorted((a, b) => b.clients - a.clients)
      .slice(0, SHOWN)
      .map(({ node, clients }) => ({ node: node.node.name, clients })),
    intended: ends.filter(({ intended }) => intended).length,
    rolling: ends.filter(({ rolling }) => rolling).length,
    seconds: since === undefined ? null : Math.max(0, Math.round((facts.at - since) / 1000)),
    canSurge: daemonSets.filter(canSurge).map((set) => set.key),
    preferSameNode: atLeast(facts.cluster.version, VERSION_OF_SAME_NODE) === true,
  };
}

const earliest = (ends: readonly DeadEnd[]): number | undefined =>
  ends
    .flatMap(({ since }) => since ?? [])
    .reduce<number | undefined>(
      (first, time) => (first === undefined || time < first ? time : first),
      undefined,
    );

function internal(view: ServiceView): Hit<Evidence> | undefined {
  const ends = deadEnds(view);
  if (ends.length === 0) return undefined;
  // Where the daemon is not meant to be, its clients are most likely not either.
  const meant = ends.filter(({ intended }) => intended);
  const told = meant.length > 0 ? meant : ends;
  return {
    since: earliest(told),
    nodes: told.map(({ node }) => node.node.name),
    severity: meant.length > 0 ? "warning" : "info",
    evidence: { ...evidenceOf(view, told), traffic: "internal" },
  };
}

/** A load balancer asks the health check port and leaves the node out; whoever calls a node port himself is not told. */
function external(view: ServiceView): Hit<Evidence> | undefined {
  const served = servedNodes(view);
  const nodes = view.daemonSets
    .flatMap((set) => set.placements())
    .filter(
      (placement) =>
        placement.intended === "yes" &&
        placement.node.phase.name === "steady" &&
        !served.has(placement.node.node.name) &&
        placement.verdict().says === "gap",
    )
    .map(({ node }) => node.node.name);
  if (nodes.length === 0) return undefined;
  const base = evidenceOf(view, []);
  return {
    nodes,
    severity: "info",
    evidence: {
      ...base,
      traffic: "external",
      nodes: nodes.length,
      places: nodes.slice(0, SHOWN).map((node) => ({ node, clients: 0 })),
      intended: nodes.length,
    },
  };
}

const isLocal = ({ service }: ServiceView): "internal" | "external" | undefined => {
  if (service.selector.size === 0 || service.headless || service.type === "ExternalName")
    return undefined;
  if (service.internalTrafficPolicy === "Local") return "internal";
  return service.externalTrafficPolicy === "Local" && service.type === "NodePort"
    ? "external"
    : undefined;
};

/** A node-local Service, a node with clients, and no endpoint on it: their calls are dropped, and nothing falls back. */
export const localTrafficBlackHole = serviceCause<Evidence>({
  code: "local-traffic-black-hole",
  group: "traffic",
  severity: "warning",
  scope: "service",
  doc: {
    title: "clients of a node-local Service have no daemon on their node to reach",
    what: "With internalTrafficPolicy Local a client reaches only the daemon pod of its own node. Where that pod is not ready, kube-proxy drops the call: it does not fall back to another node. The Service itself has ready endpoints elsewhere and looks healthy. It happens on every node for as long as an update replaces the pod, unless the new one comes up first (maxSurge). A node that is starting, or a daemon that is within its time to start, is not told. Other data planes than kube-proxy may differ.",
    proof: [
      "kubectl -n NS get endpointslices -o custom-columns='NODE:.endpoints[*].nodeName,READY:.endpoints[*].conditions.ready'",
      "kubectl -n NS get services -o custom-columns='NAME:.metadata.name,INTERNAL:.spec.internalTrafficPolicy,EXTERNAL:.spec.externalTrafficPolicy'",
      "kubectl get pods -A -o wide --field-selector spec.nodeName=NODE",
    ],
    fix: [
      "Bring the daemon up on these nodes: its own finding says why it is not.",
      "Let an update bring the new pod up first: maxSurge 1 and maxUnavailable 0, if the daemon has no host port.",
      "Where clients may use another node's daemon, take trafficDistribution PreferSameNode with internalTrafficPolicy Cluster.",
    ],
    usualAdvice:
      "A readiness probe on the daemon does not help here: it is what takes the only endpoint away. Nor does a PodDisruptionBudget, because updates of DaemonSets do not ask it.",
    sources: [
      "pkg/proxy/topology.go, CategorizeEndpoints",
      "https://kubernetes.io/docs/concepts/services-networking/service-traffic-policy/",
      "https://github.com/DataDog/helm-charts/issues/2819",
    ],
  },
  find(view) {
    const traffic = isLocal(view);
    if (traffic === undefined || view.daemonSets.length === 0) return undefined;
    const { facts } = view;
    if (!facts.seen("EndpointSlice"))
      return {
        cannotTell: "EndpointSlices were not read, so which nodes have an endpoint is not known",
      };
    if (!facts.seen("Pod")) return { cannotTell: "not all pods were read" };
    return traffic === "internal" ? internal(view) : external(view);
  },
  explain({ traffic, clients, nodes, places, intended, rolling, seconds }) {
    const first = places[0]?.node ?? "";
    if (traffic === "external")
      return `calls from outside to a node port of ${whereOf(nodes, first, "among them")} are dropped: no endpoint is there`;
    const update = rolling > 0 ? " while an update replaces it" : "";
    const since = seconds === null ? "" : ` for ${span(seconds * 1000)}`;
    const strange = intended === 0 ? ", where no daemon of it is meant to be" : "";
    return `${counted(clients, "pod")} on ${whereOf(nodes, first, "most of them on")} ${clients === 1 ? "has" : "have"} had no endpoint on their node${since}${update}${strange}`;
  },
  remedies: (evidence) => remediesOf(evidence),
});

const whereOf = (nodes: number, first: string, most: string): string =>
  nodes === 1 ? `node ${first}` : `${nodes} nodes, ${most} ${first},`;

function remediesOf(evidence: Evidence): readonly RemedyCall[] {
  const { service, traffic, rolling, canSurge: surging, preferSameNode } = evidence;
  if (traffic === "external")
    return [
      {
        action: "set-traffic",
        service,
        field: "externalTrafficPolicy",
        to: "Cluster",
        why: "a node without an endpoint then passes the call on",
      },
    ];
  const surge = surging.map((daemonSet) => ({
    action: "change-strategy" as const,
    daemonSet,
    maxUnavailable: 0,
    maxSurge: 1,
    why: "the new pod is there before the old one goes",
  }));
  const cluster = {
    action: "set-traffic" as const,
    service,
    field: "internalTrafficPolicy" as const,
    to: "Cluster",
    why: "clients may then reach the daemon of another node",
  };
  const sameNode = {
    action: "set-traffic" as const,
    service,
    field: "trafficDistribution" as const,
    to: "PreferSameNode",
    why: "with internalTrafficPolicy Cluster, clients take their own node's daemon as long as it is ready",
  };
  return [...(rolling > 0 ? surge : []), ...(preferSameNode ? [sameNode] : []), cluster];
}
