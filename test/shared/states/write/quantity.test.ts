import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseQuantity, type Quantity } from "#shared/cluster/quantity.ts";
import { writeQuantity } from "#shared/states/write/quantity.ts";
import { SUFFIXES } from "../../../fixtures/quantity-suffixes.ts";

function read(text: string): Quantity {
  const parsed = parseQuantity(text);
  if (!parsed.ok) throw new Error(`${text} is no quantity`);
  return parsed.quantity;
}

test.each([
  ["as Kubernetes writes it", "1.5Gi", "1536Mi"],
  ["a fraction of a core", "0.25", "250m"],
  ["a binary amount without a binary suffix of its own", "1025.5Ki", "1025.5Ki"],
  ["a binary amount below 1 Ki", "0.5Ki", "0.5Ki"],
  ["the least of all", "0.1n", "1n"],
  ["an exponent that tells nothing but how it was written", "7e0", "7e0"],
  ["a zero with an exponent", "0e5", "0e0"],
  ["more than 1000 E", "12000E", "12000E"],
  ["the largest exponent", "12e30", "12e30"],
] as const)("%s", (_what, from, text) => {
  expect(writeQuantity(read(from))).toBe(text);
});

test("every quantity is read again with its amount and its format", () => {
  const suffix = fc.constantFrom(...SUFFIXES);
  const exponent = fc.integer({ min: -30, max: 30 }).map((one) => `e${one}`);
  const digits = fc.stringMatching(/^\d{1,24}(\.\d{1,12})?$/);

  fc.assert(
    fc.property(digits, fc.oneof(suffix, exponent), (number, unit) => {
      const quantity = read(number + unit);
      expect(read(writeQuantity(quantity))).toStrictEqual(quantity);
    }),
    { numRuns: 2000 },
  );
});
