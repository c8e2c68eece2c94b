import { daemonSetCause } from "#shared/audit/cause.ts";
import type { DaemonSetView } from "#shared/audit/facts.ts";
import { counted, listed } from "#shared/audit/phrase.ts";
import { downBetween } from "#shared/audit/evidence/rollout-nodes.ts";
import { currentRevision, rolloutOf } from "#shared/audit/evidence/rollout.ts";
import { suspectOf, type Suspicion } from "#shared/audit/evidence/suspect-revision.ts";
import { trappedBySurge } from "#shared/audit/evidence/surge-ports.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { HASH_LABEL } from "#shared/cluster/daemon-controller/revisions.ts";
import type { Pod } from "#shared/cluster/pod.ts";

type Evidence = {
  readonly daemonSet: string;
  /** Its number, and that of the revision which most old pods have; null where it was not seen. */
  readonly revision: number | null;
  readonly previous: number | null;
  /** Nodes that went down after they got it, the first of them. */
  readonly down: readonly string[];
  readonly downCount: number;
  /** Healthy nodes on which its pod does not come up, the first of them. */
  readonly failing: readonly string[];
  readonly failingCount: number;
  /** Codes of the causes of the gaps on these. */
  readonly causes: readonly string[];
  /** Nodes whose old pod was replaced by one of it. */
  readonly replaced: number;
  /** New pods that are Ready. */
  readonly well: number;
  readonly outdated: number;
  /** The old pod stands beside the new one until that is available (maxSurge). */
  readonly surge: boolean;
};

const SHOWN = 20;

/** The order of two moments decides between opposite advice: widen the budget, or go back (kubernetes#117658). */
export const rolloutSuspectRevision = daemonSetCause<Evidence>({
  code: "rollout-suspect-revision",
  group: "rollout",
  severity: "critical",
  scope: "daemonSet",
  doc: {
    title: "the new revision is what breaks",
    what: "The nodes that got the new revision went down within an hour after they got it, while the others did not; or its pods do not come up on healthy nodes, while those of the older revision are well. A rolling update then stops by itself once its budget is used up, and looks just like one that dead nodes hold up. Kubernetes compares neither, and it has no automatic rollback.",
    proof: [
      "kubectl -n NS get pods -o wide -L controller-revision-hash --sort-by=.metadata.creationTimestamp",
      "kubectl get node NODE -o jsonpath='{.status.conditions}'",
      "kubectl -n NS rollout history daemonset/DS",
    ],
    fix: [
      "Go back to the revision before, then look for the fault at leisure.",
      "Nodes that went down need to be repaired or replaced; the old revision comes to them afterwards.",
    ],
    usualAdvice:
      "Do not raise maxUnavailable and do not delete the dead nodes to get the update going: both carry the new revision to further nodes. An old pod that is not available is replaced without any limit, so a second bad update after a first one can take every node down.",
    sources: [
      "pkg/controller/daemon/update.go, rollingUpdate",
      "kubernetes#117658: a network agent whose new revision made the kernel panic",
      "kubernetes#123232: repeated bad updates take down all nodes",
    ],
  },
  find(view) {
    const rollout = rolloutOf(view);
    if (rollout !== undefined && "cannotTell" in rollout) return rollout;
    const suspicion = suspectOf(view);
    if (suspicion === undefined || trappedBySurge(view) !== undefined) return [];
    const { down, failing } = suspicion;
    const nodes = [...down, ...failing].map(({ node }) => node.node.name);
    const found = evidence(view, suspicion);
    const harmless = found.surge && down.length === 0;
    const severity = harmless ? { severity: "warning" as const } : {};
    return [{ since: sinceOf(suspicion), nodes, evidence: found, ...severity }];
  },
  explain(found) {
    const { revision, outdated, downCount, replaced } = found;
    const named = revision === null ? "the new revision" : `revision ${revision}`;
    const down =
      downCount === 0
        ? []
        : [
            `${downCount} of ${counted(replaced, "node")} that got ${named} went down after it (${listed(found.down, downCount)})`,
          ];
    const parts = [...down, ...failingText(found, named)];
    return `${parts.join("; ")}; ${counted(outdated, "pod")} of an older revision ${outdated === 1 ? "is" : "are"} still there`;
  },
  remedies: ({ daemonSet, previous }) => [
    { action: "roll-back", daemonSet, toRevision: previous ?? undefined },
  ],
});

function failingText(
  { failing, failingCount, well, causes }: Evidence,
  named: string,
): readonly string[] {
  if (failingCount === 0) return [];
  const why = causes.length === 0 ? "" : `: ${causes.join(", ")}`;
  return [
    `${counted(failingCount, "pod")} of ${named} ${failingCount === 1 ? "does" : "do"} not come up on healthy nodes (${listed(failing, failingCount)}${why}) and ${well === 0 ? "none does" : `only ${well} ${well === 1 ? "does" : "do"}`}`,
  ];
}

function evidence(view: DaemonSetView, suspicion: Suspicion): Evidence {
  const { rollout, down, failing, replaced, well } = suspicion;
  const causes = failing.map(({ placement }) => placement.verdict().cause ?? "");
  const names = (list: Suspicion["down"]): readonly string[] =>
    list.map(({ node }) => node.node.name).toSorted();
  return {
    daemonSet: view.key,
    revision: currentRevision(view)?.revision ?? null,
    previous: revisionOfMost(view, rollout.left),
    down: names(down).slice(0, SHOWN),
    downCount: down.length,
    failing: names(failing).slice(0, SHOWN),
    failingCount: failing.length,
    causes: [...new Set(causes)].filter((code) => code !== "").toSorted(),
    replaced,
    well,
    outdated: rollout.left.length,
    surge: rollout.update.maxSurge > 0,
  };
}

/** The revision that is known to work here: the one that most of the old pods have. */
function revisionOfMost({ revisions }: DaemonSetView, old: readonly Pod[]): number | null {
  const byHash = Map.groupBy(old, (pod) => pod.labels.get(HASH_LABEL) ?? "");
  const [most] = [...byHash].toSorted(([, a], [, b]) => b.length - a.length);
  return revisions.find(({ hash }) => hash !== "" && hash === most?.[0])?.revision ?? null;
}

/** From when it breaks: the first node that went down, the first pod that did not come up. */
function sinceOf({ down, failing }: Suspicion): Instant | undefined {
  const times = [
    ...down.map(({ node }) => downBetween(node)?.from),
    ...failing.map(({ fresh }) => fresh.createdAt),
  ].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}
