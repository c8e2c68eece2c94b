import { placementCause } from "#shared/audit/cause.ts";
import { crashedContainers, downSince, exitMeaning } from "#shared/audit/evidence/crash.ts";
import { readyOfCurrentElsewhere } from "#shared/audit/evidence/ready-pods.ts";
import { counted, kept, quoted } from "#shared/audit/phrase.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly pod: string;
  readonly container: string;
  /** null: it could not even be started. */
  readonly exitCode: number | null;
  /** What the exit code means by itself; "" for the program's own codes. */
  readonly meaning: string;
  readonly reason: string;
  readonly message: string;
  readonly restarts: number;
  /** Milliseconds that its last run took; null where unknown. */
  readonly ran: number | null;
  /** Placements of this revision on which it is up: when none is, the revision is the first suspect. */
  readonly upElsewhere: number;
};

/** The program ends again and again. "CrashLoopBackOff" is the waiting, not the reason; that is in the last end. */
export const crashLoop = placementCause<Evidence>({
  code: "crash-loop",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the container ends again and again",
    what: "The process ends, the kubelet starts it anew, and waits longer each time: 10 seconds at first, 5 minutes at most by default. CrashLoopBackOff is the name of that waiting. Why it ended stands in the last state: exit code, reason and, for some programs, a message. The pod's phase stays Running all the while.",
    proof: [
      "kubectl -n NS logs POD --previous --tail=50",
      "kubectl -n NS get pod POD -o jsonpath='{.status.containerStatuses[*].lastState.terminated}'",
    ],
    fix: [
      "Read the end of the previous log first.",
      "When every node of the new revision crashes, roll back.",
      "When one node of many crashes, compare that node: kernel, mounts, certificates, disk.",
    ],
    usualAdvice:
      "“Not enough resources” is not a reason for a crash loop: a lack of requestable room gives Pending, and a container that reaches its own limit is OOMKilled. Five quiet minutes do not prove recovery, since the wait may be that long.",
    sources: ["pkg/kubelet/kuberuntime/kuberuntime_manager.go, doBackOff"],
  },
  find(view) {
    const crashed = crashedContainers(view).find(({ init }) => !init);
    if (crashed === undefined || view.pod === undefined) return undefined;
    const { exitCode, reason, message, startedAt, finishedAt } = crashed.crash;
    return {
      since: downSince(crashed, view),
      evidence: {
        daemonSet: view.daemonSet.key,
        pod: view.pod.name,
        container: crashed.name,
        exitCode: exitCode ?? null,
        meaning: exitMeaning(exitCode),
        reason,
        message: kept(message),
        restarts: crashed.restarts,
        ran: startedAt === undefined || finishedAt === undefined ? null : finishedAt - startedAt,
        upElsewhere: readyOfCurrentElsewhere(view),
      },
    };
  },
  explain({ container, exitCode, meaning, reason, message, restarts, upElsewhere }) {
    const told = meaning || (message === "" ? "" : quoted(message));
    const how =
      exitCode === null
        ? `${container} cannot be started (${reason})`
        : `${container} ends with exit code ${exitCode}${reason === "" || reason === "Error" ? "" : ` (${reason})`}`;
    const everywhere = upElsewhere === 0 ? ", and no pod of this revision is up" : "";
    return `${how}${told === "" ? "" : `: ${told}`}; ${counted(restarts, "restart")}${everywhere}`;
  },
  remedies({ daemonSet, pod, container, upElsewhere }, { facts }) {
    const { namespace } = splitKey(daemonSet);
    const revisions = facts.daemonSet(daemonSet)?.revisions ?? [];
    const look = {
      action: "look" as const,
      command: [
        "kubectl",
        "-n",
        namespace,
        "logs",
        pod,
        "-c",
        container,
        "--previous",
        "--tail=50",
      ],
      why: "the end of the previous log says why it ended",
    };
    const previous = revisions.at(-2)?.revision;
    if (upElsewhere > 0 || previous === undefined) return [look];
    return [look, { action: "roll-back", daemonSet, toRevision: previous }];
  },
});
