import { nodeCause } from "#shared/audit/cause.ts";
import { clockBehind, leaseTime, SKEW, startedEarly } from "#shared/audit/evidence/clocks.ts";
import type { NodeView } from "#shared/audit/facts.ts";
import { span } from "#shared/audit/phrase.ts";
import { keyOf, type Instant } from "#shared/cluster/metadata.ts";

type Evidence = {
  readonly node: string;
  readonly direction: "ahead" | "behind";
  /** Milliseconds. */
  readonly by: number;
  /** What was compared: its lease with the other nodes' or with the moment of the audit, or a condition with that moment. */
  readonly proof: "lease-and-others" | "lease-and-now" | "condition-and-now";
  /** A pod that began before it was made, where the clock is behind; else "". */
  readonly pod: string;
};

/** Written by the kubelet, unless it is silent and the node controller writes Unknown in its place. */
const KUBELETS = new Set(["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]);

const newestTransition = ({ node }: NodeView): Instant | undefined =>
  node.conditions
    .filter(({ type, status }) => KUBELETS.has(type) && status !== "Unknown")
    .reduce<Instant | undefined>(
      (newest, { transitionAt }) =>
        transitionAt !== undefined && (newest === undefined || transitionAt > newest)
          ? transitionAt
          : newest,
      undefined,
    );

type Ahead = Pick<Evidence, "by" | "proof">;

/** "Now" may have been made by this very clock, so the other nodes are asked first. */
function ahead(view: NodeView): Ahead | undefined {
  const others = leaseTime(view.facts);
  const now = Math.max(view.facts.at, others ?? -Infinity);
  const byLease = (view.lease?.renewedAt ?? -Infinity) - (others ?? now);
  if (byLease > SKEW)
    return { by: byLease, proof: others === undefined ? "lease-and-now" : "lease-and-others" };
  const byCondition = (newestTransition(view) ?? -Infinity) - now;
  return byCondition > SKEW ? { by: byCondition, proof: "condition-and-now" } : undefined;
}

/** Times of this node and of the control plane cannot be compared: ages, graces and minReadySeconds come out wrong. */
export const clockSkew = nodeCause<Evidence>({
  code: "clock-skew",
  group: "auditor itself",
  severity: "info",
  scope: "node",
  doc: {
    title: "the clock of the node differs from the rest of the cluster",
    what: "The kubelet stamps leases, conditions and container times with the clock of its node; the control plane stamps the rest. Where the two differ by more than a minute, ages come out wrong: a daemon with minReadySeconds is Ready and never available as long as its clock runs ahead, and a healthy node looks silent when its clock is behind. Kubernetes compares these times without a word.",
    proof: [
      "kubectl -n kube-node-lease get leases -o custom-columns='NODE:.metadata.name,RENEWED:.spec.renewTime' | sort -k2",
      "kubectl debug node/NODE -it --image=busybox -- date -u",
    ],
    fix: ["See that the time service of the node runs and reaches its source."],
    usualAdvice:
      "A restart of the kubelet changes nothing, and a lower minReadySeconds hides it until the next daemon. Certificates and tokens of a node whose clock is far off fail too, so what looks like a network or login fault may be this.",
    sources: [
      "pkg/api/v1/pod/util.go, IsPodAvailable",
      "pkg/controller/nodelifecycle/node_lifecycle_controller.go, tryUpdateNodeHealth",
    ],
  },
  find(view) {
    if (view.compute.outsideCoverage) return undefined;
    const { name } = view.node;
    const found = ahead(view);
    if (found) return { evidence: { node: name, direction: "ahead", ...found, pod: "" } };
    const by = clockBehind(view);
    const early = startedEarly(view);
    if (by === undefined || early === undefined) return undefined;
    return {
      evidence: {
        node: name,
        direction: "behind",
        by,
        proof: "lease-and-others",
        pod: keyOf(early.pod),
      },
    };
  },
  explain({ direction, by, proof, pod }) {
    if (direction === "behind")
      return `its clock is ${span(by)} behind the other nodes' by its lease; ${pod} says that it began before it was made`;
    if (proof === "condition-and-now")
      return `its clock is at least ${span(by)} ahead: one of its conditions changed in the future`;
    const of = proof === "lease-and-others" ? "the other nodes'" : "the cluster's";
    return `its clock is ${span(by)} ahead of ${of} by its lease`;
  },
  remedies: ({ node }) => [{ action: "sync-clock", node }],
});
