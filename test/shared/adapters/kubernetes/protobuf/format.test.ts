import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { protobufFormat } from "#shared/adapters/kubernetes/protobuf/format.ts";
import { FrameTooLong } from "#shared/adapters/kubernetes/reflector/lines.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import { fullObject } from "../../../../fixtures/full-objects.ts";
import { nodeJson, podJson } from "../../../../fixtures/kubernetes-json.ts";
import {
  bytesField,
  enveloped,
  eventBytes,
  frameBytes,
  listBytes,
  messageBytes,
  messageOf,
  numberField,
  objectBytes,
} from "../../../../fixtures/protobuf.ts";
import { anyObject, PROTOBUF_KINDS, typeOf } from "../../../../fixtures/protobuf-objects.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const format = protobufFormat("Pod");
const pods = format.of(`${PROTOBUF};stream=watch`);
const pod = podJson("p");
const added = eventBytes("Pod", "ADDED", pod);

test("protobuf is asked for first, and JSON is good too", () => {
  expect(format.accept).toBe("application/vnd.kubernetes.protobuf,application/json;q=0.9");
  expect(format.otherwise?.accept).toBe("application/json");
});

test("what is answered in JSON is read as JSON", () => {
  const line = Buffer.from(JSON.stringify({ type: "ADDED", object: pod }));
  for (const said of ["application/json", undefined, "application/json;stream=watch"])
    expect(format.of(said).event(line)).toEqual(pods.event(added));
});

test.each([PROTOBUF, `${PROTOBUF};stream=watch`, PROTOBUF.toUpperCase()])(
  "%s is protobuf",
  (said) => {
    expect(format.of(said).event(added).is).toBe("put");
  },
);

test.each(["NodePool", "NodeClaim"] as const)(
  "of %s, a custom resource, there is only JSON",
  (kind) => {
    expect(protobufFormat(kind).accept).toBe("application/json");
  },
);

test("an event's object is what a dump's object would be", () => {
  expect(pods.event(added)).toEqual({
    is: "put",
    added: true,
    version: "100",
    object: readAs("Pod", pod),
    problems: [],
  });
});

test("what is wrong in an object is told with it, and again when it comes again", () => {
  const nodes = protobufFormat("Node").of(PROTOBUF);
  const json = nodeJson("n1", { status: { allocatable: { cpu: "many" } } });
  for (let i = 0; i < 2; i += 1) {
    expect(nodes.event(eventBytes("Node", "ADDED", json))).toMatchObject({
      is: "put",
      problems: [{ object: "Node/n1", field: "status.allocatable.cpu" }],
    });
  }
});

const raw = messageBytes(messageOf("Pod"), pod);
const type = typeOf("Pod");
const inEvent = (object: Uint8Array, word = "ADDED"): Uint8Array =>
  Buffer.concat([bytesField(1, word), bytesField(2, bytesField(1, object))]);
const ends = { "k8s.io/initial-events-end": "true" };
const bookmarked = (metadata: object) => eventBytes("Pod", "BOOKMARK", { ...type, metadata });

test.each([
  ["an object without an envelope", inEvent(raw), { is: "bad", why: "an object has no envelope" }],
  ["an object that is JSON", inEvent(Buffer.from(JSON.stringify(pod))), { is: "bad" }],
  ["an object of another kind", inEvent(objectBytes("Node", nodeJson("n"))), { is: "bad" }],
  [
    "a kind of the same name in another group",
    inEvent(enveloped({ ...type, apiVersion: "x.y/v1" }, raw)),
    { is: "bad" },
  ],
  [
    "a packed object",
    inEvent(Buffer.concat([enveloped(type, raw), bytesField(3, "gzip")])),
    { is: "bad" },
  ],
  ["an object without a type of its own", inEvent(enveloped({}, raw)), { is: "bad" }],
  ["no object", bytesField(1, "ADDED"), { is: "bad", why: "an object has no metadata" }],
  ["nothing at all", new Uint8Array(0), { is: "bad", why: "an event has no type" }],
  ["no version", eventBytes("Pod", "ADDED", { ...type, metadata: { name: "p" } }), { is: "bad" }],
  ["a type that is a number", Buffer.concat([numberField(1, 1)]), { is: "bad" }],
  ["an unknown type", inEvent(enveloped(type, raw), "constructor"), { is: "unknown" }],
  [
    "an impossible name",
    eventBytes("Pod", "ADDED", { ...type, metadata: { name: "/", resourceVersion: "5" } }),
    { is: "refused", version: "5" },
  ],
  ["a deleted one", eventBytes("Pod", "DELETED", pod), { is: "gone", added: false }],
  [
    "a bookmark",
    bookmarked({ resourceVersion: "7" }),
    { is: "bookmark", version: "7", endsInitial: false },
  ],
  [
    "the end of what there was",
    bookmarked({ resourceVersion: "7", annotations: ends }),
    { is: "bookmark", version: "7", endsInitial: true },
  ],
  ["a bookmark without a version", bookmarked({}), { is: "bad", why: "a bookmark has no version" }],
  [
    "an error",
    eventBytes("Pod", "ERROR", { kind: "Status", apiVersion: "v1", message: "gone", code: 410 }),
    { is: "error", code: 410, message: "gone" },
  ],
  [
    "an error without a code",
    eventBytes("Pod", "ERROR", { kind: "Status" }),
    { is: "error", code: 0 },
  ],
  [
    "what a later version adds",
    Buffer.concat([added, bytesField(3, "new"), numberField(99, 1)]),
    { is: "put" },
  ],
])("%s", (_what, frame, event) => {
  expect(pods.event(frame)).toMatchObject(event);
});

