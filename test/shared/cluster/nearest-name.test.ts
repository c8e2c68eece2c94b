import { expect, test } from "vitest";
import { didYouMean, nearestName } from "#shared/cluster/nearest-name.ts";

const KEYS = ["match", "ignore", "grace", "severities", "mustCover", "failOn"];

test.each([
  ["two letters that changed places", "mtach", "match"],
  ["one letter too many", "iignore", "ignore"],
  ["one letter missing", "grce", "grace"],
  ["another case", "failon", "failOn"],
  ["snake case", "must_cover", "mustCover"],
  ["the singular", "severity", "severities"],
  ["nothing near", "zebra", undefined],
  ["nothing at all", "", undefined],
] as const)("%s", (_how, wrong, meant) => {
  expect(nearestName(wrong, KEYS)).toBe(meant);
});

test("says it as a question, or nothing", () => {
  expect(didYouMean("mtach", KEYS)).toBe(' Did you mean "match"?');
  expect(didYouMean("zebra", KEYS)).toBe("");
});

test("a name of a megabyte is answered at once", () => {
  expect(nearestName("x".repeat(1_000_000), KEYS)).toBe(undefined);
});
