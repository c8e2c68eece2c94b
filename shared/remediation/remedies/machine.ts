import type { ClusterFacts, NodeView } from "#shared/audit/facts.ts";
import { isTerminal } from "#shared/cluster/pod.ts";
import { controllerOf } from "#shared/cluster/metadata.ts";
import { advice, type Advice, type Calls } from "#shared/remediation/advice.ts";
import { commandLine, kubectl } from "#shared/remediation/command.ts";
import { plural } from "#shared/remediation/wording.ts";

export function removeTaint({ node, taint }: Calls["remove-taint"]): Advice {
  const { key, value, effect } = taint;
  const shown = `${key}${value === "" ? "" : `=${value}`}:${effect}`;
  return advice({
    summary: `Take the taint ${shown} off node ${node}`,
    command: kubectl("taint", "nodes", ...named(node), `${key}:${effect}-`),
    limit: "whoever put it there may put it back, so find out why it stayed",
  });
}

/** kubectl reads what follows `--` as names, even one that starts with a dash. */
const named = (node: string): readonly string[] => (node.startsWith("-") ? ["--", node] : [node]);

export const repairNode = ({ node, by }: Calls["repair-node"]): Advice =>
  advice({
    summary:
      by === ""
        ? `Repair node ${node}: see what its kubelet, container runtime and network say`
        : `Leave node ${node} to ${by}, and look in if it has not acted by its time`,
    command: kubectl("describe", `node/${node}`),
    limit: "its daemons cannot be judged before its kubelet speaks again",
  });

const NEVER_THE_OBJECT =
  "do not delete the Node object first: a machine that is only cut off would run its pods a second time (two writers for a StatefulSet)";

/** The machine first, then the object goes by itself: field rule of every cloud, and of every disk with one writer. */
export function endMachine(call: Calls["end-machine"], facts: ClusterFacts): Advice {
  const view = facts.node(call.node);
  return advice({
    ...endOf(call, { view, facts }),
    price: view && displaced(view),
    limit: NEVER_THE_OBJECT,
  });
}

type Where = { readonly view: NodeView | undefined; readonly facts: ClusterFacts };

function endOf(
  { node, by }: Calls["end-machine"],
  { view, facts }: Where,
): Pick<Advice, "summary"> & { readonly command: string | undefined } {
  switch (by) {
    case "karpenter": {
      const claim = facts.cluster.NodeClaim.find(({ nodeName }) => nodeName === node);
      return {
        summary: `End the machine of node ${node} by deleting its NodeClaim: Karpenter then ends the machine before the object`,
        command: claim
          ? kubectl("delete", `nodeclaim/${claim.name}`)
          : kubectl("get", "nodeclaims", "-o", "wide"),
      };
    }
    case "managed-group":
      return {
        summary: `End the machine of node ${node} in its group, which puts a new one in its place`,
        command: endInGroup(instanceOf(view)),
      };
    case "own-hardware":
      return {
        summary: `Switch the machine of node ${node} off, make sure that it is off, and only then mark it so that its pods may move`,
        command: kubectl(
          "taint",
          "nodes",
          ...named(node),
          "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute",
        ),
      };
  }
}

const endInGroup = (instance: string | undefined): string | undefined =>
  instance &&
  commandLine([
    "aws",
    "autoscaling",
    "terminate-instance-in-auto-scaling-group",
    "--instance-id",
    instance,
    "--no-should-decrement-desired-capacity",
  ]);

/** "aws:///eu-west-1a/i-0123456789abcdef0"; other clouds have other groups, so no command for them. */
const instanceOf = (view: NodeView | undefined): string | undefined =>
  /^aws:\/\/\/[^/]+\/(i-[0-9a-f]+)$/.exec(view?.node.providerId ?? "")?.[1];

function displaced({ pods }: NodeView): string {
  const others = pods.filter((pod) => !isTerminal(pod) && controllerOf(pod)?.kind !== "DaemonSet");
  return others.length === 0
    ? "no pod but daemons is bound there"
    : `${plural(others.length, "pod")} besides daemons ${others.length === 1 ? "is" : "are"} bound there`;
}

export const freeDisk = ({ node, resource }: Calls["free-disk"]): Advice =>
  advice({
    summary: `Free ${resource} on node ${node}: unused images, container logs, emptyDir volumes`,
    command: kubectl(
      "get",
      "--raw",
      `/api/v1/nodes/${encodeURIComponent(node)}/proxy/stats/summary`,
    ),
    limit:
      "the kubelet keeps the pressure condition for 5 minutes after the space is free, and auto repair does nothing about pressure",
  });

export const moreAddresses = ({ node, why }: Calls["more-addresses"]): Advice =>
  advice({
    summary: `Give node ${node} more pod addresses: prefix delegation, or a larger subnet (${why})`,
    limit:
      "evicting a daemon of the host network frees a pod slot and no address; prefixes reach only nodes that start afterwards",
  });

export const syncClock = ({ node }: Calls["sync-clock"]): Advice =>
  advice({
    summary: `Set the clock of node ${node} right: see that its time service runs and reaches its source`,
    limit: "until then times of this node and of the control plane cannot be compared",
  });
