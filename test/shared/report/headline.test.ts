import { expect, test } from "vitest";
import { headline } from "#shared/report/headline.ts";
import { report, reportFinding as finding, reportNode } from "../../fixtures/report.ts";

const keptOff = (name: string, ignored = false) =>
  finding({
    cause: "excluded-by-taint",
    severity: "info",
    subject: { kind: "DaemonSet", namespace: "logging", name },
    daemonSets: [`logging/${name}`],
    summary: "meant for 36 of 40 nodes; 4 of pool gpu excluded by nvidia.com/gpu",
    ...(ignored && { ignored: { reason: "known", until: null } }),
  });

test("who is kept off nodes is said, though by Kubernetes' word nothing is wrong", () => {
  expect(headline(report({ findings: [keptOff("agent")] })).at(-1)).toBe(
    "Kept off nodes: logging/agent, meant for 36 of 40 nodes; 4 of pool gpu excluded by nvidia.com/gpu.",
  );
});

test("two are named and the others counted", () => {
  const lines = headline(report({ findings: ["a", "b", "c", "d"].map((name) => keptOff(name)) }));

  expect(lines.filter((line) => line.startsWith("Kept off nodes"))).toHaveLength(3);
  expect(lines.at(-1)).toBe("Kept off nodes: 2 more, told below.");
});

test("what is ignored is not said", () => {
  const lines = headline(report({ findings: [keptOff("agent", true)] }));

  expect(lines.some((line) => line.startsWith("Kept off nodes"))).toBe(false);
});

const NONE = { intended: 0, covered: 0, gaps: 0, coveragePercent: null };
const healthy = { gaps: 0, covered: 4, coveragePercent: 100 };
const summary = report().summary;
const nodes = [reportNode("n1")];

test.each([
  [
    "nothing is wanted anywhere",
    { summary: { ...summary, ...NONE }, nodes: [] },
    ["Nothing to cover: no DaemonSet intends any node.", "No node lacks a daemon."],
  ],
  [
    "nothing is known of what is wanted",
    { summary: { ...summary, ...NONE }, nodes: [], complete: false },
    ["Coverage cannot be told.", "No node lacks a daemon as far as can be told."],
  ],
  [
    "all is well",
    { summary: { ...summary, ...healthy }, nodes },
    [
      "100 % covered: 4 of 4 daemon pods are where they should be · 0 gaps",
      "No node lacks a daemon.",
    ],
  ],
  [
    "all that was seen is well",
    { summary: { ...summary, ...healthy, unknown: 1 }, nodes },
    [
      "100 % covered: 4 of 4 daemon pods are where they should be · 0 gaps · 1 unknown",
      "No node lacks a daemon as far as can be told.",
    ],
  ],
] as const)("%s", (_what, parts, lines) => {
  expect(headline(report({ ...parts, nodes: [...parts.nodes], findings: [] }))).toEqual(lines);
});

test("of a node's own trouble the node is named, not counted", () => {
  const node = finding({
    cause: "node-not-ready",
    subject: { kind: "Node", name: "n1" },
    nodes: ["n1"],
  });
  expect(headline(report({ findings: [node] }))[1]).toBe(
    "1 of 2 nodes lacks at least one daemon. Worst: node-not-ready, Node n1.",
  );
});
