import { expect, test } from "vitest";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import { auditCluster } from "#shared/flow/audit-cluster.ts";
import { demoCluster } from "../../../../functions/cli/demo/demo-cluster.ts";
import { dsaudit } from "../../../fixtures/command.ts";

test("every kind is there and nothing of it is odd: the demo shows troubles, not gaps of the input", () => {
  const { Node, DaemonSet, notSeen, problems } = demoCluster();
  expect([Node.length, DaemonSet.length]).toEqual([42, 8]);
  expect([notSeen, problems]).toEqual([[], []]);
});

test("ten troubles, each under its own name", async () => {
  const read = () => Promise.resolve(demoCluster());
  const { findings } = await auditCluster(read)({ policy: DEFAULT_POLICY });
  const told = new Set(findings.map(({ cause, subject }) => `${cause} ${subject.name}`));
  expect([...told]).toEqual(
    expect.arrayContaining([
      "insufficient-memory fluent-bit",
      "too-many-pods runtime-sensor",
      "host-port-conflict node-exporter",
      "ineligible-but-targeted runtime-sensor",
      "wrong-platform runtime-sensor",
      "image-pull ebs-csi-node",
      "oom-killed fluent-bit",
      "rollout-stuck otel-agent",
      "node-unreachable general-9",
      "stuck-startup-taint general-12",
      "ondelete-drift nvidia-device-plugin",
      "excluded-by-taint fluent-bit",
    ]),
  );
});

test("nothing is said of the node that only starts, nor of the one that leaves", async () => {
  const read = () => Promise.resolve(demoCluster());
  const { findings } = await auditCluster(read)({ policy: DEFAULT_POLICY });
  const loud = findings.filter(
    ({ severity, cause }) => severity !== "info" && cause !== "rollout-stuck",
  );
  expect(
    loud.filter(({ nodes }) => nodes.includes("general-18") || nodes.includes("spot-5")),
  ).toEqual([]);
});

test("the same in every run, and no failure: its troubles are meant to be there", async () => {
  const { code, out } = await dsaudit(["demo"]);
  expect(code).toBe(0);
  expect((await dsaudit(["demo"])).out).toBe(out);
  expect((await dsaudit(["demo", "--fail-on", "warning"])).code).toBe(1);
});

test("at 80 columns only commands, which must stay whole, are wider", async () => {
  const { out } = await dsaudit(["demo"]);
  const wide = out.split("\n").filter((line) => line.length > 80 && !/^ {16}kubectl /.test(line));
  expect(wide).toEqual([]);
});
