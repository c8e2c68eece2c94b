import { expect, test } from "vitest";
import { proofsOf } from "#shared/report/proofs.ts";
import { render } from "#shared/report/render.ts";
import { report, reportFinding } from "../../fixtures/report.ts";
import { OPTIONS } from "../../fixtures/saying.ts";

const said = (sentence: string, node?: string) => ({
  sentence,
  facts: {},
  ...(node === undefined ? {} : { node }),
});
const ON_MANY = ["n1", "n2", "n3", "n4", "n5"].map((node) => said("it is full", node));

test.each([
  ["what the summary says already is left out", [said("is down", "n1")], []],
  ["what is new is told with its node", [said("why", "n1")], ["n1: why"]],
  ["a sentence that names its node needs no other name", [said("n1 is old", "n1")], ["n1 is old"]],
  ["one of no node stands alone", [said("why")], ["why"]],
  [
    "what holds of several nodes is said once",
    [said("a", "n1"), said("b", "n2"), said("a", "n3")],
    ["n1, n3: a", "n2: b"],
  ],
  ["nodes beyond the wanted number are counted", ON_MANY, ["n1, n2, n3 and 2 more: it is full"]],
] as const)("%s", (_rule, evidence, proofs) => {
  expect(proofsOf({ summary: "n1 is down", evidence: [...evidence] }, 3)).toEqual(proofs);
});

test("documents tell a proof once, with every node that it holds of", () => {
  const full = report({ findings: [reportFinding({ summary: "no", evidence: ON_MANY })] });
  for (const format of ["html", "markdown", "junit"] as const)
    expect(render(full, format, OPTIONS).split("it is full")).toHaveLength(2);
  expect(render(full, "html", OPTIONS)).toContain("<li>n1, n2, n3, n4, n5: it is full</li>");
  expect(render(full, "markdown", OPTIONS)).toContain("- Proof: n1, n2, n3, n4, n5: it is full");
});
