import * as fc from "fast-check";
import { allocatable, podLevelList, resourceList } from "./quantities.ts";

const KEYS = ["a", "b", "zone", "example.com/team", "kubernetes.io/hostname"] as const;
const VALUES = ["", "x", "y", "1", "5", "-3", "007", "n1"] as const;
/** What Go's ParseInt takes or does not, and what is no label at all. */
const ODD_VALUES = [
  "+5",
  "1.5",
  "9223372036854775807",
  "9223372036854775808",
  "a b",
  "-",
  "x".repeat(64),
];
const ODD_KEYS = ["", "-a", "a/b/c", "/a", "UPPER/a", "a b", "x".repeat(64)];
export const NODE_NAMES = ["n1", "n2", "n3", "n4", "n5"] as const;

const key = fc.constantFrom<string>(...KEYS);
const value = fc.constantFrom<string>(...VALUES);
const oddKey = fc.oneof(
  { weight: 30, arbitrary: key },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_KEYS) },
);
const oddValue = fc.oneof(
  { weight: 12, arbitrary: value },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_VALUES) },
);
/** The same thing said in different ways of not saying it. What differs shrinks to undefined first. */
const absentOr = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 6, arbitrary },
    { weight: 1, arbitrary: fc.constant(null) },
  );

const storedValue = fc.oneof(
  { weight: 12, arbitrary: value },
  {
    weight: 1,
    arbitrary: fc.constantFrom("1.5", "0010", "9223372036854775807", "9223372036854775808"),
  },
);
export const labels: fc.Arbitrary<Record<string, string>> = fc.dictionary(key, storedValue, {
  maxKeys: 4,
});

const requirement = (operators: readonly string[]): fc.Arbitrary<object> =>
  fc.record({
    key: oddKey,
    operator: fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(...operators) },
      // Of a version to come, or mistyped: to us "cannot tell", to Kubernetes an error; neither is a match.
      { weight: 1, arbitrary: fc.constantFrom("", "in", "Near") },
    ),
    values: fc.oneof(
      { weight: 6, arbitrary: fc.array(oddValue, { minLength: 1, maxLength: 3 }) },
      { weight: 2, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom([], null) },
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
                matchFields: absentOr(fc.array(fields, { maxLength: 2 })),
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
    { weight: 4, arbitrary: key },
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
  timeAdded: fc.constantFrom(undefined, undefined, null, "2026-11-20T11:00:00Z"),
});

const OPERATORS = [undefined, "", "Equal", "Exists", "Exists", "Lt", "Gt"];
const tolerationOf = (operators: readonly (string | undefined)[]) =>
  fc.record({
    key: absentOr(
      fc.oneof(
        { weight: 5, arbitrary: key },
        { weight: 1, arbitrary: fc.constant("") },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            "node.kubernetes.io/not-ready",
            "node.kubernetes.io/unschedulable",
          ),
        },
      ),
    ),
    operator: fc.constantFrom(...operators),
    value: absentOr(oddValue),
    effect: fc.constantFrom(undefined, "", "NoSchedule", "NoExecute", "PreferNoSchedule"),
    tolerationSeconds: fc.constantFrom(undefined, undefined, null, 0, 300),
  });

export const toleration = tolerationOf(OPERATORS);
/** Also with an operator of a version to come: to us "cannot tell", to Kubernetes no. */
export const anyToleration = tolerationOf([...OPERATORS, "exists"]);

const LABEL_OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];
export const labelSelector = absentOr(
  fc.record({
    matchLabels: absentOr(fc.dictionary(oddKey, oddValue, { maxKeys: 2 })),
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
  protocol: fc.constantFrom(undefined, "TCP", "UDP", "SCTP"),
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

const podSpecOf = (placed: fc.Arbitrary<object>, tolerating: fc.Arbitrary<object>) =>
  fc
    .tuple(
      resourceSpec,
      fc.record({
        nodeName: fc.constantFrom(undefined, undefined, undefined, "n1"),
        nodeSelector: fc.oneof(
          { weight: 3, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: fc.dictionary(key, value, { maxKeys: 1 }) },
          { weight: 1, arbitrary: fc.constant(null) },
        ),
        affinity: absentOr(placed),
        tolerations: absentOr(fc.array(tolerating, { maxLength: 3 })),
        hostNetwork: fc.constantFrom(undefined, true, false),
      }),
    )
    .map(([resources, placing]) => ({ ...resources, ...placing }));

/** As the API server stores it. */
export const podSpec = podSpecOf(storedAffinity, toleration);
export const anyPodSpec = fc.oneof(
  { weight: 3, arbitrary: podSpec },
  { weight: 1, arbitrary: podSpecOf(affinity, anyToleration) },
);
