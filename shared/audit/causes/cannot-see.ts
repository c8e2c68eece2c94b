import { clusterCause, type Hit } from "#shared/audit/cause.ts";
import type { ClusterFacts } from "#shared/audit/facts.ts";
import { kept, quoted } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import type { Kind, NotSeen } from "#shared/cluster/cluster.ts";
import { collectCommand } from "#shared/cluster/read/collect-command.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { KARPENTER_POOL } from "#shared/cluster/pool.ts";

type Evidence = {
  readonly why: NotSeen["why"];
  readonly kinds: readonly Kind[];
  /** What the server or the file said. */
  readonly detail: string;
};

/** Completes "…, so WHAT cannot be told". */
const UNKNOWN_WITHOUT: Readonly<Record<Kind, string>> = {
  Node: "which nodes lack a daemon",
  Pod: "whether a daemon runs anywhere",
  DaemonSet: "where daemons should run",
  ControllerRevision: "which pods are of an earlier revision",
  Service: "which traffic depends on a daemon of the same node",
  EndpointSlice: "which nodes have no ready endpoint of their own",
  Event: "why a pod was refused, evicted or left without an address",
  PriorityClass: "what a priority class is worth",
  PodDisruptionBudget: "which pods may be moved",
  CSINode: "how many volumes a node takes",
  PersistentVolume: "from where a volume can be reached",
  PersistentVolumeClaim: "whether a claim is bound",
  StorageClass: "when a claim is bound",
  VolumeAttachment: "how many volumes a node has",
  RuntimeClass: "what a runtime class adds to a pod",
  LimitRange: "what a namespace adds to a pod",
  Namespace: "what a namespace asks of its pods, and which cluster this is",
  Lease: "when a kubelet last gave a sign of life",
  NodePool: "which taints Karpenter's young nodes carry",
  NodeClaim: "how long a leaving node may take",
};

/** Without these three no coverage can be told. */
const NEEDED: ReadonlySet<Kind> = new Set<Kind>(["Node", "Pod", "DaemonSet"]);
const KARPENTER: ReadonlySet<Kind> = new Set<Kind>(["NodePool", "NodeClaim"]);

/** The right to read a kind is refused before anybody looks whether the cluster serves it. */
const runsKarpenter = ({ cluster }: ClusterFacts): boolean =>
  cluster.Node.some(({ labels }) => labels.has(KARPENTER_POOL));

function isNormal({ kind, why }: NotSeen, facts: ClusterFacts): boolean {
  if (!KARPENTER.has(kind)) return false;
  return why === "absent" || why === "not-served" || !runsKarpenter(facts);
}

/** What could not be read is not what is not there. */
export const cannotSee = clusterCause<Evidence>({
  code: "cannot-see",
  group: "auditor itself",
  severity: "warning",
  scope: "cluster",
  doc: {
    title: "part of the cluster could not be read, so part of the answer is unknown",
    what: "The audit needs nodes, pods and DaemonSets whole, and other kinds for its reasons. What may not be read, or is not in the dump, is no proof that nothing is there: verdicts that need it are unknown and never counted as covered.",
    proof: [
      "kubectl auth can-i --list",
      "kubectl auth can-i list daemonsets.apps -A",
      "kubectl get nodes,pods,daemonsets -A -o name | wc -l",
    ],
    fix: [
      "Grant list on the kind to whoever runs the audit.",
      "For a dump, collect the kinds that are not in it, and give both files.",
    ],
    usualAdvice:
      "cluster-admin is not needed: list on the kinds that are named is enough, and Secrets and ConfigMaps are never read.",
    sources: ["staging/src/k8s.io/apiserver/pkg/endpoints/filters/authorization.go"],
  },
  find(facts) {
    const missing = facts.cluster.notSeen.filter((one) => !isNormal(one, facts));
    const refused = missing.filter(({ why }) => why !== "absent");
    const absent = missing.filter(({ why }) => why === "absent").map(({ kind }) => kind);
    return [...refused.map(hitOf), ...(absent.length === 0 ? [] : [dumpLacks(absent)])];
  },
  explain({ why, kinds, detail }) {
    const [first] = kinds;
    if (first === undefined) return "part of the cluster could not be read";
    if (why === "absent") return sentenceOf(kinds);
    const said = detail === "" ? "" : ` (${quoted(detail)})`;
    return `${first}: ${HOW[why]}${said}, so it cannot be told ${UNKNOWN_WITHOUT[first]}`;
  },
  remedies: ({ why, kinds }) =>
    kinds.length === 0
      ? []
      : why === "forbidden"
        ? kinds.flatMap(granted)
        : [collected(kinds, why)],
});

/** So many kinds are named, and what each of them would tell; beyond them they are counted. */
const NAMED = 4;

function sentenceOf(kinds: readonly Kind[]): string {
  const more = kinds.length > NAMED ? kinds.length - NAMED + 1 : 0;
  const named = kinds.slice(0, kinds.length - more);
  const unknown = named.map((kind) => UNKNOWN_WITHOUT[kind]);
  const missing = more === 0 ? named : [...named, `${more} more kinds`];
  return `the dump has no ${listed(missing)}, so it cannot be told ${listed(more === 0 ? unknown : [...unknown, "what those would tell"])}`;
}

const HOW: Readonly<Record<Exclude<NotSeen["why"], "absent">, string>> = {
  forbidden: "its objects may not be read",
  "not-served": "the cluster does not serve it",
  failed: "its objects could not be read",
  partial: "not all of its objects were read",
};

const hitOf = ({ kind, why, detail }: NotSeen): Hit<Evidence> => ({
  part: kind,
  severity: NEEDED.has(kind) ? "warning" : "info",
  evidence: { why, kinds: [kind], detail: kept(detail) },
});

/** Nobody can tell whether the cluster has none of a kind or whoever dumped it left it out: told once. */
const dumpLacks = (kinds: readonly Kind[]): Hit<Evidence> => ({
  part: "dump",
  severity: "info",
  evidence: { why: "absent", kinds, detail: "" },
});

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;

const granted = (kind: Kind): readonly RemedyCall[] =>
  RESOURCES.filter((resource) => resource.kind === kind).map(({ plural, group }) => ({
    action: "grant",
    verbs: ["get", "list"],
    resource: plural,
    apiGroup: group,
  }));

function collected(kinds: readonly Kind[], why: NotSeen["why"]): RemedyCall {
  // The words of the line without its redirection, which is no word of a command.
  const [line = ""] = collectCommand(kinds).split(" > ");
  return {
    action: "look",
    command: line.split(" "),
    why:
      why === "absent"
        ? "keep what it prints in a file, and give that with -f beside the first"
        : "what the server answers",
  };
}
