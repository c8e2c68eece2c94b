import { placementCause } from "#shared/audit/cause.ts";
import { crashedContainers, downSince, exitMeaning } from "#shared/audit/evidence/crash.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { counted, kept, quoted, span } from "#shared/audit/phrase.ts";
import { containerViews, podStage } from "#shared/cluster/pod-state.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly pod: string;
  readonly container: string;
  /** null: it has not ended, it hangs. */
  readonly exitCode: number | null;
  readonly meaning: string;
  readonly reason: string;
  readonly message: string;
  readonly restarts: number;
  /** Milliseconds for which it has been running; null: it ended. */
  readonly running: number | null;
};

type Found = { readonly evidence: Evidence; readonly since: number | undefined };

function failed(view: PlacementView): Found | undefined {
  const crashed = crashedContainers(view).find(({ init }) => init);
  if (crashed === undefined || view.pod === undefined) return undefined;
  const { exitCode, reason, message } = crashed.crash;
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
      running: null,
    },
  };
}

/** An init container that waits for something (a volume, a certificate, another agent) ends never, and nothing fails. */
function hanging({ pod, facts, daemonSet }: PlacementView): Found | undefined {
  if (pod === undefined || podStage(pod, facts.at).stage === "terminating") return undefined;
  const found = containerViews(pod).find(
    ({ status, init }) => init && status.state?.type === "running",
  );
  const state = found?.status.state;
  if (found === undefined || state?.type !== "running" || state.startedAt === undefined)
    return undefined;
  const running = facts.at - state.startedAt;
  if (running < facts.policy.grace.podStart * 1000) return undefined;
  return {
    since: state.startedAt,
    evidence: {
      daemonSet: daemonSet.key,
      pod: pod.name,
      container: found.status.name,
      exitCode: null,
      meaning: "",
      reason: "",
      message: "",
      restarts: found.status.restarts,
      running,
    },
  };
}

/** The daemon itself never started: something that must come first fails, or does not end. */
export const initFailing = placementCause<Evidence>({
  code: "init-failing",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "an init container fails or does not end",
    what: "Init containers run one after the other, and the daemon's own containers start only when all of them ended well. One of them keeps failing, or hangs. The pod's phase stays Pending, and the main container has neither a log nor a restart, so whoever looks there finds nothing.",
    proof: [
      'kubectl -n NS get pod POD -o jsonpath=\'{range .status.initContainerStatuses[*]}{.name}{"\\t"}{.state}{"\\n"}{end}\'',
      "kubectl -n NS logs POD --all-containers --prefix --tail=50",
    ],
    fix: [
      "Read the log of the init container that is named here, not the daemon's.",
      "When it waits for something, see whether that exists on this node: a mount, a module, another daemon.",
    ],
    usualAdvice:
      "An init container that ended well long ago is no trouble, even when it once had to be restarted. Sidecars stand in the same list of the status and are meant to run on.",
    sources: ["pkg/kubelet/kuberuntime/kuberuntime_manager.go, computeInitContainerActions"],
  },
  find: (view) => failed(view) ?? hanging(view),
  explain({ container, exitCode, meaning, reason, message, restarts, running }) {
    if (running !== null)
      return `init container ${container} has been running for ${span(running)} and does not end`;
    const told = meaning || (message === "" ? "" : quoted(message));
    const how =
      exitCode === null ? `cannot be started (${reason})` : `ends with exit code ${exitCode}`;
    return `init container ${container} ${how}${told === "" ? "" : `: ${told}`}; ${counted(restarts, "restart")}`;
  },
  remedies({ daemonSet, pod, container, running }) {
    const { namespace } = splitKey(daemonSet);
    const previous = running === null ? ["--previous"] : [];
    return [
      {
        action: "look",
        command: [
          "kubectl",
          "-n",
          namespace,
          "logs",
          pod,
          "-c",
          container,
          ...previous,
          "--tail=50",
        ],
        why: running === null ? "its log says why it fails" : "its log says what it waits for",
      },
    ];
  },
});
