import * as fc from "fast-check";
import { expect, test } from "vitest";
import { printable } from "#shared/cluster/printable.ts";

test.each([
  ["plain text stays", "kube-system/node-1", "kube-system/node-1"],
  ["letters of other scripts stay", "nœud-münchen-節点", "nœud-münchen-節点"],
  ["a newline is told", "line1\nERROR fake", "line1\\nERROR fake"],
  ["a tab and a carriage return are told", "a\tb\rc", "a\\tb\\rc"],
  ["an escape sequence is defused", "\u001b[31mred", "\\x1b[31mred"],
  ["the eight-bit form of it too", "\u009b31mred", "\\x9b31mred"],
  ["a bidi override is made visible", "\u202egnp.exe", "\\u202egnp.exe"],
  ["zero-width characters are made visible", "a\u200b\u2060b", "a\\u200b\\u2060b"],
  ["a line separator is told", "a\u2028b", "a\\u2028b"],
  ["invisible tag characters are told", "a\u{e0041}b", "a\\u{e0041}b"],
  ["half a surrogate pair is replaced", "\ud800", "\ufffd"],
  ["a whole pair stays", "\u{1f600}", "\u{1f600}"],
  [
    "three marks a character stay, more are dropped",
    "Z\u0351\u036b\u0343\u036a!",
    "Z\u0351\u036b\u0343!",
  ],
] as const)("%s", (_rule, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("text longer than the limit ends in an ellipsis, and a pair is never cut in two", () => {
  expect(printable("abcdef", 4)).toBe("abc…");
  expect(printable("abcd", 4)).toBe("abcd");
  expect(printable("\u{1f600}\u{1f600}\u{1f600}", 2)).toBe("\u{1f600}…");
});

test("whatever comes in, one well-formed line comes out, and cleaning it again changes nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const shown = printable(text);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(shown.isWellFormed()).toBe(true);
      expect(printable(shown)).toBe(shown);
    }),
  );
});
