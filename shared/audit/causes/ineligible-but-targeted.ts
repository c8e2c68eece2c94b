import { daemonSetCause, type Hit } from "#shared/audit/cause.ts";
import { forbiddenBy } from "#shared/audit/engine/eligibility.ts";
import type { DaemonSetView, PlacementView } from "#shared/audit/facts.ts";
import { counted } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import { EKS_COMPUTE_TYPE, type ComputeType } from "#shared/cluster/compute-type.ts";
import { isReady } from "#shared/cluster/daemon-controller/available.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Instant } from "#shared/cluster/metadata.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly compute: ComputeType["name"];
  /** "Fargate runs no daemon pods". */
  readonly because: string;
  readonly nodes: number;
  /** Pods that the controller made for them, and how many of these are Ready all the same. */
  readonly pods: number;
  readonly ready: number;
  /** A label that all of these nodes have and by which they can be left out; "" where they share none. */
  readonly label: { readonly key: string; readonly value: string };
};

/** The labels by which a kind of machine is known, and no others: nodes may share those with ordinary ones. */
function sharedLabel(group: readonly PlacementView[]): Evidence["label"] {
  const all = (key: string, value: string): boolean =>
    group.every(({ node }) => node.node.labels.get(key) === value);
  const compute = group[0]?.node.compute.name ?? "";
  if (all(EKS_COMPUTE_TYPE, compute)) return { key: EKS_COMPUTE_TYPE, value: compute };
  return all("type", "virtual-kubelet")
    ? { key: "type", value: "virtual-kubelet" }
    : { key: "", value: "" };
}

const oldest = (pods: readonly Pod[]): Instant | undefined =>
  pods.reduce<Instant | undefined>(
    (first, { createdAt }) =>
      createdAt !== undefined && (first === undefined || createdAt < first) ? createdAt : first,
    undefined,
  );

function hitOf(view: DaemonSetView, group: readonly PlacementView[]): readonly Hit<Evidence>[] {
  const [first] = group;
  const because =
    first && forbiddenBy(first.node.compute, { set: view.daemonSet, role: view.role });
  if (first === undefined || because === undefined) return [];
  const pods = group.flatMap((placement) => placement.pods);
  const compute = first.node.compute.name;
  return [
    {
      part: compute,
      since: oldest(pods),
      nodes: group.map(({ node }) => node.node.name),
      // A second one beside what Auto Mode brings along wastes room; elsewhere the pods never come up.
      ...(compute === "auto" && { severity: "info" as const }),
      evidence: {
        daemonSet: view.key,
        compute,
        because,
        nodes: group.length,
        pods: pods.length,
        ready: pods.filter(isReady).length,
        label: sharedLabel(group),
      },
    },
  ];
}

/** The controller wants the daemon where the kind of machine forbids it: its pods there wait or fail for ever. */
export const ineligibleButTargeted = daemonSetCause<Evidence>({
  code: "ineligible-but-targeted",
  group: "eligibility",
  severity: "warning",
  scope: "daemonSet",
  doc: {
    title: "the DaemonSet targets nodes whose machines run no daemon pods",
    what: "Fargate and virtual nodes look like nodes and run no daemon pods; on EKS hybrid nodes the VPC CNI does not run; EKS Auto Mode has its network, kube-proxy, DNS and block storage built in. Kubernetes knows nothing of it: a DaemonSet that tolerates everything is wanted there too, its pods stay Pending for ever, desired never equals ready, and an update may wait for them. Such nodes are in no coverage figure of ours, and this is told once for each DaemonSet and kind of machine.",
    proof: [
      "kubectl get nodes -L eks.amazonaws.com/compute-type -L type",
      "kubectl -n NS get pods --field-selector=status.phase=Pending -o wide",
    ],
    fix: [
      "Leave the nodes out by required node affinity: eks.amazonaws.com/compute-type NotIn fargate, or type NotIn virtual-kubelet.",
      "Or tolerate only the taints that you know instead of all of them.",
    ],
    usualAdvice:
      "The scheduler says “Too many pods” or “didn't have free ports” for a Fargate node, and people look for room (aws-efs-csi-driver#340). There is none to be made: such a node holds the one pod that it was started for.",
    sources: [
      "https://docs.aws.amazon.com/eks/latest/userguide/fargate.html",
      "https://docs.aws.amazon.com/eks/latest/userguide/automode.html",
      "pkg/controller/daemon/daemon_controller.go, nodeShouldRunDaemonPod",
    ],
  },
  find(view) {
    const targeted = view
      .placements()
      .filter(
        ({ eligible, intended, node }) =>
          eligible === "yes" &&
          intended === "no" &&
          node.phase.name !== "leaving" &&
          node.phase.name !== "stopped",
      );
    const groups = Map.groupBy(targeted, ({ node }) => node.compute.name);
    return [...groups.values()].flatMap((group) => hitOf(view, group));
  },
  explain({ because, nodes, pods, ready }) {
    const waiting = pods - ready;
    const there =
      pods === 0
        ? "no pod was made yet"
        : waiting === 0
          ? `${counted(ready, "pod")} ${ready === 1 ? "runs" : "run"} there all the same`
          : `${counted(waiting, "pod")} ${waiting === 1 ? "waits" : "wait"} there in vain`;
    return `it is wanted on ${counted(nodes, "node")}, but ${because}: ${there}`;
  },
  remedies: (evidence, { nodes }) => remediesOf(evidence, nodes),
});

function remediesOf(
  { daemonSet, because, label }: Evidence,
  nodes: readonly string[],
): readonly RemedyCall[] {
  const requirement =
    label.key === ""
      ? { key: "kubernetes.io/hostname", operator: "NotIn", values: nodes }
      : { key: label.key, operator: "NotIn", values: [label.value] };
  return [
    { action: "change-affinity", daemonSet, requirement, change: "add", nodes, why: because },
  ];
}
