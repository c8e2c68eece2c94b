import { daemonSetCause, type CannotTell } from "#shared/audit/cause.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { counted, listed, span } from "#shared/audit/phrase.ts";
import { isWorkedOn, newestOf } from "#shared/audit/evidence/rollout.ts";
import { allowsSurge, manageNode } from "#shared/cluster/daemon-controller/manage.ts";
import { isTerminating } from "#shared/cluster/daemon-controller/pods-by-node.ts";
import { type Instant, splitKey } from "#shared/cluster/metadata.ts";
import { isTerminal, type Pod } from "#shared/cluster/pod.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly places: readonly { readonly node: string; readonly pods: readonly string[] }[];
  readonly nodes: number;
  /** Nodes on which two of them run: two agents over the same files, ports and sockets. */
  readonly running: number;
  /** How long the younger one has been there, on the node where that is longest. */
  readonly seconds: number;
};

type Twins = { readonly node: string; readonly pods: readonly Pod[]; readonly since: Instant };

const isLive = (pod: Pod): boolean => !isTerminating(pod) && !isTerminal(pod);

/** The pods that the controller itself would take away in its next sync, and has not for long. */
function twinsOn(
  placement: PlacementView,
  hash: string | undefined,
): Twins | CannotTell | undefined {
  const { daemonSet, node, facts, shouldContinue } = placement;
  // Where no pod may stay all of them are taken away: that is no double.
  if (shouldContinue !== "yes") return undefined;
  const pods = placement.pods.filter(isLive);
  const since = newestOf(pods);
  if (pods.length < 2 || since === undefined) return undefined;
  if (facts.at - since < facts.policy.grace.podStart * 1000) return undefined;
  if (hash === undefined && allowsSurge(daemonSet.daemonSet) && pods.length === 2)
    return { cannotTell: "which of two pods on a node is the new one cannot be told" };
  const { delete: excess } = manageNode({
    set: daemonSet.daemonSet,
    node: node.node,
    pods,
    now: facts.at,
    version: facts.cluster.version,
    updatedHash: hash ?? "",
    inBackoff: false,
  });
  return excess.length === 0 ? undefined : { node: node.node.name, pods, since };
}

const runs = ({ status }: Pod): boolean => status.phase === "Running";

/** Names of this many nodes are evidence enough; the finding names all nodes. */
const SHOWN = 20;

/** Two pods of one DaemonSet live on one node for longer than a replacement takes. The controller should have ended one. */
export const duplicatePod = daemonSetCause<Evidence>({
  code: "duplicate-pod",
  group: "eligibility",
  severity: "info",
  scope: "daemonSet",
  doc: {
    title: "two pods of the DaemonSet live on one node",
    what: "The controller keeps one pod a node, and two only while an update with maxSurge replaces the old one. Here two have lived side by side for longer, so the controller does not come to delete one: it is stopped or cannot delete, a webhook refuses, or pods were given the DaemonSet's owner reference by hand. Two running agents read the same files, and send everything twice or lock each other out. Counters judge one pod a node and do not see it.",
    proof: [
      "kubectl -n NS get pods -o wide --field-selector spec.nodeName=NODE",
      "kubectl -n NS get events --field-selector involvedObject.kind=DaemonSet,involvedObject.name=DS",
    ],
    fix: [
      "Find out why the controller does not delete the extra pod: its log, and the events of the DaemonSet.",
      "Then delete the younger pod, or the one of the old revision.",
    ],
    usualAdvice:
      "Deleting the extra pod by hand cures the sign only: if the controller is stopped, a missing pod will not be made either.",
    sources: [
      "pkg/controller/daemon/daemon_controller.go, podsShouldBeOnNode",
      "pkg/controller/daemon/update.go, rollingUpdate",
    ],
  },
  find(view) {
    if (!isWorkedOn(view)) return [];
    const found = view
      .placements()
      .filter(({ pods }) => pods.length > 1)
      .flatMap((one) => twinsOn(one, view.currentHash) ?? []);
    const twins = found.filter((one): one is Twins => !("cannotTell" in one));
    const [first] = twins;
    if (first === undefined) return found.find((one) => "cannotTell" in one) ?? [];
    const since = twins.reduce((least, one) => Math.min(least, one.since), first.since);
    const running = twins.filter(({ pods }) => pods.filter(runs).length > 1).length;
    return [
      {
        since,
        nodes: twins.map(({ node }) => node),
        severity: running > 0 ? "warning" : "info",
        evidence: {
          daemonSet: view.key,
          places: twins
            .slice(0, SHOWN)
            .map(({ node, pods }) => ({ node, pods: pods.map(({ name }) => name) })),
          nodes: twins.length,
          running,
          seconds: Math.round((view.facts.at - since) / 1000),
        },
      },
    ];
  },
  explain({ places, nodes, running, seconds }) {
    const [first] = places;
    const where = nodes === 1 ? `node ${first?.node}` : counted(nodes, "node");
    const example = nodes === 1 ? "" : `, on ${first?.node}`;
    const so = running === 0 ? "; no two of them run" : "";
    return `more than one live pod on ${where}${example}: ${listed(first?.pods ?? [])}, for ${span(seconds * 1000)}${so}`;
  },
  remedies({ daemonSet, places }) {
    const { namespace } = splitKey(daemonSet);
    const [first] = places;
    return [
      {
        action: "look",
        command: [
          "kubectl",
          "-n",
          namespace,
          "get",
          "pods",
          "-o",
          "wide",
          `--field-selector=spec.nodeName=${first?.node ?? ""}`,
        ],
        why: "the controller should have deleted one of them: see whether it is alive and may delete",
      },
      {
        action: "touch-daemon-set",
        daemonSet,
        why: "a sync deletes the extra pod, if the controller works",
      },
    ];
  },
});
