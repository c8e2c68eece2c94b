import * as fc from "fast-check";
import { expect, test } from "vitest";
import { lineOf, median, short, summaryOf } from "./figure.ts";

test.each([
  ["of one", [3], 3],
  ["of an odd number, the middle one", [9, 1, 2], 2],
  ["of an even number, between the two in the middle", [4, 1, 2, 100], 3],
])("median %s", (_what, values, wanted) => {
  expect(median(values)).toBe(wanted);
});

test("half of the values are at or under the median, half at or over it, in any order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 }),
      (values) => {
        const middle = median(values);
        const half = values.length / 2;

        expect(values.filter((one) => one <= middle).length).toBeGreaterThanOrEqual(half);
        expect(values.filter((one) => one >= middle).length).toBeGreaterThanOrEqual(half);
      },
    ),
  );
});

test("no values are no figure", () => {
  expect(() => median([])).toThrow("no values");
});

test.each([
  ["under its goal it is ok", [1, 2, 3], 2.5, true],
  ["so it is on its goal", [1, 2, 3], 2, true],
  ["over it, it is missed, however good the best round was", [1, 2, 3], 1.9, false],
])("%s", (_what, values, goal, ok) => {
  expect(summaryOf("b", { figure: "f", values, goal })).toEqual({
    bench: "b",
    figure: "f",
    value: 2,
    min: 1,
    max: 3,
    goal,
    ok,
  });
});

test.each([
  [0, "0"],
  [0.001234, "0.00123"],
  [0.2, "0.2"],
  [12.345, "12.3"],
  [999.6, "1000"],
  [1234.5, "1,235"],
])("%d is shown as %s", (value, text) => {
  expect(short(value)).toBe(text);
});

test("a line says name, figure, value, spread, goal and whether it holds", () => {
  const line = lineOf(
    summaryOf("audit-full", { figure: "cold / naive", values: [0.1, 0.3, 0.2], goal: 0.15 }),
  );

  expect(line.split(/ {2,}/)).toEqual([
    "audit-full",
    "cold / naive",
    "0.2",
    "(0.1–0.3)",
    "goal ≤ 0.15",
    "missed",
  ]);
});
