import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isNamespaceName, isObjectName, isPathSegmentName } from "#shared/cluster/name.ts";

test.each([
  ["a host", "ip-10-0-0-1.eu-west-1.compute.internal", true],
  ["digits", "10.0.0.1", true],
  ["a member of every JavaScript object", "valueof", true],
  ["another", "constructor", true],
  ["the longest", "a".repeat(253), true],
  ["one too long", "a".repeat(254), false],
  ["nothing", "", false],
  ["no prototype", "__proto__", false],
  ["a capital letter", "Node", false],
  ["the folder above", "..", false],
  ["a path", "../../secrets", false],
  ["a slash", "a/b", false],
  ["a fragment", "node#x", false],
  ["a query", "node?x", false],
  ["an escape of a URL", "a%2fb", false],
  ["a dash first, which is an option", "-a", false],
  ["a dash last", "a-", false],
  ["an empty label", "a..b", false],
  ["a dash beside a point", "a-.b", false],
  ["a dash behind a point", "a.-b", false],
  ["a Cyrillic letter", "nоde-1", false],
  ["a formula", "=cmd|' /C calc'!A0", false],
  ["HTML", "<script>alert(1)</script>", false],
  ["a command", "$(id)", false],
  ["a command, older", "`id`", false],
  ["a line end", "node\n", false],
  ["a space", "a b", false],
  ["an escape of a terminal", "\u001b[2J", false],
  ["text that runs the other way", "a\u202eb", false],
] as const)("a name of a node, a pod, a DaemonSet: %s", (_what, name, says) => {
  expect(isObjectName(name)).toBe(says);
});

test.each([
  ["63 characters", "a".repeat(63), true],
  ["64 characters", "a".repeat(64), false],
  ["a point", "a.b", false],
  ["a dash inside", "kube-system", true],
  ["a dash first", "-a", false],
  ["nothing", "", false],
] as const)("a name of a namespace: %s", (_what, name, says) => {
  expect(isNamespaceName(name)).toBe(says);
});

test.each([
  ["an event", "agent-x7b2k.17c0a1f2b3", true],
  ["capitals", "CSI-Node", true],
  ["a point", ".", false],
  ["the folder above", "..", false],
  ["a slash", "a/b", false],
  ["an escape of a URL", "a%2fb", false],
  ["a control character", "a\u0000b", false],
  ["a space", "a b", false],
  ["nothing", "", false],
] as const)("a name where any path segment is one: %s", (_what, name, says) => {
  expect(isPathSegmentName(name)).toBe(says);
});

test("what is a name can stand in a URL and a shell as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 3 }), (text) => {
      const harmless = /^[a-z0-9.-]+$/.test(text) && encodeURIComponent(text) === text;
      expect(harmless || !(isObjectName(text) || isNamespaceName(text))).toBe(true);
    }),
  );
});

test("parts joined by points are a name exactly when each is one", () => {
  const part = fc.string({ unit: fc.constantFrom("a", "0", "-", "."), maxLength: 4 });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const name = parts.join(".");
      expect(isObjectName(name)).toBe(name.split(".").every(isNamespaceName));
    }),
  );
});
