import { describe, expect, test } from "vitest";
import { digestOf } from "#shared/states/digest.ts";
import { rowKey } from "#shared/states/row.ts";
import { kindOfRow, ledger, uidOfRow } from "#shared/states/tell/ledger.ts";

const [a, b, set] = [rowKey("Node", "a"), rowKey("Node", "b"), rowKey("DaemonSet", "s")];

/** A ledger in which all of these were accepted. */
function withRows(...rows: readonly (readonly [typeof a, string])[]) {
  const book = ledger();
  for (const [key, hash] of rows) {
    book.fly(key, hash);
    book.land(key, true);
  }
  return book;
}

test.each([
  ["Node/a", "Node", "a"],
  ["DaemonSet/a/b", "DaemonSet", "a/b"],
  ["Object/", "Object", ""],
] as const)("%s is the key of a %s of UID '%s'", (key, kind, uid) => {
  expect([kindOfRow(key), uidOfRow(key)]).toEqual([kind, uid]);
});

describe("what the bus took", () => {
  test("is counted and summed up, whatever was said of a row before", () => {
    const book = withRows([set, "1"], [a, "1"], [a, "2"], [b, "1"]);

    expect(book.counts()).toEqual({ Node: 2, DaemonSet: 1, Object: 0 });
    expect(book.digest()).toBe(
      digestOf([
        [a, "2"],
        [b, "1"],
        [set, "1"],
      ]),
    );
    expect(book.rows()).toEqual([
      [set, "1"],
      [a, "2"],
      [b, "1"],
    ]);
  });

  test("leaves no trace once it took that the row is gone", () => {
    const book = withRows([a, "1"], [b, "1"], [a, ""], [set, ""]);

    expect(book.accepted(a)).toBeUndefined();
    expect([book.counts(), book.digest(), [...book.keys()]]).toEqual([
      { Node: 1, DaemonSet: 0, Object: 0 },
      digestOf([[b, "1"]]),
      [b],
    ]);
  });
});

describe("a row on its way", () => {
  test("is not yet accepted, and there is such a row", () => {
    const book = withRows([a, "1"]);
    book.fly(a, "2");
    book.fly(b, "1");

    expect([book.isFlying(a), book.accepted(a), book.accepted(b)]).toEqual([true, "1", undefined]);
    expect(new Set(book.keys())).toEqual(new Set([a, b]));
  });

  test("that failed is not sure, whether it was known before or not", () => {
    const book = withRows([a, "1"]);
    for (const key of [a, b]) {
      book.fly(key, "2");
      book.land(key, false);
    }

    expect([book.isFlying(a), book.anyUnsure(), book.accepted(a)]).toEqual([false, true, "1"]);
    expect(book.rows()).toEqual([
      [a, ""],
      [b, ""],
    ]);
  });

  test("counts its failures until one try succeeds", () => {
    const book = ledger();
    for (const accepted of [false, false, false]) {
      book.fly(a, "1");
      book.land(a, accepted);
    }
    expect(book.failures(a)).toBe(3);
    book.fly(a, "1");
    book.land(a, true);

    expect([book.failures(a), book.anyUnsure(), book.rows()]).toEqual([0, false, [[a, "1"]]]);
  });

  test("lands once: what is not flying changes nothing", () => {
    const book = withRows([a, "1"]);
    book.land(a, false);
    book.land(a, true);

    expect([book.anyUnsure(), book.rows()]).toEqual([false, [[a, "1"]]]);
  });
});