describe("whatever the bytes are", () => {
  const KINDS = ["put", "gone", "bookmark", "error", "refused", "unknown", "bad"];
  const whole = eventBytes("Pod", "MODIFIED", fullObject("Pod"));

  test("noise is no event and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(KINDS).toContain(pods.event(bytes).is);
      }),
      { seed: 5, numRuns: 2000 },
    );
  });

  test("noise inside good envelopes never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(["bad", "put", "refused"]).toContain(pods.event(inEvent(enveloped(type, bytes))).is);
      }),
      { seed: 5, numRuns: 2000 },
    );
  });

  test("an event that ends anywhere before its end is bad", () => {
    for (let size = 0; size < whole.length; size += 1)
      expect(pods.event(whole.subarray(0, size)).is).toBe("bad");
  });

  const flipped = (bytes: Uint8Array, at: number, bit: number): Uint8Array => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ (1 << bit);
    return copy;
  };

  test("any bit of a lease that is flipped makes it bad or another event, and never throws", () => {
    const leases = protobufFormat("Lease").of(PROTOBUF);
    const lease = eventBytes("Lease", "MODIFIED", fullObject("Lease"));
    for (let bit = 0; bit < 8 * lease.length; bit += 1)
      expect(KINDS).toContain(leases.event(flipped(lease, bit >> 3, bit & 7)).is);
  });

  test("so does a bit of every byte of a pod", () => {
    for (let at = 0; at < whole.length; at += 1)
      expect(KINDS).toContain(pods.event(flipped(whole, at, at & 7)).is);
  });
});

