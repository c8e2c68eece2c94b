import type { ClusterFacts } from "#shared/audit/facts.ts";
import { advice, type Advice, type Calls } from "#shared/remediation/advice.ts";
import { kubectlFor, target } from "#shared/remediation/command.ts";

/** What is lost while the pod is away, by what it does for its node. */
const CARE: Readonly<Record<Calls["restart-pod"]["care"], string | undefined>> = {
  none: undefined,
  cni: "by hand only: until it is back no new pod of the node gets a network",
  csi: "by hand only: its restart forgets the node's volume limit until it registers again (kubernetes#126921)",
};

export const restartPod = ({ pod, node, care }: Calls["restart-pod"]): Advice =>
  advice({
    summary: `Restart ${pod} on node ${node}: delete it, the DaemonSet makes it anew`,
    command: kubectlFor(pod, "delete", target("pod", pod)),
    price: "1 pod is away for as long as it takes to start",
    limit: CARE[care],
  });

/** The API forgets the pod; nobody asks the kubelet whether its processes have ended. */
export function forceDeletePod(call: Calls["force-delete-pod"], facts: ClusterFacts): Advice {
  const { pod, node, why } = call;
  const phase = facts.node(node)?.phase.name;
  const limit =
    phase === "dark" || phase === "stopped"
      ? "only when the machine is known to be off: its processes may still run and write"
      : "its processes may still run, and hold ports and volumes, until the kubelet notices";
  return advice({
    summary: `Delete ${pod} on node ${node} by force: ${why}`,
    command: kubectlFor(pod, "delete", target("pod", pod), "--grace-period=0", "--force"),
    limit,
  });
}
