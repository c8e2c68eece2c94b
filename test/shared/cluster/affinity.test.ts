import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  hasNodeRule,
  isBrokenNodeSelector,
  matchesNodeSelector,
  nodeAffinityAnswer,
  pinnedTo,
  targetNodeName,
} from "#shared/cluster/affinity.ts";
import type { NodeSelectorTerm, Requirement } from "#shared/cluster/selector.ts";
import { labels, node, pod } from "../../fixtures/build.ts";

const N1 = node("n1", { labels: labels({ zone: "a", cores: "8", empty: "" }) });

const term = (...matchExpressions: readonly Requirement[]): NodeSelectorTerm => ({
  matchExpressions,
  matchFields: [],
});
const fields = (...matchFields: readonly Requirement[]): NodeSelectorTerm => ({
  matchExpressions: [],
  matchFields,
});
const asks = (key: string, operator: string, ...values: readonly string[]): Requirement => ({
  key,
  operator,
  values,
});
const EMPTY = term();
const ZONE_A = term(asks("zone", "In", "a"));
const ZONE_B = term(asks("zone", "In", "b"));
const NEGATIVE = term(asks("cores", "Gt", "-1"));

// component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go
test.each([
  ["no term matches nothing", [], "no", false],
  ["an empty term matches nothing", [EMPTY], "no", false],
  ["an empty term does not hinder another", [EMPTY, ZONE_A], "yes", false],
  ["terms are ORed", [ZONE_B, ZONE_A], "yes", false],
  ["expressions are ANDed", [term(asks("zone", "In", "a"), asks("cores", "Lt", "8"))], "no", false],
  ["NotIn matches an absent label", [term(asks("type", "NotIn", "fargate"))], "yes", false],
  ["DoesNotExist matches an absent label", [term(asks("type", "DoesNotExist"))], "yes", false],
  ["a term that cannot be parsed does not match", [NEGATIVE], "no", true],
  ["and does not break the others", [NEGATIVE, ZONE_A], "yes", false],
  ["In without values cannot be parsed", [term(asks("zone", "In"))], "no", true],
  ["Exists with values cannot be parsed", [term(asks("zone", "Exists", "a"))], "no", true],
  ["Gt takes an integer", [term(asks("cores", "Gt", "4.5"))], "no", true],
  ["Gt with leading zeros", [term(asks("cores", "Gt", "007"))], "yes", false],
  ["the node's own name", [fields(asks("metadata.name", "In", "n1"))], "yes", false],
  ["another node's name", [fields(asks("metadata.name", "In", "n2"))], "no", false],
  ["not another node's name", [fields(asks("metadata.name", "NotIn", "n2"))], "yes", false],
  ["a field takes one value", [fields(asks("metadata.name", "In", "n1", "n2"))], "no", true],
  ["a field takes In and NotIn only", [fields(asks("metadata.name", "Exists"))], "no", true],
  ["any other field is compared with nothing", [fields(asks("spec.x", "In", ""))], "yes", false],
  [
    "fields and expressions are ANDed",
    [{ ...ZONE_B, matchFields: [asks("metadata.name", "In", "n1")] }],
    "no",
    false,
  ],
  ["a new operator cannot be told", [term(asks("zone", "Like", "a"))], "unknown", false],
  ["an operator in small letters neither", [term(asks("zone", "in", "a"))], "unknown", false],
  ["unless another term matches", [term(asks("zone", "Like", "a")), ZONE_A], "yes", false],
] as const)("required node affinity: %s", (_rule, terms, match, parseError) => {
  expect(matchesNodeSelector({ terms }, N1)).toEqual({ match, parseError });
});

test.each([
  ["no rule at all", {}, undefined, "yes", ""],
  ["an equal pair", { zone: "a" }, undefined, "yes", ""],
  ["another value", { zone: "b" }, undefined, "no", "nodeSelector zone=b"],
  ["an empty value needs the label", { gone: "" }, undefined, "no", "nodeSelector gone="],
  ["an empty value that is there", { empty: "" }, undefined, "yes", ""],
  ["both are needed", { zone: "a" }, { terms: [ZONE_B] }, "no", "required node affinity"],
  ["the pairs first", { zone: "b" }, { terms: [ZONE_A] }, "no", "nodeSelector zone=b"],
] as const)("nodeSelector and affinity: %s", (_rule, pairs, requiredNodeAffinity, ...says) => {
  const { match, because } = nodeAffinityAnswer(
    { nodeSelector: labels(pairs), requiredNodeAffinity },
    N1,
  );
  expect([match, because]).toEqual(says);
});

