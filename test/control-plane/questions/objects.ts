import fc from "fast-check";
import { allocatable, podLevelList, resourceList } from "./quantities.ts";

const KEYS = ["a", "b", "zone", "example.com/team", "kubernetes.io/hostname"] as const;
const VALUES = ["", "x", "y", "1", "5", "-3", "007", "n1"] as const;
export const NODE_NAMES = ["n1", "n2", "n3", "n4", "n5"] as const;

const key = fc.constantFrom(...KEYS);
const value = fc.constantFrom(...VALUES);
/** The same thing said in different ways of not saying it. */
const absentOr = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  fc.oneof(
    { weight: 6, arbitrary },
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(null) },
  );

export const labels: fc.Arbitrary<Record<string, string>> = fc.dictionary(key, value, {
  maxKeys: 4,
});

const requirement = (operators: readonly string[]): fc.Arbitrary<object> =>
  fc.record({
    key,
    operator: fc.constantFrom(...operators),
    values: fc.oneof(
      { weight: 6, arbitrary: fc.array(value, { minLength: 1, maxLength: 3 }) },
      { weight: 2, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
  });

/** Requirements that the API server would take, so that a selector of a stored object can be built of them. */
const stored = (operators: readonly string[]): fc.Arbitrary<object> =>
  fc
    .tuple(key, fc.constantFrom(...operators), fc.array(value, { minLength: 1, maxLength: 3 }))
    .map(([name, operator, values]) => {
      if (operator === "Exists" || operator === "DoesNotExist") return { key: name, operator };
      if (operator === "Gt" || operator === "Lt")
        return { key: name, operator, values: [["1", "5", "-3"][values.length % 3]] };
      return { key: name, operator, values };
    });

const NODE_OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];
const field = fc.record({
  key: fc.constantFrom("metadata.name", "metadata.name", "metadata.name", "metadata.labels"),
  operator: fc.constantFrom("In", "In", "NotIn", "Exists"),
  values: fc.array(fc.constantFrom(...NODE_NAMES), { minLength: 0, maxLength: 2 }),
});
const storedField = fc.record({
  key: fc.constant("metadata.name"),
  operator: fc.constantFrom("In", "NotIn"),
  values: fc.tuple(fc.constantFrom(...NODE_NAMES)),
});

const affinityOf = (expression: fc.Arbitrary<object>, fields: fc.Arbitrary<object>) =>
  fc.record({
    nodeAffinity: absentOr(
      fc.record({
        requiredDuringSchedulingIgnoredDuringExecution: absentOr(
          fc.record({
            nodeSelectorTerms: fc.array(
              fc.record({
                matchExpressions: absentOr(fc.array(expression, { maxLength: 2 })),
                matchFields: absentOr(fc.array(fields, { maxLength: 1 })),
              }),
              { maxLength: 3 },
            ),
          }),
        ),
      }),
    ),
  });

/** Anything, also what the API server would refuse. */
export const affinity = affinityOf(requirement(NODE_OPERATORS), field);
export const storedAffinity = affinityOf(stored(NODE_OPERATORS), storedField);

export const taint = fc.record({
  key: fc.oneof(
    { weight: 4, arbitrary: key as fc.Arbitrary<string> },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
        "node.kubernetes.io/unschedulable",
        "node.kubernetes.io/disk-pressure",
        "node.kubernetes.io/memory-pressure",
        "node.kubernetes.io/pid-pressure",
        "node.kubernetes.io/network-unavailable",
      ),
    },
  ),
  value: absentOr(value),
  effect: fc.constantFrom("NoSchedule", "NoExecute", "PreferNoSchedule"),
});

export const toleration = fc.record({
  key: absentOr(fc.oneof(key as fc.Arbitrary<string>, fc.constant(""))),
  operator: fc.constantFrom(undefined, "", "Equal", "Exists", "Exists", "Lt", "Gt"),
  value: absentOr(value),
  effect: fc.constantFrom(undefined, "", "NoSchedule", "NoExecute", "PreferNoSchedule"),
});

const LABEL_OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];
export const labelSelector = absentOr(
  fc.record({
    matchLabels: absentOr(labels),
    matchExpressions: absentOr(fc.array(requirement(LABEL_OPERATORS), { maxLength: 2 })),
  }),
);

export const node = (name: fc.Arbitrary<string> = fc.constantFrom(...NODE_NAMES)) =>
  fc
    .record({
      name,
      labels: absentOr(labels),
      taints: absentOr(fc.array(taint, { maxLength: 3 })),
      unschedulable: fc.constantFrom(undefined, false, true),
      allocatable,
    })
    .map((parts) => ({
      metadata: { name: parts.name, labels: parts.labels },
      spec: { taints: parts.taints, unschedulable: parts.unschedulable },
      status: { allocatable: parts.allocatable, capacity: parts.allocatable },
    }));

const port = fc.record({
  containerPort: fc.constantFrom(80, 443),
  hostPort: fc.constantFrom(undefined, 0, 80, 443, 9100),
  hostIP: fc.constantFrom(undefined, "", "0.0.0.0", "127.0.0.1", "10.0.0.1", "::"),
  protocol: fc.constantFrom("TCP", "UDP", "SCTP"),
});

const containerOf = (name: string, restartPolicy: fc.Arbitrary<string | undefined>) =>
  fc.record({
    name: fc.constant(name),
    image: fc.constant("registry.example/agent"),
    restartPolicy,
    ports: absentOr(fc.array(port, { maxLength: 2 })),
    resources: absentOr(
      fc.record({ requests: absentOr(resourceList), limits: absentOr(resourceList) }),
    ),
  });

const several = (name: string, most: number, restartPolicy: fc.Arbitrary<string | undefined>) =>
  fc
    .integer({ min: name === "c" ? 1 : 0, max: most })
    .chain((count) =>
      fc.tuple(
        ...Array.from({ length: count }, (_, i) => containerOf(`${name}${i}`, restartPolicy)),
      ),
    );

/** Containers, init containers, sidecars, overhead, pod-level resources. */
export const resourceSpec = fc.record({
  containers: several("c", 3, fc.constant(undefined)),
  initContainers: fc.oneof(
    fc.constant(undefined),
    several("i", 3, fc.constantFrom(undefined, "Always")),
  ),
  overhead: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: podLevelList },
  ),
  resources: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.record({ requests: absentOr(podLevelList), limits: absentOr(podLevelList) }),
    },
  ),
});

export const podSpec = fc
  .tuple(
    resourceSpec,
    fc.record({
      nodeName: fc.constantFrom(undefined, undefined, undefined, "n1"),
      nodeSelector: fc.oneof(
        { weight: 3, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.dictionary(key, value, { maxKeys: 1 }) },
      ),
      affinity: absentOr(storedAffinity),
      tolerations: absentOr(fc.array(toleration, { maxLength: 3 })),
      hostNetwork: fc.constantFrom(undefined, true, false),
    }),
  )
  .map(([resources, placing]) => ({ ...resources, ...placing }));
