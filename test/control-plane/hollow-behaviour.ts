/** What a pod is made to do, by its annotation `hollow/play`; every line is what a kubelet would report. */
export const PLAYS = [
  "run",
  // Ready for long, with one bad end two days ago.
  "recovered",
  "unready",
  "crash",
  "exit-zero",
  "oom",
  "exec-format",
  "image",
  "config",
  "creating",
  "init-crash",
  "init-hang",
  "evict",
  "reject",
  "slow",
  "stuck",
] as const;
export type Play = (typeof PLAYS)[number];

export const playOf = (text: string | undefined): Play =>
  PLAYS.find((play) => play === text) ?? "run";

/** Whether a pod that does this is to be Ready for as long as it lives. */
export const isUpUnder = (play: Play): boolean =>
  ["run", "recovered", "slow", "stuck"].includes(play);

export type Api = Readonly<Record<string, unknown>>;
export type HollowPod = {
  readonly uid: string;
  readonly names: readonly string[];
  readonly initNames: readonly string[];
  readonly image: string;
  readonly podIP: string;
  /** How often the played container has ended so far. */
  readonly restarts: number;
  /** When it last ended, RFC 3339. */
  readonly now: string;
  readonly startedAt: string;
};

const condition = (type: string, status: boolean, now: string, reason = ""): Api => ({
  type,
  status: status ? "True" : "False",
  lastTransitionTime: now,
  ...(reason === "" ? {} : { reason }),
});

const conditions = (
  pod: HollowPod,
  up: { initialized: boolean; ready: boolean; sandbox: boolean },
): readonly Api[] => [
  condition("PodReadyToStartContainers", up.sandbox, pod.now),
  condition(
    "Initialized",
    up.initialized,
    pod.now,
    up.initialized ? "" : "ContainersNotInitialized",
  ),
  condition("Ready", up.ready, pod.now, up.ready ? "" : "ContainersNotReady"),
  condition("ContainersReady", up.ready, pod.now, up.ready ? "" : "ContainersNotReady"),
];

const container = (name: string, pod: HollowPod, parts: Api): Api => ({
  name,
  image: pod.image,
  imageID: "",
  ready: false,
  restartCount: pod.restarts,
  ...parts,
});

const running = (pod: HollowPod): Api => ({ running: { startedAt: pod.startedAt } });
const waiting = (reason: string, message: string): Api => ({ waiting: { reason, message } });
const ended = (pod: HollowPod, reason: string, exitCode: number, message = ""): Api => ({
  terminated: {
    reason,
    exitCode,
    startedAt: pod.startedAt,
    finishedAt: pod.now,
    ...(message === "" ? {} : { message }),
  },
});

const withAll = (pod: HollowPod, parts: Api): readonly Api[] =>
  pod.names.map((name) => container(name, pod, parts));
const initDone = (pod: HollowPod): readonly Api[] =>
  pod.initNames.map((name) =>
    container(name, pod, { ready: true, restartCount: 0, state: ended(pod, "Completed", 0) }),
  );

const up = (pod: HollowPod, ready: boolean): Api => ({
  phase: "Running",
  podIP: pod.podIP,
  podIPs: [{ ip: pod.podIP }],
  conditions: conditions(pod, { initialized: true, ready, sandbox: true }),
  containerStatuses: withAll(pod, { ready, started: true, state: running(pod) }),
  initContainerStatuses: initDone(pod),
});

const DAYS_AGO = 2 * 86_400_000;
const recovered = (pod: HollowPod): Api => {
  const then = `${new Date(Date.parse(pod.now) - DAYS_AGO).toISOString().slice(0, 19)}Z`;
  const past = { ...pod, restarts: 3, now: then, startedAt: then };
  return {
    ...up(pod, true),
    containerStatuses: withAll(past, {
      ready: true,
      started: true,
      state: running(past),
      lastState: ended(past, "OOMKilled", 137),
    }),
  };
};

/** A loop: waiting with the last end beside it, phase Running, as the kubelet shows it under restartPolicy Always. */
const looping = (pod: HollowPod, last: Api): Api => ({
  phase: "Running",
  podIP: pod.podIP,
  conditions: conditions(pod, { initialized: true, ready: false, sandbox: true }),
  containerStatuses: withAll(pod, {
    state: waiting(
      "CrashLoopBackOff",
      `back-off ${Math.min(300, 10 * 2 ** Math.min(pod.restarts, 5))}s restarting failed container`,
    ),
    lastState: last,
  }),
  initContainerStatuses: initDone(pod),
});

const held = (pod: HollowPod, reason: string, message: string, sandbox: boolean): Api => ({
  phase: "Pending",
  conditions: conditions(pod, { initialized: true, ready: false, sandbox }),
  containerStatuses: withAll(pod, { restartCount: 0, state: waiting(reason, message) }),
  initContainerStatuses: initDone(pod),
});

const inInit = (pod: HollowPod, state: Api, lastState?: Api): Api => ({
  phase: "Pending",
  podIP: pod.podIP,
  conditions: conditions(pod, { initialized: false, ready: false, sandbox: true }),
  containerStatuses: withAll(pod, { restartCount: 0, state: waiting("PodInitializing", "") }),
  initContainerStatuses: pod.initNames.map((name) =>
    container(name, pod, { state, ...(lastState === undefined ? {} : { lastState }) }),
  ),
});

const failed = (pod: HollowPod, reason: string, message: string): Api => ({
  phase: "Failed",
  reason,
  message,
  conditions: [
    condition("DisruptionTarget", reason === "Evicted", pod.now, "TerminationByKubelet"),
  ],
});

/** status of a pod under its play; merged into pods/status. `reason` and `message` come from annotations of the same name. */
export function statusOf(
  play: Play,
  pod: HollowPod,
  words: { reason: string; message: string },
): Api {
  switch (play) {
    case "run":
    case "slow":
    case "stuck":
      return up(pod, true);
    case "recovered":
      return recovered(pod);
    case "unready":
      return up(pod, false);
    case "crash":
      return looping(pod, ended(pod, "Error", 1));
    case "exit-zero":
      return looping(pod, ended(pod, "Completed", 0));
    case "oom":
      return looping(pod, ended(pod, "OOMKilled", 137));
    case "exec-format":
      return looping(pod, ended(pod, "Error", 255, "exec /agent: exec format error"));
    case "image":
      return held(pod, "ImagePullBackOff", `Back-off pulling image "${pod.image}"`, true);
    case "config":
      return held(
        pod,
        "CreateContainerConfigError",
        words.message || 'configmap "agent" not found',
        true,
      );
    case "creating":
      return held(pod, "ContainerCreating", "", false);
    case "init-crash":
      return inInit(
        pod,
        waiting("CrashLoopBackOff", "back-off restarting failed container"),
        ended(pod, "Error", 1),
      );
    case "init-hang":
      return inInit(pod, running(pod));
    case "evict":
      return failed(
        pod,
        "Evicted",
        words.message || "The node was low on resource: ephemeral-storage. ",
      );
    case "reject":
      return failed(
        pod,
        words.reason || "OutOfcpu",
        words.message ||
          "Pod was rejected: Node didn't have enough resource: cpu, requested: 100, used: 3950, capacity: 4000",
      );
  }
}
