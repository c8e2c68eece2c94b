import { expect, test } from "vitest";
import { CATALOGUE } from "#shared/audit/catalogue.ts";
import { dsaudit } from "../../fixtures/command.ts";

test("all causes, by group, a line each", async () => {
  const { code, out } = await dsaudit(["causes"], { env: { COLUMNS: "300" } });
  expect(code).toBe(0);
  const rows = out.split("\n").map((line) => line.trim().split(/ {2,}/).join(" | "));
  for (const { code: name, doc, severity } of CATALOGUE)
    expect(rows).toContain(`${name} | ${severity} | ${doc.title}`);
});

test("one cause: what is wrong, the proof, the fix, what the usual advice gets wrong", async () => {
  const { code, out } = await dsaudit(["causes", "host-port-conflict"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^host-port-conflict {3}warning {3}cannot be placed\n/);
  for (const head of [
    "WHAT IS WRONG",
    "HOW TO PROVE IT",
    "HOW TO FIX IT",
    "WHAT THE USUAL ADVICE GETS WRONG",
    "SOURCES",
  ])
    expect(out).toContain(`\n\n${head}\n`);
});

test("a member of a family shows the family's page", async () => {
  const { code, out } = await dsaudit(["causes", "insufficient-nvidia.com/gpu"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^insufficient-RESOURCE /);
  expect(out).toContain(
    "A family: RESOURCE stands for the name, as in insufficient-nvidia.com/gpu.",
  );
});

test("capitals are no obstacle", async () => {
  expect((await dsaudit(["causes", "OOM-Killed"])).out).toMatch(/^oom-killed /);
});

test("-o markdown is the page or a section of it, -o json the data", async () => {
  const page = (await dsaudit(["causes", "-o", "markdown"])).out;
  const section = (await dsaudit(["causes", "oom-killed", "-o", "markdown"])).out;
  expect(page).toMatch(/^# Causes\n/);
  expect(page).toContain(section.trimEnd());
  const codes = JSON.parse((await dsaudit(["causes", "-o", "json"])).out) as { code: string }[];
  expect(codes.map(({ code }) => code)).toEqual(CATALOGUE.map(({ code }) => code));
});
