import type { ContainerStatus, Pod } from "#shared/cluster/pod.ts";

const isUp = ({ ready, state, lastState }: ContainerStatus): boolean =>
  ready && state?.type === "running" && lastState === undefined;

const isDone = ({ state, lastState }: ContainerStatus): boolean =>
  state?.type === "terminated" &&
  state.exitCode === 0 &&
  state.message === "" &&
  lastState === undefined;

/**
 * Nothing to tell of it but when: it runs, all of it is ready, nobody says a word. The statuses of such pods of one revision
 * differ in their moments only.
 */
export function isOrdinary({ status, deletionAt }: Pick<Pod, "status" | "deletionAt">): boolean {
  const { phase, reason, message, conditions, containers, initContainers } = status;
  return (
    phase === "Running" &&
    deletionAt === undefined &&
    reason === "" &&
    message === "" &&
    status.nominatedNodeName === "" &&
    conditions.every((one) => one.message === "") &&
    conditions.some(({ type, status: says }) => type === "Ready" && says === "True") &&
    containers.every(isUp) &&
    initContainers.every((one) => isUp(one) || isDone(one))
  );
}
