import { expect, test } from "vitest";
import {
  currentHash,
  isObserved,
  isPodUpdated,
  revisionsOf,
} from "#shared/cluster/daemon-controller/revisions.ts";
import { daemonPod, daemonSet, labels, revision } from "../../../fixtures/build.ts";

const SET = daemonSet("agent", { generation: 3 });
const seen = (observedGeneration: number | undefined, generation: number | undefined = 3) => ({
  ...SET,
  generation,
  status: { ...SET.status, observedGeneration },
});

test.each([
  ["the latest spec was synced", seen(3), true],
  ["an older one was", seen(2), false],
  ["none was yet", seen(undefined), false],
  ["the dump has no generation", { ...SET, generation: undefined }, true],
] as const)("observed: %s", (_what, set, says) => {
  expect(isObserved(set)).toBe(says);
});

const REVISIONS = [revision(SET, 3, "c"), revision(SET, 5, "a"), revision(SET, 4, "b")];

test("the highest revision is the current one, also after a return to an old template", () => {
  expect(currentHash(seen(3), REVISIONS)).toBe("a");
});

test("while the controller has not seen the spec, no revision is current", () => {
  expect(currentHash(seen(2), REVISIONS)).toBeUndefined();
});

test("a revision is owned by UID: one of a namesake that was deleted does not count", () => {
  const namesake = daemonSet("agent", { uid: "uid-before" });
  const old = revision(namesake, 9, "z");
  expect(revisionsOf(SET, [...REVISIONS, old]).map(({ hash }) => hash)).toEqual(["c", "b", "a"]);
  expect(currentHash(seen(3), [old])).toBeUndefined();
});

test("a revision without its label tells no hash", () => {
  expect(currentHash(seen(3), [revision(SET, 1, "")])).toBeUndefined();
});

const podOf = (hash: string, generation: string) =>
  daemonPod(SET, "n1", {
    labels: labels({ "controller-revision-hash": hash, "pod-template-generation": generation }),
  });
const OF_2 = { templateGeneration: "2" };

// util/daemonset_util.go, IsPodUpdated
test.each([
  ["the hash is the current one", podOf("new", "1"), OF_2, "new", "yes"],
  ["the template generation is, whatever the hash", podOf("old", "2"), OF_2, "new", "yes"],
  ["neither is", podOf("old", "1"), OF_2, "new", "no"],
  ["without a hash a generation proves it", podOf("old", "2"), OF_2, undefined, "yes"],
  ["without a hash another proves nothing", podOf("old", "1"), OF_2, undefined, "unknown"],
  ["an empty hash matches nothing", podOf("", "1"), OF_2, "", "no"],
  [
    "no generation in the DaemonSet",
    podOf("old", "1"),
    { templateGeneration: undefined },
    "x",
    "no",
  ],
] as const)("updated: %s", (_rule, pod, set, hash, says) => {
  expect(isPodUpdated(pod, set, hash)).toBe(says);
});
