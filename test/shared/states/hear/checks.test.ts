import { describe, expect, test } from "vitest";
import type { Heartbeat } from "#shared/events/heartbeat.ts";
import { digestOf } from "#shared/states/digest.ts";
import { checks, PATIENCE, type Known } from "#shared/states/hear/checks.ts";
import { rowKey, type Epoch, type Order, type RowKey } from "#shared/states/row.ts";

const EPOCH: Epoch = { createdAt: 1000, transitions: 2 };
const order = (seq: number, epoch = EPOCH): Order => ({ epoch, seq });
const [a, b] = [rowKey("Node", "a"), rowKey("DaemonSet", "b")];

/** What is here: key, the seq by which it was told, and its hash; "": it is gone. */
type Row = readonly [key: RowKey, seq: number, hash: string];
const known = (...rows: readonly Row[]): ReadonlyMap<RowKey, Known<unknown>> =>
  new Map(
    rows.map(([key, seq, hash]) => [
      key,
      { now: { order: order(seq), hash, told: hash === "" ? undefined : {} }, before: undefined },
    ]),
  );
const HERE = known([a, 3, "h1"], [b, 4, "h2"]);

const beat = (parts: Partial<Heartbeat> = {}): Heartbeat => ({
  version: 1,
  cluster: "c",
  epoch: EPOCH,
  seq: 9,
  sentAt: 0,
  counts: { Node: 1, DaemonSet: 1, Object: 0 },
  digest: digestOf([
    [a, "h1"],
    [b, "h2"],
  ]),
  upTo: 8,
  kinds: [],
  waiting: 0,
  forwarder: "0",
  ...parts,
});

/** When a check asks for everything again, of the moments that matter. */
const asksAt = (check: ReturnType<typeof checks>, rows = HERE): readonly number[] =>
  [0, PATIENCE.arrival - 1, PATIENCE.arrival, PATIENCE.snapshot].filter((at) =>
    check.isWishDue(at, rows),
  );

describe("a heartbeat", () => {
  const fence = order(2);
  test.each([
    ["that says what is here asks for nothing", beat(), []],
    ["of another digest asks, once it had time", beat({ digest: "00" }), [PATIENCE.arrival]],
    [
      "that counts otherwise asks, be its digest right",
      beat({ counts: { Node: 2, DaemonSet: 0, Object: 0 } }),
      [PATIENCE.arrival],
    ],
    ["that is not sure itself asks for nothing", beat({ digest: "00", upTo: undefined }), []],
    ["of a time before the last snapshot asks for nothing", beat({ digest: "00", upTo: 1 }), []],
    [
      "of a leader who has not said everything asks for nothing",
      beat({ digest: "00", epoch: { createdAt: 1000, transitions: 3 } }),
      [],
    ],
  ] as const)("%s", (_rule, said, asks) => {
    const check = checks();
    check.heartbeat(said, { at: 0, known: HERE, fence });

    expect(asksAt(check)).toEqual(asks);
  });

  test("asks for nothing before the first snapshot", () => {
    const check = checks();
    check.heartbeat(beat({ digest: "00" }), { at: 0, known: HERE, fence: undefined });

    expect(asksAt(check)).toEqual([]);
  });

  test.each([
    ["is content with the row that was on its way", a, 5, "h9", []],
    ["heeds no row that was told after it", a, 9, "h9", [PATIENCE.arrival]],
    ["heeds no row that is older than what was here", a, 2, "h9", [PATIENCE.arrival]],
  ] as const)("%s", (_rule, key, seq, hash, asks) => {
    const check = checks();
    const digest = digestOf([
      [a, "h9"],
      [b, "h2"],
    ]);
    check.heartbeat(beat({ digest }), { at: 0, known: HERE, fence });
    check.rowAt(key, { order: order(seq), hash });

    expect(asksAt(check)).toEqual(asks);
  });

  test("is not compared where nobody knows any more what a row was then", () => {
    const check = checks();
    const told = { order: order(10), hash: "h3", told: {} };
    const rows = new Map([[a, { now: told, before: { order: order(9), hash: "h2" } }]]);
    check.heartbeat(beat(), { at: 0, known: rows, fence });

    expect(asksAt(check, rows)).toEqual([]);
  });
});

