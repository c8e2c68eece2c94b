import { placementCause } from "#shared/audit/cause.ts";
import { kept, quoted, span } from "#shared/audit/phrase.ts";
import { podStage } from "#shared/cluster/pod-state.ts";
import type { Event } from "#shared/cluster/policy.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

type Step = "kubelet" | "volume" | "network" | "unknown";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
  readonly pod: string;
  /** kubelet: it has not taken the pod. volume: attach or mount. network: the sandbox. unknown: no event tells. */
  readonly step: Step;
  readonly message: string;
  readonly times: number;
  readonly eventsRead: boolean;
  /** Milliseconds since it was bound; null where unknown. */
  readonly waited: number | null;
  /** Volumes of the pod that the events name as missing. */
  readonly missing: readonly { readonly kind: string; readonly name: string }[];
};

const STEP: ReadonlyMap<string, Step> = new Map([
  ["FailedMount", "volume"],
  ["FailedAttachVolume", "volume"],
  ["FailedMapVolume", "volume"],
  ["FailedCreatePodSandBox", "network"],
  ["NetworkNotReady", "network"],
]);

/** pkg/volume/configmap and secret: `MountVolume.SetUp failed for volume "v" : configmap "x" not found`. */
function missingIn(events: readonly Event[]): Evidence["missing"] {
  const found = new Map<string, Evidence["missing"][number]>();
  for (const { message } of events) {
    const [, word, name = ""] = /\b(configmap|secret)s? "([^"]+)" not found/.exec(message) ?? [];
    const kind = word === "secret" ? "Secret" : "ConfigMap";
    if (word !== undefined) found.set(`${kind} ${name}`, { kind, name });
  }
  return [...found.values()];
}

const NOT_YET: Readonly<Record<Step, string>> = {
  kubelet: "the kubelet has not taken the pod",
  volume: "a volume cannot be attached or mounted",
  network: "the pod's sandbox cannot be made",
  unknown: "no container has started",
};

/** Bound, and no container yet. Nothing in the pod says why: sandbox and mounts are told in events only. */
export const containerCreatingStuck = placementCause<Evidence>({
  code: "container-creating-stuck",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the pod is bound, and its containers are not created",
    what: "The scheduler has bound the pod, but no container has started. The kubelet is making the sandbox, the network or the volumes, and one of them does not come about. The pod's status says ContainerCreating and no more; the reason is only in its events, which are gone after an hour.",
    proof: [
      "kubectl -n NS describe pod POD | sed -n '/Events/,$p'",
      "kubectl -n NS get pod POD -o jsonpath='{.status.conditions}'",
    ],
    fix: [
      "A missing ConfigMap or Secret: create it in the DaemonSet's namespace.",
      "A sandbox that fails: look at the network daemon of this node first.",
      "A volume that does not attach: see which other node still holds it.",
      "No event at all: the kubelet or the runtime of the node is the suspect.",
    ],
    usualAdvice:
      "Deleting the pod hides the events that say why. A large image also shows as ContainerCreating, while it is being pulled, and that needs time only.",
    sources: [
      "pkg/kubelet/kubelet.go, SyncPod",
      "pkg/kubelet/kubelet_pods.go, PodReadyToStartContainers",
    ],
  },
  find(view) {
    const { pod, facts } = view;
    if (pod === undefined) return undefined;
    const state = podStage(pod, facts.at);
    if (state.stage !== "preparing" && state.stage !== "unseen") return undefined;
    const events = facts.eventsOf(pod.uid).filter(({ reason }) => STEP.has(reason));
    const last = events.at(-1);
    const silent = state.stage === "unseen" ? "kubelet" : "unknown";
    return {
      since: state.since,
      evidence: {
        daemonSet: view.daemonSet.key,
        node: view.node.node.name,
        pod: pod.name,
        step: (last && STEP.get(last.reason)) ?? silent,
        message: kept(last?.message ?? ""),
        times: events.reduce((sum, { count }) => sum + Math.max(1, count), 0),
        eventsRead: facts.seen("Event"),
        waited: state.since === undefined ? null : facts.at - state.since,
        missing: missingIn(events),
      },
    };
  },
  explain({ step, message, waited, missing, eventsRead }) {
    const time = waited === null ? "" : ` for ${span(waited)}`;
    const [first] = missing;
    if (first !== undefined) return `waiting${time}: there is no ${first.kind} ${first.name}`;
    const why =
      message === ""
        ? eventsRead
          ? ", and no event says why"
          : ", and events were not read"
        : `: ${quoted(message)}`;
    return `waiting${time}, ${NOT_YET[step]}${why}`;
  },
  remedies({ daemonSet, pod, missing, step }) {
    const { namespace } = splitKey(daemonSet);
    if (missing.length > 0)
      return missing.map(({ kind, name }) => ({
        action: "create-object" as const,
        kind,
        namespace,
        name,
        why: "a volume of the pod is made of it",
      }));
    return [
      {
        action: "look",
        command: ["kubectl", "-n", namespace, "describe", "pod", pod],
        why: NOT_YET[step],
      },
    ];
  },
});
