import { placementCause } from "#shared/audit/cause.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { kept, quoted } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import {
  containerViews,
  podStage,
  waitsForImage,
  type Waiting,
} from "#shared/cluster/pod-state.ts";
import type { Event } from "#shared/cluster/policy.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

export type PullTrouble =
  | "not-found"
  | "credentials"
  /** The registry answers one thing for both, so that nobody learns which repositories exist. */
  | "not-found-or-credentials"
  | "rate-limit"
  | "certificate"
  | "name-resolution"
  | "timeout"
  | "unreachable"
  | "disk-full"
  | "invalid-name"
  | "never-pull"
  | "signature"
  | "unknown";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
  readonly container: string;
  readonly image: string;
  readonly trouble: PullTrouble;
  readonly reason: string;
  readonly message: string;
};

const BY_REASON: ReadonlyMap<string, PullTrouble> = new Map([
  ["InvalidImageName", "invalid-name"],
  ["ErrImageNeverPull", "never-pull"],
  ["SignatureValidationFailed", "signature"],
]);

/** Order matters: a 429 may also say "unauthorized", and Docker Hub says "does not exist or may require" for both. */
const BY_TEXT: readonly (readonly [RegExp, PullTrouble])[] = [
  [/toomanyrequests|too many requests|\b429\b|rate limit|pull qps exceeded/i, "rate-limit"],
  [/does not exist or may require|pull access denied/i, "not-found-or-credentials"],
  [/no space left on device/i, "disk-full"],
  [/x509|certificate|tls: |http: server gave HTTP response to HTTPS/i, "certificate"],
  [/no such host|server misbehaving|name resolution/i, "name-resolution"],
  [/i\/o timeout|deadline exceeded|timeout exceeded|timed out|TLS handshake timeout/i, "timeout"],
  [/connection refused|no route to host|network is unreachable|connection reset/i, "unreachable"],
  [
    /unauthorized|authentication required|no basic auth|\b401\b|\b403\b|forbidden|access denied|credential/i,
    "credentials",
  ],
  [/not found|manifest unknown|name unknown|\b404\b/i, "not-found"],
];

function troubleOf(reason: string, message: string): PullTrouble {
  const known = BY_REASON.get(reason);
  if (known !== undefined) return known;
  return BY_TEXT.find(([pattern]) => pattern.test(message))?.[1] ?? "unknown";
}

/**
 * What the runtime said. While the pod backs off, versions before 1.32 say only "Back-off pulling image", and the
 * story is in an event: of those we know, the newest that names the image.
 */
function storyOf(events: readonly Event[], waiting: Waiting, image: string): string {
  if (troubleOf(waiting.reason, waiting.message) !== "unknown") return waiting.message;
  const event = events.findLast(
    ({ message }) => message.startsWith("Failed to pull image") && message.includes(image),
  );
  return event?.message ?? waiting.message;
}

/** Also for wrong-platform, whose proof may stand in the same place. */
export function failedPull(view: PlacementView): Evidence | undefined {
  const { pod, facts } = view;
  if (pod === undefined || podStage(pod, facts.at).stage === "ended") return undefined;
  for (const { status } of containerViews(pod)) {
    const waiting = waitsForImage(status);
    if (waiting === undefined) continue;
    const spec = [...pod.spec.containers, ...pod.spec.initContainers].find(
      ({ name }) => name === status.name,
    );
    const image = spec?.image ?? "";
    const message = storyOf(facts.eventsOf(pod.uid), waiting, image);
    return {
      daemonSet: view.daemonSet.key,
      node: view.node.node.name,
      container: status.name,
      image,
      trouble: troubleOf(waiting.reason, message),
      reason: waiting.reason,
      message: kept(message),
    };
  }
  return undefined;
}

