import { expect, test } from "vitest";
import { pinnedByNodeName } from "#shared/audit/causes/pinned-by-node-name.ts";
import { daemonSet, node } from "../../../fixtures/build.ts";
import { hitOf, remediesOf, sentenceOf, viewOf } from "../../../fixtures/rollout.ts";

const pinned = daemonSet("agent", { template: { nodeName: "n1" } });

test("the node is named", () => {
  const view = viewOf(pinned, { Node: [node("n1"), node("n2")] });
  expect(hitOf(pinnedByNodeName, view)).toEqual({
    nodes: ["n1"],
    evidence: { daemonSet: "kube-system/agent", node: "n1" },
  });
  expect(sentenceOf(pinnedByNodeName, view)).toBe(
    "its template names node n1: the pod passes the scheduler by, so nothing checks that it fits and nothing makes room for it",
  );
  expect(remediesOf(pinnedByNodeName, view)).toMatchObject([{ action: "look" }]);
});

test("a node that does not exist is named too, but is no node of the finding", () => {
  expect(hitOf(pinnedByNodeName, viewOf(pinned, { Node: [node("n2")] }))).toMatchObject({
    nodes: [],
    evidence: { node: "n1" },
  });
});

test.each([
  ["no node is named", daemonSet("agent")],
  ["known from its pods only", { ...pinned, inferred: true }],
] as const)("silent: %s", (_rule, set) => {
  expect(pinnedByNodeName.find(viewOf(set, { Node: [node("n1")] }))).toEqual([]);
});
