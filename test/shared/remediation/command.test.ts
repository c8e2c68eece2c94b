import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  asciiJson,
  commandLine,
  kubectlFor,
  patchCommand,
  shellWord,
  target,
} from "#shared/remediation/command.ts";

test.each([
  ["a plain name", "agent-x7k2p", "agent-x7k2p"],
  ["what a shell does not look at", "a_b@c%d+e=f:g,h./i", "a_b@c%d+e=f:g,h./i"],
  ["nothing", "", "''"],
  ["a space", "a b", "'a b'"],
  ["a quote and a command", "a' ; kubectl delete ns x #", "'a'\\'' ; kubectl delete ns x #'"],
  ["a substitution", "$(id)`id`${HOME}", "'$(id)`id`${HOME}'"],
  ["a line break", "a\nb", "$'a\\u000ab'"],
  ["a quote beside a terminal's sequence", "'\u001b[2J\\", "$'\\'\\u001b[2J\\\\'"],
  ["an emoji", "\u{1f600}", "$'\\U0001f600'"],
  ["half a surrogate pair", "\ud800", "$'\\ufffd'"],
] as const)("a word of the shell: %s", (_what, text, word) => {
  expect(shellWord(text)).toBe(word);
});

/** One shell for all words: what it was given, word by word. */
const asGiven = (words: readonly string[]): readonly string[] =>
  execFileSync("sh", ["-c", `printf '%s\\0' ${words.map(shellWord).join(" ")}`], {
    encoding: "utf8",
  })
    .split("\0")
    .slice(0, -1);

test("whatever can be seen in a name, any shell hands it on as it is", () => {
  const word = fc.string({ unit: "grapheme-ascii", maxLength: 20 });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
      expect(asGiven(words)).toEqual(words);
    }),
    { numRuns: 30 },
  );
});

test("no line of a command is unseen, nor ends early", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (words) => {
      expect(commandLine(words)).toMatch(/^[\x20-\x7e]*$/);
    }),
  );
});

test.each([
  ["logging/agent", "kubectl -n logging get daemonset/agent"],
  ["n1", "kubectl get daemonset/n1"],
  ["logging/-f", "kubectl -n logging get daemonset/-f"],
] as const)("%s as kubectl wants it: %s", (key, command) => {
  expect(kubectlFor(key, "get", target("daemonset", key))).toBe(command);
});

test("JSON on a command line is ASCII and the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(asciiJson(value)).toMatch(/^[\x20-\x7e]*$/);
      expect(JSON.parse(asciiJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("a patch is one word, though a label in it is hostile", () => {
  const patch = { spec: { selector: { app: "it's\n$(id)" } } };
  expect(patchCommand("service", "a/b", patch)).toBe(
    String.raw`kubectl -n a patch service/b --type=strategic -p '{"spec":{"selector":{"app":"it'\''s\n$(id)"}}}'`,
  );
});