const SAYS: Readonly<Record<PullTrouble, string>> = {
  "not-found": "the registry has no such image or tag",
  credentials: "the registry refuses the credentials, or there are none",
  "not-found-or-credentials": "the registry has no such image, or wants credentials to say so",
  "rate-limit": "the registry or the kubelet limits how often images are pulled",
  certificate: "the registry's certificate is not trusted by the node",
  "name-resolution": "the node cannot resolve the registry's name",
  timeout: "the registry did not answer in time",
  unreachable: "the node cannot reach the registry",
  "disk-full": "the node's disk has no room for it",
  "invalid-name": "the name is not a valid image reference",
  "never-pull": "the policy is Never, and the image is not on the node",
  signature: "its signature could not be verified",
  unknown: "",
};

/** The container's image does not get onto the node. ErrImagePull and ImagePullBackOff take turns: one cause. */
export const imagePull = placementCause<Evidence>({
  code: "image-pull",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the image cannot be pulled to the node",
    what: "A container waits because the runtime could not pull its image. The state alternates between ErrImagePull and ImagePullBackOff, and while it backs off, older clusters show nothing of the reason. The reasons ask for different people: a missing tag for the one who released, credentials for the one who owns the namespace, a certificate or a timeout for the one who owns the node's network.",
    proof: [
      'kubectl -n NS get pod POD -o jsonpath=\'{range .status.containerStatuses[*]}{.name}{"\\t"}{.state.waiting.message}{"\\n"}{end}\'',
      "kubectl -n NS get events --field-selector involvedObject.name=POD,reason=Failed",
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.spec.imagePullSecrets}'",
    ],
    fix: [
      "Not found: correct the image or push the tag.",
      "Credentials: put a pull secret into the DaemonSet's namespace, or give the node's role the right to pull.",
      "Rate limit: pull through a cache or a paid account; the kubelet tries again by itself.",
      "Certificate, name or time-out: repair the node's trust, DNS or way out; compare with a node where it works.",
    ],
    usualAdvice:
      "Deleting the pod only resets the back-off. If one node of many fails, the image is not the trouble: it is that node's network, disk or credentials.",
    sources: [
      "pkg/kubelet/images/types.go",
      "pkg/kubelet/images/image_manager.go, EnsureImageExists",
    ],
  },
  find(view) {
    const evidence = failedPull(view);
    return evidence && { evidence, since: view.pod?.createdAt };
  },
  explain({ container, image, trouble, reason, message }) {
    const says = SAYS[trouble] || (message === "" ? reason : `${reason}: ${quoted(message)}`);
    return `${container} cannot pull ${image}: ${says}`;
  },
  remedies: (evidence) => remediesOf(evidence),
});

type Fix = "image" | "secret" | "wait" | "disk" | "look";

/** Most likely first. */
const FIXES: Readonly<Record<PullTrouble, readonly Fix[]>> = {
  "not-found": ["image"],
  "invalid-name": ["image"],
  "never-pull": ["image"],
  signature: ["image"],
  credentials: ["secret"],
  "not-found-or-credentials": ["image", "secret"],
  "rate-limit": ["wait", "look"],
  "disk-full": ["disk"],
  certificate: ["look"],
  "name-resolution": ["look"],
  timeout: ["look"],
  unreachable: ["look"],
  unknown: ["look"],
};

const remediesOf = (evidence: Evidence): readonly RemedyCall[] =>
  FIXES[evidence.trouble].map((fix) => remedyFor(fix, evidence));

function remedyFor(fix: Fix, evidence: Evidence): RemedyCall {
  const { daemonSet, node, container, image, trouble } = evidence;
  const { namespace } = splitKey(daemonSet);
  switch (fix) {
    case "image":
      return { action: "fix-image", daemonSet, container, image, why: SAYS[trouble] };
    case "secret":
      return {
        action: "fix-config",
        daemonSet,
        kind: "Secret",
        name: "",
        why: `imagePullSecrets must name one that is in namespace ${namespace}, and the registry must accept it`,
      };
    case "wait":
      return {
        action: "wait",
        why: "the kubelet pulls again by itself, at most every 5 minutes",
      };
    case "disk":
      return { action: "free-disk", node, resource: "ephemeral-storage" };
    case "look":
      return {
        action: "look",
        command: ["kubectl", "-n", namespace, "get", "events", "--field-selector", "reason=Failed"],
        why: SAYS[trouble] || "what the runtime said when it pulled",
      };
  }
}
