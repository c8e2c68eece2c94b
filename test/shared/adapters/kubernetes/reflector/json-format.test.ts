import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jsonFormat } from "#shared/adapters/kubernetes/reflector/json-format.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import { daemonPodJson, nodeJson, podJson } from "../../../../fixtures/kubernetes-json.ts";

const nodes = jsonFormat("Node");
const line = (json: unknown): Buffer => Buffer.from(JSON.stringify(json));

test("an event's object is what a dump's object would be", () => {
  const pod = daemonPodJson("agent", "n1");
  const event = jsonFormat("Pod").event(line({ type: "MODIFIED", object: pod }));
  expect(event).toEqual({
    is: "put",
    added: false,
    version: "100",
    object: readAs("Pod", pod),
    problems: [],
  });
});

test("what is wrong in an object is told with it, and again when it comes again", () => {
  const json = nodeJson("n1", { status: { allocatable: { cpu: "many" } } });
  for (let i = 0; i < 2; i += 1) {
    expect(nodes.event(line({ type: "ADDED", object: json }))).toMatchObject({
      is: "put",
      problems: [{ object: "Node/n1", field: "status.allocatable.cpu" }],
    });
  }
});

test("equal labels are one object, but are not remembered beyond a watch", () => {
  const labelled = (name: string) => {
    const object = nodeJson(name, { metadata: { labels: { a: "b" } } });
    const event = nodes.event(line({ type: "ADDED", object }));
    return event.is === "put" ? event.object.labels : undefined;
  };
  const first = labelled("n1");
  expect(labelled("n2")).toBe(first);
  nodes.frames(100);
  expect(labelled("n3")).toEqual(first);
  expect(labelled("n3")).not.toBe(first);
});

const good = line({ type: "ADDED", object: nodeJson("n1", { metadata: { labels: { a: "bc" } } }) });
const spoilt = Buffer.from(good);
spoilt[good.indexOf("bc")] = 0xff;

test.each([
  ["a byte is no text", spoilt, "bad"],
  ["an object of another kind", line({ type: "ADDED", object: podJson("p") }), "bad"],
  ["a kind of the same name in another group", nodeOf({ apiVersion: "x.example/v1" }), "bad"],
  ["no metadata", line({ type: "ADDED", object: { kind: "Node" } }), "bad"],
  ["no object", line({ type: "DELETED" }), "bad"],
  ["no version", nodeOf({ metadata: { name: "n1" } }), "bad"],
  ["a version that is a number", nodeOf({ metadata: { name: "n1", resourceVersion: 5 } }), "bad"],
  ["a type that is a number", line({ type: 5, object: {} }), "bad"],
  ["a type that only prototypes have", line({ object: {} }), "bad"],
  ["a bookmark without a version", line({ type: "BOOKMARK", object: { metadata: {} } }), "bad"],
  ["an unknown type", line({ type: "constructor", object: {} }), "unknown"],
  ["an impossible name", nodeOf({ metadata: { name: "/", resourceVersion: "5" } }), "refused"],
  ["an error without an object", line({ type: "ERROR" }), "error"],
  ["an error whose code is a word", line({ type: "ERROR", object: { code: "410" } }), "error"],
  ["nothing wrong", good, "put"],
])("%s", (_what, bytes, is) => {
  expect(nodes.event(bytes).is).toBe(is);
});

function nodeOf(parts: Readonly<Record<string, unknown>>): Buffer {
  return line({ type: "ADDED", object: { ...nodeJson("n1"), ...parts } });
}

test.each([
  [{ "k8s.io/initial-events-end": "true" }, true],
  [{ "k8s.io/initial-events-end": "false" }, false],
  [{}, false],
])("a bookmark with %j ends what there was: %s", (annotations, endsInitial) => {
  const object = { kind: "Node", metadata: { resourceVersion: "7", annotations } };
  expect(nodes.event(line({ type: "BOOKMARK", object }))).toEqual({
    is: "bookmark",
    version: "7",
    endsInitial,
  });
});

test("no line makes it throw", () => {
  const type = fc.constantFrom("ADDED", "DELETED", "BOOKMARK", "ERROR", "WAT");
  const kinds = ["put", "gone", "bookmark", "error", "refused", "unknown", "bad"];
  const spoil = fc.record({ at: fc.nat(400), byte: fc.nat(255) });
  fc.assert(
    fc.property(type, fc.jsonValue(), fc.array(spoil, { maxLength: 3 }), (type, object, spoils) => {
      const bytes = Buffer.from(line({ type, object }));
      for (const { at, byte } of spoils) bytes[at % bytes.length] = byte;
      expect(kinds).toContain(nodes.event(bytes).is);
    }),
    { seed: 5, numRuns: 500 },
  );
});
