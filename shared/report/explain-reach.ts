import type { DaemonSetView, Role, ServiceView } from "#shared/audit/facts.ts";
import { hostPortsOf } from "#shared/cluster/host-ports.ts";
import { podSpecOf } from "#shared/cluster/pod-of-template.ts";
import type { PodSpec } from "#shared/cluster/pod.ts";
import type { Reach } from "./explanation.ts";
import { plural, some } from "./text-layout.ts";

/**
 * How somebody reaches the daemon, as far as objects tell. A daemon that only sends (logs, metrics, traces) looks like one
 * that nobody uses: it is said, not guessed.
 */
export function reachOf(view: DaemonSetView): readonly Reach[] {
  const { facts, daemonSet } = view;
  const services = facts.services.filter(({ daemonSets }) => daemonSets.includes(view));
  const spec = podSpecOf(daemonSet.template);
  const found = [
    ...services.map(serviceReach),
    ...portReach(view, spec),
    ...roleReach(view),
    ...networkReach(spec),
    ...socketReach(spec),
  ];
  return [...found, ...unseen(view, found)];
}

function serviceReach({ service, key, slices, facts }: ServiceView): Reach {
  const type = service.headless ? "headless" : service.type;
  const ports = service.ports.map(({ port, protocol }) => `${port}/${protocol}`);
  const endpoints = new Map(
    slices.flatMap((slice) => slice.endpoints.map((one) => [one.podUid, one.ready] as const)),
  );
  const ready = [...endpoints.values()].filter(Boolean).length;
  const counted = facts.seen("EndpointSlice")
    ? `${ready} of ${plural(endpoints.size, "endpoint")} ready`
    : "EndpointSlices were not read, so how many are ready cannot be told";
  const what = [type, ...ports].filter((word) => word !== "").join(", ");
  return {
    way: "service",
    name: key,
    says: `Service ${key} (${what}): ${routing(service)}; ${counted}`,
  };
}

/** kube-proxy and EndpointSlice hints: whom a client gets. */
function routing(service: ServiceView["service"]): string {
  if (service.headless)
    return "clients look up every pod's address by DNS, as Prometheus does for scraping";
  if (service.internalTrafficPolicy === "Local")
    return "a client reaches the pod of its own node only, and nothing where that is not ready (internalTrafficPolicy Local)";
  const outside =
    service.externalTrafficPolicy === "Local"
      ? "from outside only nodes with a ready pod answer (externalTrafficPolicy Local), and inside "
      : "";
  return service.trafficDistribution === ""
    ? `${outside}a client reaches any pod of any node`
    : `${outside}a client reaches a near pod if there is one, else any (${service.trafficDistribution})`;
}

function portReach({ facts }: DaemonSetView, spec: PodSpec): readonly Reach[] {
  const ports = hostPortsOf(spec, facts.cluster.version);
  if (ports.length === 0) return [];
  const list = some([...new Set(ports.map(({ port, protocol }) => `${port}/${protocol}`))], 6);
  return [
    {
      way: "host-port",
      says: `host port ${list} on the address of each node: whoever knows a node reaches its pod, past any Service`,
    },
  ];
}

/** What everybody of its trade does, though no object says so. */
const TRADES: ReadonlyMap<Role, string> = new Map([
  [
    "cni",
    "as a CNI it is asked by the container runtime whenever a pod of the node starts or ends",
  ],
  [
    "csi",
    "as a CSI driver it is asked by the kubelet through a socket, whenever a volume is mounted",
  ],
  [
    "device",
    "as a device plugin it is asked by the kubelet through a socket, when a pod gets a device",
  ],
  [
    "kube-proxy",
    "as kube-proxy nobody calls it: it writes the rules by which the node reaches Services",
  ],
]);

function roleReach({ role }: DaemonSetView): readonly Reach[] {
  const says = TRADES.get(role);
  return says === undefined ? [] : [{ way: "role", says }];
}

const networkReach = ({ hostNetwork }: PodSpec): readonly Reach[] =>
  hostNetwork
    ? [
        {
          way: "host-network",
          says: "it is in the node's own network: it may listen on ports that it does not declare",
        },
      ]
    : [];

/** Folders in which the kubelet, the container runtime and daemons put sockets for each other. */
const SOCKETS = /^\/(?:var\/)?(?:run|lib\/kubelet|lib\/cni|log)(?:\/|$)|^\/etc\/cni|^\/opt\/cni/;
const LOGS = /^\/var\/log(?:\/|$)/;

function socketReach(spec: PodSpec): readonly Reach[] {
  const paths = spec.volumes.flatMap(({ source }) =>
    source.type === "hostPath" && SOCKETS.test(source.path) && !LOGS.test(source.path)
      ? [source.path]
      : [],
  );
  if (paths.length === 0) return [];
  return [
    {
      way: "socket",
      says: `it mounts ${some([...new Set(paths)].toSorted(), 4)} of the node: the kubelet, the runtime or others may talk to it through files there, which cannot be seen from here`,
    },
  ];
}

const SEEN: ReadonlySet<Reach["way"]> = new Set(["service", "host-port", "role"]);

function unseen({ facts }: DaemonSetView, found: readonly Reach[]): readonly Reach[] {
  if (!facts.seen("Service"))
    return [
      { way: "unseen", says: "Services were not read, so whether one leads to it cannot be told" },
    ];
  if (found.some(({ way }) => SEEN.has(way))) return [];
  return [
    {
      way: "unseen",
      says: "no Service selects it and it declares no host port: it sends on its own (logs, metrics, traces), or is reached in a way that the API does not show; who misses it where it is down cannot be told from here",
    },
  ];
}
