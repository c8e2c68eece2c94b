import { expect, test } from "vitest";
import { dsaudit } from "../../fixtures/command.ts";

/** What is offered for a line, and whether the shell may complete files instead. */
async function offered(...words: readonly string[]) {
  const { code, out } = await dsaudit(["complete", "--", ...words]);
  expect(code).toBe(0);
  const lines = out.trimEnd().split("\n");
  return { values: lines.slice(0, -1).map((line) => line.split("\t")[0]), last: lines.at(-1) };
}

test.each([
  ["commands", [""], ["audit", "explain", "demo", "causes", "redact", "completion", "help"]],
  ["commands that begin so", ["ca"], ["causes"]],
  ["options", ["audit", "--fa"], ["--fail-on"]],
  ["formats", ["audit", "-o", "j"], ["json", "junit"]],
  ["formats of another command", ["explain", "-o", ""], ["text", "wide", "json"]],
  ["severities", ["demo", "--fail-on", ""], ["info", "warning", "critical"]],
  ["codes", ["causes", "crash"], ["crash-loop"]],
  ["kinds", ["explain", ""], ["ds/", "node/", "pod/"]],
  ["shells", ["completion", "z"], ["zsh"]],
  ["commands for help", ["help", "au"], ["audit"]],
] as const)("%s", async (_what, words, values) => {
  expect(await offered(...words)).toEqual({ values, last: ":4" });
});

test.each([
  ["after -f", ["audit", "-f", ""]],
  ["after --out", ["audit", "-o", "json", "--out", "re"]],
  ["where nothing fits", ["audit", "x"]],
  ["after a code", ["causes", "crash-loop", ""]],
] as const)("files: %s", async (_what, words) => {
  expect(await offered(...words)).toEqual({ values: [], last: ":0" });
});

test("what belongs to a later version is not offered", async () => {
  expect((await offered("w")).values).toEqual([]);
});

test.each(["bash", "zsh", "fish", "kubectl"])("completion %s asks the program", async (shell) => {
  const { code, out } = await dsaudit(["completion", shell]);
  expect(code).toBe(0);
  expect(out).toContain(" complete -- ");
});
