import { expect, test } from "vitest";
import { bench, type Benches, type Measure } from "./run.ts";

const BENCHES: Benches = new Map<string, Measure>([
  ["oneshot", () => [{ figure: "time", values: [3, 1, 2], goal: 2 }]],
  ["broken", () => Promise.reject(new Error("no room"))],
  [
    "picky",
    ({ long, note }) => {
      note("picky: no Go");
      return [{ figure: long ? "long" : "short", values: [1], goal: 2 }];
    },
  ],
]);

async function told(...argv: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await bench(argv, {
    benches: BENCHES,
    versions: { node: "24.0.0" },
    out: { write: (text) => out.push(text) },
    err: { write: (text) => err.push(text) },
  });
  return { code, out: out.join(""), err: err.join("") };
}

test("JSON lines carry the figure, its spread, its goal and the versions", async () => {
  const { code, out } = await told("oneshot", "-o", "json");

  expect(code).toBe(0);
  expect(out.endsWith("\n")).toBe(true);
  expect(JSON.parse(out)).toEqual({
    bench: "oneshot",
    figure: "time",
    value: 2,
    min: 1,
    max: 3,
    goal: 2,
    ok: true,
    versions: { node: "24.0.0" },
  });
});

test("a line for each figure, without -o", async () => {
  const { code, out } = await told("oneshot", "oneshot");

  expect(code).toBe(0);
  expect(out).toMatch(/^oneshot +time +2 +\(1–3\) +goal ≤ 2 +ok\noneshot .*\n$/);
});

test("what cannot be measured is told, and the others still are", async () => {
  const { code, out, err } = await told("broken", "oneshot");

  expect(code).toBe(1);
  expect(err).toBe("broken could not be measured: Error: no room\n");
  expect(out).toContain("oneshot");
});

test.each([
  ["short", ["picky"]],
  ["long", ["--long", "picky"]],
])("a %s run is a benchmark's own matter, and so is what it could not do", async (form, argv) => {
  const { code, out, err } = await told(...argv);

  expect([code, err]).toEqual([0, "picky: no Go\n"]);
  expect(out).toMatch(new RegExp(`^picky +${form} `));
});

test.each([
  [
    "an unknown name, with the nearest",
    ["onshot"],
    'there is no benchmark "onshot". Did you mean "oneshot"?',
  ],
  ["no name", [], "which benchmark?"],
  ["an unknown form", ["oneshot", "-o", "yaml"], "-o knows json only"],
  ["no form", ["oneshot", "-o"], "-o knows json only"],
])("usage: %s", async (_what, argv, says) => {
  const { code, out, err } = await told(...argv);

  expect(code).toBe(2);
  expect(out).toBe("");
  expect(err.split("\n")[0]).toBe(says);
  expect(err).toContain("NAME: oneshot, broken, picky");
});
