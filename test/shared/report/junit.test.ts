import { expect, test } from "vitest";
import { renderJunit } from "#shared/report/junit.ts";
import { report, reportDaemonSet, reportFinding } from "../../fixtures/report.ts";

const CI = report({
  daemonSets: [
    reportDaemonSet("aws-node"),
    reportDaemonSet("fluent-bit", { namespace: "logging" }),
  ],
  findings: [
    reportFinding({ remedies: [{ action: "look", summary: "look at it" }] }),
    reportFinding({ cause: "no-priority", severity: "info", nodes: [] }),
    reportFinding({
      cause: "node-not-ready",
      severity: "warning",
      subject: { kind: "Node", name: "n1" },
      ignored: { reason: "in repair", until: null },
    }),
  ],
});

test("a DaemonSet without findings passes, what reaches the threshold fails, the ignored is skipped", () => {
  expect(renderJunit(CI, "critical")).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="dsaudit prod-1" tests="5" failures="1" errors="0" time="0">
  <testsuite name="input" tests="1" failures="0" errors="0" time="0" skipped="0" timestamp="2026-11-20T12:00:00">
    <testcase classname="input" name="nodes, pods and DaemonSets were read whole" time="0"/>
  </testsuite>
  <testsuite name="DaemonSet kube-system/aws-node" tests="1" failures="0" errors="0" time="0" skipped="0" timestamp="2026-11-20T12:00:00">
    <testcase classname="DaemonSet kube-system/aws-node" name="covered" time="0"/>
  </testsuite>
  <testsuite name="DaemonSet logging/fluent-bit" tests="2" failures="1" errors="0" time="0" skipped="0" timestamp="2026-11-20T12:00:00">
    <testcase classname="DaemonSet logging/fluent-bit" name="insufficient-memory" time="0"><failure type="insufficient-memory" message="critical: fluent-bit wants 256Mi, 130Mi are free">fix: look at it
nodes: general-1</failure></testcase>
    <testcase classname="DaemonSet logging/fluent-bit" name="no-priority" time="0"><system-out>info: fluent-bit wants 256Mi, 130Mi are free</system-out></testcase>
  </testsuite>
  <testsuite name="Node n1" tests="1" failures="0" errors="0" time="0" skipped="1" timestamp="2026-11-20T12:00:00">
    <testcase classname="Node n1" name="node-not-ready" time="0"><skipped message="in repair"/></testcase>
  </testsuite>
</testsuites>
`);
});

test("the threshold decides what fails", () => {
  expect(renderJunit(CI, "info")).toContain(
    'failures="2" errors="0" time="0">\n  <testsuite name="input"',
  );
});

test("an incomplete audit is an error, never a pass", () => {
  const xml = renderJunit(report({ complete: false, notSeen: ["Pod"], findings: [] }), "critical");
  expect(xml).toContain('errors="1"');
  expect(xml).toContain('<error type="cannot-see" message="not read: Pod"/>');
});
