import { expect, test } from "vitest";
import { isAvailable, isReady } from "#shared/cluster/daemon-controller/available.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import { ago, condition, NOW, pod } from "../../../fixtures/build.ts";

const since = (status: string, transitionAt: number | undefined) =>
  pod("p", { status: { conditions: [condition("Ready", status, { transitionAt })] } });
const ready = (status: string) => since(status, ago(30));

test.each([
  ["True", ready("True"), true],
  ["False", ready("False"), false],
  ["Unknown", ready("Unknown"), false],
  ["a word that we do not know", ready("true"), false],
  ["no such condition", pod("p", { status: { conditions: [] } }), false],
] as const)("Ready is %s", (_what, one, says) => {
  expect(isReady(one)).toBe(says);
});

test.each([
  ["no wait: ready is available", "v1.37.0", 0, since("True", ago(0)), true],
  ["no wait needs no time", "v1.37.0", 0, since("True", undefined), true],
  ["one second too early", "v1.37.0", 31, ready("True"), false],
  ["the very second counts from 1.34", "v1.34.0", 30, ready("True"), true],
  ["and did not up to 1.33", "v1.33.6", 30, ready("True"), false],
  ["an unknown version is taken as a new one", "", 30, ready("True"), true],
  ["a second later it counts everywhere", "v1.28.0", 29, ready("True"), true],
  ["without a time the wait never ends", "v1.37.0", 30, since("True", undefined), false],
  ["not ready is not available", "v1.37.0", 0, ready("False"), false],
] as const)("%s", (_rule, version, minReadySeconds, one, says) => {
  expect(isAvailable(one, { minReadySeconds, now: NOW, version: parseVersion(version) })).toBe(
    says,
  );
});
