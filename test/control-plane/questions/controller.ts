import * as fc from "fast-check";
import * as objects from "./objects.ts";

const NOW = "2026-11-20T12:00:00Z";
const at = (secondsAgo: number): string =>
  `${new Date(Date.parse(NOW) - secondsAgo * 1000).toISOString().slice(0, 19)}Z`;
const HASH = "updated";

const strategy = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ type: "OnDelete" }) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(
        [1, 0],
        [2, 0],
        ["10%", 0],
        ["50%", 0],
        ["100%", 0],
        [0, 1],
        [0, 2],
        [0, "34%"],
        [0, "100%"],
        [0, "1%"],
        ["0%", 0],
        [0, 0],
      )
      .map(([maxUnavailable, maxSurge]) => ({
        type: "RollingUpdate",
        rollingUpdate: { maxUnavailable, maxSurge },
      })),
  },
);

/** Pinned as the controller does it; now and then not at all, or to two nodes: then it is in no count. */
const pinned = (names: readonly string[]): object => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        { matchFields: [{ key: "metadata.name", operator: "In", values: names }] },
      ],
    },
  },
});

const pod = fc
  .record({
    target: fc.constantFrom(...objects.NODE_NAMES, "gone"),
    pins: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2),
    bound: fc.boolean(),
    hash: fc.constantFrom(HASH, HASH, "old", "older", undefined),
    generation: fc.constantFrom(undefined, undefined, "2", "1"),
    age: fc.constantFrom(5, 40, 600, 6000),
    phase: fc.constantFrom("Running", "Running", "Running", "Pending", "Failed", "Succeeded"),
    ready: fc.constantFrom(undefined, "True", "True", "False", "Unknown"),
    readyFor: fc.constantFrom(1, 29, 30, 31, 4000),
    deleting: fc.constantFrom(false, false, false, true),
  })
  .map((parts) => (name: string) => ({
    metadata: {
      name,
      namespace: "default",
      labels: {
        app: "ds",
        ...(parts.hash === undefined ? {} : { "controller-revision-hash": parts.hash }),
        ...(parts.generation === undefined ? {} : { "pod-template-generation": parts.generation }),
      },
      creationTimestamp: at(parts.age),
      ...(parts.deleting ? { deletionTimestamp: at(1), deletionGracePeriodSeconds: 30 } : {}),
    },
    spec: {
      containers: [{ name: "c", image: "i" }],
      affinity: pinned([parts.target, "n9"].slice(0, parts.pins)),
      ...(parts.bound ? { nodeName: parts.target } : {}),
    },
    status: {
      phase: parts.phase,
      conditions:
        parts.ready === undefined
          ? []
          : [{ type: "Ready", status: parts.ready, lastTransitionTime: at(parts.readyFor) }],
    },
  }));

const template = fc.record({
  nodeSelector: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant({ zone: "x" }) },
  ),
  tolerations: fc.oneof(
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.array(objects.toleration, { maxLength: 2 }) },
    { weight: 2, arbitrary: fc.constant([{ operator: "Exists" }]) },
  ),
  hostNetwork: fc.constantFrom(undefined, true),
  containers: fc.constant([{ name: "c", image: "i" }]),
});

const nodes = fc
  .subarray([...objects.NODE_NAMES])
  .chain((names) => fc.tuple(...names.map((name) => objects.node(fc.constant(name)))));

/** A DaemonSet, its nodes and its pods at a moment: what does the controller do in its next look at them? */
export const syncQuestion = fc
  .record({
    template,
    strategy,
    minReadySeconds: fc.constantFrom(0, 0, 30),
    nodes,
    pods: fc.array(pod, { maxLength: 9 }),
    inBackoff: fc.subarray([...objects.NODE_NAMES]),
    generation: fc.constantFrom(undefined, "2"),
  })
  .map((parts) => ({
    now: NOW,
    updatedHash: HASH,
    inBackoff: parts.inBackoff,
    nodes: parts.nodes,
    pods: parts.pods.map((make, i) => make(`p${i}`)),
    daemonSet: {
      metadata: {
        name: "ds",
        namespace: "default",
        ...(parts.generation === undefined
          ? {}
          : { annotations: { "deprecated.daemonset.template.generation": parts.generation } }),
      },
      spec: {
        selector: { matchLabels: { app: "ds" } },
        template: { metadata: { labels: { app: "ds" } }, spec: parts.template },
        updateStrategy: parts.strategy,
        minReadySeconds: parts.minReadySeconds,
        revisionHistoryLimit: 10,
      },
      status: {},
    },
  }));
