import { isAvailable } from "#shared/cluster/daemon-controller/available.ts";
import { isTerminating } from "#shared/cluster/daemon-controller/pods-by-node.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { waitsForNetwork } from "#shared/cluster/node-phase.ts";
import { isTerminal, type Pod } from "#shared/cluster/pod.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { failedPodCount } from "#shared/audit/evidence/failed-pods.ts";
import { startGrace } from "./node-state.ts";
import { startFailure } from "./start-failure.ts";
import { quoted, span } from "#shared/audit/phrase.ts";
import type { Verdict } from "#shared/audit/verdict.ts";

/** A placement as far as it can be judged without asking for causes. `ask`: not covered, and worth asking why. */
export type Judgement = { readonly verdict: Verdict; readonly ask: boolean };

const say = (says: Verdict["says"], reason: string, since?: Instant): Judgement => ({
  verdict: { says, reason, since },
  ask: false,
});

type Standing = Pick<PlacementView, "facts" | "daemonSet" | "pods">;

const availableAt = ({ facts, daemonSet }: Standing) => ({
  minReadySeconds: daemonSet.daemonSet.minReadySeconds,
  now: facts.at,
  version: facts.cluster.version,
});

const isUp = (view: Standing, pod: Pod): boolean =>
  !isTerminating(pod) && !isTerminal(pod) && isAvailable(pod, availableAt(view));

/**
 * The pod by which a placement is judged: one that is up, else the newest that is still meant to live, else what is left.
 * Upstream's counters look at the oldest only, so a stuck twin hides its healthy successor (daemon_controller.go,
 * updateDaemonSetStatus); coverage asks whether any of them does the work.
 */
export function judgedPod(view: Standing): Pod | undefined {
  const { pods } = view;
  if (pods.length <= 1) return pods[0];
  const living = pods.filter((pod) => !isTerminating(pod) && !isTerminal(pod));
  return (
    living.find((pod) => isUp(view, pod)) ??
    living.at(-1) ??
    pods.find((pod) => !isTerminating(pod)) ??
    pods[0]
  );
}

/** "": the kubelet has not written a status. "Unknown" is a phase of Kubernetes too, and says what it says. */
const PHASES: ReadonlySet<string> = new Set(["", "Pending", "Running", "Succeeded", "Failed"]);

/** Should it be there, does a healthy one run there: everything but the reason why not. */
export function judge(view: PlacementView): Judgement {
  const { verdict, ask } = judged(view);
  // A passing taint makes the gap, which neither its pod nor its absence says.
  const keptOff = view.eligible === "no" && (verdict.says === "gap" || verdict.says === "starting");
  return keptOff
    ? { verdict: { ...verdict, reason: `${verdict.reason}: ${view.because}` }, ask }
    : { verdict, ask };
}

function judged(view: PlacementView): Judgement {
  if (view.intended === "no") return notIntended(view);
  const silent = silentNode(view);
  if (silent) return silent;
  if (view.intended === "unknown") return say("unknown", view.because);
  const { pod } = view;
  if (pod === undefined) return absent(view);
  if (!PHASES.has(pod.status.phase))
    return say("unknown", `its pod is in phase "${quoted(pod.status.phase)}", which tells nothing`);
  return isUp(view, pod) ? upOn(view, pod) : notUp(view, pod);
}

/** What the controller put there by its own rules is not astray: the machine forbids it, and another cause tells. */
function notIntended({ pods, eligible, because }: PlacementView): Judgement {
  return say(pods.length > 0 && eligible !== "yes" ? "misplaced" : "excluded", because);
}

function silentNode({ node }: PlacementView): Judgement | undefined {
  const { silent, because, since, name } = node.phase;
  if (silent !== true) return undefined;
  const reason = `${because}, so what its pods say of themselves is old`;
  const said = say("unknown", reason, since);
  return name === "dark"
    ? { ...said, verdict: { ...said.verdict, cause: "node-unreachable" } }
    : said;
}

/**
 * A Node object may be younger than the pod that reads Ready on it: the machine was replaced under its name, and pod GC has
 * not yet come round (kubernetes#132182). The new kubelet speaks for the pod by the end of the node's time to start.
 */
