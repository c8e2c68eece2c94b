import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { forwardedMarkdown } from "#shared/events/forwarded-markdown.ts";

const PAGE = forwardedMarkdown();
const ROWS = [...PAGE.matchAll(/^\| `(.+)` \| (.*) \|$/gm)].map(([, field = "", what = ""]) => ({
  field,
  what,
}));
const HEADINGS = [...PAGE.matchAll(/^### (.+)$/gm)].map(([, name = ""]) => name);

test("the page is that of today's schemas", () => {
  const file = new URL("../../../shared/events/FORWARDED.md", import.meta.url);

  expect(readFileSync(file, "utf8")).toBe(PAGE);
});

test("every field says in words what it is", () => {
  expect(ROWS.length).toBeGreaterThan(200);
  expect(ROWS.filter(({ what }) => what === "")).toEqual([]);
});

test("every kind has its table, but pods, which are told as rows", () => {
  const kinds = RESOURCES.map(({ kind }) => kind).filter((kind) => kind !== "Pod");

  expect(HEADINGS).toEqual(expect.arrayContaining([...kinds, "PodRow", "PodClass"]));
  expect(new Set(HEADINGS).size).toBe(HEADINGS.length);
});

test("every link leads to a table", () => {
  const links = [...PAGE.matchAll(/\]\(#(.+?)\)/g)].map(([, to]) => to);
  const anchors = new Set(HEADINGS.map((name) => name.toLowerCase()));

  expect(links.length).toBeGreaterThan(30);
  expect(links.filter((to = "") => !anchors.has(to))).toEqual([]);
});

test.each([
  "env",
  "envFrom",
  "args",
  "command",
  "volumeMounts",
  "securityContext",
  "data",
  "stringData",
  "items",
  "imagePullSecrets",
  "podIP",
  "hostIPs",
  "addresses",
  "clusterIPs",
  "volumeAttributes",
  "fieldsV1",
])("no field is called %s", (name) => {
  const steps = ROWS.flatMap(({ field }) => field.split(/\.|\[\]/));

  expect(steps).not.toContain(name);
});
