import { placementCause } from "#shared/audit/cause.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { kept } from "#shared/audit/phrase.ts";
import { readyOnOtherPlatforms } from "#shared/audit/evidence/ready-pods.ts";
import { containerViews, crashOf, podStage } from "#shared/cluster/pod-state.ts";
import { failedPull } from "./image-pull.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly os: string;
  readonly arch: string;
  /** "exec-format", "no-manifest", "kubelet-refused". */
  readonly proof: "exec-format" | "no-manifest" | "kubelet-refused";
  /** "" where the kubelet refused the whole pod. */
  readonly container: string;
  readonly image: string;
  readonly message: string;
  /** Healthy pods of the DaemonSet on nodes of another platform: then the image is fine there. */
  readonly coveredElsewhere: number;
};

const NO_MANIFEST =
  /no match for platform|no matching manifest|does not match the specified platform/i;
const REFUSED = new Set(["PodOSSelectorNodeLabelDoesNotMatch", "PodOSNotSupported"]);

type Proof = Pick<Evidence, "proof" | "container" | "image" | "message">;

function refused(view: PlacementView): Proof | undefined {
  const ended = view.pods.find(({ status }) => REFUSED.has(status.reason));
  return (
    ended && {
      proof: "kubelet-refused",
      container: "",
      image: "",
      message: kept(ended.status.message || ended.status.reason),
    }
  );
}

function noManifest(view: PlacementView): Proof | undefined {
  const pull = failedPull(view);
  if (pull === undefined || !NO_MANIFEST.test(pull.message)) return undefined;
  const { container, image, message } = pull;
  return { proof: "no-manifest", container, image, message };
}

function execFormat({ pod, facts }: PlacementView): Proof | undefined {
  if (pod === undefined || podStage(pod, facts.at).stage === "ended") return undefined;
  for (const container of containerViews(pod)) {
    const { state, name } = container.status;
    const waiting = state?.type === "waiting" ? state.message : "";
    const message = [crashOf(container, facts.at)?.message ?? "", waiting].find((text) =>
      /exec format error/i.test(text),
    );
    if (message === undefined) continue;
    const specs = [...pod.spec.containers, ...pod.spec.initContainers];
    const image = specs.find((spec) => spec.name === name)?.image ?? "";
    return { proof: "exec-format", container: name, image, message: kept(message) };
  }
  return undefined;
}

/** The image was not built for this node's system or processor. Nothing in the DaemonSet keeps it off such nodes. */
export const wrongPlatform = placementCause<Evidence>({
  code: "wrong-platform",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the image is not made for the node's operating system or processor",
    what: "The DaemonSet targets nodes of a platform for which its image has no build. The controller looks neither at the architecture nor at the operating system, so such a pod starts and dies with “exec format error”, or its image has no entry for the platform, or the kubelet refuses it. The root is a missing selector, not the registry and not the program.",
    proof: [
      "kubectl get node NODE -o jsonpath='{.status.nodeInfo.operatingSystem}/{.status.nodeInfo.architecture}'",
      "kubectl -n NS logs POD --previous | head -n 3",
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.spec.containers[*].image}'",
    ],
    fix: [
      "Publish the image for the platform as well.",
      "Or keep the DaemonSet off these nodes with a nodeSelector on kubernetes.io/arch or kubernetes.io/os.",
    ],
    usualAdvice:
      "“ImagePullBackOff” is read as a registry that is down, and a crash loop as a bug of the program. When it happens on every node of one platform and on none of the others, it is neither.",
    sources: [
      "pkg/kubelet/lifecycle/predicate.go, PodOSSelectorNodeLabelDoesNotMatch",
      "execve(2), ENOEXEC",
    ],
  },
  find(view) {
    const proof = refused(view) ?? noManifest(view) ?? execFormat(view);
    if (proof === undefined) return undefined;
    const { os, arch } = view.node.node;
    return {
      part: `${os}/${arch}`,
      since: view.pod?.createdAt,
      evidence: {
        daemonSet: view.daemonSet.key,
        os,
        arch,
        ...proof,
        coveredElsewhere: readyOnOtherPlatforms(view),
      },
    };
  },
  explain({ os, arch, proof, container, image, coveredElsewhere }) {
    const elsewhere =
      coveredElsewhere === 0
        ? ""
        : `, while ${coveredElsewhere} of its pods ${coveredElsewhere === 1 ? "runs" : "run"} on other platforms`;
    if (proof === "kubelet-refused")
      return `the kubelet refuses the pod: it is not made for ${os}${elsewhere}`;
    const says = proof === "no-manifest" ? "has no build" : "is not a program";
    return `${container}'s image ${image} ${says} for ${os}/${arch}${elsewhere}`;
  },
  remedies({ daemonSet, os, arch, proof, container, image }, { nodes }) {
    const byOs = proof === "kubelet-refused" || os === "windows";
    const key = byOs ? "kubernetes.io/os" : "kubernetes.io/arch";
    const keepOff = {
      action: "change-affinity" as const,
      daemonSet,
      requirement: { key, operator: "NotIn", values: [byOs ? os : arch] },
      change: "add" as const,
      nodes,
      why: `the image has no build for ${byOs ? os : arch}`,
    };
    const build = {
      action: "fix-image" as const,
      daemonSet,
      container,
      image,
      why: `it needs a build for ${os}/${arch}`,
    };
    return container === "" ? [keepOff] : [keepOff, build];
  },
});
