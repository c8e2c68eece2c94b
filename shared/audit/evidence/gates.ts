import type { DaemonSetView } from "#shared/audit/facts.ts";
import { matchesGlob } from "#shared/audit/glob.ts";

/** What is known of a start-up taint by its key. */
export type Gate = {
  /** Whoever takes it off, for people; "" when nobody is known to. */
  readonly openedBy: string;
  /** The daemon that it waits for. */
  isOwner(daemonSet: DaemonSetView): boolean;
  /** How carefully that daemon is to be restarted. */
  readonly care: "none" | "cni" | "csi";
  /** The CSI driver whose registration opens it, else "". */
  readonly driver: string;
  /** false: it would come back, or skip work that the node needs done. */
  readonly removable: boolean;
};

const nobody = (): boolean => false;
const byName =
  (...names: readonly string[]) =>
  ({ daemonSet }: DaemonSetView): boolean =>
    names.some((name) => matchesGlob(name, daemonSet.name));
const byKey =
  (wanted: string) =>
  ({ key }: DaemonSetView): boolean =>
    key === wanted;
const isNetwork = ({ role }: DaemonSetView): boolean => role === "cni";

const UNKNOWN: Gate = {
  openedBy: "",
  isOwner: nobody,
  care: "none",
  driver: "",
  removable: true,
};
const ofController = (openedBy: string): Gate => ({ ...UNKNOWN, openedBy, removable: false });

/** The rest of a key behind its prefix, made into what is known of it. */
type Row = readonly [pattern: RegExp, gate: (rest: string) => Gate];

const ROWS: readonly Row[] = [
  // ebs.csi.aws.com/agent-not-ready and its kin: each driver's node daemon is named after the first word of the driver.
  [
    /^([a-z0-9-]+\.csi\.[a-z0-9.-]+)\/agent-not-ready$/,
    (driver) => ({
      ...UNKNOWN,
      openedBy: `the node daemon of ${driver}`,
      isOwner: byName(`${driver.split(".")[0]}-csi-node*`),
      care: "csi",
      driver,
    }),
  ],
  // The key can be chosen; where cluster-autoscaler runs it is ignore-taint.…/cilium-agent-not-ready by custom.
  [
    /(cilium)[./-].*not-ready$/,
    () => ({
      ...UNKNOWN,
      openedBy: "the Cilium agent or operator",
      isOwner: byName("cilium", "anetd"),
      care: "cni",
    }),
  ],
  [
    /^(cni\.istio\.io)\/not-ready$/,
    () => ({ ...UNKNOWN, openedBy: "istio-cni", isOwner: byName("istio-cni*"), care: "cni" }),
  ],
  // Follows the condition NetworkUnavailable: taken off by hand it comes back at once.
  [
    /^(node\.kubernetes\.io)\/network-unavailable$/,
    () => ({
      ...ofController("the network plugin or the cloud's route controller"),
      isOwner: isNetwork,
      care: "cni",
    }),
  ],
  // Named after the daemon: namespace, dot, name. Nidhogg takes it off when that is ready.
  [
    /^nidhogg\.uswitch\.com\/(.+)$/,
    (daemon) => ({ ...UNKNOWN, openedBy: "nidhogg", isOwner: byKey(daemon.replace(".", "/")) }),
  ],
  [/^(readiness\.k8s\.io)\//, () => ({ ...UNKNOWN, openedBy: "node-readiness-controller" })],
  [
    /^(node\.cloudprovider\.kubernetes\.io)\/uninitialized$/,
    () => ofController("the cloud controller manager"),
  ],
  [/^(node\.cluster\.x-k8s\.io)\/uninitialized$/, () => ofController("Cluster API")],
  [/^(karpenter\.sh)\/unregistered$/, () => ofController("Karpenter")],
];

/** By key alone: whatever a team adds to the list of start-up taints is a gate of nobody we know. */
export function gateOf(key: string): Gate {
  for (const [pattern, gate] of ROWS) {
    const found = pattern.exec(key)?.[1];
    if (found !== undefined) return gate(found);
  }
  return UNKNOWN;
}
