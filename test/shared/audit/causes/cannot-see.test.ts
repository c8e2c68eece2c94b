import { expect, test } from "vitest";
import { cannotSee } from "#shared/audit/causes/cannot-see.ts";
import type { Hit } from "#shared/audit/cause.ts";
import type { NotSeen } from "#shared/cluster/cluster.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { labels, node } from "../../../fixtures/build.ts";
import { factsOf } from "../../../fixtures/node-view.ts";

const missing = (kind: NotSeen["kind"], why: NotSeen["why"], detail = ""): NotSeen => ({
  kind,
  why,
  detail,
});
const KARPENTERS = node("n1", { labels: labels({ "karpenter.sh/nodepool": "p" }) });

function seenOf(notSeen: readonly NotSeen[], first = node("n1")) {
  const facts = factsOf({ Node: [first], notSeen });
  const hits = cannotSee.find(facts);
  if ("cannotTell" in hits) throw new Error("a list was expected");
  const around = { facts, nodes: [], daemonSets: [] };
  return hits.map((hit: Hit<Parameters<typeof cannotSee.explain>[0]>) => ({
    part: hit.part,
    severity: hit.severity,
    sentence: cannotSee.explain(hit.evidence),
    remedies: cannotSee.remedies(hit.evidence, around),
  }));
}

test("everything that the audit cannot do without is a warning, with the right to ask for", () => {
  expect(seenOf([missing("DaemonSet", "forbidden", "User dev cannot list daemonsets")])).toEqual([
    {
      part: "DaemonSet",
      severity: "warning",
      sentence:
        "DaemonSet: its objects may not be read (User dev cannot list daemonsets), so it cannot be told where daemons should run",
      remedies: [
        { action: "grant", verbs: ["get", "list"], resource: "daemonsets", apiGroup: "apps" },
      ],
    },
  ]);
});

test.each([
  [
    "Node",
    "failed",
    "warning",
    "Node: its objects could not be read (502), so it cannot be told which nodes lack a daemon",
  ],
  [
    "Pod",
    "partial",
    "warning",
    "Pod: not all of its objects were read (502), so it cannot be told whether a daemon runs anywhere",
  ],
  [
    "Lease",
    "failed",
    "info",
    "Lease: its objects could not be read (502), so it cannot be told when a kubelet last gave a sign of life",
  ],
  [
    "PodDisruptionBudget",
    "not-served",
    "info",
    "PodDisruptionBudget: the cluster does not serve it (502), so it cannot be told which pods may be moved",
  ],
] as const)("%s %s is %s", (kind, why, severity, sentence) => {
  const [hit, ...more] = seenOf([missing(kind, why, "502")]);
  const plural = RESOURCES.find((resource) => resource.kind === kind)?.plural;
  expect(more).toEqual([]);
  expect(hit).toEqual({
    part: kind,
    severity,
    sentence,
    remedies: [
      {
        action: "look",
        command: ["kubectl", "get", plural, "-A", "-o", "json"],
        why: "what the server answers",
      },
    ],
  });
});

test("what a dump leaves out is told once, with the line that collects it", () => {
  expect(
    seenOf([missing("Lease", "absent"), missing("CSINode", "absent"), missing("Event", "absent")]),
  ).toEqual([
    {
      part: "dump",
      severity: "info",
      sentence:
        "the dump has no Lease, CSINode or Event, so it cannot be told when a kubelet last gave a sign of life, how many volumes a node takes or why a pod was refused, evicted or left without an address",
      remedies: [
        {
          action: "look",
          command: ["kubectl", "get", "events,csinodes,leases", "-A", "-o", "json"],
          why: "keep what it prints in a file, and give that with -f beside the first",
        },
      ],
    },
  ]);
});

test.each([
  [["Lease"], "the dump has no Lease, so"],
  [["Lease", "Event"], "the dump has no Lease or Event, so"],
  [
    ["Lease", "Event", "CSINode", "LimitRange"],
    "the dump has no Lease, Event, CSINode or LimitRange, so",
  ],
] as const)("a dump without %s", (kinds, sentence) => {
  const [hit] = seenOf(kinds.map((kind) => missing(kind, "absent")));
  expect(hit?.sentence.startsWith(sentence)).toBe(true);
});

test("of very many kinds three are named, and the rest counted", () => {
  const kinds = ["Lease", "Event", "CSINode", "LimitRange", "Namespace"] as const;
  const [hit] = seenOf(kinds.map((kind) => missing(kind, "absent")));
  expect(hit?.sentence).toBe(
    "the dump has no Lease, Event, CSINode or 2 more kinds, so it cannot be told when a kubelet last gave a sign of life, why a pod was refused, evicted or left without an address, how many volumes a node takes or what those would tell",
  );
  expect(hit?.remedies).toMatchObject([
    {
      command: [
        "kubectl",
        "get",
        "events,csinodes,limitranges,namespaces,leases",
        "-A",
        "-o",
        "json",
      ],
    },
  ]);
});

test("each refusal is a trouble of its own, beside what the dump leaves out", () => {
  const parts = seenOf([
    missing("Lease", "absent"),
    missing("Pod", "forbidden"),
    missing("Event", "failed"),
  ]).map(({ part }) => part);
  expect(parts).toEqual(["Pod", "Event", "dump"]);
});

test.each([
  ["everything was read", []],
  ["a dump has no Karpenter", [missing("NodePool", "absent"), missing("NodeClaim", "absent")]],
  ["a cluster serves no Karpenter", [missing("NodePool", "not-served")]],
  [
    "the right to Karpenter's kinds is refused where no node is Karpenter's",
    [missing("NodePool", "forbidden"), missing("NodeClaim", "forbidden")],
  ],
] as const)("silent: %s", (_rule, notSeen) => {
  expect(seenOf(notSeen)).toEqual([]);
});

test("where Karpenter makes nodes, its kinds are worth the right to read them", () => {
  expect(seenOf([missing("NodePool", "forbidden")], KARPENTERS)).toMatchObject([
    {
      severity: "info",
      remedies: [{ action: "grant", resource: "nodepools", apiGroup: "karpenter.sh" }],
    },
  ]);
  expect(seenOf([missing("NodePool", "absent")], KARPENTERS)).toEqual([]);
});

test("what a server says is kept short and steers no terminal", () => {
  const [hit] = seenOf([missing("Pod", "failed", `\u001B[2J${"x".repeat(5000)}`)]);
  expect(hit?.sentence).toContain(String.raw`(\x1b[2Jx`);
  expect(hit?.sentence.length).toBeLessThan(400);
});
