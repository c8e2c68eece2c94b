import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Pod, PodSpec } from "#shared/cluster/pod.ts";
import { countsForNomination, roomOf, withHolder } from "#shared/cluster/room.ts";
import { ago, container, node, pod, resources } from "../../fixtures/build.ts";

const asks = (cpu: string): Partial<PodSpec> => ({
  nodeName: "n1",
  containers: [container({ requests: resources({ cpu }) })],
});
const N1 = node("n1", { allocatable: resources({ cpu: "4", pods: "10" }) });
const used = (pods: readonly Pod[], nominated: readonly Pod[] = []) => {
  const room = roomOf(N1, pods, { version: undefined, nominated });
  return [room.used.get("cpu"), room.free.get("cpu"), room.podCount];
};

// pkg/scheduler/framework/types.go, NodeInfo: informers keep pods that have ended away from it
test.each([
  ["a running pod", pod("a", { spec: asks("1") }), [1000n, 3000n, 1]],
  [
    "a bound pod that does not run yet",
    pod("a", { spec: asks("1"), status: { phase: "Pending" } }),
    [1000n, 3000n, 1],
  ],
  [
    "a terminating pod holds all until it is gone",
    pod("a", { spec: asks("1"), deletionAt: ago(600) }),
    [1000n, 3000n, 1],
  ],
  [
    "one that has failed holds nothing",
    pod("a", { spec: asks("1"), status: { phase: "Failed" } }),
    [undefined, 4000n, 0],
  ],
  [
    "nor has one that has succeeded",
    pod("a", { spec: asks("1"), status: { phase: "Succeeded" } }),
    [undefined, 4000n, 0],
  ],
  [
    "a pod without requests takes a place",
    pod("a", { spec: { nodeName: "n1" } }),
    [undefined, 4000n, 1],
  ],
] as const)("used on a node: %s", (_rule, one, says) => {
  expect(used([one])).toEqual(says);
});

test("a place that is promised counts", () => {
  expect(used([pod("a", { spec: asks("1") })], [pod("b", { spec: asks("2") })])).toEqual([
    3000n,
    1000n,
    2,
  ]);
});

test.each([
  ["of equal priority", 5, true],
  ["of higher priority", 6, true],
  ["of lower priority", 4, false],
  ["without one, which is 0", undefined, false],
] as const)("a promised place counts for a pod of priority 5: %s", (_rule, priority, says) => {
  expect(countsForNomination(pod("a", { spec: { priority } }), 5)).toBe(says);
});

test("an overcommitted node has less than nothing free", () => {
  expect(used([pod("a", { spec: asks("5") })])).toEqual([5000n, -1000n, 1]);
});

test("a node that does not say how many pods it takes, takes none", () => {
  const silent = node("n1", { allocatable: resources({ cpu: "4" }) });
  expect(roomOf(silent, [], { version: undefined }).podLimit).toBe(0);
});

test("one pod more is the same as having counted it from the start", () => {
  const port = { containerPort: 80, hostPort: 80, hostIP: "", protocol: "TCP" };
  const anyPod = fc
    .record({ milli: fc.nat({ max: 5000 }), gpus: fc.nat({ max: 2 }), port: fc.boolean() })
    .map((looks) =>
      pod("p", {
        spec: {
          nodeName: "n1",
          containers: [
            container({
              requests: resources({ cpu: `${looks.milli}m`, "x.io/gpu": String(looks.gpus) }),
              ports: looks.port ? [port] : [],
            }),
          ],
        },
      }),
    );
  fc.assert(
    fc.property(fc.array(anyPod, { maxLength: 5 }), anyPod, (pods, more) => {
      const before = roomOf(N1, pods, { version: undefined });
      const after = withHolder(before, more, undefined);

      expect(after).toEqual(roomOf(N1, [...pods, more], { version: undefined }));
      expect(before).toEqual(roomOf(N1, pods, { version: undefined }));
    }),
  );
});
