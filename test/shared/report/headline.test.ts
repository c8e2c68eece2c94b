import { expect, test } from "vitest";
import { headline } from "#shared/report/headline.ts";
import { report, reportFinding as finding } from "../../fixtures/report.ts";

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
