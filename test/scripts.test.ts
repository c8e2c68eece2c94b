import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** "npm run -s bench -- oneshot" names bench; "npm test" and "npm start" are short for two more. */
const scriptsIn = (text: string): readonly string[] =>
  [...text.matchAll(/\bnpm (?:run (?:-s )?([a-z][a-z:-]*)|(test|start)\b)/g)].map(
    ([, long, short]) => long ?? short ?? "",
  );

test("every script that a document or the continuous check names is there", () => {
  const documents = globSync(["*.md", "{functions,infra,shared,test}/**/*.md", ".ci/run"], {
    cwd: ROOT,
    exclude: (path) => path.includes("node_modules"),
  });
  const named = documents.flatMap((path) =>
    scriptsIn(readFileSync(`${ROOT}${path}`, "utf8")).map((name) => `${path}: ${name}`),
  );

  expect(named).toContain("README.md: dsaudit");
  expect(named).toContain(".ci/run: test:pack");
  expect(named.filter((one) => !Object.hasOwn(scripts, one.split(": ")[1] ?? ""))).toEqual([]);
});

test("every file that a script runs is there", () => {
  const files = Object.values(scripts).flatMap((line) => line.match(/\S+\.ts\b/g) ?? []);

  expect(files.length).toBeGreaterThan(5);
  expect(files.filter((file) => globSync(file, { cwd: ROOT }).length === 0)).toEqual([]);
});

test("check runs every check, and the tests", () => {
  const checks = Object.keys(scripts).filter((name) => name.startsWith("check:"));
  const run = scriptsIn(scripts["check"] ?? "");

  expect(run.toSorted()).toEqual([...checks, "test"].toSorted());
});
