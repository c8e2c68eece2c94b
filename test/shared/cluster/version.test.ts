import { expect, test } from "vitest";
import { atLeast, parseVersion } from "#shared/cluster/version.ts";

test.each([
  ["v1.29.7", [1, 29, 7]],
  ["v1.33.4+k3s1", [1, 33, 4]],
  ["v1.31.2-eks-7f9249a", [1, 31, 2]],
  ["v1.30.0-rc.1", [1, 30, 0]],
  ["1.28", [1, 28, 0]],
  ["", undefined],
  ["latest", undefined],
  ["v0.0.0-master+$Format:%H$", undefined],
] as const)("%s is read as %j", (text, says) => {
  const version = parseVersion(text);
  expect(version && [version.major, version.minor, version.patch]).toEqual(says);
});

test.each([
  ["v1.34.0", true],
  ["v1.33.9", false],
  ["v2.0.0", true],
] as const)("%s is at least 1.34: %s", (text, says) => {
  expect(atLeast(parseVersion(text), 34)).toBe(says);
});

test("an unknown version is neither", () => {
  expect(atLeast(undefined, 34)).toBeUndefined();
});
