import { expect, test } from "vitest";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Finding } from "#shared/findings/finding.ts";
import { scopedFacts, scopedFindings } from "#shared/report/scope.ts";
import { cluster, daemonPod, daemonSet, labels, node } from "../../fixtures/build.ts";

const a = daemonSet("a", { namespace: "one", labels: labels({ tier: "node" }) });
const b = daemonSet("b", { namespace: "two" });
const { facts } = auditCluster(
  cluster({
    Node: [node("n1"), node("n2")],
    DaemonSet: [a, b],
    Pod: [daemonPod(a, "n1"), daemonPod(b, "n1")],
  }),
  DEFAULT_POLICY,
);
const TIER = { matchLabels: labels({ tier: "node" }), matchExpressions: [] };

test.each([
  ["of a namespace", { namespace: "two" }, ["two/b"]],
  ["of labels", { selector: TIER }, ["one/a"]],
  ["of both: each must hold", { namespace: "two", selector: TIER }, []],
  ["of nothing: all", {}, ["one/a", "two/b"]],
] as const)("DaemonSets %s", (_what, scope, keys) => {
  const scoped = scopedFacts(facts, scope);
  expect(scoped.daemonSets.map(({ key }) => key)).toEqual(keys);
  expect(scoped.nodes[0]?.placements().map(({ daemonSet }) => daemonSet.key)).toEqual(keys);
});

test("nodes, their pods and what they use stay; a look-up sees everything", () => {
  const scoped = scopedFacts(facts, { namespace: "one" });
  expect(scoped.nodes).toHaveLength(2);
  expect(scoped.nodes[0]?.pods).toHaveLength(2);
  expect(scoped.nodes[0]?.used()).toEqual(facts.nodes[0]?.used());
  expect(scoped.daemonSet("two/b")).toBe(facts.daemonSet("two/b"));
  expect(scoped.cluster.Pod).toHaveLength(2);
});

test("findings that concern one of them stay, and what concerns the whole cluster", () => {
  const finding = (
    kind: Finding["subject"]["kind"],
    ...daemonSets: readonly string[]
  ): Finding => ({
    id: `${kind}-${daemonSets.join("-")}`,
    cause: "x",
    severity: "warning",
    subject: { kind, namespace: "", name: "" },
    daemonSets,
    nodes: [],
    since: undefined,
    summary: "",
    evidence: [],
    remedies: [],
  });
  const kept = scopedFindings(
    [
      finding("DaemonSet", "one/a"),
      finding("DaemonSet", "two/b"),
      finding("Node", "one/a", "two/b"),
      finding("Node"),
      finding("Cluster"),
    ],
    scopedFacts(facts, { namespace: "one" }),
  );
  expect(kept.map(({ id }) => id)).toEqual(["DaemonSet-one/a", "Node-one/a-two/b", "Cluster-"]);
});
