import { containerViews, crashOf, podStage, type Crash } from "#shared/cluster/pod-state.ts";
import type { Container } from "#shared/cluster/pod.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { PlacementView } from "#shared/audit/facts.ts";

/** A container of the judged pod that is down because it ended, and how. */
export type CrashedContainer = {
  readonly name: string;
  /** An init container that is no sidecar. */
  readonly init: boolean;
  readonly restarts: number;
  readonly crash: Crash;
  readonly spec: Container | undefined;
};

/** In the order in which containers start; empty when no pod is there or it has ended or is being deleted. */
export function crashedContainers({ pod, facts }: PlacementView): readonly CrashedContainer[] {
  if (pod === undefined) return [];
  const { stage } = podStage(pod, facts.at);
  if (stage === "ended" || stage === "terminating") return [];
  const specs = [...pod.spec.initContainers, ...pod.spec.containers];
  return containerViews(pod).flatMap(({ status, init }) => {
    const crash = crashOf({ status, init }, facts.at);
    if (crash === undefined) return [];
    const spec = specs.find(({ name }) => name === status.name);
    return [{ name: status.name, init, restarts: status.restarts, crash, spec }];
  });
}

/** From when it is known to be down: the end of its last run, else the pod's birth. */
export const downSince = (
  { crash }: CrashedContainer,
  { pod }: PlacementView,
): Instant | undefined => crash.finishedAt ?? pod?.createdAt;

/** Exit codes that say something by themselves. Above 128 a signal ended the process (128 + its number). */
const MEANS: ReadonlyMap<number, string> = new Map([
  [0, "it ended well, but a daemon must not end"],
  [126, "its command cannot be executed: not a program, or no permission"],
  [127, "its command was not found in the image"],
  [128, "the runtime could not start it"],
  [132, "SIGILL: the processor lacks an instruction that it uses"],
  [134, "SIGABRT: it gave up on an error of its own"],
  [
    137,
    "SIGKILL, and no word of OOM: a liveness probe, a node out of memory, or somebody killed it",
  ],
  [139, "SIGSEGV: it touched memory that is not its own"],
  [143, "SIGTERM: it was asked to end, as a failed liveness probe does"],
]);

export const exitMeaning = (exitCode: number | undefined): string =>
  (exitCode !== undefined && MEANS.get(exitCode)) || "";
