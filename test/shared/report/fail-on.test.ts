import { expect, test } from "vitest";
import { exitCodeOf } from "#shared/report/fail-on.ts";
import { reportFinding } from "../../fixtures/report.ts";

const WARNING = reportFinding({ severity: "warning" });
const CRITICAL = reportFinding();
const IGNORED = reportFinding({ ignored: { reason: "known", until: null } });

test.each([
  ["nothing found", [], true, "critical", false, 0],
  ["below the threshold", [WARNING], true, "critical", false, 0],
  ["at the threshold", [WARNING], true, "warning", false, 1],
  ["over the threshold", [CRITICAL], true, "info", false, 1],
  ["what is ignored is no reason", [IGNORED], true, "info", false, 0],
  ["--exit-zero masks findings", [CRITICAL], true, "critical", true, 0],
  ["incomplete beats findings", [CRITICAL], false, "critical", false, 3],
  ["--exit-zero does not mask incomplete", [CRITICAL], false, "critical", true, 3],
  ["incomplete without findings is not clean", [], false, "critical", false, 3],
] as const)("%s", (_rule, findings, complete, failOn, exitZero, code) => {
  expect(exitCodeOf({ complete, findings }, { failOn, exitZero })).toBe(code);
});
