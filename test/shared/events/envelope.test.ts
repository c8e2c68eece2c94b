import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readEvent, type Sender } from "#shared/events/envelope.ts";
import { oneReplaced } from "../../fixtures/any-json.ts";

type Json = Readonly<Record<string, unknown>>;
type Stored = { readonly detail: Json } & Json;

const FOLDER = new URL("../../contracts/v1/", import.meta.url);
const STORED = new Map(
  readdirSync(FOLDER).map((file) => {
    const event = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Stored;
    return [event["detail-type"] as string, event] as const;
  }),
);
const CLUSTER = "3f0c2d5e-6a6b-4c1e-9d7a-0d1f4b8f2a11";
const SENDERS: readonly Sender[] = [
  {
    source: "dsaudit.forwarder.prod",
    account: "111122223333",
    region: "eu-central-1",
    cluster: CLUSTER,
  },
  {
    source: "dsaudit.forwarder.test",
    account: "444455556666",
    region: "us-east-1",
    cluster: "other",
  },
];

/** The stored event with some of it replaced, as text. `undefined` takes a field away. */
const changed = (type: string, over: Json, inDetail: Json = {}): string => {
  const event = STORED.get(type);
  return JSON.stringify({ ...event, ...over, detail: { ...event?.detail, ...inDetail } });
};
const codeOf = (input: unknown, senders = SENDERS): string => {
  const read = readEvent(input, senders);
  return read.ok ? "taken" : read.code;
};
const saying = (input: unknown): string => {
  const read = readEvent(input, SENDERS);
  return read.ok ? "" : read.message;
};

test.each([...STORED])("%s is taken, parsed or as text", (_type, event) => {
  expect(codeOf(event)).toBe("taken");
  expect(readEvent(event, SENDERS)).toEqual(readEvent(JSON.stringify(event), SENDERS));
});

const deep = (depth: number): unknown => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
const cyclic: unknown[] = [];
cyclic.push(cyclic);

test.each([
  ["nothing at all", undefined, "event.not-json"],
  ["a function", () => 1, "event.not-json"],
  ["a cycle", cyclic, "event.not-json"],
  ["no text of JSON", "x", "event.not-json"],
  ["half an event", changed("Heartbeat", {}).slice(0, 200), "event.not-json"],
  ["a byte order mark", `\u{feff}${changed("Heartbeat", {})}`, "event.not-json"],
  ["null", null, "event.shape"],
  ["a list", [], "event.shape"],
  ["an empty object", {}, "event.shape"],
  ["another version of the envelope", changed("Heartbeat", { version: "1" }), "event.shape"],
  ["no id", changed("Heartbeat", { id: undefined }), "event.shape"],
  ["detail as text", { ...STORED.get("Heartbeat"), detail: "{}" }, "event.shape"],
  ["detail as a list", { ...STORED.get("Heartbeat"), detail: [] }, "event.shape"],
  ["more than 1 MiB", changed("Heartbeat", {}, { pad: "x".repeat(2 ** 20) }), "event.too-large"],
  [
    "more bytes than 1 MiB",
    changed("Heartbeat", {}, { pad: "é".repeat(2 ** 19) }),
    "event.too-large",
  ],
  ["a detail 65 deep", changed("Heartbeat", {}, { pad: deep(63) }), "event.too-deep"],
  ["a detail far deeper", `{"detail":${"[".repeat(400_000)}`, "event.not-json"],
  ["depth without end", "[".repeat(500_000) + "]".repeat(500_000), "event.too-deep"],
] as const)("%s is refused", (_what, input, code) => {
  expect(codeOf(input)).toBe(code);
});

test("as deep as it may be, and as large, an event is taken", () => {
  expect(codeOf(changed("Heartbeat", {}, { pad: deep(62) }))).toBe("taken");
  expect(codeOf(changed("Heartbeat", {}, { pad: "é".repeat(520_000) }))).toBe("taken");
});

test.each([
  ["a source that nobody registered", { source: "dsaudit.forwarder.evil" }, "source.unknown"],
  ["an account that is not the source's", { account: "999999999999" }, "account.unknown"],
  ["the account of another source", { account: "444455556666" }, "account.unknown"],
  ["a region that is not the source's", { region: "us-east-1" }, "region.unknown"],
  ["a type that there is not", { "detail-type": "NodeChanged" }, "type.unknown"],
  ["a type that every object inherits", { "detail-type": "constructor" }, "type.unknown"],
] as const)("%s may not speak", (_what, over, code) => {
  expect(codeOf(changed("Heartbeat", over))).toBe(code);
});

