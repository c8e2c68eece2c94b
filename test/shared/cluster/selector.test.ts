import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  allOf,
  anyOf,
  isLabelKey,
  isLabelValue,
  isWellFormed,
  matchesEqualitySelector,
  matchesLabelSelector,
  matchesRequirement,
  parseInt64,
  type Answer,
  type LabelSelector,
} from "#shared/cluster/selector.ts";
import { labels } from "../../fixtures/build.ts";

const ANSWERS: readonly Answer[] = ["yes", "no", "unknown"];

test("one no decides a conjunction, one yes a disjunction; else what is unknown stays so", () => {
  const pairs = ANSWERS.flatMap((a) => ANSWERS.map((b) => [a, b] as const));
  expect(pairs.map((pair) => [...pair, allOf(pair), anyOf(pair)].join(" "))).toEqual([
    "yes yes yes yes",
    "yes no no yes",
    "yes unknown unknown yes",
    "no yes no yes",
    "no no no no",
    "no unknown no unknown",
    "unknown yes unknown yes",
    "unknown no no unknown",
    "unknown unknown unknown unknown",
  ]);
  expect([allOf([]), anyOf([])]).toEqual(["yes", "no"]);
});

const HAS = { type: "metal", cores: "8", empty: "", signed: "+5", padded: "0010", word: "1e3" };

// apimachinery/pkg/labels/selector.go, Requirement.Matches
test.each([
  ["In: one of the values", "type", "In", ["x", "metal"], "yes"],
  ["In: none of them", "type", "In", ["x"], "no"],
  ["In: an absent label is none of them", "gone", "In", ["x"], "no"],
  ["In: an absent label is not the empty value", "gone", "In", [""], "no"],
  ["In: the empty value is a value", "empty", "In", [""], "yes"],
  ["NotIn: another value", "type", "NotIn", ["fargate"], "yes"],
  ["NotIn: that value", "type", "NotIn", ["metal"], "no"],
  ["NotIn matches where the label is absent", "gone", "NotIn", ["fargate"], "yes"],
  ["Exists", "empty", "Exists", [], "yes"],
  ["Exists: absent", "gone", "Exists", [], "no"],
  ["DoesNotExist matches where the label is absent", "gone", "DoesNotExist", [], "yes"],
  ["DoesNotExist: there", "empty", "DoesNotExist", [], "no"],
  ["Gt: more", "cores", "Gt", ["7"], "yes"],
  ["Gt: as much", "cores", "Gt", ["8"], "no"],
  ["Lt: less", "cores", "Lt", ["9"], "yes"],
  ["Lt: as much", "cores", "Lt", ["8"], "no"],
  ["Gt: an absent label is not more", "gone", "Gt", ["0"], "no"],
  ["Lt: an absent label is not less", "gone", "Lt", ["9"], "no"],
  ["Gt: leading zeros are decimal", "padded", "Gt", ["9"], "yes"],
  ["Gt: a label may have a plus sign", "signed", "Gt", ["4"], "yes"],
  ["Gt: a label with an exponent is no integer", "word", "Gt", ["5"], "no"],
  ["Gt: a word is no integer", "type", "Gt", ["0"], "no"],
  ["the case of an operator matters", "type", "in", ["metal"], "unknown"],
  ["an operator of another version cannot be told", "type", "Matches", ["m.*"], "unknown"],
] as const)("%s", (_rule, key, operator, values, says) => {
  expect(matchesRequirement({ key, operator, values }, labels(HAS))).toBe(says);
});

test.each([
  ["the largest", "9223372036854775807", 9_223_372_036_854_775_807n],
  ["one more overflows", "9223372036854775808", undefined],
  ["the smallest", "-9223372036854775808", -9_223_372_036_854_775_808n],
  ["one less overflows", "-9223372036854775809", undefined],
  ["zeros before it, as long as a label may be", `${"0".repeat(62)}7`, 7n],
  ["a fraction", "1.5", undefined],
  ["an exponent", "1e3", undefined],
  ["hexadecimal", "0x10", undefined],
  ["a space", " 1", undefined],
  ["nothing", "", undefined],
] as const)("int64 as Go reads it: %s", (_what, text, says) => {
  expect(parseInt64(text)).toBe(says);
});

test.each([
  ["In needs a value", "a", "In", [], false],
  ["In takes several", "a", "In", ["x", "y"], true],
  ["In takes the empty value", "a", "In", [""], true],
  ["NotIn needs a value", "a", "NotIn", [], false],
  ["Exists takes none", "a", "Exists", ["x"], false],
  ["DoesNotExist takes none", "a", "DoesNotExist", ["x"], false],
  ["Gt takes one", "a", "Gt", ["1", "2"], false],
  ["Gt takes an integer", "a", "Gt", ["1.5"], false],
  ["a negative number is no label value", "a", "Gt", ["-1"], false],
  ["nor is a positive one with its sign", "a", "Lt", ["+1"], false],
  ["a value with a space is none", "a", "In", ["x y"], false],
  ["a key with two slashes is none", "a/b/c", "Exists", [], false],
] as const)("apimachinery's NewRequirement: %s", (_rule, key, operator, values, says) => {
  expect(isWellFormed({ key, operator, values })).toBe(says);
});

