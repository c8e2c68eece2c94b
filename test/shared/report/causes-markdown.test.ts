import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CATALOGUE } from "#shared/audit/catalogue.ts";
import { causeMarkdown, causesMarkdown } from "#shared/report/causes-markdown.ts";
import { GROUPS } from "#shared/report/causes-text.ts";

const page = causesMarkdown(CATALOGUE);

test("every cause is once in the overview and once as a section, which its link leads to", () => {
  for (const { code } of CATALOGUE) {
    const anchor = code.toLowerCase().replaceAll(/[^a-z0-9-]/g, "");
    expect(page.split(`| [\`${code}\`](#${anchor}) |`)).toHaveLength(2);
    expect(page.split(`\n## ${code}\n`)).toHaveLength(2);
  }
});

test("no group is forgotten", () => {
  expect(new Set(CATALOGUE.map(({ group }) => group)).isSubsetOf(new Set(GROUPS))).toBe(true);
});

test("rule and test of every cause lie where its section says", () => {
  const missing = CATALOGUE.flatMap((cause) =>
    [...causeMarkdown(cause).matchAll(/\]\(([^)#]+)\)/g)].flatMap(([, path = ""]) => {
      const file = fileURLToPath(new URL(`../../../shared/audit/${path}`, import.meta.url));
      return existsSync(file) ? [] : [`${cause.code}: ${path}`];
    }),
  );
  expect(missing).toEqual([]);
});

test("a table's cell holds no bar of its own", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| [`"));
  expect(rows.map((row) => row.replaceAll("\\|", "").split("|").length)).toEqual(rows.map(() => 5));
});