test("a selector is broken where the API server would have refused it, though it might match", () => {
  expect(isBrokenNodeSelector({ terms: [ZONE_A, NEGATIVE] })).toBe(true);
  expect(isBrokenNodeSelector({ terms: [term(asks("zone", "Like", "a"))] })).toBe(true);
  expect(isBrokenNodeSelector({ terms: [ZONE_A, EMPTY] })).toBe(false);
});

test("only a nodeSelector or required affinity makes a node's labels matter", () => {
  expect(hasNodeRule({ nodeSelector: labels(), requiredNodeAffinity: undefined })).toBe(false);
  expect(hasNodeRule({ nodeSelector: labels(), requiredNodeAffinity: { terms: [] } })).toBe(true);
  expect(hasNodeRule({ nodeSelector: labels({ a: "b" }), requiredNodeAffinity: undefined })).toBe(
    true,
  );
});

// pkg/controller/daemon/util/daemonset_util.go, GetTargetNodeName
const NAMED = asks("metadata.name", "In", "n7");
test.each([
  ["bound: the node it is on", "n1", [fields(NAMED)], { nodeName: "n1" }],
  ["pinned by its name", "", [fields(NAMED)], { nodeName: "n7" }],
  ["the first such field of any term decides", "", [ZONE_A, fields(NAMED)], { nodeName: "n7" }],
  [
    "other fields and operators are passed over",
    "",
    [fields(asks("metadata.uid", "In", "x"), asks("metadata.name", "NotIn", "n2"), NAMED)],
    { nodeName: "n7" },
  ],
  [
    "two names are an error, whatever follows",
    "",
    [fields(asks("metadata.name", "In", "n1", "n2")), fields(NAMED)],
    { error: "pod kube-system/agent is pinned to 2 nodes" },
  ],
  [
    "no name is one too",
    "",
    [fields(asks("metadata.name", "In"))],
    { error: "pod kube-system/agent is pinned to 0 nodes" },
  ],
  ["nothing pins it", "", [ZONE_A], { error: "pod kube-system/agent is pinned to no node" }],
] as const)("a pod's node: %s", (_rule, nodeName, terms, says) => {
  const spec = { nodeName, requiredNodeAffinity: { terms } };
  expect(targetNodeName(pod("agent", { namespace: "kube-system", spec }))).toEqual(says);
});

const NAMES = ["n1", "n2", "constructor"] as const;
test("a pod pinned to a node matches that node and no other", () => {
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES), (wanted, other) => {
      const pinned = pinnedTo(wanted);
      const spec = { nodeName: "", requiredNodeAffinity: pinned };

      expect(targetNodeName(pod("p", { spec }))).toEqual({ nodeName: wanted });
      expect(matchesNodeSelector(pinned, node(other)).match).toBe(wanted === other ? "yes" : "no");
    }),
  );
});

const anyTerm = fc.constantFrom(
  EMPTY,
  ZONE_A,
  ZONE_B,
  NEGATIVE,
  term(asks("zone", "Like", "a")),
  fields(NAMED),
);

test("the order of terms does not matter, and one more never matches less", () => {
  fc.assert(
    fc.property(fc.array(anyTerm, { maxLength: 4 }), anyTerm, (terms, more) => {
      const before = matchesNodeSelector({ terms }, N1);
      const after = matchesNodeSelector({ terms: [...terms, more] }, N1);
      const rank = { no: 0, unknown: 1, yes: 2 };

      expect(matchesNodeSelector({ terms: [more, ...terms] }, N1)).toEqual(after);
      expect(rank[after.match]).toBeGreaterThanOrEqual(rank[before.match]);
    }),
  );
});
