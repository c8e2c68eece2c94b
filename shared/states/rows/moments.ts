import type { Instant } from "#shared/cluster/metadata.ts";
import type { PodStatus } from "#shared/cluster/pod.ts";
import type { PodClass, PodRow } from "#shared/events/pod-rows.ts";
import { OWN_MOMENT } from "#shared/events/shapes/limits.ts";
import type { PodStatusShape } from "#shared/events/shapes/pod-status.ts";
import { filled, writeMoment } from "#shared/states/write/json.ts";

type StatusOfClass = NonNullable<PodClass["status"]>;
type Container = NonNullable<PodStatusShape["containerStatuses"]>[number];
type State = NonNullable<Container["state"]>;

/** What is put in the place of a moment, and of a container's restarts, in the order in which they are met. */
type Walk = {
  readonly moment: (was: string | undefined) => string | undefined;
  readonly restarts: (was: number | undefined) => number | undefined;
};

const stateOn = (walk: Walk, state: State | undefined): State | undefined =>
  state &&
  filled<State>({
    waiting: state.waiting,
    running: state.running && filled({ startedAt: walk.moment(state.running.startedAt) }),
    terminated:
      state.terminated &&
      filled({
        ...state.terminated,
        startedAt: walk.moment(state.terminated.startedAt),
        finishedAt: walk.moment(state.terminated.finishedAt),
      }),
  });

const containersOn = (walk: Walk, list: readonly Container[] | undefined) =>
  list?.map((one) =>
    filled<Container>({
      ...one,
      restartCount: walk.restarts(one.restartCount),
      state: stateOn(walk, one.state),
      lastState: stateOn(walk, one.lastState),
    }),
  );

/** The order is part of the contract: both sides meet the moments of a status in the same one. */
function statusOn(walk: Walk, status: PodStatusShape): PodStatusShape {
  const startTime = walk.moment(status.startTime);
  const conditions = status.conditions?.map((one) =>
    filled({ ...one, lastTransitionTime: walk.moment(one.lastTransitionTime) }),
  );
  const containerStatuses = containersOn(walk, status.containerStatuses);
  const initContainerStatuses = containersOn(walk, status.initContainerStatuses);
  return filled({ ...status, startTime, conditions, containerStatuses, initContainerStatuses });
}

/** What the statuses of many pods have equal: without the moments and restarts that are each pod's own. */
export const shapeOf = (status: PodStatusShape): StatusOfClass =>
  statusOn({ moment: (was) => was && OWN_MOMENT, restarts: () => undefined }, status);

/**
 * Moments of an ordinary status as seconds since `from`, and its restarts, in the order of `statusOn`. It tells of no container
 * as it was before: whoever has such a state is told whole.
 */
export function timesOf(
  { startedAt, conditions, containers, initContainers }: PodStatus,
  from: Instant,
): { readonly moments: readonly number[]; readonly restarts: readonly number[] } {
  const moments: number[] = [];
  const restarts: number[] = [];
  const found = (at?: Instant): void => {
    if (at !== undefined) moments.push((at - from) / 1000);
  };
  found(startedAt);
  for (const { transitionAt } of conditions) found(transitionAt);
  for (const { restarts: times, state } of [...containers, ...initContainers]) {
    restarts.push(times);
    if (state?.type !== "waiting") found(state?.startedAt);
    if (state?.type === "terminated") found(state.finishedAt);
  }
  return { moments, restarts };
}

/** The status of one pod of the class. A moment that is missing is left out. */
export function statusAt(
  status: StatusOfClass,
  own: Pick<PodRow, "moments" | "restarts">,
  createdAt: Instant | undefined,
): PodStatusShape {
  const moments = own.moments?.values();
  const restarts = own.restarts?.values();
  return statusOn(
    {
      moment(was) {
        const seconds = was === undefined ? undefined : moments?.next().value;
        return seconds === undefined
          ? undefined
          : writeMoment((createdAt ?? 0) + Math.round(seconds * 1000));
      },
      restarts: () => restarts?.next().value || undefined,
    },
    status,
  );
}