describe("an index", () => {
  const index = (...rows: readonly (readonly [RowKey, string])[]) => ({
    rows: new Map(rows),
    upTo: order(5),
  });

  test.each([
    ["of what is here asks for nothing", index([a, "h1"], [b, "h2"]), []],
    ["of a row that is not here asks for it", index([rowKey("Node", "z"), "h"]), [20_000]],
    ["of another hash asks", index([a, "other"]), [20_000]],
    ["that is not sure of a row asks for nothing", index([rowKey("Node", "z"), ""]), []],
    [
      "of a row that was told anew since asks for nothing",
      { ...index([a, "x"]), upTo: order(2) },
      [],
    ],
  ] as const)("%s", (_rule, said, asks) => {
    const check = checks();
    check.index(said, { at: 0, known: HERE });

    expect(asksAt(check)).toEqual(asks);
  });

  test("names the rows that may still come, though they are older than it", () => {
    const check = checks();
    const late = rowKey("Node", "z");
    check.index(index([late, "h"], [a, "h1"]), { at: 0, known: HERE });

    expect([check.isAwaited(late), check.isAwaited(a)]).toEqual([true, false]);
    check.index(index([late, ""], [a, ""]), { at: 0, known: HERE });
    expect([check.isAwaited(late), check.isAwaited(a)]).toEqual([true, false]);
    check.index(index([late, "h"], [a, "h1"]), { at: 0, known: HERE });
    expect(asksAt(check, known([late, 4, "h"], [a, 3, "h1"]))).toEqual([]);
    expect(check.isAwaited(late)).toBe(false);
  });

  test.each(["", "h1"])("of a row that is here as gone asks for it, be its hash %j", (hash) => {
    const check = checks();
    const gone = { order: order(3), hash, told: undefined };
    const rows = new Map([[a, { now: gone, before: undefined }]]);
    check.index(index([a, "h1"]), { at: 0, known: rows });

    expect(asksAt(check, rows)).toEqual([PATIENCE.arrival]);
  });
});

describe("a new leader", () => {
  test("has a minute for its snapshot, and then is asked each minute", () => {
    const check = checks();
    check.newEpoch(EPOCH, 0);
    const asks = Array.from({ length: 13 }, (_, at) => at * 10_000).filter((at) =>
      check.isWishDue(at, HERE),
    );

    expect(asks).toEqual([60_000, 120_000]);
  });

  test("is asked for nothing once its index is here", () => {
    const check = checks();
    check.newEpoch(EPOCH, 0);
    check.index({ rows: new Map(), upTo: order(1) }, { at: 0, known: HERE });

    expect(asksAt(check)).toEqual([]);
  });

  test("answers for nothing that another said", () => {
    const check = checks();
    check.heartbeat(beat({ digest: "00" }), { at: 0, known: HERE, fence: order(2) });
    check.index(
      { rows: new Map([[rowKey("Node", "z"), "h"]]), upTo: order(5) },
      { at: 0, known: HERE },
    );
    check.newEpoch({ createdAt: 2000, transitions: 0 }, 0);

    expect(check.isWishDue(PATIENCE.arrival, HERE)).toBe(false);
  });
});

test("wishes are a minute apart, and none is forgotten", () => {
  const check = checks();
  check.wish(0);
  expect([check.isWishDue(0, HERE), check.isWishDue(1, HERE)]).toEqual([true, false]);
  check.wish(2);

  expect([check.isWishDue(59_999, HERE), check.isWishDue(60_000, HERE)]).toEqual([false, true]);
});
