import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  BadWire,
  bool,
  int32,
  int64,
  length,
  skip,
  tag,
  wireOf,
} from "#shared/adapters/kubernetes/protobuf/wire.ts";
import { varint } from "../../../../fixtures/protobuf.ts";

const of = (...bytes: number[]) => wireOf(Uint8Array.from(bytes));
const FULL = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

test("a 64-bit number is the nearest that JSON.parse would give", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      expect(int64(of(...varint(value)))).toBe(JSON.parse(String(value)));
    }),
  );
});

test("a 32-bit number is what stands in its lower half, negative ones too", () => {
  fc.assert(
    fc.property(fc.integer(), (value) => {
      expect(int32(of(...varint(value)))).toBe(value);
    }),
  );
});

test.each([
  ["a number without an end", () => int64(of(0x80))],
  ["no number at all", () => int64(of())],
  ["a number of eleven bytes", () => int64(of(...FULL, 0x80, 0x00))],
  ["a tag that is cut off", () => tag(of(0x80))],
  ["no tag", () => tag(of())],
  ["a field without a number", () => tag(of(0x00))],
  ["a field without a number in two bytes", () => tag(of(0x80, 0x00))],
  ["a field number of more than 29 bits", () => tag(of(0x80, 0x80, 0x80, 0x80, 0x10))],
  ["a length without bytes", () => length(of())],
  ["a length beyond the end", () => length(of(0x02, 0x00))],
  ["a length of four gigabytes", () => length(of(...varint(2 ** 32 - 1)))],
  ["a length that is negative", () => length(of(...varint(-1)))],
  ["a group's begin", () => skip(of(0x00), 3)],
  ["a group's end", () => skip(of(0x00), 4)],
  ["a wire type that there is not", () => skip(of(0x00), 7)],
  ["eight bytes that are seven", () => skip(of(1, 2, 3, 4, 5, 6, 7), 1)],
  ["four bytes that are three", () => skip(of(1, 2, 3), 5)],
])("%s is refused", (_what, read) => {
  expect(read).toThrow(BadWire);
});

test.each([
  ["a number", 0, [0x96, 0x01], 2],
  ["eight bytes", 1, [1, 2, 3, 4, 5, 6, 7, 8], 8],
  ["bytes behind their length", 2, [0x02, 0xff, 0xff, 0x00], 3],
  ["four bytes", 5, [1, 2, 3, 4], 4],
])("%s is passed over", (_what, type, bytes, behind) => {
  const wire = of(...bytes);
  skip(wire, type);
  expect(wire.at).toBe(behind);
});

test("any number but 0 is true, also one whose lower half is 0", () => {
  expect([bool(of(0)), bool(of(1)), bool(of(...varint(2n ** 40n)))]).toEqual([false, true, true]);
});