test("a source may speak of its own cluster only", () => {
  expect(saying(changed("NodeStates", {}, { cluster: "other" }))).toBe(
    `this source speaks of ${CLUSTER}, not of other`,
  );
});

test("one source in two accounts speaks of two clusters", () => {
  const [first, second] = SENDERS.map((one) => ({ ...one, source: "dsaudit" }));
  const both = [first, second].filter((one) => one !== undefined);
  const event = (over: Json, cluster: string) =>
    changed("Heartbeat", { source: "dsaudit", ...over }, { cluster });
  const away = { account: "444455556666", region: "us-east-1" };

  expect(codeOf(event({}, CLUSTER), both)).toBe("taken");
  expect(codeOf(event(away, "other"), both)).toBe("taken");
  expect(codeOf(event(away, CLUSTER), both)).toBe("cluster.other");
});

type Rows = readonly Json[];
const rowsOf = (type: string, key: string): Rows => (STORED.get(type)?.detail[key] ?? []) as Rows;
const NODES = rowsOf("NodeStates", "nodes");
const [NODE = {}, SECOND = {}] = NODES;
const nodes = (...rows: Rows) => changed("NodeStates", {}, { nodes: rows });
const POD = (NODE["pods"] as Rows)[0] ?? {};
const METADATA = (NODE["node"] as { readonly metadata: Json }).metadata;
const DAEMON_SET = rowsOf("DaemonSetStates", "daemonSets")[0] ?? {};

test.each([
  ["version 2", changed("Heartbeat", {}, { version: 2 }), "version.unknown"],
  ["a version as text", changed("Heartbeat", {}, { version: "1" }), "detail.shape"],
  ["no version", changed("Heartbeat", {}, { version: undefined }), "detail.shape"],
  ["no cluster", changed("Heartbeat", {}, { cluster: undefined }), "detail.shape"],
  ["seq 0", changed("Heartbeat", {}, { seq: 0 }), "detail.shape"],
  ["half a seq", changed("Heartbeat", {}, { seq: 1.5 }), "detail.shape"],
  ["a seq that no double holds", changed("Heartbeat", {}, { seq: 2 ** 53 }), "detail.shape"],
  ["a moment as text", changed("Heartbeat", {}, { sentAt: "now" }), "detail.shape"],
  [
    "an epoch with more to it",
    changed("Heartbeat", {}, { epoch: { createdAt: 1, transitions: 1, x: 1 } }),
    "detail.shape",
  ],
  ["no uid", nodes({ ...NODE, uid: undefined }), "detail.shape"],
  ["an empty uid", nodes({ ...NODE, uid: "" }), "detail.shape"],
  ["a number as uid", nodes({ ...NODE, uid: 5 }), "detail.shape"],
  ["a deleted node that has pods", nodes({ ...NODE, gone: true }), "detail.shape"],
  [
    "a node that is not gone and says nothing",
    nodes({ uid: "a", name: "a", hash: "" }),
    "detail.shape",
  ],
  [
    "a node that is gone: false",
    nodes({ uid: "a", name: "a", hash: "", gone: false }),
    "detail.shape",
  ],
  ["a field that a row does not have", nodes({ ...NODE, env: [] }), "detail.shape"],
  [
    "a field that a node does not have",
    nodes({ ...NODE, node: { metadata: METADATA, data: {} } }),
    "detail.shape",
  ],
  ["a row that inherits", nodes({ ...NODE, constructor: { prototype: {} } }), "detail.shape"],
  ["a node's object of another uid", nodes({ ...NODE, uid: "other" }), "rows.at-odds"],
  ["a node's object of another name", nodes({ ...NODE, name: "other" }), "rows.at-odds"],
  [
    "a DaemonSet's object of another namespace",
    changed("DaemonSetStates", {}, { daemonSets: [{ ...DAEMON_SET, namespace: "x" }] }),
    "rows.at-odds",
  ],
  [
    "a pod of a class that is not told",
    nodes({ ...NODE, pods: [{ ...POD, class: 4 }] }),
    "rows.at-odds",
  ],
  [
    "a group of a class that is not told",
    nodes({ ...NODE, others: { listed: [], grouped: [[4, 1]] } }),
    "rows.at-odds",
  ],
  [
    "a group of none",
    nodes({ ...NODE, others: { listed: [], grouped: [[0, 0]] } }),
    "detail.shape",
  ],
  [
    "a stray of a class that is not told",
    changed("DaemonSetStates", {}, { classes: [] }),
    "rows.at-odds",
  ],
  ["one node told twice", nodes(SECOND, SECOND), "rows.at-odds"],
  [
    "one object told twice",
    changed(
      "ObjectStates",
      {},
      {
        objects: [
          ...rowsOf("ObjectStates", "objects"),
          { uid: "cluster", name: "", hash: "", gone: true },
        ],
      },
    ),
    "rows.at-odds",
  ],
  ["part 3 of 2", changed("Snapshot", {}, { part: 3, of: 2 }), "rows.at-odds"],
  ["part 0 of 1", changed("Snapshot", {}, { part: 0 }), "detail.shape"],
  ["a part of more rows than there are", changed("Snapshot", {}, { count: 3 }), "rows.at-odds"],
  ["a row of no kind", changed("Snapshot", {}, { rows: [["Pod/a", ""]] }), "detail.shape"],
  [
    "a row listed twice",
    changed(
      "Snapshot",
      {},
      {
        rows: [
          ["Node/a", ""],
          ["Node/a", ""],
        ],
      },
    ),
    "rows.at-odds",
  ],
  [
    "a text of more than 64 KiB",
    nodes({ ...SECOND, node: { metadata: { ...METADATA, labels: { a: "x".repeat(65_537) } } } }),
    "detail.shape",
  ],
] as const)("%s is refused", (_what, input, code) => {
  expect(codeOf(input)).toBe(code);
});

