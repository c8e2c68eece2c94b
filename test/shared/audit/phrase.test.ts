import { expect, test } from "vitest";
import { listed } from "#shared/audit/phrase.ts";

test.each([
  [[], 0, ""],
  [["a"], 1, "a"],
  [["a", "b"], 2, "a and b"],
  [["a", "b", "c", "d"], 4, "a, b, c and d"],
  [["a", "b", "c", "d", "e"], 5, "a, b, c and 2 more"],
  [["a", "b", "c", "d", "e"], 50, "a, b, c and 47 more"],
] as const)("%j of %i names read %s", (names, total, text) => {
  expect(listed(names, total)).toBe(text);
});
