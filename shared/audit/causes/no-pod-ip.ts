import { placementCause } from "#shared/audit/cause.ts";
import { counted, kept, quoted } from "#shared/audit/phrase.ts";
import { podStage } from "#shared/cluster/pod-state.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
  readonly message: string;
  readonly times: number;
  /** Pods bound to the node that need an address of their own; hostNetwork pods take a pod place and none. */
  readonly podsWithAddress: number;
};

/** What network plugins say when they have no address left; every other network failure is another cause. */
const EXHAUSTED =
  /failed to assign an IP address|no (?:more )?(?:available |free )?(?:IP )?(?:address(?:es)?|IPs?) (?:available|left|in range)|no available (?:IP|address)|insufficient (?:free )?(?:IP )?addresses|InsufficientFreeAddresses|no IP addresses available|range is full|address(?:es)? exhausted|all addresses .*(?:used|exhausted)/i;

/** The network plugin has no address for the pod. The pod has a place by the scheduler's count, and looks stuck in creating. */
export const noPodIp = placementCause<Evidence>({
  code: "no-pod-ip",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the node has no network address left for the pod",
    what: "The pod is bound, but its sandbox cannot be made, because the network plugin has no address to give: the subnet is used up, or the node's network cards hold as many addresses as they can. The scheduler counts pod places, not addresses, so it goes on sending pods. Only an event of the pod tells of it, for an hour.",
    proof: [
      "kubectl -n NS get events --field-selector involvedObject.name=POD,reason=FailedCreatePodSandBox",
      "kubectl get pods -A --field-selector spec.nodeName=NODE -o wide",
    ],
    fix: [
      "Give the nodes more addresses: prefix delegation or a further subnet on EKS, a larger pod range elsewhere.",
      "Set maxPods to what the addresses allow, so that the scheduler stops in time.",
    ],
    usualAdvice:
      "Evicting a pod frees one address, which the next pod takes. Deleting the stuck pod gains nothing. Daemons with hostNetwork need no address, so they are fine on the same node and prove nothing.",
    sources: [
      "pkg/kubelet/kuberuntime/kuberuntime_sandbox.go, createPodSandbox",
      "github.com/aws/amazon-vpc-cni-k8s, troubleshooting guide",
    ],
  },
  find(view) {
    const { pod, facts, node } = view;
    if (pod === undefined || pod.spec.hostNetwork) return undefined;
    const state = podStage(pod, facts.at);
    if (state.stage !== "preparing" && state.stage !== "unseen") return undefined;
    if (state.stage === "preparing" && state.sandbox === true) return undefined;
    const events = facts
      .eventsOf(pod.uid)
      .filter(({ reason }) => reason === "FailedCreatePodSandBox");
    const told = events.findLast(({ message }) => EXHAUSTED.test(message));
    if (told === undefined)
      return facts.seen("Event")
        ? undefined
        : { cannotTell: "events were not read, and only they tell whether addresses ran out" };
    return {
      since: told.firstAt ?? state.since,
      evidence: {
        daemonSet: view.daemonSet.key,
        node: node.node.name,
        message: kept(told.message),
        times: events.reduce((sum, { count }) => sum + Math.max(1, count), 0),
        podsWithAddress: node.pods.filter(
          ({ spec, status }) => !spec.hostNetwork && status.hasIP && status.phase === "Running",
        ).length,
      },
    };
  },
  explain: ({ message, podsWithAddress }) =>
    `no address is left for the pod, ${counted(podsWithAddress, "other pod")} on the node ${podsWithAddress === 1 ? "has" : "have"} one: ${quoted(lastPart(message))}`,
  remedies: ({ node }) => [
    {
      action: "more-addresses",
      node,
      why: "the network plugin has none left for new pods of the node",
    },
  ],
});

/** Sandbox errors are chains joined by ": "; the end says it. */
const lastPart = (message: string): string => message.split(": ").slice(-2).join(": ");
