import type { Severity } from "#shared/audit/cause.ts";
import { printable } from "#shared/cluster/printable.ts";
import { escapeUnseen } from "./json.ts";
import { subjectText, type AuditReport, type ReportFinding } from "./report.ts";
import { plural } from "./text-layout.ts";

const LEVELS: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  warning: "warning",
  info: "note",
};
/** GitHub takes no run with more. Findings come worst first, so it is the least that is left out. */
const MOST_RESULTS = 25_000;

export type SarifOptions = {
  /** Version of dsaudit. */
  readonly version: string;
  /** Half a line about a cause. */
  readonly titleOf: (cause: string) => string;
};

/** SARIF 2.1.0 (OASIS), with what GitHub's code scanning asks for beside it: a file for each result, and a stable fingerprint. */
export function renderSarif(report: AuditReport, options: SarifOptions): string {
  const findings = report.findings.slice(0, MOST_RESULTS);
  const rules = [...new Set(findings.map(({ cause }) => cause))];
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "dsaudit",
            version: options.version,
            semanticVersion: options.version,
            rules: rules.map((id) => ({
              id,
              shortDescription: { text: printable(options.titleOf(id)) },
            })),
          },
        },
        automationDetails: {
          id: `dsaudit/${encodeURIComponent(report.cluster.name.toWellFormed())}/`,
        },
        invocations: [invocation(report)],
        results: findings.map((finding) => result(finding, rules.indexOf(finding.cause))),
        columnKind: "utf16CodeUnits",
      },
    ],
  };
  return `${escapeUnseen(JSON.stringify(log, undefined, 2))}\n`;
}

const invocation = ({ complete, notSeenBecause, at }: AuditReport): object => ({
  executionSuccessful: complete,
  endTimeUtc: at,
  toolExecutionNotifications: notSeenBecause.map(({ kind, why, detail }) => ({
    level: "warning",
    message: { text: printable(`${kind} was not read (${why}) ${detail}`.trimEnd()) },
  })),
});

function result(finding: ReportFinding, ruleIndex: number): object {
  const { cause, severity, id, ignored, nodes } = finding;
  const reach = nodes.length === 0 ? "" : ` (${plural(nodes.length, "node")})`;
  return {
    ruleId: cause,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: printable(`${subjectText(finding)}: ${finding.summary}${reach}`) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(finding) },
          region: { startLine: 1 },
        },
        logicalLocations: [
          { fullyQualifiedName: printable(subjectText(finding)), kind: "resource" },
        ],
      },
    ],
    partialFingerprints: { "dsauditFinding/v1": id },
    ...(ignored && {
      suppressions: [{ kind: "external", justification: printable(ignored.reason) }],
    }),
    properties: { nodes: nodes.map((name) => printable(name)), since: finding.since },
  };
}

/** Relative, so that a reader may map it to a checkout: cluster/<namespace>/daemonset/<name>. */
const uriOf = ({ subject }: ReportFinding): string =>
  [
    "cluster",
    ...(subject.namespace === undefined ? [] : [subject.namespace]),
    subject.kind.toLowerCase(),
    subject.name,
  ]
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join("/");
