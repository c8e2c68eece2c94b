import { expect, test } from "vitest";
import { MESSAGES } from "#shared/adapters/kubernetes/protobuf/kinds.ts";
import {
  count32,
  int32,
  intOrString,
  keys,
  map,
  message,
  microTime,
  one,
  quantities,
  readMessage,
  text,
  time,
  word,
  words,
  type Message,
} from "#shared/adapters/kubernetes/protobuf/message.ts";
import { BadWire, wireOf } from "#shared/adapters/kubernetes/protobuf/wire.ts";
import type { Kind } from "#shared/cluster/cluster.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import { fullObject } from "../../../../fixtures/full-objects.ts";
import { bytesField, numberField } from "../../../../fixtures/protobuf.ts";
import { PROTOBUF_KINDS } from "../../../../fixtures/protobuf-objects.ts";

const read = (fields: Message, ...bytes: readonly Uint8Array[]) =>
  readMessage(fields, wireOf(Buffer.concat(bytes)));
const when = (seconds: number | bigint, nanos = 0): Uint8Array =>
  Buffer.concat([numberField(1, seconds), numberField(2, nanos)]);
const entry = (...parts: readonly Uint8Array[]): Uint8Array => bytesField(1, Buffer.concat(parts));
const none = new Uint8Array(0);

test.each([
  ["a second", time("t"), when(1_800_000_000), "2027-01-15T08:00:00Z"],
  ["parts of a second that no Time has", time("t"), when(0, 999), "1970-01-01T00:00:00Z"],
  ["before 1970", time("t"), when(-1), "1969-12-31T23:59:59Z"],
  ["no time at all", time("t"), none, undefined],
  ["beyond all calendars", time("t"), when(2n ** 60n), `${2 ** 60} s`],
  ["microseconds", microTime("t"), when(1, 789_012_999), "1970-01-01T00:00:01.789012Z"],
  ["no microtime", microTime("t"), none, undefined],
  [
    "more than a second in parts",
    microTime("t"),
    when(1, 1_500_000_000),
    "1970-01-01T00:00:02.500000Z",
  ],
  ["a number of two", intOrString("t"), Buffer.concat([numberField(1, 0), numberField(2, 7)]), 7],
  [
    "a text of two",
    intOrString("t"),
    Buffer.concat([numberField(1, 1), bytesField(3, "5%")]),
    "5%",
  ],
] as const)("%s", (_what, field, bytes, value) => {
  expect(read(message({ 1: field }), bytesField(1, bytes))["t"]).toBe(value);
});

test("a 0 that JSON leaves out is left out, any other is a number", () => {
  const fields = message({ 1: count32("a"), 2: int32("b") });
  expect(read(fields, numberField(1, 0), numberField(2, 0))).toEqual({ b: 0 });
  expect(read(fields, numberField(1, 5), numberField(1, 0))).toEqual({});
});

test("a key called __proto__ is a key like any other", () => {
  const labels = message({ 1: map("labels") });
  const said = read(labels, entry(bytesField(1, "__proto__"), bytesField(2, "x")));
  expect(JSON.stringify(said)).toBe('{"labels":{"__proto__":"x"}}');
});

test("of an entry, a key or a value that is not there is empty", () => {
  expect(
    read(message({ 1: map("m") }), entry(bytesField(1, "a")), entry(bytesField(2, "b"))),
  ).toEqual({
    m: { a: "", "": "b" },
  });
  expect(read(message({ 1: keys("m") }), entry(bytesField(1, "a"), bytesField(2, "\xff")))).toEqual(
    {
      m: { a: null },
    },
  );
});

test("a quantity is its text, however long or oddly written", () => {
  const fields = message({ 1: quantities("q") });
  const of = (amount: Uint8Array) =>
    read(fields, entry(bytesField(1, "cpu"), bytesField(2, amount)))["q"];
  expect(of(bytesField(1, "1500m"))).toEqual({ cpu: "1500m" });
  expect(of(bytesField(1, "9".repeat(200)))).toEqual({ cpu: "9".repeat(200) });
  expect(of(Buffer.concat([bytesField(9, "new"), bytesField(1, "2")]))).toEqual({ cpu: "2" });
  expect(of(Buffer.concat([bytesField(1, "1"), bytesField(1, "2")]))).toEqual({ cpu: "2" });
});

test("what is not known is passed over, whatever wire type it has", () => {
  const unknown = [
    numberField(900, 2n ** 63n),
    bytesField(901, "later"),
    Uint8Array.from([0x09, 1, 2, 3, 4, 5, 6, 7, 8]),
    Uint8Array.from([0x15, 1, 2, 3, 4]),
  ];
  expect(read(message({ 7: word("a") }), ...unknown, bytesField(7, "x"), ...unknown)).toEqual({
    a: "x",
  });
});

