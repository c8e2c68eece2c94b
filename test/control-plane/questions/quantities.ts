import fc from "fast-check";

const SUFFIXES = [
  "",
  "n",
  "u",
  "m",
  "k",
  "M",
  "G",
  "T",
  "P",
  "E",
  "Ki",
  "Mi",
  "Gi",
  "Ti",
  "Pi",
  "Ei",
];
const WRONG = ["K", "i", "mi", "kI", " ", "e", "E+", "x", "Mi ", "１", "MiB", "b"];

const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: min, maxLength: max });

const number = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 10_000 }).map(String) },
  { weight: 2, arbitrary: digits(1, 22) },
  { weight: 3, arbitrary: fc.tuple(digits(0, 6), digits(0, 11)).map(([a, b]) => `${a}.${b}`) },
);

const exponent = fc
  .tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), fc.integer({ min: 0, max: 20 }))
  .map(([e, sign, power]) => `${e}${sign}${power}`);

/** Anything that might be written where a quantity belongs, most of it readable. */
export const quantityText: fc.Arbitrary<string> = fc.oneof(
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
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
);

const AMOUNTS = {
  cpu: ["0", "1m", "100m", "250m", "0.1", "1", "1500m", "2", "0.0001", "3e0"],
  memory: ["0", "1", "64Mi", "128Mi", "100M", "0.5Gi", "1Gi", "1500m", "1e9", "2Gi"],
  "ephemeral-storage": ["0", "1Gi", "10G"],
  "example.com/device": ["0", "1", "2"],
  "hugepages-2Mi": ["0", "2Mi", "4Mi"],
} as const;
type Resource = keyof typeof AMOUNTS;

const listOf = (resources: readonly Resource[]): fc.Arbitrary<Record<string, string>> =>
  fc
    .tuple(
      ...resources.map((resource) =>
        fc.option(fc.constantFrom<string>(...AMOUNTS[resource]), { freq: 2 }),
      ),
    )
    .map((amounts) =>
      Object.fromEntries(
        resources.flatMap((resource, i) => {
          const amount = amounts[i];
          return amount === null || amount === undefined ? [] : [[resource, amount]];
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
]);
/** What a pod may ask for as a whole. */
export const podLevelList = listOf(["cpu", "memory", "hugepages-2Mi"]);

/** What a small node has to give; now and then less than one container wants. */
export const allocatable: fc.Arbitrary<Record<string, string>> = fc.record({
  cpu: fc.constantFrom("0", "250m", "1", "2", "4"),
  memory: fc.constantFrom("0", "512Mi", "1Gi", "2G", "4Gi"),
  pods: fc.constantFrom("0", "1", "3", "110"),
  "ephemeral-storage": fc.constantFrom("0", "10Gi", "20G"),
  "example.com/device": fc.constantFrom("0", "1", "4"),
  "hugepages-2Mi": fc.constantFrom("0", "4Mi"),
});
