import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseSchedulerMessage } from "#shared/cluster/scheduler-message.ts";

test("a message of 1.34 is taken apart, preemption included", () => {
  expect(
    parseSchedulerMessage(
      "0/5 nodes are available: 1 Insufficient cpu, 1 Insufficient nvidia.com/gpu, 4 node(s) didn't satisfy plugin(s) [NodeAffinity, PodTopologySpread]. preemption: 0/5 nodes are available: 1 No preemption victims found for incoming pod, 4 Preemption is not helpful for scheduling.",
    ),
  ).toEqual({
    total: 5,
    truncated: false,
    clauses: [
      { nodes: 1, text: "Insufficient cpu", reason: { says: "insufficient", resource: "cpu" } },
      {
        nodes: 1,
        text: "Insufficient nvidia.com/gpu",
        reason: { says: "insufficient", resource: "nvidia.com/gpu" },
      },
      {
        nodes: 4,
        text: "node(s) didn't satisfy plugin(s) [NodeAffinity, PodTopologySpread]",
        reason: { says: "plugins", plugins: ["NodeAffinity", "PodTopologySpread"] },
      },
    ],
    preemption: [
      {
        nodes: 1,
        text: "No preemption victims found for incoming pod",
        reason: { says: "no-victims" },
      },
      {
        nodes: 4,
        text: "Preemption is not helpful for scheduling",
        reason: { says: "not-helpful" },
      },
    ],
  });
});

test.each([
  ["every pod place is taken", "1 Too many pods", { says: "too-many-pods" }],
  [
    "no host port is free",
    "1 node(s) didn't have free ports for the requested pod ports",
    { says: "host-port" },
  ],
  [
    "up to 1.33 a taint is shown",
    "1 node(s) had untolerated taint {dedicated: gpu}",
    { says: "taint", key: "dedicated" },
  ],
  [
    "a taint without a value is shown",
    "1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }",
    { says: "taint", key: "node.kubernetes.io/not-ready" },
  ],
  ["from 1.34 it is not", "1 node(s) had untolerated taint(s)", { says: "taint", key: "" }],
  [
    "affinity of nodes",
    "4 node(s) didn't match Pod's node affinity/selector",
    { says: "node-affinity" },
  ],
  [
    "anti-affinity of pods",
    "1 node(s) didn't satisfy existing pods anti-affinity rules",
    { says: "pod-affinity" },
  ],
  ["spread", "1 node(s) didn't match pod topology spread constraints", { says: "topology-spread" }],
  ["zone of a volume", "1 node(s) had no available volume zone", { says: "volume" }],
  ["a claim, without a count", 'persistentvolumeclaim "data" not found', { says: "volume" }],
  ["words of a scheduler we do not know", "1 node(s) were out of luck", { says: "other" }],
] as const)("%s", (_rule, clause, reason) => {
  expect(parseSchedulerMessage(`0/5 nodes are available: ${clause}.`)?.clauses).toEqual([
    {
      nodes: /^\d/.test(clause) ? Number(clause[0]) : undefined,
      text: clause.replace(/^\d /, ""),
      reason,
    },
  ]);
});

test("an event that was cut off says so and keeps what is left", () => {
  expect(
    parseSchedulerMessage("0/900 nodes are available: 1 Insufficient cpu, 899 node(s) di ..."),
  ).toMatchObject({
    total: 900,
    truncated: true,
    clauses: [{ nodes: 1 }, { nodes: 899, reason: { says: "other" } }],
  });
});

test("what the dynamic resources plugin says between the parts is no reason of a node", () => {
  const message =
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";
  expect(parseSchedulerMessage(message)?.clauses.map(({ text }) => text)).toEqual([
    "Insufficient cpu",
  ]);
});

test.each([
  "",
  "running",
  "no nodes available to schedule pods",
  "0/x nodes are available: 1 Insufficient cpu.",
])("%j is no such message", (message) => {
  expect(parseSchedulerMessage(message)).toBeUndefined();
});

test("every count and resource that is written is read back", () => {
  const clause = fc.tuple(
    fc.integer({ min: 1, max: 9999 }),
    fc.stringMatching(/^[a-z][a-z./-]{0,20}[a-z]$/),
  );
  fc.assert(
    fc.property(
      fc.array(clause, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (parts, preemption) => {
        const list = parts.map(([n, resource]) => `${n} Insufficient ${resource}`).join(", ");
        const end = preemption ? ` preemption: 0/9 nodes are available: ${list}.` : "";
        const parsed = parseSchedulerMessage(`0/9 nodes are available: ${list}.${end}`);
        const expected = parts.map(([nodes, resource]) => ({
          nodes,
          text: `Insufficient ${resource}`,
          reason: { says: "insufficient", resource },
        }));
        expect(parsed?.clauses).toEqual(expected);
        expect(parsed?.preemption).toEqual(preemption ? expected : []);
      },
    ),
  );
});

test("no text makes it throw", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseSchedulerMessage(text)?.total ?? 0).toBeGreaterThanOrEqual(0);
      expect(parseSchedulerMessage(`0/3 nodes are available: ${text}`)?.total).toBe(3);
    }),
  );
});