test.each([
  ["a bare name", "app", true],
  ["a prefixed name", "example.com/team", true],
  ["members of every JavaScript object are names like any other", "hasOwnProperty", true],
  ["valueOf", "valueOf", true],
  ["isPrototypeOf", "isPrototypeOf", true],
  ["63 characters", "a".repeat(63), true],
  ["64 characters", "a".repeat(64), false],
  ["an underscore at an end", "__proto__", false],
  ["nothing", "", false],
  ["no name behind the prefix", "example.com/", false],
  ["no prefix before the name", "/team", false],
  ["a prefix in capitals", "Example.com/team", false],
  ["a prefix with an empty part", "example..com/team", false],
  ["a prefix of 254 characters", `${"a".repeat(254)}/team`, false],
] as const)("a label's key: %s", (_what, key, says) => {
  expect(isLabelKey(key)).toBe(says);
});

test.each([
  ["nothing", "", true],
  ["what looks like a boolean", "true", true],
  ["63 characters", "a".repeat(63), true],
  ["64 characters", "a".repeat(64), false],
  ["a minus first", "-1", false],
  ["a slash", "a/b", false],
] as const)("a label's value: %s", (_what, value, says) => {
  expect(isLabelValue(value)).toBe(says);
});

const expression = (key: string, operator: string, ...values: readonly string[]) => ({
  key,
  operator,
  values,
});
const selector = (parts: Partial<LabelSelector>): LabelSelector => ({
  matchLabels: labels(),
  matchExpressions: [],
  ...parts,
});

// apimachinery/pkg/apis/meta/v1/helpers.go, LabelSelectorAsSelector
test.each([
  ["an absent selector matches nothing", undefined, "no"],
  ["an empty selector matches everything", selector({}), "yes"],
  ["pairs are ANDed", selector({ matchLabels: labels({ type: "metal", cores: "9" }) }), "no"],
  [
    "pairs and expressions are ANDed",
    selector({
      matchLabels: labels({ type: "metal" }),
      matchExpressions: [expression("cores", "DoesNotExist")],
    }),
    "no",
  ],
  [
    "both hold",
    selector({
      matchLabels: labels({ type: "metal" }),
      matchExpressions: [expression("gone", "NotIn", "x")],
    }),
    "yes",
  ],
  [
    "Gt is no operator of a label selector: it could not have been stored",
    selector({ matchExpressions: [expression("cores", "Gt", "1")] }),
    "unknown",
  ],
  [
    "an expression that cannot be parsed spoils the whole selector",
    selector({ matchLabels: labels({ gone: "x" }), matchExpressions: [expression("a", "In")] }),
    "unknown",
  ],
] as const)("%s", (_rule, asked, says) => {
  expect(matchesLabelSelector(asked, labels(HAS))).toBe(says);
});

test("an empty value in a map selector needs the label to be there", () => {
  expect(matchesEqualitySelector(labels({ empty: "" }), labels(HAS))).toBe(true);
  expect(matchesEqualitySelector(labels({ gone: "" }), labels(HAS))).toBe(false);
  expect(matchesEqualitySelector(labels(), labels())).toBe(true);
});

const KEYS = ["a", "b", "constructor"] as const;
const VALUES = ["", "x", "1", "5"] as const;
const someLabels = fc
  .dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES))
  .map((record) => labels(record));
const values = fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 });
const key = fc.constantFrom(...KEYS);

test("NotIn is the opposite of In, DoesNotExist of Exists", () => {
  fc.assert(
    fc.property(key, values, someLabels, (key, values, has) => {
      const asks = (operator: string, ...given: readonly string[]): Answer =>
        matchesRequirement({ key, operator, values: given }, has);
      const opposite = (answer: Answer): Answer => (answer === "yes" ? "no" : "yes");

      expect(asks("NotIn", ...values)).toBe(opposite(asks("In", ...values)));
      expect(asks("DoesNotExist")).toBe(opposite(asks("Exists")));
      expect(asks("In", ...values, ...values.toReversed())).toBe(asks("In", ...values));
    }),
  );
});

const expressions = fc.array(
  fc.tuple(key, fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist"), values),
  { maxLength: 3 },
);
const built = (found: readonly (readonly [string, string, readonly string[]])[]) =>
  found.map(([key, operator, values]) =>
    expression(key, operator, ...(operator.endsWith("In") ? values : [])),
  );

test("one more expression never matches more", () => {
  fc.assert(
    fc.property(expressions, expressions, someLabels, (few, more, has) => {
      const of = (found: typeof few): Answer =>
        matchesLabelSelector(selector({ matchExpressions: built(found) }), has);

      expect(of([...few, ...more])).toBe(allOf([of(few), of(more)]));
      expect(of([...more, ...few])).toBe(of([...few, ...more]));
    }),
  );
});

test("a pair is an expression of one value", () => {
  fc.assert(
    fc.property(key, fc.constantFrom(...VALUES), someLabels, (key, value, has) => {
      expect(matchesLabelSelector(selector({ matchLabels: labels({ [key]: value }) }), has)).toBe(
        matchesRequirement({ key, operator: "In", values: [value] }, has),
      );
    }),
  );
});
