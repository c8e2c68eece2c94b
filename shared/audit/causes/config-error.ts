import { placementCause } from "#shared/audit/cause.ts";
import { kept, quoted } from "#shared/audit/phrase.ts";
import { containerViews, waitsForConfig } from "#shared/cluster/pod-state.ts";
import { isTerminal } from "#shared/cluster/pod.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly container: string;
  readonly reason: string;
  readonly message: string;
  /** ConfigMap or Secret; "" when the message names none. */
  readonly kind: string;
  readonly name: string;
  /** The object is there and lacks this key; "" when the object itself is missing. */
  readonly key: string;
};

type Missing = Pick<Evidence, "kind" | "name" | "key">;

/** pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables: "couldn't find key K in ConfigMap NS/NAME". */
function missingObject(message: string): Missing {
  const key = /couldn't find key (\S+) in (ConfigMap|Secret) [^/\s]+\/(\S+?)[.,;]?$/.exec(message);
  if (key) return { key: key[1] ?? "", kind: key[2] ?? "", name: key[3] ?? "" };
  const object = /\b(configmap|secret)s? "([^"]+)" not found/.exec(message);
  if (!object) return { key: "", kind: "", name: "" };
  return { key: "", kind: object[1] === "secret" ? "Secret" : "ConfigMap", name: object[2] ?? "" };
}

/** The kubelet cannot put the container together: something that its environment or hooks name is not there. */
export const configError = placementCause<Evidence>({
  code: "config-error",
  group: "placed, not up",
  severity: "warning",
  scope: "placement",
  doc: {
    title: "the container cannot be put together from its configuration",
    what: "The kubelet could not create the container, most often because a ConfigMap, a Secret or a key in one is missing, or because the runtime refuses its settings. No container has run, so there is no log, and the pod stays Pending without a restart count.",
    proof: [
      "kubectl -n NS get pod POD -o jsonpath='{.status.containerStatuses[*].state.waiting.message}'",
      "kubectl -n NS get configmaps,secrets",
    ],
    fix: [
      "Create the object or the key in the DaemonSet's own namespace, or correct the name in the template.",
      "The kubelet tries again by itself; the pod needs no restart.",
    ],
    usualAdvice:
      "Objects are looked up in the pod's namespace only: that one of the same name exists in another namespace does not help.",
    sources: ["pkg/kubelet/kuberuntime/kuberuntime_container.go, startContainer"],
  },
  find(view) {
    const { pod } = view;
    if (pod === undefined || isTerminal(pod)) return undefined;
    for (const { status } of containerViews(pod)) {
      const waiting = waitsForConfig(status);
      if (waiting === undefined) continue;
      const { reason, message } = waiting;
      return {
        since: pod.createdAt,
        evidence: {
          daemonSet: view.daemonSet.key,
          container: status.name,
          reason,
          message: kept(message),
          ...missingObject(message),
        },
      };
    }
    return undefined;
  },
  explain({ container, reason, message, kind, name, key }) {
    if (key !== "") return `${container} cannot be created: ${kind} ${name} has no key ${key}`;
    if (name !== "") return `${container} cannot be created: there is no ${kind} ${name}`;
    return `${container} cannot be created: ${message === "" ? reason : quoted(message)}`;
  },
  remedies({ daemonSet, kind, name, key, container, reason }) {
    const { namespace } = splitKey(daemonSet);
    if (name !== "" && key === "")
      return [
        {
          action: "create-object",
          kind,
          namespace,
          name,
          why: `${container} cannot be created without it`,
        },
      ];
    const why =
      key === "" ? `${container} cannot be created (${reason})` : `it lacks the key ${key}`;
    return [
      {
        action: "fix-config",
        daemonSet,
        kind: kind || "DaemonSet",
        name: name || splitKey(daemonSet).name,
        why,
      },
    ];
  },
});
