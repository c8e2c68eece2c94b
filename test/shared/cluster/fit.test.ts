import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isExtended, shortages } from "#shared/cluster/fit.ts";
import { amountsOf, type Amounts } from "#shared/cluster/quantity.ts";
import { resources } from "../../fixtures/build.ts";

const amounts = (record: Readonly<Record<string, string>>): Amounts => amountsOf(resources(record));

/** A node of 4 cpu, 8Gi and 10 places of which this is taken. */
const room = (used: Readonly<Record<string, string>> = {}, podCount = 0) => ({
  allocatable: amounts({ cpu: "4", memory: "8Gi", "ephemeral-storage": "10Gi", "a.io/dev": "2" }),
  used: amounts(used),
  podCount,
  podLimit: 10,
});
const names = (wanted: Readonly<Record<string, string>>, has = room()): readonly string[] =>
  shortages(amounts(wanted), has).map(({ resource }) => resource);

// noderesources/fit.go, fitsRequest
test.each([
  ["it fits to the last thousandth", { cpu: "1" }, room({ cpu: "3" }), []],
  ["one thousandth more does not", { cpu: "1001m" }, room({ cpu: "3" }), ["cpu"]],
  ["a zero request never fails, however full the node is", { cpu: "0" }, room({ cpu: "9" }), []],
  ["nothing asked for fits an overcommitted node", {}, room({ cpu: "9" }), []],
  ["what the node does not offer it has none of", { "b.io/dev": "1" }, room(), ["b.io/dev"]],
  ["huge pages are counted", { "hugepages-2Mi": "2Mi" }, room(), ["hugepages-2Mi"]],
  ["volumes are", { "attachable-volumes-x": "1" }, room(), ["attachable-volumes-x"]],
  ["a name without a domain is nobody's business", { gadgets: "1" }, room(), []],
  ["the last place is a place", {}, room({}, 9), []],
  ["no place is left", {}, room({}, 10), ["pods"]],
  [
    "all that is short is told, places and native resources first, then by name",
    { "b.io/x": "1", "a.io/dev": "3", memory: "9Gi", cpu: "5" },
    room({}, 10),
    ["pods", "cpu", "memory", "a.io/dev", "b.io/x"],
  ],
] as const)("%s", (_rule, wanted, has, says) => {
  expect(names(wanted, has)).toEqual(says);
});

test("the arithmetic is told, and whether the empty node would do", () => {
  const [short] = shortages(amounts({ cpu: "2" }), room({ cpu: "3500m" }));
  expect(short).toEqual({
    resource: "cpu",
    requested: 2000n,
    used: 3500n,
    allocatable: 4000n,
    missing: 1500n,
    unresolvable: false,
  });
  const large = shortages(amounts({ cpu: "5", memory: "8Gi" }), room({ memory: "1Gi" }));
  expect(large.map(({ resource, unresolvable }) => [resource, unresolvable])).toEqual([
    ["cpu", true],
    ["memory", false],
  ]);
});

test("on an overcommitted node as much has to go as is over, too", () => {
  const [short] = shortages(amounts({ cpu: "1" }), room({ cpu: "5" }));
  expect(short?.missing).toBe(2000n);
});

test.each([
  ["nvidia.com/gpu", true],
  ["cpu", false],
  ["kubernetes.io/x", false],
  ["a.kubernetes.io/x", false],
  ["requests.nvidia.com/gpu", false],
] as const)("is %s extended: %s", (resource, says) => {
  expect(isExtended(resource)).toBe(says);
});

test("one unit of what is missing less, and it still does not fit; all of it, and it does", () => {
  const any = fc.bigInt({ min: 0n, max: 9000n });
  fc.assert(
    fc.property(any, any, (wanted, used) => {
      const has = (taken: bigint) => ({ ...room(), used: new Map([["cpu", taken]]) });
      const asked = new Map([["cpu", wanted]]);
      const [short] = shortages(asked, has(used));
      fc.pre(short !== undefined);

      expect(shortages(asked, has(used - short.missing))).toEqual([]);
      expect(shortages(asked, has(used - short.missing + 1n))).toHaveLength(1);
    }),
  );
});
