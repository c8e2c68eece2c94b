import type { Severity } from "#shared/audit/cause.ts";
import type { AuditReport } from "./report.ts";

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** At or over the threshold. */
export const reaches = (severity: Severity, threshold: Severity): boolean =>
  RANK[severity] >= RANK[threshold];

/** The exit codes as far as a report decides them: incomplete beats findings, `exitZero` masks findings only. */
export function exitCodeOf(
  report: Pick<AuditReport, "complete" | "findings">,
  { failOn, exitZero }: { readonly failOn: Severity; readonly exitZero: boolean },
): 0 | 1 | 3 {
  if (!report.complete) return 3;
  const fails = report.findings.some(
    ({ ignored, severity }) => ignored === undefined && reaches(severity, failOn),
  );
  return fails && !exitZero ? 1 : 0;
}
