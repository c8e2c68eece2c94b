import * as fc from "fast-check";
import { SUFFIXES } from "../../fixtures/quantity-suffixes.ts";

const WRONG = ["K", "i", "mi", "kI", " ", "e", "E+", "x", "Mi ", "１", "MiB", "b"];

const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from("0123456789")), minLength: min, maxLength: max });

const number = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 10_000 }).map(String) },
  { weight: 2, arbitrary: digits(1, 22) },
  { weight: 3, arbitrary: fc.tuple(digits(0, 6), digits(0, 11)).map(([a, b]) => `${a}.${b}`) },
);

const exponent = fc
  .tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), fc.integer({ min: 0, max: 30 }))
  .map(([e, sign, power]) => `${e}${sign}${power}`);

/** Ends of what int64 and the suffixes hold, and neighbours of a round number. */
const EDGES = [
  "9223372036854775807",
  "9223372036854775808",
  "9223372036854775807n",
  "9223372036854775808m",
  "8Ei",
  "7.999999999Ei",
  "16Ei",
  "999999999999999999",
  "1023",
  "1024",
  "1025",
  "1024Mi",
  "1023.999Ki",
  "0.000000001",
  "0.0000000001",
  "1.0000000001",
  "0.5n",
  "00",
  "-0",
  "-0.0000000001Ki",
  "1e-30",
  "1e0",
  "1E",
  "1Ee",
] as const;

/**
 * Anything that might be written where a quantity belongs, most of it readable. A text without any digit is left out: Kubernetes
 * takes it for 0, we refuse it on purpose.
 */
export const quantityText: fc.Arbitrary<string> = fc
  .oneof(
    {
      weight: 10,
      arbitrary: fc
        .tuple(
          fc.constantFrom("", "", "", "+", "-"),
          number,
          fc.oneof(
            { weight: 8, arbitrary: fc.constantFrom(...SUFFIXES) },
            { weight: 2, arbitrary: exponent },
            { weight: 1, arbitrary: fc.constantFrom(...WRONG) },
          ),
        )
        .map((parts) => parts.join("")),
    },
    { weight: 1, arbitrary: fc.constantFrom(...EDGES) },
    { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
  )
  .filter((text) => /^[^eE]*\d/.test(text));

const AMOUNTS = {
  cpu: ["0", "1m", "100m", "250m", "0.1", "1", "1500m", "2", "0.0001", "3e0", "1n", "999u", ".5"],
  memory: ["0", "1", "64Mi", "128Mi", "100M", "0.5Gi", "1Gi", "1500m", "1e9", "2Gi", "1n", "1.1Ki"],
  "ephemeral-storage": ["0", "1Gi", "10G", "1m"],
  "example.com/device": ["0", "1", "2"],
  "hugepages-2Mi": ["0", "2Mi", "4Mi"],
  // Of the last four the scheduler counts some and passes over others.
  "attachable-volumes-csi": ["0", "1", "3"],
  "kubernetes.io/batch": ["1"],
  "requests.example.com/x": ["1"],
  storage: ["1Gi"],
} as const;
type Resource = keyof typeof AMOUNTS;

const RARE: ReadonlySet<string> = new Set([
  "attachable-volumes-csi",
  "kubernetes.io/batch",
  "requests.example.com/x",
  "storage",
]);

const listOf = (resources: readonly Resource[]): fc.Arbitrary<Record<string, string>> =>
  fc
    .tuple(
      ...resources.map((resource) =>
        fc.oneof(
          { withCrossShrink: true },
          { weight: RARE.has(resource) ? 9 : 1, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: fc.constantFrom<string>(...AMOUNTS[resource]) },
        ),
      ),
    )
    .map((amounts) =>
      Object.fromEntries(
        resources.flatMap((resource, i) => {
          const amount = amounts[i];
          return amount === undefined ? [] : [[resource, amount]];
        }),
      ),
    );

/** What a container may ask for. */
export const resourceList = listOf([
  "cpu",
  "memory",
  "ephemeral-storage",
  "example.com/device",
  "hugepages-2Mi",
  "attachable-volumes-csi",
  "kubernetes.io/batch",
  "requests.example.com/x",
  "storage",
]);
/** What a pod may ask for as a whole. */
export const podLevelList = listOf(["cpu", "memory", "hugepages-2Mi"]);

const sometimes = (...amounts: readonly string[]): fc.Arbitrary<string | undefined> =>
  fc.constantFrom(undefined, ...amounts, ...amounts, ...amounts);

/** What a small node has to give; now and then less than one container wants, or no entry at all. */
export const allocatable = fc.record({
  cpu: sometimes("0", "250m", "1", "2", "4", "0.1005"),
  memory: sometimes("0", "512Mi", "1Gi", "2G", "4Gi", "1500m"),
  pods: sometimes("0", "1", "3", "110", "1e1"),
  "ephemeral-storage": sometimes("0", "10Gi", "20G"),
  "example.com/device": sometimes("0", "1", "4"),
  "hugepages-2Mi": sometimes("0", "4Mi"),
  "attachable-volumes-csi": fc.constantFrom(undefined, "2"),
});
