import type { Severity } from "#shared/audit/cause.ts";
import { reaches } from "./fail-on.ts";
import { proofsOf } from "./proofs.ts";
import { subjectText, type AuditReport, type ReportFinding } from "./report.ts";
import { escapeMarkup as e } from "./xml.ts";

type Case = { readonly xml: string; readonly state: "passed" | "failed" | "skipped" | "error" };

/**
 * JUnit XML as CI systems read it: a suite for each DaemonSet and each other subject, a case a finding. A finding
 * below `failOn` passes and says so; one that is ignored is skipped; an incomplete audit is an error, never a pass.
 */
export function renderJunit(report: AuditReport, failOn: Severity): string {
  const found = Map.groupBy(report.findings, subjectText);
  const names = new Set([
    ...report.daemonSets.map(({ namespace, name }) => `DaemonSet ${namespace}/${name}`),
    ...found.keys(),
  ]);
  const suites = [
    suite("input", [readCase(report)], report.at),
    ...[...names].map((name) => suite(name, casesOf(name, found.get(name), failOn), report.at)),
  ];
  const total = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="dsaudit ${e(report.cluster.name)}" ${totals(total)}>`,
    ...suites.map(({ xml }) => xml),
    "</testsuites>",
    "",
  ].join("\n");
}

function suite(
  name: string,
  cases: readonly Case[],
  at: string,
): { xml: string; cases: readonly Case[] } {
  const head = `  <testsuite name="${e(name)}" ${totals(cases)} skipped="${inState(cases, "skipped")}" timestamp="${at.slice(0, 19)}">`;
  return { xml: [head, ...cases.map(({ xml }) => xml), "  </testsuite>"].join("\n"), cases };
}

const inState = (cases: readonly Case[], state: Case["state"]): number =>
  cases.filter((one) => one.state === state).length;

const totals = (cases: readonly Case[]): string =>
  `tests="${cases.length}" failures="${inState(cases, "failed")}" errors="${inState(cases, "error")}" time="0"`;

const casesOf = (
  subject: string,
  findings: readonly ReportFinding[] | undefined,
  failOn: Severity,
): readonly Case[] =>
  findings === undefined
    ? [testCase({ subject, name: "covered", state: "passed", body: "" })]
    : findings.map((finding) => findingCase(subject, finding, failOn));

function findingCase(subject: string, finding: ReportFinding, failOn: Severity): Case {
  const name = finding.cause;
  const detail = `${finding.severity}: ${finding.summary}`;
  if (finding.ignored !== undefined) {
    const body = `<skipped message="${e(finding.ignored.reason)}"/>`;
    return testCase({ subject, name, state: "skipped", body });
  }
  if (!reaches(finding.severity, failOn)) {
    return testCase({
      subject,
      name,
      state: "passed",
      body: `<system-out>${e(detail)}</system-out>`,
    });
  }
  const lines = [
    ...proofsOf(finding),
    ...finding.remedies.map(({ summary }) => `fix: ${summary}`),
    ...(finding.nodes.length > 0 ? [`nodes: ${finding.nodes.join(" ")}`] : []),
  ];
  const body = `<failure type="${e(name)}" message="${e(detail)}">${lines.map(e).join("\n")}</failure>`;
  return testCase({ subject, name, state: "failed", body });
}

function readCase({ complete, notSeen }: AuditReport): Case {
  const name = "nodes, pods and DaemonSets were read whole";
  const body = complete
    ? ""
    : `<error type="cannot-see" message="not read: ${e(notSeen.join(", "))}"/>`;
  return testCase({ subject: "input", name, state: complete ? "passed" : "error", body });
}

function testCase({
  subject,
  name,
  state,
  body,
}: {
  subject: string;
  name: string;
  state: Case["state"];
  body: string;
}): Case {
  const open = `    <testcase classname="${e(subject)}" name="${e(name)}" time="0"`;
  return { state, xml: body === "" ? `${open}/>` : `${open}>${body}</testcase>` };
}
