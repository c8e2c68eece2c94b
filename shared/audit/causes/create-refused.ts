import { placementCause } from "#shared/audit/cause.ts";
import { kept, quoted } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import type { Event } from "#shared/cluster/policy.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

type Refusal =
  | "quota"
  | "quota-wants-values"
  | "quota-scope"
  | "pod-security"
  | "limit-range"
  | "missing-object"
  | "webhook-denied"
  | "webhook-down"
  | "runtime-class"
  | "other";

type Evidence = {
  readonly daemonSet: string;
  readonly refusal: Refusal;
  /** The quota, the Pod Security level, the webhook or the missing object; "" when the text names none. */
  readonly name: string;
  /** Kind of a missing object. */
  readonly kind: string;
  readonly message: string;
  readonly times: number;
  /** Containers of the template. */
  readonly containers: readonly string[];
};

type Rule = readonly [RegExp, Refusal, string];

/** Group 1 is the name. Webhooks come first: they may quote any of the other words. */
const RULES: readonly Rule[] = [
  [/failed calling webhook "([^"]+)"/, "webhook-down", ""],
  [/admission webhook "([^"]+)" denied/, "webhook-denied", ""],
  [/exceeded quota: ([^,]+),/, "quota", ""],
  [/failed quota: ([^:]+): must specify/, "quota-wants-values", ""],
  [/insufficient quota to match these scopes()/, "quota-scope", ""],
  [/violates PodSecurity "([^":]+)/, "pod-security", ""],
  [/(?:maximum|minimum) \S+ usage per (Container|Pod) is/, "limit-range", ""],
  [/no PriorityClass with name (\S+) was found/, "missing-object", "PriorityClass"],
  [/error looking up service account [^/\s]+\/([^:\s]+)/, "missing-object", "ServiceAccount"],
  [/serviceaccount "([^"]+)" not found/, "missing-object", "ServiceAccount"],
  [/RuntimeClass(?:\.node\.k8s\.io)? "([^"]+)" not found/i, "missing-object", "RuntimeClass"],
  [/pod rejected: Pod's Overhead()|conflict: runtimeClass\.scheduling/, "runtime-class", ""],
];

function refusalOf(message: string): Pick<Evidence, "refusal" | "name" | "kind"> {
  for (const [pattern, refusal, kind] of RULES) {
    const match = pattern.exec(message);
    if (match) return { refusal, name: match[1] ?? "", kind };
  }
  return { refusal: "other", name: "", kind: "" };
}

/** A sync makes some pods and is refused others, so the two kinds of event may be a moment apart. */
const SAME_SYNC = 60_000;

/** The newest refusal, unless pods were made well after it. */
function refusedBy(events: readonly Event[]): Event | undefined {
  const failed = events.findLast(({ reason }) => reason === "FailedCreate");
  const created = events.findLast(({ reason }) => reason === "SuccessfulCreate");
  if (failed === undefined) return undefined;
  const [at, wellAt] = [timeOf(failed), created && timeOf(created)];
  return at !== undefined && wellAt !== undefined && wellAt > at + SAME_SYNC ? undefined : failed;
}

const timeOf = ({ lastAt, firstAt }: Event): number | undefined => lastAt ?? firstAt;

