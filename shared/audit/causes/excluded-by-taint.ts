import { daemonSetCause, type Hit } from "#shared/audit/cause.ts";
import {
  exclusionsOf,
  NO_TEMPLATE,
  type Excluded,
  type Exclusions,
} from "#shared/audit/evidence/exclusions.ts";
import type { DaemonSetView } from "#shared/audit/facts.ts";
import { mustCover, type MustCover } from "#shared/audit/evidence/must-cover.ts";
import { counted, listed } from "#shared/audit/phrase.ts";
import {
  addTolerations,
  distinctTaints,
  type TaintText,
} from "#shared/audit/evidence/tolerations.ts";
import { showAmount } from "#shared/cluster/quantity.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { showTaint } from "#shared/cluster/taints.ts";

type Evidence = {
  readonly daemonSet: string;
  /** "" where nodes belong to no pool. */
  readonly pool: string;
  readonly taints: readonly TaintText[];
  readonly excluded: number;
  /** Nodes of the pool that its selector and affinity take. */
  readonly inPool: number;
  readonly intended: number;
  /** `intended`, and all nodes that only a taint keeps it from. */
  readonly of: number;
  readonly mustCover: boolean;
  /** What one more pod asks for. */
  readonly requests: readonly { readonly resource: string; readonly amount: string }[];
};

/** A pool, or a taint where nodes belong to none. The space keeps a taint apart from a pool of its name. */
const partOf = ({ node, taints }: Excluded): string => node.pool || `taint ${taints[0]?.key ?? ""}`;

function requestsOf({ daemonSet, facts }: DaemonSetView): Evidence["requests"] {
  const amounts = podRequests({ spec: daemonSet.template }, facts.cluster.version);
  return [...amounts].map(([resource, amount]) => ({
    resource,
    amount: showAmount(resource, amount),
  }));
}

function hitOf(
  view: DaemonSetView,
  group: readonly Excluded[],
  all: Pick<Exclusions, "intended" | "intendedByPool"> & {
    readonly tainted: number;
    readonly required: MustCover | undefined;
  },
): Hit<Evidence> {
  const must = group.some(({ node }) => all.required?.(node) === true);
  const pool = group[0]?.node.pool ?? "";
  return {
    part: group[0] === undefined ? "" : partOf(group[0]),
    nodes: group.map(({ node }) => node.node.name),
    severity: must ? "warning" : "info",
    evidence: {
      daemonSet: view.key,
      pool,
      taints: distinctTaints(group.flatMap(({ taints }) => taints)),
      excluded: group.length,
      inPool: group.length + (all.intendedByPool.get(pool) ?? 0),
      intended: all.intended,
      of: all.intended + all.tainted,
      mustCover: must,
      requests: requestsOf(view),
    },
  };
}

/**
 * A lasting taint keeps the daemon off nodes that its selector takes. By Kubernetes' word such a node is not desired, so
 * coverage reads 100 %, while nobody collects logs there.
 */
export const excludedByTaint = daemonSetCause<Evidence>({
  code: "excluded-by-taint",
  group: "eligibility",
  severity: "info",
  scope: "daemonSet",
  doc: {
    title: "a taint keeps the daemon off nodes that its selector would take",
    what: "The nodes carry a lasting NoSchedule or NoExecute taint that the DaemonSet does not tolerate, and nothing else keeps it from them. For Kubernetes these nodes are simply not desired: no counter, no condition and no event tells of them, and a dashboard shows full coverage. Often it is on purpose (control-plane nodes), and as often a pool came later than the agent and nobody added the toleration.",
    proof: [
      "kubectl get node NODE -o jsonpath='{.spec.taints}'",
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.spec.tolerations}'",
    ],
    fix: [
      "Add the toleration to the DaemonSet, if the nodes should have it.",
      "If they should never be without it, say so: annotation dsaudit.dev/must-cover on the DaemonSet, or mustCover in the configuration, makes this a warning.",
      "If it is on purpose, leave it: this is information, and an ignore rule takes it out of the report.",
    ],
    usualAdvice:
      "Tolerating everything is the usual cure and too strong: the daemon then also lands on Fargate and virtual nodes, where it stays Pending, and on nodes that are being set up or taken down. Tolerate the one key.",
    sources: [
      "pkg/controller/daemon/daemon_controller.go, nodeShouldRunDaemonPod",
      "pkg/controller/daemon/util/daemonset_util.go, AddOrUpdateDaemonPodTolerations",
    ],
  },
  find(view) {
    if (view.daemonSet.inferred) return NO_TEMPLATE;
    const { intended, intendedByPool, intendedOn, excluded } = exclusionsOf(view);
    // Nowhere at all is another trouble: matches-no-node.
    if (intended === 0) return [];
    const required = mustCover(view);
    // The taint of a Windows pool keeps out images that could not run there: no toleration helps.
    const tainted = excluded.filter(
      ({ by, node }) =>
        by === "taints" && (intendedOn.has(node.node.os) || required?.(node) === true),
    );
    const all = { intended, intendedByPool, tainted: tainted.length, required };
    return [...Map.groupBy(tainted, partOf).values()].map((group) => hitOf(view, group, all));
  },
  explain({ pool, taints, excluded, inPool, intended, of, mustCover: must }) {
    const whole = pool === "" || excluded === inPool ? "" : ` of ${inPool}`;
    const where = pool === "" ? "" : ` of pool ${pool}`;
    const wanted = must ? ", though it must cover them" : "";
    return `meant for ${intended} of ${counted(of, "node")}; ${excluded}${whole}${where} excluded by ${listed(taints.map(showTaint))}${wanted}`;
  },
  remedies: ({ daemonSet, taints }, { nodes }) => addTolerations(daemonSet, taints, nodes),
});
