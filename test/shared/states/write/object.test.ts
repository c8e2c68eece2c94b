import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Kind } from "#shared/cluster/cluster.ts";
import { readAs, RESOURCES } from "#shared/cluster/read/object.ts";
import { SHAPES } from "#shared/events/shapes/kinds.ts";
import { writeObject } from "#shared/states/write/object.ts";
import { demoCluster } from "../../../../functions/cli/demo/demo-cluster.ts";
import { anyJson } from "../../../fixtures/any-json.ts";
import { fullObject } from "../../../fixtures/full-objects.ts";

const KINDS = RESOURCES.map(({ kind }) => kind);

/** An object as it is read here, and as it is read from what is told of it. */
function bothOf(kind: Kind, json: unknown) {
  const object = readAs(kind, json);
  const told: unknown = JSON.parse(JSON.stringify(writeObject(kind, object)));
  return { object, again: readAs(kind, told), told, taken: SHAPES[kind].parse(told) };
}

test.each(KINDS)("whatever was read of a %s is read again from what is told of it", (kind) => {
  fc.assert(
    fc.property(anyJson(SHAPES[kind]), (json) => {
      const { object, again, told, taken } = bothOf(kind, json);
      expect(again).toStrictEqual(object);
      expect(taken).toStrictEqual(told);
    }),
    { numRuns: kind === "Pod" || kind === "DaemonSet" ? 400 : 150 },
  );
});

test.each(KINDS)("all that a reader keeps of a full %s is told", (kind) => {
  const { object, again, told, taken } = bothOf(kind, fullObject(kind));

  expect(again).toStrictEqual(object);
  expect(taken).toStrictEqual(told);
});

test("every object of the demo is read again from what is told of it", () => {
  const cluster = demoCluster();

  for (const kind of KINDS)
    for (const object of cluster[kind])
      expect(readAs(kind, writeObject(kind, object))).toStrictEqual(object);
});

test.each(KINDS)("of a %s nothing is told that its reader fills in by itself", (kind) => {
  const bare = { metadata: { name: "one" } };

  expect(writeObject(kind, readAs(kind, bare))).toStrictEqual(bare);
});

test("a text longer than any event takes is cut, and the rest of its object is told", () => {
  const long = "x".repeat(65_537);
  const annotations = { "dsaudit.dev/acknowledge": long };
  const spec = { containers: [{ image: long }], nodeSelector: { a: long } };
  const { told, taken } = bothOf("Pod", { metadata: { annotations }, spec });

  expect(taken).toStrictEqual(told);
  expect(
    JSON.stringify(told)
      .match(/x+/g)
      ?.map(({ length }) => length),
  ).toEqual([65_536, 65_536, 65_536]);
});

test("what no reader keeps has no way out", () => {
  const text = JSON.stringify(
    KINDS.map((kind) => writeObject(kind, readAs(kind, fullObject(kind)))),
  );

  for (const word of [
    "/bin/agent",
    "--v=2",
    '"A"',
    "10.0.0.1",
    "10.1.0.1",
    "last-applied",
    "fieldsV1",
    "$patch",
  ])
    expect(text).not.toContain(word);
});
