import type { Instant } from "./metadata.ts";
import { conditionOf, type ContainerState, type ContainerStatus, type Pod } from "./pod.ts";

/** Where a pod has got to, in the order in which it gets there; the first that fits wins. */
export type PodStage =
  | {
      readonly stage: "terminating";
      /** Milliseconds past the moment by which it should be gone; negative while it may still take its time. */
      readonly overdue: number;
    }
  | {
      readonly stage: "ended";
      readonly phase: string;
      readonly reason: string;
      readonly message: string;
    }
  | { readonly stage: "gated"; readonly gates: readonly string[] }
  | {
      readonly stage: "unscheduled";
      /** Unschedulable, SchedulerError, a word we do not know, or "" when no scheduler has said a thing. */
      readonly reason: string;
      readonly message: string;
      /** First failure: the message is overwritten later, the transition time is not. */
      readonly since: Instant | undefined;
    }
  /** Bound; the kubelet has not said that it took it. */
  | { readonly stage: "unseen"; readonly since: Instant | undefined }
  /** Sandbox, network, volumes, images: no container runs yet and none has failed. */
  | {
      readonly stage: "preparing";
      readonly sandbox: boolean | undefined;
      readonly since: Instant | undefined;
    }
  | { readonly stage: "initialising" }
  | { readonly stage: "running"; readonly ready: boolean };

const WAITS_FOR_NODE = new Set(["ContainerCreating", "PodInitializing", ""]);

const isWaiting = (status: ContainerStatus): boolean =>
  status.state === undefined ||
  (status.state.type === "waiting" && WAITS_FOR_NODE.has(status.state.reason));

const neverRan = (status: ContainerStatus): boolean =>
  isWaiting(status) && status.lastState === undefined;

function scheduling(pod: Pod): PodStage | undefined {
  if (pod.spec.nodeName !== "") return undefined;
  const scheduled = conditionOf(pod.status, "PodScheduled");
  if (scheduled?.reason === "SchedulingGated" || pod.spec.schedulingGates.length > 0)
    return { stage: "gated", gates: pod.spec.schedulingGates };
  return {
    stage: "unscheduled",
    reason: scheduled?.reason ?? "",
    message: scheduled?.message ?? "",
    since: scheduled?.transitionAt ?? pod.createdAt,
  };
}

/** types.go, PodReadyToStartContainers: the sandbox and its network stand; beta from 1.29, so absent is "not known". */
function sandboxOf(pod: Pod): boolean | undefined {
  const condition = conditionOf(pod.status, "PodReadyToStartContainers");
  return condition && condition.status === "True";
}

/** How far a pod has come, at the moment `at`. */
export function podStage(pod: Pod, at: Instant): PodStage {
  if (pod.deletionAt !== undefined) return { stage: "terminating", overdue: at - pod.deletionAt };
  const { phase, reason, message } = pod.status;
  if (phase === "Failed" || phase === "Succeeded")
    return { stage: "ended", phase, reason, message };
  return scheduling(pod) ?? bound(pod);
}

const initGoesOn = ({ status, init }: ContainerView): boolean =>
  init && !(status.state?.type === "terminated" && status.state.exitCode === 0);

function bound(pod: Pod): PodStage {
  const { containers, initContainers } = pod.status;
  const since = conditionOf(pod.status, "PodScheduled")?.transitionAt ?? pod.createdAt;
  const all = [...initContainers, ...containers];
  if (all.length === 0 && pod.status.startedAt === undefined) return { stage: "unseen", since };
  if (all.every(neverRan)) return { stage: "preparing", sandbox: sandboxOf(pod), since };
  if (
    conditionOf(pod.status, "Initialized")?.status === "False" ||
    containerViews(pod).some(initGoesOn)
  )
    return { stage: "initialising" };
  return { stage: "running", ready: conditionOf(pod.status, "Ready")?.status === "True" };
}

export type Terminated = Extract<ContainerState, { readonly type: "terminated" }>;
export type Waiting = Extract<ContainerState, { readonly type: "waiting" }>;

/** A container with the part of its spec that it is judged by. */
export type ContainerView = {
  readonly status: ContainerStatus;
  /** In initContainers and no sidecar: must end well before the pod goes on. */
  readonly init: boolean;
};

export function containerViews(pod: Pod): readonly ContainerView[] {
  const sidecars = new Set(
    pod.spec.initContainers.filter(({ sidecar }) => sidecar).map(({ name }) => name),
  );
  return [
    ...pod.status.initContainers.map((status) => ({ status, init: !sidecars.has(status.name) })),
    ...pod.status.containers.map((status) => ({ status, init: false })),
  ];
}

export const waitingOf = ({ state }: ContainerStatus): Waiting | undefined =>
  state?.type === "waiting" ? state : undefined;

/** kubelet images/types.go. ErrImagePull and ImagePullBackOff take turns and mean one thing. */
const IMAGE = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
  "SignatureValidationFailed",
]);
/** kubelet kuberuntime_container.go. */
const CONFIG = new Set([
  "CreateContainerConfigError",
  "CreateContainerError",
  "PreCreateHookError",
  "PreStartHookError",
]);
const CRASH = new Set(["CrashLoopBackOff", "RunContainerError", "PostStartHookError"]);

export const waitsForImage = (status: ContainerStatus): Waiting | undefined =>
  waitingAmong(status, IMAGE);
export const waitsForConfig = (status: ContainerStatus): Waiting | undefined =>
  waitingAmong(status, CONFIG);

function waitingAmong(status: ContainerStatus, reasons: ReadonlySet<string>): Waiting | undefined {
  const waiting = waitingOf(status);
  return waiting && reasons.has(waiting.reason) ? waiting : undefined;
}

/** The kubelet's back-off forgets a crash after ten minutes of running; so do we (kuberuntime, HasExpired). */
const FORGOTTEN_AFTER = 600_000;

/** How a container came to its end. */
export type Crash = Omit<Terminated, "type" | "exitCode"> & {
  /** undefined: it could not even be started. */
  readonly exitCode: number | undefined;
};

/**
 * How a container last ended, if that is why it is not up now: it waits to be started again, lies dead, or came back
 * less than ten minutes ago and is not ready. An old restart of a container that runs well says nothing.
 */
export function crashOf({ status, init }: ContainerView, at: Instant): Crash | undefined {
  const { state, lastState } = status;
  const last = lastState?.type === "terminated" ? lastState : undefined;
  switch (state?.type) {
    case "terminated":
      return init && state.exitCode === 0 ? undefined : state;
    case "waiting":
      return CRASH.has(state.reason) ? (last ?? neverStarted(state)) : undefined;
    case "running":
      return status.ready || !isRecent(last, at) ? undefined : last;
    case undefined:
      return undefined;
  }
}

const isRecent = (last: Terminated | undefined, at: Instant): boolean =>
  last?.finishedAt !== undefined && at - last.finishedAt < FORGOTTEN_AFTER;

/** What was tried stands in the waiting state only. */
const neverStarted = ({ reason, message }: Waiting): Crash => ({
  reason,
  message,
  exitCode: undefined,
  startedAt: undefined,
  finishedAt: undefined,
});