/** The API server refuses the pod. No pod, no condition: one event a retry says so, and is forgotten after an hour. */
export const createRefused = placementCause<Evidence>({
  code: "create-refused",
  group: "not created",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the API server refuses to create the daemon pod",
    what: "The controller tries to make the pod, and admission says no: a quota, Pod Security, a webhook, a class or an account that does not exist. The DaemonSet itself was accepted, so its deployment looked well. No pod exists that could carry a reason; only an event of the DaemonSet tells it, and events are forgotten after an hour.",
    proof: [
      "kubectl -n NS get events --field-selector involvedObject.kind=DaemonSet,involvedObject.name=DS,reason=FailedCreate",
      "kubectl -n NS describe quota",
      "kubectl get namespace NS -o jsonpath='{.metadata.labels}'",
    ],
    fix: [
      "Change what refuses it, as the message says: quota, namespace label, webhook, missing object.",
      "Then wait: the next try comes up to 16 minutes later, unless the DaemonSet or a node changes.",
    ],
    usualAdvice:
      "A DaemonSet that applies without an error is not accepted yet: Pod Security and quotas judge pods. A failing webhook may be the very daemon that is missing, in which case its failurePolicy locks it out.",
    sources: [
      "pkg/controller/daemon/daemon_controller.go, syncNodes",
      "pkg/controller/controller_utils.go, RealPodControl.createPods",
    ],
  },
  find(view) {
    const { facts, daemonSet, pods, eligible } = view;
    if (pods.length > 0 || eligible !== "yes") return undefined;
    const failed = refusedBy(facts.eventsOf(daemonSet.daemonSet.uid));
    if (failed === undefined)
      return facts.seen("Event")
        ? undefined
        : { cannotTell: "events were not read, and only they tell whether creation was refused" };
    return {
      since: failed.firstAt ?? failed.lastAt,
      evidence: {
        daemonSet: daemonSet.key,
        ...refusalOf(failed.message),
        message: kept(failed.message),
        times: Math.max(1, failed.count),
        containers: daemonSet.daemonSet.template.containers.map(({ name }) => name),
      },
    };
  },
  explain({ refusal, name, kind, message }) {
    const says: Readonly<Record<Refusal, string>> = {
      quota: `quota ${name} is used up`,
      "quota-wants-values": `quota ${name} wants requests or limits that the template does not set`,
      "quota-scope": "no quota of the namespace admits its priority class",
      "pod-security": `the namespace enforces Pod Security ${name}`,
      "limit-range": `a LimitRange of the namespace forbids what each ${name} asks for`,
      "missing-object": `there is no ${kind} ${name}`,
      "webhook-denied": `webhook ${name} denies it`,
      "webhook-down": `webhook ${name} does not answer`,
      "runtime-class": "it conflicts with its RuntimeClass",
      other: "",
    };
    return `creation is refused: ${[says[refusal], quoted(reasonIn(message))].filter(Boolean).join(" — ")}`;
  },
  remedies: (evidence) => [remedyFor(evidence)],
});

const reasonIn = (message: string): string => message.replace(/^Error creating: /, "");

/** Checks of the level "baseline": who breaks one of them needs "privileged" (k8s.io/pod-security-admission, policy). */
const BELOW_BASELINE =
  /\bprivileged\b|host namespaces|hostPath volumes|hostPort|non-default capabilities|hostProcess|procMount|seLinuxOptions|unsafe sysctls/;

const levelFor = (message: string): string =>
  BELOW_BASELINE.test(message) ? "privileged" : "baseline";

function remedyFor({ daemonSet, refusal, name, kind, containers, message }: Evidence): RemedyCall {
  const { namespace } = splitKey(daemonSet);
  switch (refusal) {
    case "quota":
      return { action: "raise-quota", namespace, quota: name };
    case "quota-scope":
      return { action: "raise-quota", namespace, quota: "" };
    case "quota-wants-values":
    case "limit-range":
      return { action: "set-requests", daemonSet, containers };
    case "pod-security":
      return { action: "allow-pod-security", namespace, level: levelFor(message) };
    case "missing-object":
      return {
        action: "create-object",
        kind,
        namespace: kind === "ServiceAccount" ? namespace : "",
        name,
        why: "the template names it, and pods are refused without it",
      };
    case "webhook-denied":
      return { action: "fix-admission", daemonSet, webhook: name, why: "it denies the pods" };
    case "webhook-down":
      return {
        action: "fix-admission",
        daemonSet,
        webhook: name,
        why: "it does not answer, and its failurePolicy is Fail",
      };
    case "runtime-class":
    case "other":
      return {
        action: "fix-admission",
        daemonSet,
        webhook: "",
        why: "see the message of the event",
      };
  }
}
