import { expect, test } from "vitest";
import { hasColor, widthOf } from "../../../functions/cli/screen.ts";

const screen = (columns: number | undefined, env: Readonly<Record<string, string>> = {}) => ({
  stdout: { write: () => undefined, isTerminal: columns !== undefined, columns },
  env,
});

test.each([
  ["the terminal's", 132, {}, 132],
  ["80 where there is none", undefined, {}, 80],
  ["80 where the terminal does not know", 0, {}, 80],
  ["what COLUMNS says where there is none", undefined, { COLUMNS: "100" }, 100],
  ["the terminal's before COLUMNS", 132, { COLUMNS: "100" }, 132],
  ["80 where COLUMNS is nonsense", undefined, { COLUMNS: "wide" }, 80],
] as const)("width: %s", (_what, columns, env, width) => {
  expect(widthOf(screen(columns, env))).toBe(width);
});

test("a file is 80 wide on every terminal", () => {
  expect(widthOf(screen(200), true)).toBe(80);
});

test.each([
  ["a terminal", 80, {}, true, true],
  ["no terminal", undefined, {}, true, false],
  ["--no-color", 80, {}, false, false],
  ["NO_COLOR", 80, { NO_COLOR: "1" }, true, false],
  ["an empty NO_COLOR says nothing", 80, { NO_COLOR: "" }, true, true],
  ["a dumb terminal", 80, { TERM: "dumb" }, true, false],
  ["FORCE_COLOR without a terminal", undefined, { FORCE_COLOR: "1" }, true, true],
  ["FORCE_COLOR beats NO_COLOR", 80, { FORCE_COLOR: "1", NO_COLOR: "1" }, true, true],
  ["FORCE_COLOR=0", 80, { FORCE_COLOR: "0" }, true, false],
  ["--no-color beats FORCE_COLOR", 80, { FORCE_COLOR: "1" }, false, false],
] as const)("colour: %s", (_what, columns, env, color, answer) => {
  expect(hasColor(screen(columns, env), { color })).toBe(answer);
});

test("a file has no colour, whatever is forced", () => {
  expect(hasColor(screen(80, { FORCE_COLOR: "1" }), { color: true, toFile: true })).toBe(false);
});
