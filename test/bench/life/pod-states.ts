import type { Instant } from "#shared/cluster/metadata.ts";
import type { ContainerState, ContainerStatus, Pod, PodStatus } from "#shared/cluster/pod.ts";
import { condition, podStatus } from "../../fixtures/build.ts";

/** What the scheduler and a kubelet write of a pod, one after the other. */
const scheduled = (at: Instant) => condition("PodScheduled", "True", { transitionAt: at });
const unready = (at: Instant) =>
  condition("Ready", "False", { reason: "ContainersNotReady", transitionAt: at });

const containerIn = (state: ContainerState, parts: Partial<ContainerStatus> = {}) => ({
  name: "agent",
  ready: false,
  restarts: 0,
  state,
  lastState: undefined,
  allocated: undefined,
  actual: undefined,
  ...parts,
});

/** Times of an API server are whole seconds. */
export const second = (at: Instant): Instant => Math.floor(at / 1000) * 1000;

export const waiting: PodStatus = podStatus({
  phase: "Pending",
  conditions: [],
  containers: [],
  startedAt: undefined,
  hasIP: false,
});

export const bound = (at: Instant): PodStatus => ({ ...waiting, conditions: [scheduled(at)] });

export const creating = (at: Instant, hasIP: boolean): PodStatus => ({
  ...waiting,
  conditions: [scheduled(at), condition("Initialized", "True", { transitionAt: at }), unready(at)],
  containers: [containerIn({ type: "waiting", reason: "ContainerCreating", message: "" })],
  startedAt: at,
  hasIP,
});

export const started = (at: Instant): PodStatus => ({
  ...creating(at, true),
  phase: "Running",
  containers: [containerIn({ type: "running", startedAt: at })],
});

export const ready = (at: Instant): PodStatus => ({
  ...started(at),
  conditions: [
    scheduled(at),
    condition("Initialized", "True", { transitionAt: at }),
    condition("Ready", "True", { transitionAt: at }),
  ],
  containers: [containerIn({ type: "running", startedAt: at }, { ready: true })],
});

export const stopped = (pod: Pod, at: Instant): PodStatus => ({
  ...pod.status,
  conditions: [scheduled(at), unready(at)],
  containers: [containerIn(ended(at, 0))],
});

const ended = (at: Instant, exitCode: number): ContainerState => ({
  type: "terminated",
  reason: exitCode === 0 ? "Completed" : "Error",
  message: "",
  exitCode,
  startedAt: at - 1000,
  finishedAt: at,
});

/** The three words of one round of a crash loop. */
export const crashes = (at: Instant, restarts: number): readonly PodStatus[] => {
  const base = { ...started(at), conditions: [scheduled(at - 3_600_000), unready(at - 3_600_000)] };
  const lastState = ended(at, 1);
  const backOff: ContainerState = {
    type: "waiting",
    reason: "CrashLoopBackOff",
    message: "back-off 5m0s restarting failed container=agent",
  };
  return [
    { ...base, containers: [containerIn({ type: "running", startedAt: at }, { restarts })] },
    { ...base, containers: [containerIn(lastState, { restarts })] },
    { ...base, containers: [containerIn(backOff, { restarts, lastState })] },
  ];
};
