import { expect, test } from "vitest";
import type { Kind } from "#shared/cluster/cluster.ts";
import type { Sight } from "#shared/flow/sight.ts";
import { readinessOf } from "../../../functions/forwarder/readiness.ts";

const sight = (kind: Kind, seen: Sight["seen"] = true, age = 1): Sight => ({
  kind,
  seen,
  lastByteAgeSeconds: age,
});
const ALL = [sight("Node"), sight("Pod"), sight("DaemonSet"), sight("Event")];

test.each([
  ["all is in sight", ALL, []],
  ["the cluster has not answered", [], ["the cluster has not answered yet"]],
  ["a kind was never heard of", [...ALL, sight("Lease", "not yet")], ["Lease: not read yet"]],
  ["a kind may not be seen that others do without", [...ALL, sight("NodePool", "forbidden")], []],
  ["pods may not be seen", [sight("Pod", "forbidden")], ["Pod: forbidden"]],
  ["nodes cannot be read", [sight("Node", "failed")], ["Node: failed"]],
  ["a watch is silent for 150 s", [sight("Node", true, 150)], []],
  [
    "a watch is silent for longer",
    [sight("Event", true, 151.4)],
    ["Event: nothing was heard for 151 s"],
  ],
  ["what may not be seen is silent", [...ALL, sight("NodePool", "not-served", 900)], []],
] as const)("when %s", (_when, sights, because) => {
  expect(readinessOf(sights, false)).toMatchObject({ ready: because.length === 0, because });
});

test("a replica that waits for its turn is ready, and each kind is told", () => {
  expect(readinessOf([sight("Node", true, 3.2)], false)).toEqual({
    ready: true,
    leading: false,
    because: [],
    kinds: [{ kind: "Node", seen: true, lastByteAgeSeconds: 3 }],
  });
});
