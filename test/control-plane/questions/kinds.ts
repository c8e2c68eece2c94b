import * as fc from "fast-check";
import { syncQuestion } from "./controller.ts";
import * as objects from "./objects.ts";
import { podLevelList, quantityText, resourceList } from "./quantities.ts";

const daemonSet = objects.anyPodSpec.map((spec) => ({
  metadata: { name: "ds", namespace: "default" },
  spec: {
    selector: { matchLabels: { app: "ds" } },
    template: { metadata: { labels: { app: "ds" } }, spec },
    updateStrategy: { type: "OnDelete" },
  },
}));

const pod = objects.resourceSpec.map((spec) => ({ metadata: { name: "p" }, spec }));
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const containerStatus = (name: string): fc.Arbitrary<object> =>
  fc.record({
    name: fc.constant(name),
    allocatedResources: maybe(resourceList),
    resources: maybe(fc.record({ requests: maybe(resourceList), limits: maybe(resourceList) })),
  });

/** A pod with what its kubelet has actually given it, for in-place resize. */
const resizedPod = pod.chain((made) =>
  fc
    .record({
      containerStatuses: fc.tuple(...made.spec.containers.map(({ name }) => containerStatus(name))),
      initContainerStatuses: fc.tuple(
        ...(made.spec.initContainers ?? []).map(({ name }) => containerStatus(name)),
      ),
      resources: maybe(fc.record({ requests: maybe(podLevelList), limits: maybe(podLevelList) })),
      allocatedResources: maybe(podLevelList),
      conditions: fc.constantFrom(
        [],
        [{ type: "PodResizePending", status: "True", reason: "Infeasible" }],
        [{ type: "PodResizePending", status: "True", reason: "Deferred" }],
      ),
    })
    .map((status) => ({ ...made, status })),
);

const otherPods = fc.array(fc.oneof({ weight: 3, arbitrary: pod }, resizedPod), { maxLength: 4 });
const portPods = fc.array(pod, { maxLength: 4 });

/** A pod that was bound, and the node that its kubelet is asked to take it on. */
const boundPod = objects.podSpec.map((spec) => ({ metadata: { name: "p" }, spec }));

const requestOptions = fc.record({
  excludeOverhead: fc.boolean(),
  skipPodLevelResources: fc.boolean(),
  skipContainerLevelResources: fc.boolean(),
  useStatusResources: fc.boolean(),
  inPlacePodLevelResourcesVerticalScaling: fc.boolean(),
  nonMissingContainerRequests: fc.constant(null),
  useDRANodeAllocatableResourceClaimStatus: fc.constant(false),
});

/** What the oracle can be asked of, each kind with its share of the cases. */
export const QUESTIONS = {
  quantity: { share: 5, input: fc.record({ text: quantityText }) },
  selector: {
    share: 2,
    input: fc.record({ selector: objects.labelSelector, labels: objects.labels }),
  },
  shouldRun: { share: 4, input: fc.record({ daemonSet, node: objects.node() }) },
  nodeAffinity: {
    share: 3,
    input: fc.record({
      node: objects.node(),
      podSpec: fc.record({
        nodeSelector: fc
          .constantFrom(undefined, undefined, null)
          .chain((absent) => fc.option(objects.labels, { nil: absent })),
        affinity: fc.option(objects.affinity, { nil: undefined }),
      }),
    }),
  },
  toleration: {
    share: 4,
    input: fc.record({
      taints: fc.array(objects.taint, { maxLength: 3 }),
      tolerations: fc.array(objects.anyToleration, { maxLength: 3 }),
      filterEffects: fc.subarray(["NoSchedule", "NoExecute", "PreferNoSchedule"]),
      comparisonOperators: fc.boolean(),
    }),
  },
  podRequests: { share: 4, input: fc.record({ pod: resizedPod, options: requestOptions }) },
  fit: {
    share: 4,
    input: fc.record({
      node: objects.node(),
      pod,
      otherPods,
      options: fc.record({
        podLevelResources: fc.constant(true),
        ignoredResources: fc.constant([]),
        ignoredResourceGroups: fc.constant([]),
      }),
    }),
  },
  hostPorts: { share: 2, input: fc.record({ pod, otherPods: portPods }) },
  kubeletAdmit: {
    share: 3,
    input: fc.record({
      node: objects.node(),
      freshNode: maybe(objects.node()),
      pod: boundPod,
      otherPods,
    }),
  },
  targetNodeName: {
    share: 1,
    input: fc.record({
      pod: fc.record({
        metadata: fc.constant({ name: "p", namespace: "default" }),
        spec: fc.record({
          affinity: fc.option(objects.affinity, { nil: undefined }),
          nodeName: fc.constantFrom(undefined, "", "n1"),
        }),
      }),
    }),
  },
  replaceAffinity: {
    share: 1,
    input: fc.record({
      affinity: fc.option(objects.affinity, { nil: null }),
      nodeName: fc.constantFrom(...objects.NODE_NAMES),
    }),
  },
  sync: { share: 0, input: syncQuestion },
} as const satisfies Record<string, { share: number; input: fc.Arbitrary<object> }>;

export type QuestionKind = keyof typeof QUESTIONS;
export const QUESTION_KINDS = Object.keys(QUESTIONS) as readonly QuestionKind[];
