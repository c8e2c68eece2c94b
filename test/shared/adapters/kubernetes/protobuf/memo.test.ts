import * as fc from "fast-check";
import { expect, test } from "vitest";
import { wholeKey } from "#shared/adapters/kubernetes/protobuf/cut.ts";
import { memo, newKey } from "#shared/adapters/kubernetes/protobuf/memo.ts";
import { wireOf } from "#shared/adapters/kubernetes/protobuf/wire.ts";

const key = newKey();
const asked = (bytes: Uint8Array) => {
  wholeKey(key, wireOf(bytes));
  return key;
};

test("what was added under the same bytes is found, and nothing else", () => {
  const names = memo<string>(10_000);
  const known = new Map<string, string>();
  const bytes = fc.uint8Array({ max: 2, maxLength: 20 });
  fc.assert(
    fc.property(bytes, (one) => {
      const name = one.join();
      expect(names.find(asked(one))).toBe(known.get(name));
      if (!known.has(name)) names.add(key, name);
      known.set(name, name);
    }),
    { seed: 5, numRuns: 3000 },
  );
});

test("bytes that only differ in zeros at their end are not the same", () => {
  const names = memo<number>(1000);
  for (let size = 0; size < 20; size += 1) {
    expect(names.find(asked(new Uint8Array(size)))).toBeUndefined();
    names.add(key, size);
  }
  for (let size = 0; size < 20; size += 1)
    expect(names.find(asked(new Uint8Array(size)))).toBe(size);
});

test("a long key needs a larger room, and very long ones are not kept", () => {
  const names = memo<string>(1000);
  for (const size of [8184, 8185, 20_000]) {
    expect(names.find(asked(new Uint8Array(size).fill(size)))).toBeUndefined();
    names.add(key, `of ${size}`);
    expect(names.find(asked(new Uint8Array(size).fill(size)))).toBe(`of ${size}`);
  }
  expect(names.find(asked(new Uint8Array(40_000)))).toBeUndefined();
  names.add(key, "too long");
  expect(names.find(asked(new Uint8Array(40_000)))).toBeUndefined();
});

test("it does not grow for ever", () => {
  const names = memo<number>(2000);
  const numbered = (i: number) => asked(Uint8Array.of(i & 255, (i >> 8) & 255, i >> 16));
  for (let i = 0; i < 2001; i += 1) {
    names.find(numbered(i));
    names.add(key, i);
  }
  expect([names.find(numbered(0)), names.find(numbered(2000))]).toEqual([undefined, 2000]);
  names.clear();
  expect(names.find(numbered(2000))).toBeUndefined();
});
