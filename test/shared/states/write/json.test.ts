import { expect, test } from "vitest";
import { parseInstant } from "#shared/cluster/read/json.ts";
import { filled, writeMoment, writePairs } from "#shared/states/write/json.ts";

test.each([
  ["whole seconds", "2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z"],
  ["milliseconds", "2026-11-20T12:00:00.250Z", "2026-11-20T12:00:00.250Z"],
  ["another zone", "2026-11-20T12:00:00+02:00", "2026-11-20T10:00:00Z"],
  ["a year before the first", "0000-01-01T00:00:00+12:00", "0000-01-01T11:59:00+23:59"],
  ["a year of five digits", "9999-12-31T23:00:00-12:00", "9999-12-31T11:01:00-23:59"],
] as const)("a moment of %s", (_what, from, text) => {
  expect(writeMoment(parseInstant(from))).toBe(text);
  expect(parseInstant(text)).toBe(parseInstant(from));
});

test("no moment is no text", () => {
  expect(writeMoment(undefined)).toBeUndefined();
});

test("fields that hold nothing are not there", () => {
  expect(Object.keys(filled({ a: undefined, b: 0, c: false }))).toEqual(["b", "c"]);
});

test("a key that every object inherits is a key like any other", () => {
  const pairs = writePairs(new Map([["__proto__", "a"]]));

  expect(JSON.stringify(pairs)).toBe('{"__proto__":"a"}');
  expect(Object.getPrototypeOf(pairs)).toBe(Object.prototype);
});
