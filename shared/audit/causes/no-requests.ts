import { daemonSetCause } from "#shared/audit/cause.ts";
import type { DaemonSetView } from "#shared/audit/facts.ts";
import { listed } from "#shared/audit/phrase.ts";
import { isWorkedOn, podsByRevision } from "#shared/audit/evidence/rollout.ts";
import { podSpecOf } from "#shared/cluster/pod-of-template.ts";
import type { Container, PodSpec } from "#shared/cluster/pod.ts";
import type { ResourceList } from "#shared/cluster/quantity.ts";
import { requestOptionsOf } from "#shared/cluster/request-options.ts";
import type { Version } from "#shared/cluster/version.ts";

type Missing = { readonly container: string; readonly resources: readonly string[] };

type Evidence = {
  readonly daemonSet: string;
  readonly missing: readonly Missing[];
  /** No container asks for or limits anything: the first to be evicted, and the first that the kernel kills. */
  readonly bestEffort: boolean;
};

const RESOURCES = ["cpu", "memory"] as const;

/** A request of 0 is none. */
const asks = (list: ResourceList, resource: string): boolean =>
  (list.get(resource)?.nano ?? 0n) > 0n;

const hasAny = (...lists: readonly ResourceList[]): boolean =>
  lists.some((list) => RESOURCES.some((resource) => asks(list, resource)));

/** Containers that run as long as the pod, and what they do not ask for though nobody asks for it in their place. */
function missingIn(template: PodSpec, version: Version | undefined): readonly Missing[] {
  const spec = podSpecOf(template);
  const ofPod = requestOptionsOf(version).podLevel ? spec.resources?.requests : undefined;
  const lasting = [...spec.containers, ...spec.initContainers.filter(({ sidecar }) => sidecar)];
  return lasting.flatMap(({ name, requests }) => {
    const resources = RESOURCES.filter(
      (resource) => !asks(requests, resource) && !(ofPod !== undefined && asks(ofPod, resource)),
    );
    return resources.length === 0 ? [] : [{ container: name, resources }];
  });
}

/** pkg/apis/core/v1/helper/qos/qos.go, ComputePodQOS: init containers count too. */
function isBestEffort(spec: PodSpec, version: Version | undefined): boolean {
  const { resources } = spec;
  if (
    requestOptionsOf(version).podLevel &&
    resources &&
    hasAny(resources.requests, resources.limits)
  )
    return false;
  return ![...spec.containers, ...spec.initContainers].some(({ requests, limits }) =>
    hasAny(requests, limits),
  );
}

/** plugin/pkg/admission/limitranger: what is still missing after limits became requests is filled in. */
function withDefaults(view: DaemonSetView): PodSpec {
  const { daemonSet, facts } = view;
  const limits = facts.cluster.LimitRange.filter(
    ({ namespace }) => namespace === daemonSet.namespace,
  ).flatMap((range) => range.limits.filter(({ type }) => type === "Container"));
  const given: ResourceList = new Map(
    limits.flatMap(({ default: byLimit, defaultRequest }) => [...byLimit, ...defaultRequest]),
  );
  const filled = (container: Container): Container => ({
    ...container,
    requests: new Map([...given, ...container.limits, ...container.requests]),
  });
  const { template } = daemonSet;
  return given.size === 0
    ? template
    : {
        ...template,
        containers: template.containers.map(filled),
        initContainers: template.initContainers.map(filled),
      };
}

/** What the template's pods come to. A pod tells best: LimitRanges and webhooks have had their say. */
function specToJudge(view: DaemonSetView): PodSpec | undefined {
  const [pod] = podsByRevision(view).updated;
  if (pod !== undefined) return pod.spec;
  return view.facts.seen("LimitRange") ? withDefaults(view) : undefined;
}

/** Containers without requests: the scheduler keeps nothing free for them, and the kubelet evicts them first. */
export const noRequests = daemonSetCause<Evidence>({
  code: "no-requests",
  group: "risk",
  severity: "info",
  scope: "daemonSet",
  doc: {
    title: "the daemon asks for no cpu or memory, so none is kept free for it",
    what: "Requests are all that the scheduler and the kubelet know of what a pod needs. Without a memory request whatever it uses is above its request, so it is evicted before others when the node is short; without a cpu request it gets the smallest share when the node is busy. The node looks emptier than it is, on every single node, and autoscalers size new nodes without it.",
    proof: [
      "kubectl -n NS get daemonset DS -o jsonpath='{range .spec.template.spec.containers[*]}{.name} {.resources}{\"\\n\"}{end}'",
      "kubectl -n NS get pod POD -o jsonpath='{.status.qosClass}'",
      "kubectl -n NS describe limitrange",
    ],
    fix: [
      "Set cpu and memory requests from what the daemon uses on its busiest node.",
      "A memory limit some way above the request keeps a leak from taking the node along.",
    ],
    usualAdvice:
      "A high priority does not make up for it: the kubelet looks first at who uses more than it asked for. A limit without a request is enough, since it becomes the request; a request of 0 is none.",
    sources: [
      "pkg/kubelet/eviction/helpers.go, rankMemoryPressure",
      "pkg/apis/core/v1/helper/qos/qos.go, ComputePodQOS",
      "plugin/pkg/admission/limitranger/admission.go",
    ],
  },
  find(view) {
    const { daemonSet, facts, key } = view;
    const { version } = facts.cluster;
    if (!isWorkedOn(view) || missingIn(daemonSet.template, version).length === 0) return [];
    const spec = specToJudge(view);
    if (spec === undefined)
      return {
        cannotTell:
          "limit ranges were not read and no pod is there, so whether admission adds requests is not known",
      };
    const missing = missingIn(spec, version);
    if (missing.length === 0) return [];
    return [{ evidence: { daemonSet: key, missing, bestEffort: isBestEffort(spec, version) } }];
  },
  explain({ missing, bestEffort }) {
    const alike = Map.groupBy(missing, ({ resources }) => resources.join(" and no "));
    const parts = [...alike].map(([resources, same]) => {
      const containers = same.map(({ container }) => container);
      return `${listed(containers)} ${same.length === 1 ? "asks" : "ask"} for no ${resources}`;
    });
    const first = missing.some(({ resources }) => resources.includes("memory"));
    const end = bestEffort
      ? ": its pods are BestEffort, the first to go when the node is short"
      : first
        ? ": whatever memory it uses is above its request, and such pods go first"
        : ": it gets the smallest share when the node is busy";
    return `${parts.join(", ")}${end}`;
  },
  remedies: ({ daemonSet, missing }) => [
    {
      action: "set-requests",
      daemonSet,
      containers: missing.map(({ container }) => container),
    },
  ],
});
