import * as fc from "fast-check";
import { expect, test } from "vitest";
import { keptApart, speaksOf } from "#shared/cluster/pod-affinity.ts";
import type { PodAffinityTerm } from "#shared/cluster/pod.ts";
import type { LabelSelector } from "#shared/cluster/selector.ts";
import { labels, node, pod } from "../../fixtures/build.ts";

const selector = (pairs: Readonly<Record<string, string>>): LabelSelector => ({
  matchLabels: labels(pairs),
  matchExpressions: [],
});
const term = (parts: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  selector: selector({ app: "web" }),
  namespaces: [],
  namespaceSelector: undefined,
  topologyKey: "kubernetes.io/hostname",
  matchLabelKeys: [],
  mismatchLabelKeys: [],
  ...parts,
});
const OTHER = { namespace: "shop", labels: labels({ app: "web" }) };
const labelsOf = (name: string) => (name === "shop" ? labels({ team: "a" }) : undefined);

// pkg/scheduler/framework/types.go, AffinityTerm.Matches
test.each([
  ["no namespace means the owner's own", term(), "shop", "yes"],
  ["and no other", term(), "bank", "no"],
  ["a namespace that is named", term({ namespaces: ["shop"] }), "bank", "yes"],
  ["named ones leave out the owner's own", term({ namespaces: ["x"] }), "shop", "no"],
  [
    "namespaces by their labels",
    term({ namespaceSelector: selector({ team: "a" }) }),
    "bank",
    "yes",
  ],
  ["others by their labels", term({ namespaceSelector: selector({ team: "b" }) }), "bank", "no"],
  [
    "a selector leaves out the owner's own",
    term({ namespaceSelector: selector({ team: "b" }) }),
    "shop",
    "no",
  ],
  [
    "named or selected is enough",
    term({ namespaces: ["shop"], namespaceSelector: selector({ team: "b" }) }),
    "bank",
    "yes",
  ],
  ["no selector of pods speaks of none", term({ selector: undefined }), "shop", "no"],
  ["an empty one of all", term({ selector: selector({}) }), "shop", "yes"],
  ["other labels", term({ selector: selector({ app: "db" }) }), "shop", "no"],
] as const)("speaks of: %s", (_rule, one, owner, says) => {
  expect(speaksOf(one, { owner, other: OTHER }, labelsOf)).toBe(says);
});

test.each([
  ["cannot be told by its labels", { team: "a" }, "unknown"],
  ["is one of all namespaces", {}, "yes"],
] as const)("a namespace that was not read %s", (_rule, pairs, says) => {
  const one = term({ namespaceSelector: selector(pairs) });
  const other = { ...OTHER, namespace: "unread" };
  expect(speaksOf(one, { owner: "bank", other }, labelsOf)).toBe(says);
});

test("a pod that surely is not meant is not, though its namespace was not read", () => {
  const one = term({
    selector: selector({ app: "db" }),
    namespaceSelector: selector({ team: "a" }),
  });
  const other = { ...OTHER, namespace: "unread" };
  expect(speaksOf(one, { owner: "bank", other }, labelsOf)).toBe("no");
});

const plain = pod("plain", { namespace: "shop", labels: labels({ app: "web" }) });
const against = (parts: Partial<PodAffinityTerm> = {}) =>
  pod("shy", { namespace: "shop", spec: { requiredPodAntiAffinity: [term(parts)] } });

// interpodaffinity/filtering.go
test.each([
  ["by its own rule", against(), plain, "yes"],
  ["by nobody's", plain, plain, "no"],
  ["by a rule about others", against({ namespaces: ["bank"] }), plain, "no"],
  ["not where the node has no such place", against({ topologyKey: "rack" }), plain, "no"],
] as const)("two pods are kept apart %s", (_rule, a, b, says) => {
  const on = { node: node("n1"), labelsOf };
  expect([keptApart(a, b, on), keptApart(b, a, on)]).toEqual([says, says]);
});

test("being kept apart is mutual, whatever the rules", () => {
  const anyTerm = fc
    .record({
      app: fc.constantFrom("web", "db"),
      namespaces: fc.constantFrom([], ["shop"], ["bank"]),
      topologyKey: fc.constantFrom("kubernetes.io/hostname", "rack"),
    })
    .map(({ app, ...rest }) => term({ ...rest, selector: selector({ app }) }));
  const anyPod = fc
    .record({
      namespace: fc.constantFrom("shop", "bank"),
      app: fc.constantFrom("web", "db"),
      terms: fc.array(anyTerm, { maxLength: 2 }),
    })
    .map(({ namespace, app, terms }) =>
      pod("p", {
        namespace,
        labels: labels({ app }),
        spec: { requiredPodAntiAffinity: terms },
      }),
    );
  const on = { node: node("n1"), labelsOf };
  fc.assert(
    fc.property(anyPod, anyPod, (a, b) => {
      expect(keptApart(a, b, on)).toBe(keptApart(b, a, on));
    }),
  );
});