test("a message in two parts is one message", () => {
  const fields = message({ 1: one("m", message({ 1: word("a"), 2: words("b") })) });
  const [first, second] = [bytesField(1, "x"), bytesField(2, "y")];
  expect(read(fields, bytesField(1, first), bytesField(1, second), bytesField(1, second))).toEqual({
    m: { a: "x", b: ["y", "y"] },
  });
});

test.each([
  ["a text as a number", message({ 1: text("a") }), numberField(1, 5)],
  ["a number as a text", message({ 1: int32("a") }), bytesField(1, "x")],
  ["a text that is no UTF-8", message({ 1: text("a") }), bytesField(1, Uint8Array.of(0xff))],
  ["a word that is no UTF-8", message({ 1: word("a") }), bytesField(1, Uint8Array.of(0x41, 0xc3))],
  [
    "a long text that is no UTF-8",
    message({ 1: text("a") }),
    bytesField(1, Buffer.alloc(200, 0xff)),
  ],
  [
    "a message that ends beyond the one around it",
    message({ 1: one("m", message({ 1: word("a") })) }),
    Uint8Array.of(10, 3, 10, 5, 65, 65, 65, 65, 65),
  ],
  ["a key that is a number", message({ 1: map("m") }), entry(numberField(1, 1))],
  ["seconds that are a text", message({ 1: time("t") }), bytesField(1, bytesField(1, "x"))],
])("%s is refused", (_what, fields, bytes) => {
  expect(() => read(fields, bytes)).toThrow(BadWire);
});

test("a byte order mark is part of the text", () => {
  expect(
    read(
      message({ 1: text("a"), 2: word("b") }),
      bytesField(1, "\ufeffé"),
      bytesField(2, "\ufeffé"),
    ),
  ).toEqual({ a: "\ufeffé", b: "\ufeffé" });
});

test("words that differ in a single byte are not taken for each other", () => {
  const all = Array.from({ length: 50_000 }, (_, i) => `w${i.toString(36)}`);
  const fields = message({ 1: words("all") });
  expect(read(fields, ...all.map((one) => bytesField(1, one)))).toEqual({ all });
});

/** All paths that are asked for while an object is read. */
function pathsRead(kind: Kind, json: object): ReadonlySet<string> {
  const paths = new Set<string>();
  const watched = (value: unknown, path: string): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((one) => watched(one, path));
    return new Proxy(value, {
      get(target, key) {
        // What is compared as text is not read for that.
        if (key === "toJSON") return () => target;
        const there = `${path}.${String(key)}`.replace(/^\./, "");
        paths.add(there);
        return watched(Reflect.get(target, key), there);
      },
      getOwnPropertyDescriptor(target, key) {
        paths.add(`${path}.${String(key)}`.replace(/^\./, ""));
        return Reflect.getOwnPropertyDescriptor(target, key);
      },
    });
  };
  readAs(kind, watched(json, ""));
  return paths;
}

const MAPS: ReadonlySet<string> = new Set(["map", "mapOfSome", "keys", "quantities"]);

function pathsOf(message: Message, before = ""): readonly string[] {
  return message.flatMap((field): readonly string[] => {
    if (field === undefined) return [];
    if (field.as === "inline") return pathsOf(field.of ?? [], before);
    const path = `${before}${field.key}`;
    return [path, ...pathsOf(field.of ?? [], `${path}.`)];
  });
}

const mapsOf = (message: Message, before = ""): readonly string[] =>
  message.flatMap((field): readonly string[] => {
    if (field === undefined) return [];
    if (field.as === "inline") return mapsOf(field.of ?? [], before);
    const path = `${before}${field.key}`;
    return MAPS.has(field.as) ? [`${path}.`] : mapsOf(field.of ?? [], `${path}.`);
  });

/** Asked for of the JSON of other versions, which have no protobuf. */
const ELSEWHERE = /^(regarding|note|deprecated(First|Last)Timestamp|deprecatedCount)(\.|$)/;
/** Of a pod and of an Event, what is read first; without it other fields are asked for. */
const WITHOUT = { series: undefined, firstTimestamp: undefined, status: {} };
/** What the reflector asks for. */
const VERSION = "metadata.resourceVersion";

test.each(PROTOBUF_KINDS)(
  "the table of %s has what its reader asks for, and nothing else",
  (kind) => {
    const table = MESSAGES.get(kind) ?? [];
    const maps = mapsOf(table);
    const inMap = (path: string): boolean => maps.some((map) => path.startsWith(map));
    const full = fullObject(kind);
    const paths = [full, { ...full, ...WITHOUT }].flatMap((json) => [...pathsRead(kind, json)]);
    const asked = paths.filter((path) => !ELSEWHERE.test(path) && !inMap(path));
    const known = pathsOf(table);
    const missing = asked.filter((path) => !known.includes(path));
    const needless = known.filter((path) => path !== VERSION && !asked.includes(path));
    expect({ missing, needless }).toEqual({ missing: [], needless: [] });
  },
);