describe("frames", () => {
  const events = [
    added,
    new Uint8Array(0),
    eventBytes("Pod", "DELETED", pod),
    Buffer.alloc(70_000, 1),
  ];
  const stream = Buffer.concat(events.map(frameBytes));

  test("are cut at their lengths, in whatever pieces they come", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const frames = pods.frames(1e6);
        const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        // Each is good until the next piece.
        const got = places.flatMap((place, i) =>
          frames
            .write(stream.subarray(places[i - 1] ?? 0, place))
            .map((frame) => Buffer.from(frame)),
        );
        expect(got).toEqual(events.map((event) => Buffer.from(event)));
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  test("are found when every byte comes alone", () => {
    const frames = pods.frames(1e6);
    expect([...stream].flatMap((byte) => frames.write(Uint8Array.of(byte)))).toHaveLength(
      events.length,
    );
  });

  test("that are not whole are kept as a copy", () => {
    const frames = pods.frames(1e6);
    const piece = frameBytes(added);
    expect(frames.write(piece.subarray(0, -1))).toEqual([]);
    const last = piece.subarray(-1);
    const rest = Buffer.from(last);
    piece.fill(0);
    expect(frames.write(rest).map((frame) => pods.event(frame).is)).toEqual(["put"]);
  });

  test("longer than the limit are refused before their bytes come", () => {
    expect(() => pods.frames(100).write(Uint8Array.of(0, 0, 0, 101))).toThrow(FrameTooLong);
    expect(() => pods.frames(100).write(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toThrow(
      FrameTooLong,
    );
    expect(pods.frames(100).write(Uint8Array.of(0, 0, 0, 100))).toEqual([]);
  });
});

describe("a page", () => {
  const WORDS = { apiVersion: "v1", resourceVersion: "7", continue: "next" };
  const items = [podJson("a"), podJson("b"), podJson("c")];
  const bytes = listBytes("Pod", WORDS, items);
  const read = (pieces: readonly Uint8Array[]) => {
    const names: string[] = [];
    const reader = pods.page(({ name }) => names.push(name));
    for (const piece of pieces) reader.write(piece);
    return { names, head: reader.end() };
  };

  test("is read in whatever pieces it comes", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const pieces = places.map((place, i) => bytes.subarray(places[i - 1] ?? 0, place));
        expect(read(pieces)).toEqual({
          names: ["a", "b", "c"],
          head: { version: "7", next: "next" },
        });
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  test("gives each item as soon as it is whole", () => {
    const names: string[] = [];
    const reader = pods.page(({ name }) => names.push(name));
    reader.write(bytes.subarray(0, -1));
    expect(names).toEqual(["a", "b"]);
  });

  test.each(PROTOBUF_KINDS)("of %s has the objects that a dump would have", (kind) => {
    const { apiVersion } = typeOf(kind);
    fc.assert(
      fc.property(fc.array(anyObject(kind), { maxLength: 3 }), (objects) => {
        const got: unknown[] = [];
        const reader = protobufFormat(kind)
          .of(PROTOBUF)
          .page((object) => got.push(object));
        reader.write(listBytes(kind, { apiVersion, resourceVersion: "5" }, objects));
        expect(reader.end()).toEqual({ version: "5", next: "" });
        expect(got).toEqual(objects.map((json) => readAs(kind, json)));
      }),
      { seed: 5, numRuns: 20 },
    );
  });

  test("of nothing is a list", () => {
    expect(read([listBytes("Pod", WORDS, [])])).toMatchObject({
      names: [],
      head: { version: "7" },
    });
  });

  test("of what nobody knows yet is read without it", () => {
    const list = Buffer.concat([
      bytesField(1, bytesField(2, "9")),
      bytesField(7, "new"),
      numberField(9, 300),
      bytesField(2, raw),
    ]);
    expect(
      read([
        enveloped({ kind: "PodList", apiVersion: "v1" }, list),
        bytesField(9, "x"),
        numberField(10, 3),
      ]),
    ).toEqual({ names: ["p"], head: { version: "9", next: "" } });
  });

  test.each([
    ["another list", listBytes("Node", WORDS, [])],
    ["a single object", objectBytes("Pod", pod)],
    ["a Status", enveloped({ kind: "Status", apiVersion: "v1" }, bytesField(3, "no"))],
    ["a list without a version", listBytes("Pod", { ...WORDS, resourceVersion: "" }, items)],
    ["a list without words", enveloped({ kind: "PodList", apiVersion: "v1" }, bytesField(2, raw))],
    ["a list in a list", Buffer.concat([bytes, bytesField(2, bytesField(1, bytesField(2, "9")))])],
    [
      "an envelope that says its type too late",
      Buffer.concat([Buffer.from("k8s\0"), bytesField(2, new Uint8Array(0))]),
    ],
    ["a packed list", Buffer.concat([bytes, bytesField(3, "gzip")])],
    ["JSON", Buffer.from(JSON.stringify({ kind: "PodList" }))],
    ["nothing", new Uint8Array(0)],
    [
      "an item longer than its list",
      enveloped({ kind: "PodList", apiVersion: "v1" }, Uint8Array.of(0x12, 0x05, 1)),
    ],
    [
      "an item of noise",
      enveloped({ kind: "PodList", apiVersion: "v1" }, bytesField(2, Uint8Array.of(0x0a, 0x7f))),
    ],
    [
      "an item as long as nothing is",
      enveloped(
        { kind: "PodList", apiVersion: "v1" },
        Uint8Array.of(0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      ),
    ],
  ])("of %s is none", (_what, list) => {
    expect(read([list]).head).toBeUndefined();
    expect(read([...list].map((byte) => Uint8Array.of(byte))).head).toBeUndefined();
  });

  test("that is cut off anywhere is none", () => {
    for (let size = 0; size < bytes.length; size += 1)
      expect(read([bytes.subarray(0, size)]).head).toBeUndefined();
  });
});
