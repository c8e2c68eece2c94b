import * as fc from "fast-check";
import { expect, test } from "vitest";
import { uidList } from "#shared/adapters/kubernetes/reflector/uid-list.ts";

const uuid = (number: number): string =>
  `${number.toString(16).padStart(8, "0")}-0000-4000-8000-00000000000${number % 10}`;
/** Also what is nearly a UUID: such texts must not be taken for the one that they are like. */
const text = fc.oneof(
  fc.nat(40).map(uuid),
  fc.nat(40).map((number) => uuid(number).toUpperCase()),
  fc.nat(40).map((number) => uuid(number).replace("-4", "x4")),
  fc.constantFrom(
    "",
    "00000000-0000-0000-0000-000000000000",
    "a",
    "team/web",
    uuid(3).slice(1),
    `${uuid(3)}0`,
    uuid(1).replace("1", "é"),
  ),
);

test("a UID is found with the number of the last that had it, until that is gone", () => {
  const steps = fc.array(fc.tuple(text, fc.constantFrom("add", "add", "gone", "find")), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const list = uidList();
      const numbers = new Map<string, number>();
      const gone = new Set<number>();
      let count = 0;
      const found: unknown[] = [];
      const wanted: unknown[] = [];
      for (const [uid, step] of all) {
        if (step === "find") {
          found.push(list.find(uid, gone));
          wanted.push(numbers.get(uid));
        } else if (step === "gone" && numbers.has(uid)) {
          gone.add(numbers.get(uid) ?? -1);
          numbers.delete(uid);
        } else if (step === "add" && !numbers.has(uid)) {
          list.add(uid);
          numbers.set(uid, count);
          count += 1;
        }
      }
      expect(found).toEqual(wanted);
      expect(list.length()).toBe(count);
      for (const [uid, number] of numbers) expect(list.find(uid, gone)).toBe(number);
    }),
    { seed: 5, numRuns: 300 },
  );
});

test("many are found, be it asked before they are added or after", () => {
  const list = uidList();
  const none = new Set<number>();
  for (let number = 0; number < 100; number += 1) list.add(uuid(number * 7919));
  expect(list.find(uuid(99 * 7919), none)).toBe(99);
  for (let number = 100; number < 5000; number += 1) list.add(uuid(number * 7919));
  for (let number = 0; number < 5000; number += 37)
    expect(list.find(uuid(number * 7919), none)).toBe(number);
  expect(list.find(uuid(5), none)).toBeUndefined();
});
