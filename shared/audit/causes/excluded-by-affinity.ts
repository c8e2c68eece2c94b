import { daemonSetCause, type Hit } from "#shared/audit/cause.ts";
import { exclusionsOf, NO_TEMPLATE, type Excluded } from "#shared/audit/evidence/exclusions.ts";
import type { DaemonSetView } from "#shared/audit/facts.ts";
import { mustCover, type MustCover } from "#shared/audit/evidence/must-cover.ts";
import {
  alternativesOf,
  failingRules,
  isAboutArch,
  isAboutLabel,
  ruleEvidence,
  ruleText,
  type RuleEvidence,
} from "#shared/audit/evidence/node-rules.ts";
import { counted, listed } from "#shared/audit/phrase.ts";
import { siblingsCover } from "#shared/audit/evidence/siblings.ts";
import { EKS_COMPUTE_TYPE } from "#shared/cluster/compute-type.ts";
import type { Requirement } from "#shared/cluster/selector.ts";
import { KARPENTER_POOL, MANAGED_GROUPS } from "#shared/cluster/pool.ts";

type Evidence = {
  readonly daemonSet: string;
  /** "" where nodes belong to no pool. */
  readonly pool: string;
  /** What the nodes fail; all of it would have to go. */
  readonly rules: readonly RuleEvidence[];
  readonly excluded: number;
  readonly intended: number;
  readonly compute: string;
  readonly arch: string;
  readonly mustCover: boolean;
};

/** Labels that enumerate machines: a list of their values is complete only until the next pool, type or zone comes. */
const LISTS = new Set([
  KARPENTER_POOL,
  ...MANAGED_GROUPS,
  "karpenter.sh/capacity-type",
  "eks.amazonaws.com/capacityType",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/instance-type",
  "karpenter.k8s.aws/instance-family",
  "karpenter.k8s.aws/instance-category",
  "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/zone",
]);

/**
 * Is this rule likely to leave nodes out that nobody meant to leave out? A selector that names a label of a role or of one
 * pool is how people say where a daemon belongs, and an operating system is another program: of these we are silent. Left
 * are the processor, unless a twin takes the others; a list of pools, types or zones that somebody has to keep up to date;
 * and a chart's default that leaves out a kind of EKS compute (eks-charts#1358).
 */
function looksAccidental(rule: Requirement): boolean {
  const { key, operator, values } = rule;
  if (isAboutArch(rule)) return true;
  if (key === EKS_COMPUTE_TYPE) return operator === "NotIn" || operator === "DoesNotExist";
  return LISTS.has(key) && operator === "In" && values.length > 1;
}

type Out = Excluded & { readonly rules: readonly Requirement[] };

function hitOf(
  view: DaemonSetView,
  group: readonly Out[],
  parts: { readonly intended: number; readonly must: boolean },
): Hit<Evidence> {
  const [first] = group;
  const rules = new Map<string, RuleEvidence>();
  for (const rule of group.flatMap((one) => one.rules))
    rules.set(ruleText(rule), ruleEvidence(rule));
  return {
    part: partOf(group),
    nodes: group.map(({ node }) => node.node.name),
    severity: parts.must ? "warning" : "info",
    evidence: {
      daemonSet: view.key,
      pool: first?.node.pool ?? "",
      rules: [...rules.values()],
      excluded: group.length,
      intended: parts.intended,
      compute: first?.node.compute.name ?? "",
      arch: first?.node.node.arch ?? "",
      mustCover: parts.must,
    },
  };
}

const partOf = ([first]: readonly Out[]): string =>
  first === undefined ? "" : first.node.pool || `label ${first.rules[0]?.key ?? ""}`;

