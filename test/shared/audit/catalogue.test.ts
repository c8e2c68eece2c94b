import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { CATALOGUE, causeOf } from "#shared/audit/catalogue.ts";

/** Two ideas that fill more than one code: the insufficient-* family lives in one file. */
const fileOf = (code: string): string => (code.startsWith("insufficient-") ? "insufficient" : code);
const here = (path: string): boolean => existsSync(new URL(path, import.meta.url));

test.each(CATALOGUE.map((cause) => [cause.code, cause] as const))(
  "%s has a file, a test and a page that says all of it",
  (code, { doc }) => {
    expect(here(`../../../shared/audit/causes/${fileOf(code)}.ts`)).toBe(true);
    expect(here(`causes/${fileOf(code)}.test.ts`)).toBe(true);
    expect(doc.title).toMatch(/[^.]$/);
    for (const sentence of [doc.what, doc.usualAdvice, ...doc.fix])
      expect(sentence).toMatch(/[.)]$/);
    expect(doc.proof.length).toBeGreaterThan(0);
    expect(doc.sources.length).toBeGreaterThan(0);
  },
);

test("a proof asks to fill in no other names than NODE, NS, DS and POD", () => {
  const words = CATALOGUE.flatMap(({ doc }) => doc.proof)
    .flatMap(
      (line) =>
        line.replaceAll(/-o '?(?:custom-columns|jsonpath)=.*$/g, "").match(/\b[A-Z]{2,}\b/g) ?? [],
    )
    .filter((word) => !["NODE", "NS", "DS", "POD"].includes(word));
  expect(words).toEqual([]);
});

test("what says more is asked before what is also true", () => {
  const place = (code: string): number => CATALOGUE.findIndex((cause) => cause.code === code);
  for (const [first, then] of [
    ["create-refused", "pod-not-created"],
    ["evict-loop", "pod-not-created"],
    ["wrong-platform", "image-pull"],
    ["wrong-platform", "crash-loop"],
    ["wrong-platform", "kubelet-rejected"],
    ["oom-killed", "crash-loop"],
    ["oom-killed", "init-failing"],
    ["no-pod-ip", "container-creating-stuck"],
    ["crash-loop", "not-ready"],
    ["insufficient-cpu", "unschedulable-other"],
    ["volume-unavailable", "unschedulable-other"],
    ["pod-affinity", "unschedulable-other"],
  ] as const)
    expect(place(first), `${first} before ${then}`).toBeLessThan(place(then));
});

test("a code has one cause, and a name that is nobody's has none", () => {
  expect(new Set(CATALOGUE.map(({ code }) => code)).size).toBe(CATALOGUE.length);
  for (const cause of CATALOGUE) expect(causeOf(cause.code)).toBe(cause);
  expect(["insufficient-", "nobody", "", "constructor"].map(causeOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
