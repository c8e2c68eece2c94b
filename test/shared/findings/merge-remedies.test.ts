import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import { mergeRemedies } from "#shared/findings/merge-remedies.ts";

const daemonSet = "logging/agent";
const room = (node: string): RemedyCall => ({ action: "make-room", daemonSet, node });
const lower = (to: bigint, resource = "memory"): RemedyCall => ({
  action: "lower-requests",
  daemonSet,
  resource,
  from: 256n,
  to,
});
const larger = (needed: bigint): RemedyCall => ({
  action: "larger-nodes",
  daemonSet,
  nodes: ["n1"],
  resource: "memory",
  needed,
});
const raise = (above: number): RemedyCall => ({
  action: "raise-priority",
  daemonSet,
  above,
  nodes: ["n1"],
});

test.each<[string, readonly (readonly RemedyCall[])[], readonly RemedyCall[]]>([
  ["nothing asked is nothing", [], []],
  ["no step twice", [[room("a")], [room("a")]], [room("a")]],
  ["steps that differ by node stay apart", [[room("a")], [room("b")]], [room("a"), room("b")]],
  [
    "of a kind there are three at most",
    [["a", "b", "c", "d"].map(room)],
    ["a", "b", "c"].map(room),
  ],
  [
    "requests go down to what helps every node",
    [[lower(200n)], [lower(100n)], [lower(150n)]],
    [lower(100n)],
  ],
  [
    "each resource has its own request",
    [[lower(200n)], [lower(1n, "cpu")]],
    [lower(200n), lower(1n, "cpu")],
  ],
  [
    "nodes are as large as the one that lacks most",
    [[larger(1n)], [larger(3n)], [larger(2n)]],
    [larger(3n)],
  ],
  ["the priority is above the highest holder", [[raise(0)], [raise(10)], [raise(5)]], [raise(10)]],
  [
    "the first occurrence's order holds",
    [
      [raise(0), room("a")],
      [room("b"), raise(3)],
    ],
    [raise(3), room("a"), room("b")],
  ],
])("%s", (_rule, lists, merged) => {
  expect(mergeRemedies(lists)).toEqual(merged);
});

const call = fc.oneof(
  fc.constantFrom("a", "b", "c", "d").map(room),
  fc.bigInt({ min: 0n, max: 9n }).map((to) => lower(to)),
  fc.bigInt({ min: 0n, max: 9n }).map(larger),
  fc.integer({ min: 0, max: 9 }).map(raise),
);

test("merging what is merged changes nothing, and the order of occurrences changes no amount", () => {
  fc.assert(
    fc.property(fc.array(fc.array(call, { maxLength: 4 }), { maxLength: 5 }), (lists) => {
      const merged = mergeRemedies(lists);
      expect(mergeRemedies([merged])).toEqual(merged);
      const amounts = (calls: readonly RemedyCall[]) =>
        calls
          .flatMap((one) =>
            one.action === "lower-requests"
              ? [one.to]
              : one.action === "larger-nodes"
                ? [one.needed]
                : [],
          )
          .toSorted((a, b) => Number(a - b));
      expect(amounts(mergeRemedies(lists.toReversed()))).toEqual(amounts(merged));
    }),
  );
});
