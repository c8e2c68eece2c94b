import type { AuditReport } from "#shared/events/audit-report.ts";

export type { AuditReport };
export type ReportFinding = AuditReport["findings"][number];
export type ReportDaemonSet = AuditReport["daemonSets"][number];
export type ReportNode = AuditReport["nodes"][number];
export type ReportRemedy = ReportFinding["remedies"][number];
export type ReportPlacement = NonNullable<AuditReport["placements"]>[number];

/** "DaemonSet logging/fluent-bit", "Node n1", "Cluster prod"; "Cluster" for one that nobody named. */
export const subjectText = ({ subject }: ReportFinding): string =>
  subject.namespace === undefined || subject.namespace === ""
    ? `${subject.kind} ${subject.name}`.trimEnd()
    : `${subject.kind} ${subject.namespace}/${subject.name}`;