function upOn(view: PlacementView, pod: Pod): Judgement {
  const { node, facts } = view;
  const { createdAt } = node.node;
  const began = pod.status.startedAt ?? pod.createdAt;
  const replaced =
    createdAt !== undefined &&
    began !== undefined &&
    began < createdAt &&
    facts.at < createdAt + startGrace(node.node, facts.policy.grace) * 1000;
  return replaced
    ? say("starting", "its pod is older than the Node object: the machine may be a new one")
    : say("covered", "");
}

function absent(view: PlacementView): Judgement {
  if (!view.facts.seen("Pod")) return say("unknown", "not all pods were read");
  return uncovered(view, "no pod is there", undefined);
}

function notUp(view: PlacementView, pod: Pod): Judgement {
  const { at, policy } = view.facts;
  if (pod.deletionAt !== undefined) {
    const over = at - pod.deletionAt;
    if (over < policy.grace.terminating * 1000)
      return say("starting", "its pod is being replaced", pod.deletionAt);
  }
  return uncovered(view, "its pod is not available", pod);
}

function uncovered(view: PlacementView, reason: string, pod: Pod | undefined): Judgement {
  const failure = pod && startFailure(pod);
  const until = failure === undefined ? graceUntil(view, pod) : undefined;
  const { node, facts } = view;
  if (until !== undefined && facts.at < until)
    return say("starting", `${reason}, and may take ${span(until - facts.at)} more`);
  if (node.phase.name === "booting" && failure !== "for good")
    return say("starting", `${reason}: the node is starting (${node.phase.because})`);
  return excused(view, reason) ?? { verdict: { says: "gap", reason }, ask: true };
}

/** A gap that the node's own state explains well enough: it leaves, or went dark a moment ago. */
function excused({ node, facts, daemonSet }: PlacementView, reason: string): Judgement | undefined {
  const { name, because, since } = node.phase;
  if (name === "leaving") return say("gap", `${reason}: the node is leaving (${because})`, since);
  const isRoot = daemonSet.role === "cni" && waitsForNetwork(node.node);
  const settling =
    name === "dark" &&
    !isRoot &&
    since !== undefined &&
    facts.at - since < facts.policy.grace.nodeNotReady * 1000;
  return settling ? say("gap", `${reason}: the node is ${because}`, since) : undefined;
}

/** The moment by which it should be up; undefined when nothing excuses it any more. */
function graceUntil(view: PlacementView, pod: Pod | undefined): Instant | undefined {
  const { facts, node, daemonSet } = view;
  const { grace } = facts.policy;
  const forPod =
    node.node.os === "windows" ? Math.max(grace.podStart, grace.windowsNodeStart) : grace.podStart;
  const began = pod === undefined ? madeSoon(view) : beganAt(view, pod);
  const start = began === undefined ? undefined : began + forPod * 1000;
  const { createdAt } = daemonSet.daemonSet;
  const fresh = createdAt === undefined ? undefined : createdAt + forPod * 1000;
  const times = [start, fresh].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** A pod that came back moments ago without a history of restarts gets its time too. */
const FEW_RESTARTS = 2;

/**
 * From when a pod's time to start counts. The pods of an evict loop are always young: whoever counted from the last one
 * would wait for ever, so after several failures there is no more time.
 */
function beganAt(view: PlacementView, pod: Pod): Instant | undefined {
  if (pod.status.phase === "Failed" || failedPodCount(view) > 1) return undefined;
  return cameBack(pod) ?? pod.createdAt;
}

function cameBack({ status }: Pod): Instant | undefined {
  const all = status.containers;
  const running = all.flatMap(({ state, restarts }) =>
    state?.type === "running" && restarts <= FEW_RESTARTS && state.startedAt !== undefined
      ? [state.startedAt]
      : [],
  );
  return all.length > 0 && running.length === all.length ? Math.max(...running) : undefined;
}

/** Between the end of an old pod and the making of the new one there is none: excused while a rollout moves. */
const madeSoon = ({ daemonSet }: PlacementView): Instant | undefined => daemonSet.rolloutMovedAt();
