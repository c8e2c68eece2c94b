import { expect, test } from "vitest";
import { holds, isChoice } from "./compare.ts";

test.each([
  ["what was recorded is what we say", { fits: true }, { fits: true }, true],
  ["we may say more", { fits: true, why: "" }, { fits: true }, true],
  ["we may not say less", {}, { fits: true }, false],
  ["nor something else", { fits: false }, { fits: true }, false],
  ["a list that is a set has no order", { delete: ["a", "b"] }, { delete: ["b", "a"] }, true],
  ["but counts what is twice", { delete: ["a", "a"] }, { delete: ["a", "b"] }, false],
  ["and has no entry more", { delete: ["a", "b"] }, { delete: ["a"] }, false],
  [
    "a reason is its message",
    { reasons: [{ message: "a", type: "x" }] },
    { reasons: [{ message: "a", type: "y" }] },
    true,
  ],
  [
    "and nothing beside it",
    { reasons: [{ message: "a", type: "x" }] },
    { reasons: [{ message: "b", type: "x" }] },
    false,
  ],
  ["any other list has its order", { terms: ["a", "b"] }, { terms: ["b", "a"] }, false],
  ["and its length", { terms: ["a", "b"] }, { terms: ["a"] }, false],
  ["one amount, written twice", { requests: { cpu: "1" } }, { requests: { cpu: "1000m" } }, true],
  ["two amounts", { requests: { cpu: "1" } }, { requests: { cpu: "2" } }, false],
  [
    "an amount too many",
    { requests: { cpu: "1", memory: "1" } },
    { requests: { cpu: "1" } },
    false,
  ],
  ["an amount too few", { limits: {} }, { limits: { cpu: "0" } }, false],
  [
    "thousandths too many",
    { requestsMilli: { cpu: "1", m: "1" } },
    { requestsMilli: { cpu: "1" } },
    false,
  ],
  ["null is not absent", {}, { affinity: null }, false],
  ["a list is no object", { a: [] }, { a: {} }, false],
] as const)("%s", (_rule, ours, recorded, says) => {
  expect(holds(ours, recorded)).toBe(says);
});

const CHOICES = [
  { from: ["a", "b"], count: 1 },
  { from: ["c"], count: 1 },
];
test.each([
  ["one of two and all of one", ["b", "c"], true],
  ["both of two", ["a", "b", "c"], false],
  ["none of one", ["a"], false],
  ["something that was not offered", ["a", "c", "d"], false],
  ["one of them twice", ["c", "c", "a"], false],
] as const)("a choice that was left to chance: %s", (_what, chosen, says) => {
  expect(isChoice(CHOICES, chosen)).toBe(says);
});
