import {
  containerViews,
  waitingOf,
  waitsForConfig,
  type Waiting,
} from "#shared/cluster/pod-state.ts";
import type { ContainerStatus, Pod } from "#shared/cluster/pod.ts";

/**
 * What the kubelet has already given up on needs no more time to start. "failed": it tried, and waits before it tries
 * again; on a node that is only starting itself that passes often. "for good": no second try will end otherwise.
 */
export type StartFailure = "failed" | "for good";

const HOPELESS = new Set(["InvalidImageName", "ErrImageNeverPull"]);
/** How registries and runtimes say that there is no such image, or none for this machine. */
const NO_SUCH_IMAGE =
  /not found|manifest unknown|no match(?:ing)? (?:for platform|manifest)|does not exist/i;
const WRONG_PROGRAM = /exec format error/i;

const BACKS_OFF = new Set(["ImagePullBackOff", "CrashLoopBackOff", "RunContainerError"]);

function isHopeless(status: ContainerStatus, { reason, message }: Waiting): boolean {
  const ended = status.lastState?.type === "terminated" ? status.lastState.message : "";
  return (
    HOPELESS.has(reason) ||
    WRONG_PROGRAM.test(ended) ||
    (reason === "ImagePullBackOff" && NO_SUCH_IMAGE.test(message))
  );
}

function failureOf(status: ContainerStatus): StartFailure | undefined {
  const waiting = waitingOf(status);
  if (waiting === undefined) return undefined;
  if (isHopeless(status, waiting)) return "for good";
  return BACKS_OFF.has(waiting.reason) || waitsForConfig(status) ? "failed" : undefined;
}

/** The gravest of its containers. */
export function startFailure(pod: Pod): StartFailure | undefined {
  const all = containerViews(pod).map(({ status }) => failureOf(status));
  return all.find((failure) => failure === "for good") ?? all.find((one) => one !== undefined);
}
