import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareVersions } from "#shared/adapters/kubernetes/reflector/versions.ts";

test("decimal versions are ordered as numbers, however long", () => {
  const version = fc.bigInt({ min: 0n, max: 10n ** 30n });
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(compareVersions(`${a}`, `${b}`)).toBe(a < b ? -1 : a > b ? 1 : 0);
    }),
    { seed: 5 },
  );
});

test.each([
  ["x", "x", 0],
  ["x", "5", undefined],
  ["5", "-6", undefined],
  ["05", "6", undefined],
  ["9".repeat(40), "5", undefined],
] as const)("of %s and %s the order is %s", (a, b, order) => {
  expect(compareVersions(a, b)).toBe(order);
});
