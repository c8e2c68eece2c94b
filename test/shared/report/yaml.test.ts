import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { ReportFinding } from "#shared/report/report.ts";
import { renderYaml } from "#shared/report/yaml.ts";
import { report, reportFinding } from "../../fixtures/report.ts";

/** `facts` may hold any JSON, so the whole emitter is tried through it. */
function roundTrip(value: fc.JsonValue, version: "1.1" | "1.2"): unknown {
  const facts = { value } as ReportFinding["evidence"][number]["facts"];
  const finding = reportFinding({ evidence: [{ sentence: "", facts }] });
  const back = parse(renderYaml(report({ findings: [finding] })), { version }) as {
    findings: [{ evidence: [{ facts: { value: unknown } }] }];
  };
  return back.findings[0].evidence[0].facts.value;
}

test("the whole report reads back as the same value", () => {
  expect(parse(renderYaml(report()))).toEqual(report());
});

test.each([
  "no",
  "Yes",
  "~",
  "null",
  "12",
  "1e3",
  "0x10",
  "2026-11-20",
  "12:30",
  "a: b",
  "a #b",
  "- a",
  "key:",
  " lead",
  "trail ",
  "",
  "'",
  "!!js/function x",
  "*alias",
  "&anchor",
  "{a: 1}",
  "[1]",
  "| block",
  "% directive",
  "a\nb",
  "<<",
  "=",
  "1_000",
  "kube-system/aws-node",
  "/var/lib/kubelet",
])("%j stays text for readers of YAML 1.1 and 1.2", (text) => {
  expect(roundTrip(text, "1.1")).toBe(text);
  expect(roundTrip(text, "1.2")).toBe(text);
});

test("any JSON reads back as it was", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const expected: unknown = JSON.parse(JSON.stringify(value));
      expect(roundTrip(value, "1.2")).toEqual(expected);
      expect(roundTrip(value, "1.1")).toEqual(expected);
    }),
  );
});
