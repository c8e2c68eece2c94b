import { expect, test } from "vitest";
import { raiseLimit } from "#shared/remediation/remedies/sizing.ts";
import { daemonSet, node } from "../../../fixtures/build.ts";
import { factsOf } from "../../../fixtures/node-view.ts";

const nodes = ["n1", "n2", "n3"];
const facts = factsOf({ Node: nodes.map((name) => node(name)), DaemonSet: [daemonSet("agent")] });
const raised = (on: readonly string[]) =>
  raiseLimit(
    {
      action: "raise-limit",
      daemonSet: "kube-system/agent",
      container: "agent",
      resource: "memory",
      from: 200n << 20n,
      nodes: on,
    },
    facts,
  );

test("a limit rises by half, to a round figure; what it may cost is that on every node", () => {
  expect(raised(nodes)).toMatchObject({
    summary: "Raise the memory limit of agent in kube-system/agent from 200Mi to 304Mi",
    price: "up to 104Mi more on each of 3 nodes, 312Mi in all",
  });
});

test.each([
  [
    ["n1"],
    "1 node of 3 needs it: a DaemonSet of its own for this node costs less than more for all",
  ],
  [
    ["n1", "n2"],
    "2 nodes of 3 need it: a DaemonSet of their own for these nodes costs less than more for all",
  ],
  [nodes, "more memory hides a leak for a while; it does not end it"],
] as const)("where %j need it, the other way is told", (on, limit) => {
  expect(raised(on).limit).toBe(limit);
});