test.each([
  ["anywhere in the event", '{"x":[{"__proto__":{"isAdmin":true}}]}', "event.reserved-key"],
  ["in detail", '{"detail":{"__proto__":{"isAdmin":true}}}', "event.reserved-key"],
] as const)("a key that changes what objects inherit is refused: %s", (_where, text, code) => {
  expect(codeOf(text)).toBe(code);
  expect(({} as Json)["isAdmin"]).toBeUndefined();
});

test.each(["constructor", "prototype"])("%s is no field of a later version either", (key) => {
  expect(codeOf(changed("Heartbeat", {}, { [key]: { prototype: { x: 1 } } }))).toBe(
    "event.reserved-key",
  );
});

test("a label may have any name but one", () => {
  const labels = { constructor: "a", prototype: "b", toString: "c" };
  const node = { metadata: { ...METADATA, labels } };
  const read = readEvent(nodes({ ...NODE, node }), SENDERS);

  expect(read).toMatchObject({ ok: true, event: { detail: { nodes: [{ node }] } } });
  expect(codeOf(nodes({ ...NODE, node }).replace('"toString"', '"__proto__"'))).toBe(
    "event.reserved-key",
  );
});

test("what a later forwarder says beside it is passed over and counted", () => {
  const read = readEvent(
    changed("Heartbeat", { extra: 1 }, { later: {}, evenLater: [1] }),
    SENDERS,
  );

  expect(read).toMatchObject({ ok: true, ignored: 2 });
  expect(Object.keys(read.ok ? read.event.detail : {})).not.toContain("later");
});

test("a refusal names the field, and what it quotes is printable", () => {
  expect(saying(nodes({ ...NODE, uid: 5 }))).toBe(
    "nodes.0.uid: Invalid input: expected string, received number",
  );
  expect(saying(changed("Heartbeat", { source: "a\u{202e}\nb" }))).toBe(
    'the source "a\\u202e\\nb" is not one that may speak',
  );
  expect(saying(nodes({ ...NODE, ["\u{7}x"]: 1 }))).not.toMatch(/\p{Cc}/u);
});

test.each([
  ["rows", (list: Rows) => changed("NodeStates", {}, { nodes: list })],
  ["pods of a row", (list: Rows) => nodes({ ...NODE, pods: list })],
  ["classes", (list: Rows) => changed("NodeStates", {}, { classes: list })],
] as const)("as many empty objects as an event holds, as %s, cost little", (_what, event) => {
  const text = event(Array.from({ length: 290_000 }, () => ({})));
  const before = process.cpuUsage();

  expect(codeOf(text)).toBe("detail.shape");
  const { user, system } = process.cpuUsage(before);
  // Zod alone takes 3 to 12 seconds.
  expect((user + system) / 1000).toBeLessThan(1500);
});

test("whatever stands in whichever field, the answer is a value and no prototype changes", () => {
  const before = Reflect.ownKeys(Object.prototype);

  fc.assert(
    fc.property(fc.constantFrom(...STORED.values()).chain(oneReplaced), (event) => {
      const read = readEvent(event, SENDERS);
      expect([true, false]).toContain(read.ok);
      expect(read.ok || read.message.length < 400).toBe(true);
    }),
    { numRuns: 1500 },
  );
  expect(Reflect.ownKeys(Object.prototype)).toEqual(before);
});
