import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { AuditReport, auditReportSchema } from "#shared/events/audit-report.ts";
import { report } from "../../fixtures/report.ts";

const validator = () => {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  return ajv.compile(auditReportSchema());
};

test("a report holds by the published schema and by the one it is made of", () => {
  const validate = validator();
  validate(report());
  expect(validate.errors).toBe(null);
  expect(AuditReport.parse(report())).toEqual(report());
});

test("a reader of v1 takes a report with a field of tomorrow", () => {
  expect(validator()({ ...report(), tomorrow: { a: 1 } })).toBe(true);
});

test.each([
  ["another version", { apiVersion: "dsaudit/v2" }],
  ["a time that is none", { at: "yesterday" }],
  ["a verdict that is none", { placements: [{ verdict: "fine" }] }],
  ["no summary", { summary: undefined }],
  ["a negative count", { summary: { ...report().summary, gaps: -1 } }],
] as const)("refused: %s", (_what, parts) => {
  const wrong: unknown = JSON.parse(JSON.stringify({ ...report(), ...parts }));
  expect(validator()(wrong)).toBe(false);
  expect(AuditReport.safeParse(wrong).success).toBe(false);
});

test("the committed schema is the one that the code makes (npm run causes writes it)", () => {
  const path = new URL("../../../shared/events/audit-report.schema.json", import.meta.url);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(
    JSON.parse(JSON.stringify(auditReportSchema())),
  );
});
