import { daemonSetCause } from "#shared/audit/cause.ts";
import { isWorkedOn } from "#shared/audit/evidence/rollout.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

type Evidence = {
  readonly daemonSet: string;
  readonly node: string;
};

/** A template that names its node: the scheduler never sees the pod. */
export const pinnedByNodeName = daemonSetCause<Evidence>({
  code: "pinned-by-node-name",
  group: "risk",
  severity: "info",
  scope: "daemonSet",
  doc: {
    title: "the template names its node, so the scheduler is bypassed",
    what: "spec.nodeName in the template ties the DaemonSet to one node and binds its pod without the scheduler. Nobody then checks whether it fits, and nobody is preempted for it, whatever its priority: the kubelet takes it or refuses it, and a refused pod is deleted and made again without end. A node of that name that comes later gets the pod too.",
    proof: ["kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.spec.nodeName}'"],
    fix: [
      "Take nodeName out of the template, and name the node by a nodeSelector or by node affinity if it is meant for one node only.",
    ],
    usualAdvice:
      "The scheduler sets nodeName on pods, so it looks harmless in a template that was copied from a running pod; there it is a rule and not a result.",
    sources: [
      "pkg/controller/daemon/daemon_controller.go, nodeShouldRunDaemonPod",
      "pkg/kubelet/lifecycle/predicate.go",
    ],
  },
  find(view) {
    const { nodeName } = view.daemonSet.template;
    if (nodeName === "" || !isWorkedOn(view)) return [];
    const nodes = view.facts.node(nodeName) === undefined ? [] : [nodeName];
    return [{ nodes, evidence: { daemonSet: view.key, node: nodeName } }];
  },
  explain: ({ node }) =>
    `its template names node ${node}: the pod passes the scheduler by, so nothing checks that it fits and nothing makes room for it`,
  remedies({ daemonSet, node }) {
    const { namespace, name } = splitKey(daemonSet);
    return [
      {
        action: "look",
        command: ["kubectl", "-n", namespace, "get", "daemonset", name, "-o", "yaml"],
        why: `where the template says nodeName: take it out, and select kubernetes.io/hostname ${node} instead if it is meant for one node`,
      },
    ];
  },
});
