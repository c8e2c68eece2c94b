import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isSlip, meantBy } from "#shared/audit/evidence/lookalike.ts";
import { labels } from "../../../fixtures/build.ts";

test.each([
  ["worker", "workers"],
  ["worker", "wroker"],
  ["fluent-bit", "flunet-bit"],
  ["GPU", "gpu"],
  ["node_pool", "node-pool"],
  ["node-exporter", "nodeexporter"],
])("%s is most likely a slip for %s", (wanted, has) => {
  expect(isSlip(wanted, has)).toBe(true);
  expect(isSlip(has, wanted)).toBe(true);
});

test.each([
  ["the same", "worker", "worker"],
  ["short words", "gpu", "cpu"],
  ["letters that count", "node-a", "node-b"],
  ["zones", "us-east-1a", "us-east-1b"],
  ["sizes", "m5.large", "m6.large"],
  ["numbers in a word", "worker1", "worker2"],
  ["processors", "arm64", "amd64"],
  ["another word", "ebs-csi-node", "ebs-csi-controller"],
  ["two words off", "fluent-bits-agents", "fluent-bit-agent"],
  ["more words", "fluent-bit", "fluent-bit-canary"],
  ["yes and no", "true", "false"],
  ["nothing", "", "worker"],
])("%s: siblings, no slip", (_rule, wanted, has) => {
  expect(isSlip(wanted, has)).toBe(false);
});

test("a word of a million letters costs nothing", () => {
  const long = "a".repeat(1_000_000);
  expect(isSlip(long, `${long}b`)).toBe(false);
});

const wants = (key: string, ...values: readonly string[]) => ({ key, operator: "In", values });

test.each([
  ["the value", wants("role", "worker"), { role: "workers" }, { key: "role", value: "workers" }],
  [
    "one of several values",
    wants("role", "infra", "worker"),
    { role: "Worker" },
    { key: "role", value: "Worker" },
  ],
  ["so it is, in another word", wants("gpu", "true"), { gpu: "yes" }, { key: "gpu", value: "yes" }],
  [
    "so it is, in no word",
    wants("node-role.kubernetes.io/worker", "true"),
    { "node-role.kubernetes.io/worker": "" },
    { key: "node-role.kubernetes.io/worker", value: "" },
  ],
  [
    "the key",
    wants("workload-type", "batch"),
    { workload_type: "batch" },
    { key: "workload_type", value: "batch" },
  ],
  [
    "the prefix",
    wants("gpu", "true"),
    { "acme.example/gpu": "true" },
    { key: "acme.example/gpu", value: "true" },
  ],
  [
    "an old name",
    wants("node-role.kubernetes.io/master", ""),
    { "node-role.kubernetes.io/control-plane": "" },
    { key: "node-role.kubernetes.io/control-plane", value: "" },
  ],
  [
    "a new name",
    wants("topology.kubernetes.io/zone", "a"),
    { "failure-domain.beta.kubernetes.io/zone": "a" },
    { key: "failure-domain.beta.kubernetes.io/zone", value: "a" },
  ],
  [
    "that a label is there",
    { key: "acme.example/gpu", operator: "Exists", values: [] },
    { gpu: "x" },
    { key: "gpu", value: "x" },
  ],
] as const)("a rule about %s was meant for what is there", (_rule, rule, has, meant) => {
  expect(meantBy(rule, labels(has))).toEqual(meant);
});

test.each([
  ["another value", wants("role", "worker"), { role: "infra" }],
  ["no instead of yes", wants("gpu", "true"), { gpu: "false" }],
  ["a like key with another value", wants("gpu", "true"), { "acme.example/gpu": "false" }],
  [
    "a rule that leaves out",
    { key: "role", operator: "NotIn", values: ["worker"] },
    { role: "workers" },
  ],
  [
    "a machine of another size",
    wants("node.kubernetes.io/instance-type", "m7i.large"),
    { "node.kubernetes.io/instance-type": "m7i.xlarge" },
  ],
  ["nothing like it", wants("role", "worker"), {}],
] as const)("a rule about %s was not", (_rule, rule, has) => {
  expect(meantBy(rule, labels(has))).toBeUndefined();
});

test("being a slip goes both ways", () => {
  const word = fc.stringMatching(/^[a-z0-9.-]{0,12}$/);
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(isSlip(a, b)).toBe(isSlip(b, a));
    }),
  );
});
