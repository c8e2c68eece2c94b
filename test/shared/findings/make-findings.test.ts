import { expect, test } from "vitest";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { DEFAULT_POLICY, type AuditPolicy } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Finding } from "#shared/findings/finding.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";
import {
  ago,
  cluster,
  condition,
  daemonPod,
  daemonSet,
  labels,
  node,
} from "../../fixtures/build.ts";
import { crashing, notUp, waitingContainer } from "../../fixtures/placement.ts";

const found = (parts: Partial<Cluster>, policy: Partial<AuditPolicy> = {}): readonly Finding[] =>
  findingsOf(auditCluster(cluster(parts), { ...DEFAULT_POLICY, ...policy }));
/** Risks and reports are other tests' business. */
const loud = (findings: readonly Finding[]): readonly (readonly unknown[])[] =>
  findings
    .filter(({ severity, ignored }) => severity !== "info" && ignored === undefined)
    .map(({ cause, severity, subject, nodes }) => [cause, severity, subject.name, nodes.join(" ")])
    .toSorted((a, b) => String(a[2]).localeCompare(String(b[2])));

const broken = (of: DaemonSet, on: string): Pod =>
  daemonPod(of, on, { status: notUp({ containers: [crashing()] }) });
const noImage = (of: DaemonSet, on: string): Pod =>
  daemonPod(of, on, {
    status: notUp({
      phase: "Pending",
      containers: [waitingContainer("ImagePullBackOff", "not found")],
    }),
  });
const many = (count: number, parts: Partial<Node> = {}): readonly Node[] =>
  Array.from({ length: count }, (_, at) => node(`n${at}`, parts));
const agent = daemonSet("agent");
const other = daemonSet("other");
const notReady = (on: string, message: string, age = 3600): Node =>
  node(on, {
    conditions: [
      condition("Ready", "False", { reason: "KubeletNotReady", message, transitionAt: ago(age) }),
    ],
  });

test("one cause on one DaemonSet is one finding over all its nodes", () => {
  const Node = many(10);
  const Pod = Node.map(({ name }, at) => (at < 3 ? broken(agent, name) : daemonPod(agent, name)));
  const findings = found({ Node, DaemonSet: [agent], Pod });

  expect(loud(findings)).toEqual([["crash-loop", "warning", "agent", "n0 n1 n2"]]);
  const crash = findings.find(({ cause }) => cause === "crash-loop");
  expect(crash?.summary).toMatch(/^no healthy pod on 3 nodes; on n0: agent ends with exit code 1/);
  expect(crash?.evidence.map(({ node: on }) => on)).toEqual(["n0", "n1", "n2"]);
  expect(crash?.since).toBe(ago(60));
});

test("another cause, another DaemonSet: other findings", () => {
  const Node = many(4);
  const Pod = [
    broken(agent, "n0"),
    noImage(agent, "n1"),
    broken(other, "n0"),
    ...["n2", "n3"].flatMap((on) => [daemonPod(agent, on), daemonPod(other, on)]),
    daemonPod(other, "n1"),
  ];

  expect(loud(found({ Node, DaemonSet: [agent, other], Pod }))).toEqual([
    ["crash-loop", "warning", "agent", "n0"],
    ["image-pull", "warning", "agent", "n1"],
    ["crash-loop", "warning", "other", "n0"],
  ]);
});

test("a finding keeps its id while its nodes change, and another cluster's has another", () => {
  const idOf = (parts: Partial<Cluster>): string | undefined =>
    found({ DaemonSet: [agent], ...parts }).find(({ cause }) => cause === "crash-loop")?.id;
  const one = idOf({ Node: many(2), Pod: [broken(agent, "n0"), daemonPod(agent, "n1")] });
  const two = idOf({ Node: many(2), Pod: [broken(agent, "n0"), broken(agent, "n1")] });
  const elsewhere = idOf({ name: "b", Node: many(1), Pod: [broken(agent, "n0")] });

  expect(one).toMatch(/^[0-9a-f]{24}$/);
  expect(two).toBe(one);
  expect(elsewhere).not.toBe(one);
});

test.each([
  ["cni", "critical"],
  ["csi", "critical"],
  ["kube-proxy", "critical"],
  ["dns", "critical"],
  ["logs", "warning"],
  ["monitoring", "warning"],
  ["security", "warning"],
])("one node without its %s daemon is %s", (role, severity) => {
  const set = daemonSet("x", { annotations: labels({ role }) });
  const Pod = [broken(set, "n0"), ...["n1", "n2", "n3"].map((on) => daemonPod(set, on))];

  expect(loud(found({ Node: many(4), DaemonSet: [set], Pod }))).toEqual([
    ["crash-loop", severity, "x", "n0"],
  ]);
});

test.each([
  [6, 3, "critical"],
  [7, 3, "warning"],
  [2, 2, "warning"],
])("of %d nodes %d without any daemon: %s", (all, without, severity) => {
  const Node = many(all);
  const Pod = Node.map(({ name }, at) =>
    at < without ? broken(agent, name) : daemonPod(agent, name),
  );

  expect(loud(found({ Node, DaemonSet: [agent], Pod }))[0]?.[1]).toBe(severity);
});

