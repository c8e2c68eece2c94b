import * as fc from "fast-check";
import { expect, test } from "vitest";
import { scaledUp } from "#shared/cluster/int-or-percent.ts";

test.each([
  ["a number is itself, whatever the total", 3, 100, 3],
  ["a percentage is rounded up", "34%", 3, 2],
  ["10% of 11 nodes are 2", "10%", 11, 2],
  ["any share of something is at least one", "1%", 1, 1],
  ["a share of nothing is nothing", "10%", 0, 0],
  ["all of it", "100%", 7, 7],
  ["a negative share, which validation refuses, rounds up to zero", "-5%", 10, 0],
  ["a fraction of a percent is none", "1.5%", 10, undefined],
  ["a sign alone is none", "%", 10, undefined],
  ["a number in quotes is none", "1", 10, undefined],
  ["a percentage with a space is none", "10 %", 10, undefined],
  ["digits without end are none", `${"9".repeat(30)}%`, 10, undefined],
  ["a number with a fraction is none", 1.5, 10, undefined],
] as const)("%s", (_rule, value, total, says) => {
  expect(scaledUp(value, total)).toBe(says);
});

test("a percentage is never less than its share, and by less than one more", () => {
  fc.assert(
    fc.property(fc.nat({ max: 100 }), fc.nat({ max: 20_000 }), (percent, total) => {
      const scaled = scaledUp(`${percent}%`, total) ?? -1;
      expect(scaled * 100).toBeGreaterThanOrEqual(percent * total);
      expect((scaled - 1) * 100).toBeLessThan(percent * total);
    }),
  );
});