/** Those nodes of one pool that it must cover, else all of them if they look forgotten. */
function judged(
  view: DaemonSetView,
  group: readonly Out[],
  required: MustCover | undefined,
): Hit<Evidence> | undefined {
  const { intended, intendedByPool, excluded } = exclusionsOf(view);
  const must = required === undefined ? [] : group.filter(({ node }) => required(node));
  if (must.length > 0) return hitOf(view, must, { intended, must: true });
  const pool = group[0]?.node.pool ?? "";
  const elsewise = excluded.some(({ node, by }) => node.pool === pool && by !== "affinity");
  if (view.role === "device" || elsewise || intendedByPool.has(pool)) return undefined;
  if (!group.every(({ rules }) => rules.length > 0 && rules.every(looksAccidental)))
    return undefined;
  return siblingsCover(
    view,
    group.map(({ node }) => node),
  )
    ? undefined
    : hitOf(view, group, { intended, must: false });
}

/** nodeSelector or required node affinity leaves a whole pool out, and it looks as if nobody had decided so. */
export const excludedByAffinity = daemonSetCause<Evidence>({
  code: "excluded-by-affinity",
  group: "eligibility",
  severity: "info",
  scope: "daemonSet",
  doc: {
    title: "nodeSelector or node affinity leaves out a pool that nobody meant to leave out",
    what: "The DaemonSet runs on some pools and leaves another one out, by a rule about the processor, about a list of pools, machine types or zones, or about a kind of EKS compute. Such rules age: a pool that came later is not in the list, and an image has had a build for arm64 for years. Kubernetes counts such nodes as not desired, so nothing tells of them. Rules about roles, and about operating systems, are how people say where a daemon belongs: they are reported only for nodes that the DaemonSet must cover.",
    proof: [
      "kubectl get node NODE --show-labels",
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.spec.nodeSelector}{\"\\n\"}{.spec.template.spec.affinity.nodeAffinity}'",
    ],
    fix: [
      "Take the rule out, or add the value of the new pool to its list.",
      "For another processor, see first that the image has a build for it.",
      "For EKS Auto Mode, see first whether the node has it built in: network, kube-proxy, DNS, block storage and Pod Identity are part of it.",
    ],
    usualAdvice:
      "A second DaemonSet with the opposite rule is the usual cure, and from then on there are two configurations to keep alike. It pays where nodes need other sizes or another image, and seldom else.",
    sources: [
      "pkg/controller/daemon/daemon_controller.go, nodeShouldRunDaemonPod",
      "k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go, GetRequiredNodeAffinity",
    ],
  },
  find(view) {
    if (view.daemonSet.inferred) return NO_TEMPLATE;
    const { intended, excluded } = exclusionsOf(view);
    // Nowhere at all is another trouble: matches-no-node.
    if (intended === 0) return [];
    const alternatives = alternativesOf(view.daemonSet.template);
    const required = mustCover(view);
    const suspect = alternatives.some((rules) => rules.some(looksAccidental));
    if (!suspect && required === undefined) return [];
    const out = excluded
      .filter(({ by }) => by === "affinity")
      .map((one) => ({ ...one, rules: failingRules(alternatives, one.node.node) }));
    return [...Map.groupBy(out, ({ node }) => node.pool).values()].flatMap(
      (group) => judged(view, group, required) ?? [],
    );
  },
  explain({ pool, rules, excluded, intended, compute, mustCover: must }) {
    const where = pool === "" ? "" : ` of pool ${pool}`;
    const wanted = must ? ", though it must cover them" : "";
    const auto = compute === "auto" ? "; EKS Auto Mode may have it built in" : "";
    return `meant for ${counted(intended, "node")}; ${excluded}${where} left out because it asks for ${listed(rules.map(ruleText))}${wanted}${auto}`;
  },
  remedies: ({ daemonSet, pool, rules, arch }, { nodes }) =>
    rules.filter(isAboutLabel).map((rule) => ({
      action: "change-affinity" as const,
      daemonSet,
      requirement: rule,
      change: "remove" as const,
      nodes,
      why: isAboutArch(rule)
        ? `right once its image has a build for ${arch}`
        : `it leaves out ${pool === "" ? "nodes that it could serve" : `pool ${pool}`}`,
    })),
});
