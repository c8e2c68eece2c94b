import { daemonSetCause, type CannotTell } from "#shared/audit/cause.ts";
import { NO_TEMPLATE } from "#shared/audit/evidence/exclusions.ts";
import type { DaemonSetView } from "#shared/audit/facts.ts";
import { listed, span } from "#shared/audit/phrase.ts";
import { podsByRevision } from "#shared/audit/evidence/rollout.ts";
import { lastChange } from "#shared/audit/evidence/settled.ts";
import { isTerminating } from "#shared/cluster/daemon-controller/pods-by-node.ts";
import { isObserved } from "#shared/cluster/daemon-controller/revisions.ts";
import { countStatus, type CountedNode } from "#shared/cluster/daemon-controller/status.ts";
import type { DaemonSetStatus } from "#shared/cluster/daemon-set.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { atLeast, type Version } from "#shared/cluster/version.ts";

type Counter = "desired" | "current" | "ready" | "available" | "updated" | "misscheduled";

/** As they are called in the object; `unavailable` is desired less available, so it says nothing of its own. */
const NAMES: readonly (readonly [Counter, string])[] = [
  ["desired", "desiredNumberScheduled"],
  ["current", "currentNumberScheduled"],
  ["ready", "numberReady"],
  ["available", "numberAvailable"],
  ["updated", "updatedNumberScheduled"],
  ["misscheduled", "numberMisscheduled"],
];

type Evidence = {
  readonly daemonSet: string;
  readonly counters: readonly {
    readonly counter: string;
    readonly status: number;
    readonly counted: number;
  }[];
  /** Nothing that counts is known to have changed for so long. */
  readonly quietSeconds: number;
};

/** Milliseconds. A dump's lists are read one after another, and a sync takes its time: what changed lately proves nothing. */
const SETTLED = 300_000;

type Counts = Pick<DaemonSetStatus, Counter>;

/**
 * Stale without any fault (daemon_controller.go): (a) no handler watches nodes go, so a deleted node without a bound pod
 * stays desired; (b) from 1.33 on, a node that turned ineligible under a pod, or eligible again, is no reason to sync, so
 * it stays on the side on which it was counted.
 */
function isKnownStaleness(status: Counts, counted: Counts, version: Version | undefined): boolean {
  const off = (counter: Counter): number => status[counter] - counted[counter];
  const swapped = off("current");
  if (swapped !== 0 && atLeast(version, 33) === false) return false;
  const low = Math.min(0, swapped);
  const high = Math.max(0, swapped);
  const inside = (["ready", "available", "updated"] as const).every(
    (counter) => off(counter) >= low && off(counter) <= high,
  );
  return inside && off("misscheduled") === -swapped && off("desired") >= swapped;
}

const isBusy = (view: DaemonSetView): boolean =>
  view.pods.some(isTerminating) || podsByRevision(view).outdated.length > 0;

function countNow(view: DaemonSetView): Counts | CannotTell {
  const { daemonSet, facts, currentHash } = view;
  const nodes: CountedNode[] = [];
  for (const { eligible, pods } of view.placements()) {
    if (eligible === "unknown")
      return { cannotTell: "whether the controller wants a pod on some nodes cannot be seen" };
    nodes.push({ runs: eligible === "yes", pods });
  }
  const counted = countStatus(nodes, {
    set: daemonSet,
    now: facts.at,
    version: facts.cluster.version,
    updatedHash: currentHash ?? "",
  });
  // Without the revisions nobody can count which pods are updated.
  return currentHash === undefined ? { ...counted, updated: daemonSet.status.updated } : counted;
}

const differing = (status: Counts, counted: Counts): Evidence["counters"] =>
  NAMES.filter(([counter]) => status[counter] !== counted[counter]).map(([counter, name]) => ({
    counter: name,
    status: status[counter],
    counted: counted[counter],
  }));

/** The controller has seen this spec, and does not sync a DaemonSet that is being deleted. */
const isUpToDate = ({ daemonSet }: DaemonSetView): boolean =>
  daemonSet.deletionAt === undefined && isObserved(daemonSet);

/** Since when nothing has changed; undefined when that is not long. */
function quietSince(view: DaemonSetView): Instant | undefined {
  const since = lastChange(view);
  const least = SETTLED + view.daemonSet.minReadySeconds * 1000;
  return since === undefined || view.facts.at - since < least ? undefined : since;
}

/** The DaemonSet's own counters say what is not so. Information only: no verdict of ours is built on them. */
export const statusDisagrees = daemonSetCause<Evidence>({
  code: "status-disagrees",
  group: "eligibility",
  severity: "info",
  scope: "daemonSet",
  doc: {
    title: "the DaemonSet's counters differ from what is in the cluster",
    what: "The controller has seen the newest spec, nothing has changed for a while, and still its counters are not those that it would write now. Either it does not come to sync this DaemonSet (it is stopped, cannot write, or waits), or another program writes the status. Counters that are stale by Kubernetes' own rules are left out: a deleted node that is still desired, and from 1.33 on nodes that changed sides by a taint or label. Alerts built on these counters are then wrong; our verdicts do not use them.",
    proof: [
      "kubectl -n NS get daemonset DS -o jsonpath='{.status}'",
      "kubectl -n NS get pods -o wide",
      "kubectl -n kube-system get lease kube-controller-manager -o yaml",
    ],
    fix: [
      "Touch the DaemonSet (an annotation will do): the controller then counts again.",
      "If that changes nothing, look whether kube-controller-manager is alive and may write the status.",
    ],
    usualAdvice:
      "Restarting the daemon pods also makes the counters right, and costs every node its daemon for a while: any change of the object does the same for nothing.",
    sources: [
      "pkg/controller/daemon/daemon_controller.go, updateDaemonSetStatus and syncNodeUpdate",
      "https://github.com/kubernetes/kubernetes/issues/132459",
    ],
  },
  find(view) {
    const { daemonSet, facts } = view;
    if (daemonSet.inferred) return NO_TEMPLATE;
    if (!isUpToDate(view) || isBusy(view)) return [];
    if (!facts.seen("Node") || !facts.seen("Pod"))
      return { cannotTell: "not all nodes and pods were read, so they cannot be counted" };
    const counted = countNow(view);
    if ("cannotTell" in counted) return counted;
    const counters = differing(daemonSet.status, counted);
    if (counters.length === 0) return [];
    if (isKnownStaleness(daemonSet.status, counted, facts.cluster.version)) return [];
    const since = quietSince(view);
    if (since === undefined) return [];
    const quietSeconds = Math.round((facts.at - since) / 1000);
    return [{ since, evidence: { daemonSet: view.key, counters, quietSeconds } }];
  },
  explain({ counters, quietSeconds }) {
    const each = counters.map(
      ({ counter, status, counted }) => `${counter} ${status} instead of ${counted}`,
    );
    return `its status says ${listed(each)}, though nothing has changed for ${span(quietSeconds * 1000)}`;
  },
  remedies: ({ daemonSet }) => [
    {
      action: "touch-daemon-set",
      daemonSet,
      why: "any change of the object makes it count again",
    },
  ],
});
