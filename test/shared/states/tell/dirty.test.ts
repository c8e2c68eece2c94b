import { describe, expect, test } from "vitest";
import { rowKey } from "#shared/states/row.ts";
import { dirty, dueAt } from "#shared/states/tell/dirty.ts";

const [a, b, c] = [rowKey("Node", "a"), rowKey("Node", "b"), rowKey("DaemonSet", "c")];
const FEW = 1;
const MANY = 101;

describe("the time of a change", () => {
  test.each([
    ["soon is the second full second after it", "soon", 1, FEW, 2000],
    ["soon is never less than a second after it", "soon", 1000, FEW, 2000],
    ["soon is never more than two", "soon", 1001, FEW, 3000],
    ["soon among a hundred others is no storm yet", "soon", 1001, 100, 3000],
    ["soon in a storm is the next even second", "soon", 1, MANY, 2000],
    ["soon in a storm, once more", "soon", 2000, MANY, 4000],
    ["later is the next full minute", "later", 1, FEW, 60_000],
    ["later is never at once", "later", 60_000, FEW, 120_000],
    ["later heeds no storm", "later", 59_999, MANY, 60_000],
  ] as const)("%s", (_rule, urgency, at, waiting, due) => {
    expect(dueAt(urgency, at, waiting)).toBe(due);
  });

  test("counts from the first look after it, not from the last", () => {
    const rows = dirty();
    rows.touch(a, "soon");
    expect([rows.due(1_000_000), rows.next(() => true)]).toEqual([[], 0]);
    for (const look of [500, 900, 1900]) rows.stamp(look);

    expect([rows.due(1999), rows.due(2000), rows.next(() => true)]).toEqual([[], [a], 2000]);
  });

  test("stays when the row changes again, and comes nearer when that is more urgent", () => {
    const rows = dirty();
    rows.touch(a, "later");
    rows.stamp(1);
    rows.touch(a, "later");
    rows.stamp(30_000);
    expect(rows.next(() => true)).toBe(60_000);
    rows.touch(a, "soon");
    rows.stamp(31_000);
    expect(rows.next(() => true)).toBe(32_000);
    rows.touch(a, "later");
    rows.stamp(40_000);

    expect([rows.next(() => true), rows.size]).toEqual([32_000, 1]);
  });

  test("that was nearer than the more urgent one stays", () => {
    const rows = dirty();
    rows.touch(a, "later");
    rows.stamp(59_500);
    rows.touch(a, "soon");
    rows.stamp(59_500);

    expect(rows.due(60_000)).toEqual([a]);
  });
});

describe("rows that wait", () => {
  test("are told in the order in which they were due", () => {
    const rows = dirty();
    rows.touch(a, "later");
    rows.stamp(0);
    rows.touch(b, "soon");
    rows.stamp(1);
    rows.again(c);

    expect(rows.due(60_000)).toEqual([c, b, a]);
  });

  test("again are due at once, be their time known or not", () => {
    const rows = dirty();
    rows.touch(a, "soon");
    rows.again(a);
    rows.again(b);

    expect([rows.due(0), rows.next(() => true), rows.size]).toEqual([[a, b], 0, 2]);
    rows.delete(a);
    expect(rows.next((key) => key !== b)).toBeUndefined();
  });

  test("and do not count just now are no reason to look", () => {
    const rows = dirty();
    rows.touch(a, "soon");
    rows.stamp(0);
    rows.touch(b, "later");
    rows.stamp(1);

    expect([rows.next((key) => key === b), rows.next(() => false)]).toEqual([60_000, undefined]);
  });

  test.each([
    ["deleted", (rows: ReturnType<typeof dirty>) => rows.delete(a)],
    ["cleared", (rows: ReturnType<typeof dirty>) => rows.clear()],
  ])("are forgotten with their time when they are %s", (_how, forget) => {
    const rows = dirty();
    rows.touch(a, "soon");
    forget(rows);
    expect([rows.next(() => true), rows.size]).toEqual([undefined, 0]);

    rows.touch(a, "soon");
    rows.stamp(5000);
    expect(rows.next(() => true)).toBe(6000);
  });
});
