import { placementCause } from "#shared/audit/cause.ts";
import { placeWanted } from "#shared/audit/evidence/place.ts";
import { shortOf } from "#shared/audit/evidence/shortage.ts";
import { hostPortsOf, portConflicts } from "#shared/cluster/host-ports.ts";
import { controllerOf, keyOf } from "#shared/cluster/metadata.ts";

type Evidence = {
  readonly node: string;
  readonly daemonSet: string;
  readonly port: number;
  readonly protocol: string;
  readonly ip: string;
  /** "namespace/name" of the pod that has it. */
  readonly holder: string;
  /** "DaemonSet node-exporter"; "" for a bare pod. */
  readonly holderOwner: string;
  /** An earlier pod of the same DaemonSet. */
  readonly own: boolean;
  readonly conflicts: number;
  /** What the node is short of as well: the scheduler's message ends at the ports. */
  readonly also: readonly { readonly resource: string; readonly missing: string }[];
};

/** Another pod on the node holds a host port that the daemon needs. The scheduler says only that no port was free. */
export const hostPortConflict = placementCause<Evidence>({
  code: "host-port-conflict",
  group: "cannot be placed",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "another pod on the node holds the host port",
    what: "Two pods cannot have one host port with the same protocol and address. The daemon pod waits in Pending, and the scheduler's message says that no port was free, but neither which one nor who has it. With hostNetwork every container port is a host port, which the template does not show.",
    proof: [
      "kubectl -n NS get pod POD -o jsonpath='{.spec.containers[*].ports}'",
      "kubectl get pods -A --field-selector spec.nodeName=NODE -o custom-columns='NS:.metadata.namespace,POD:.metadata.name,PORTS:.spec.containers[*].ports[*].hostPort'",
    ],
    fix: [
      "Give one of the two another port, or keep them on different nodes by affinity.",
      "If the holder is an earlier pod of the same DaemonSet, roll out with maxUnavailable instead of maxSurge.",
    ],
    usualAdvice:
      "Looking on the machine with ss or lsof finds processes, not reservations: the scheduler counts the ports of every pod bound there, also of one that is terminating or never listened.",
    sources: [
      "pkg/scheduler/framework/plugins/nodeports/node_ports.go",
      "pkg/scheduler/framework/types.go, HostPortInfo.CheckConflict",
    ],
  },
  find(view) {
    const place = placeWanted(view);
    if (place === undefined) return undefined;
    const wanted = hostPortsOf(place.pod.spec, view.facts.cluster.version);
    const conflicts = portConflicts(wanted, place.room.hostPorts);
    const [first] = conflicts;
    if (first === undefined)
      return wanted.length === 0 || view.facts.seen("Pod")
        ? undefined
        : { cannotTell: "not all pods were read, so who holds host ports is not known" };
    const owner = controllerOf(first.holder);
    return {
      since: place.pod.createdAt,
      evidence: {
        node: view.node.node.name,
        daemonSet: view.daemonSet.key,
        port: first.wanted.port,
        protocol: first.wanted.protocol,
        ip: first.wanted.ip,
        holder: keyOf(first.holder),
        holderOwner: owner === undefined ? "" : `${owner.kind} ${owner.name}`,
        own: owner?.uid === view.daemonSet.daemonSet.uid,
        conflicts: conflicts.length,
        also: shortOf(view).map(({ resource, missing }) => ({
          resource,
          missing: String(missing),
        })),
      },
    };
  },
  explain({ protocol, port, holder, holderOwner, own, conflicts, also }) {
    const whose = own ? ", an earlier pod of its own" : holderOwner && ` of ${holderOwner}`;
    const more = conflicts > 1 ? `, and ${conflicts - 1} more of its ports are taken` : "";
    const rest = also.map(({ resource }) => resource).join(", ");
    const short = rest === "" ? "" : `; also short of ${rest}`;
    return `host port ${protocol} ${port} is held by ${holder}${whose}${more}${short}`;
  },
  remedies({ own, daemonSet, node, port, protocol, holder }) {
    if (own)
      return [
        {
          action: "change-strategy",
          daemonSet,
          maxUnavailable: 1,
          maxSurge: 0,
          why: "the new pod can never get the host port that the old one holds",
        },
      ];
    return [{ action: "free-host-port", daemonSet, node, port, protocol, holder }];
  },
});
