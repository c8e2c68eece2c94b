import * as fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { DaemonSetStates } from "#shared/events/daemon-set-states.ts";
import { firstTrouble } from "#shared/events/first-trouble.ts";
import { NodeStates } from "#shared/events/node-states.ts";
import { ObjectStates } from "#shared/events/object-states.ts";
import { plainJson } from "#shared/events/plain-json.ts";
import { Snapshot } from "#shared/events/snapshot.ts";
import { anyJson, oneReplaced } from "../../fixtures/any-json.ts";

const Sample = z.object({
  rows: z.array(z.strictObject({ uid: z.string(), more: z.string().optional() })),
  pairs: z.record(z.string().max(3), z.string()).optional(),
  one: z
    .union([z.strictObject({ a: z.literal(1) }), z.strictObject({ b: z.object({ c: z.int() }) })])
    .optional(),
});

test.each([
  ["nothing", { rows: [{ uid: "a" }], later: 1 }, undefined],
  ["no object", [], ""],
  ["a field that is not there", {}, "rows"],
  ["an object for a list", { rows: {} }, "rows"],
  ["the first of two", { rows: [{ uid: "a" }, { uid: 1 }, { uid: 2 }] }, "rows.1.uid"],
  ["a field that nobody knows", { rows: [{ uid: "a", other: 1 }] }, "rows.0.other"],
  ["a field that all inherit", { rows: [{ uid: "a", toString: 1 }] }, "rows.0.toString"],
  ["a value of a pair", { rows: [], pairs: { a: "b", c: 1 } }, "pairs.c"],
  ["a key of a pair", { rows: [], pairs: { long: "b" } }, "pairs.long"],
  ["the branch that comes farthest", { rows: [], one: { b: { c: "1" } } }, "one.b.c"],
] as const)("%s is the trouble", (_what, value, where) => {
  expect(firstTrouble(Sample, value)?.path.join(".")).toBe(where);
});

test.each([
  ["NodeStates", NodeStates],
  ["DaemonSetStates", DaemonSetStates],
  ["ObjectStates", ObjectStates],
  ["Snapshot", Snapshot],
] as const)("there is trouble in %s where zod finds some, and nowhere else", (_type, schema) => {
  const asMade = anyJson(schema);
  const spoilt = asMade.chain(oneReplaced).filter((value) => plainJson(value).ok);

  fc.assert(
    fc.property(fc.oneof(asMade, spoilt, spoilt), (value) => {
      expect(firstTrouble(schema, value) === undefined).toBe(schema.safeParse(value).success);
    }),
    { numRuns: 150 },
  );
});