test("what the configuration says of a cause wins over role and annotation", () => {
  const set = daemonSet("cni", { annotations: labels({ role: "cni", severity: "critical" }) });
  const parts = { Node: many(1), DaemonSet: [set], Pod: [broken(set, "n0")] };
  const severity = (policy: Partial<AuditPolicy>): string | undefined =>
    found(parts, policy).find(({ cause }) => cause === "crash-loop")?.severity;

  expect(severity({ severities: new Map([["crash-loop", "info"]]) })).toBe("info");
  expect(severity({})).toBe("critical");
});

test("what the annotation says wins over the role", () => {
  const set = daemonSet("cni", { annotations: labels({ role: "cni", severity: "info" }) });

  expect(loud(found({ Node: many(1), DaemonSet: [set], Pod: [broken(set, "n0")] }))).toEqual([]);
});

test("a node's trouble swallows the gaps of its daemons", () => {
  const Node = [notReady("n0", "container runtime is down"), node("n1")];
  const Pod = [
    broken(agent, "n0"),
    noImage(other, "n0"),
    daemonPod(agent, "n1"),
    daemonPod(other, "n1"),
  ];
  const findings = found({ Node, DaemonSet: [agent, other], Pod });

  expect(loud(findings)).toEqual([["node-not-ready", "warning", "n0", "n0"]]);
  expect(findings.find(({ cause }) => cause === "node-not-ready")?.daemonSets).toEqual([
    "kube-system/agent",
    "kube-system/other",
  ]);
});

const cni = daemonSet("calico-node");
const NO_NETWORK = "container runtime network not ready: cni plugin not initialized";

test("a missing CNI daemon is the root of a node that waits for its network", () => {
  const Node = [notReady("n0", NO_NETWORK), node("n1")];
  const Pod = [
    broken(cni, "n0"),
    noImage(agent, "n0"),
    daemonPod(cni, "n1"),
    daemonPod(agent, "n1"),
  ];

  expect(loud(found({ Node, DaemonSet: [cni, agent], Pod }))).toEqual([
    ["crash-loop", "critical", "calico-node", "n0"],
  ]);
});

test("a CNI daemon that fails on a node that is down for another reason is the symptom", () => {
  const Node = [notReady("n0", "PLEG is not healthy"), node("n1")];
  const Pod = [broken(cni, "n0"), daemonPod(cni, "n1")];

  expect(loud(found({ Node, DaemonSet: [cni], Pod }))).toEqual([
    ["node-not-ready", "warning", "n0", "n0"],
  ]);
});

test("more than a fifth of a pool in the same trouble is one trouble of the pool", () => {
  const pool = labels({ "karpenter.sh/nodepool": "spot", "karpenter.sh/initialized": "true" });
  const dark = (count: number): readonly Node[] =>
    many(10).map((one, at) => ({
      ...(at < count ? notReady(one.name, "runtime is down") : one),
      labels: pool,
    }));
  const nodes = (count: number): readonly (readonly unknown[])[] =>
    found({ Node: dark(count), DaemonSet: [], Pod: [] })
      .filter(({ cause }) => cause === "node-not-ready")
      .map(({ subject, nodes: on }) => [subject.kind, subject.part, on.length]);

  expect(nodes(3)).toEqual([["Cluster", "spot", 3]]);
  expect(nodes(2)).toEqual([
    ["Node", undefined, 1],
    ["Node", undefined, 1],
  ]);
});

const parts = {
  Node: many(2),
  DaemonSet: [agent],
  Pod: [broken(agent, "n0"), broken(agent, "n1")],
};
const rule = { cause: "crash-loop", daemonSet: "*", node: "*", reason: "known", until: undefined };

test.each([
  ["a rule that fits all occurrences marks the finding", rule, [], "known"],
  ["a rule that fits some leaves the others", { ...rule, node: "n0" }, ["n1"], undefined],
  [
    "a rule for another cause does nothing",
    { ...rule, cause: "image-pull" },
    ["n0", "n1"],
    undefined,
  ],
  [
    "a rule for another DaemonSet does nothing",
    { ...rule, daemonSet: "kube-system/x*" },
    ["n0", "n1"],
    undefined,
  ],
  ["a rule that ran out does nothing", { ...rule, until: ago(1) }, ["n0", "n1"], undefined],
  ["a rule that still runs holds", { ...rule, until: ago(-1) }, [], "known"],
] as const)("%s", (_rule, ignore, nodes, reason) => {
  const crash = found(parts, { ignore: [ignore] }).find(({ cause }) => cause === "crash-loop");

  expect(crash?.ignored?.reason).toBe(reason);
  expect(reason === undefined ? crash?.nodes : []).toEqual(nodes);
});

test("a node that is labelled to be ignored is", () => {
  const quiet = node("n0", { labels: labels({ "dsaudit.dev/ignore": "true" }) });
  const crash = found({ ...parts, Node: [quiet, node("n1")] }).find(
    ({ cause }) => cause === "crash-loop",
  );

  expect(crash?.nodes).toEqual(["n1"]);
});
