import { expect, test } from "vitest";
import type { Requirement } from "#shared/cluster/selector.ts";
import { addToleration, changeAffinity } from "#shared/remediation/remedies/placing.ts";
import { daemonSet, labels, node, tolerate } from "../../../fixtures/build.ts";
import { factsOf } from "../../../fixtures/node-view.ts";

type SetParts = NonNullable<Parameters<typeof daemonSet>[1]>;
const facts = (set: SetParts) =>
  factsOf({ Node: [node("n1"), node("n2")], DaemonSet: [daemonSet("agent", set)] });
const rule = (key: string, ...values: readonly string[]): Requirement => ({
  key,
  operator: "In",
  values,
});

test("all tolerations that a pool asks for go into one patch, beside those that were there", () => {
  const call = {
    action: "add-toleration",
    daemonSet: "kube-system/agent",
    toleration: tolerate("team", "NoSchedule", "x"),
    also: [tolerate("gpu", "NoExecute")],
    nodes: ["n1", "n2"],
  } as const;
  const advice = addToleration(call, facts({ template: { tolerations: [tolerate("old")] } }));
  expect(advice.summary).toBe(
    "Let kube-system/agent tolerate team=x:NoSchedule and gpu:NoExecute: it then covers 2 nodes (n1 and n2) more",
  );
  expect(advice.patch).toEqual({
    spec: {
      template: {
        spec: {
          tolerations: [
            { key: "old", operator: "Exists" },
            { key: "team", operator: "Equal", value: "x", effect: "NoSchedule" },
            { key: "gpu", operator: "Exists", effect: "NoExecute" },
          ],
        },
      },
    },
  });
});

const exchange = (set: SetParts, requirement: Requirement, instead: Requirement) =>
  changeAffinity(
    {
      action: "change-affinity",
      daemonSet: "kube-system/agent",
      requirement,
      instead,
      change: "add",
      nodes: ["n1"],
      why: "so",
    },
    facts(set),
  );
const template = (spec: unknown) => ({ spec: { template: { spec } } });
const inTerms = (...terms: readonly (readonly Requirement[])[]): SetParts => ({
  template: {
    requiredNodeAffinity: {
      terms: terms.map((matchExpressions) => ({ matchExpressions, matchFields: [] })),
    },
  },
});

test.each([
  ["another value", rule("role", "workers"), { role: "workers" }],
  ["another key, and the old one goes", rule("kind", "worker"), { role: null, kind: "worker" }],
] as const)(
  "in nodeSelector a label is exchanged where it stands: %s",
  (_rule, next, nodeSelector) => {
    const set = { template: { nodeSelector: labels({ role: "worker", disk: "ssd" }) } };
    const advice = exchange(set, next, rule("role", "worker"));
    expect(advice.patch).toEqual(template({ nodeSelector }));
    expect(advice.price).toBe("1 more pod: 100m cpu and 128Mi memory");
    expect(advice.limit).toBeUndefined();
  },
);

test("in affinity it is exchanged in each term that has it, and in no other", () => {
  const [old, next, other] = [rule("role", "worker"), rule("role", "workers"), rule("disk", "ssd")];
  expect(exchange(inTerms([old, other], [other]), next, old)).toMatchObject({
    summary:
      "Require role=workers in place of role=worker in the node affinity of kube-system/agent: so",
    patch: template({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [next, other] }, { matchExpressions: [other] }],
          },
        },
      },
    }),
  });
});

test("a rule that is not there can be exchanged by nobody: no patch", () => {
  expect(exchange({}, rule("a", "b"), rule("x", "y"))).not.toHaveProperty("patch");
  expect(exchange(inTerms([rule("x", "z")]), rule("a", "b"), rule("x", "y"))).not.toHaveProperty(
    "patch",
  );
});

const TOLERATE = {
  action: "add-toleration",
  daemonSet: "kube-system/agent",
  toleration: tolerate("team", "NoSchedule", "x"),
  nodes: ["n1"],
} as const;

test("two patches of one list undo one another, so the second is not to be copied blindly", () => {
  expect(addToleration(TOLERATE, facts({})).limit).toBe(
    "a toleration lets the pod in; it makes no room and no fitting image; the patch writes the tolerations whole: audit again before the next change of them",
  );
  const [old, next] = [rule("role", "worker"), rule("role", "workers")];
  expect(exchange(inTerms([old]), next, old).limit).toBe(
    "the patch writes the terms of the node affinity whole: audit again before the next change of them",
  );
});

test("one node more is named, several are counted", () => {
  expect(addToleration(TOLERATE, facts({})).summary).toBe(
    "Let kube-system/agent tolerate team=x:NoSchedule: it then covers node n1 too",
  );
});

test("where somebody else writes the object there is no patch, and nothing to undo", () => {
  const advice = addToleration(TOLERATE, facts({ managers: ["helm"] }));
  expect(advice).not.toHaveProperty("command");
  expect(advice.limit).toBe(
    "a patch made by hand would be overwritten; a toleration lets the pod in; it makes no room and no fitting image",
  );
});
