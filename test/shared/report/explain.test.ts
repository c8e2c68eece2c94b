import { describe, expect, test } from "vitest";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { explain, type Question } from "#shared/report/explain.ts";
import { renderExplanation } from "#shared/report/explain-text.ts";
import type { Explanation } from "#shared/report/explanation.ts";
import {
  cluster,
  condition,
  container,
  daemonPod,
  daemonSet,
  node,
  pod,
  resources,
  taint,
  tolerate,
} from "../../fixtures/build.ts";
import { unscheduled } from "../../fixtures/placement.ts";

const agent = daemonSet("agent");
const twin = daemonSet("agent", { namespace: "logging" });
const probe = daemonSet("probe");

function ask(question: Question, parts: Partial<Cluster> = {}) {
  const { facts } = auditCluster(
    cluster({ Node: [node("n1"), node("n2")], DaemonSet: [agent, probe], ...parts }),
    DEFAULT_POLICY,
  );
  return explain({ facts, findings: [] }, question);
}
function told(question: Question, parts: Partial<Cluster> = {}): Explanation {
  const answer = ask(question, parts);
  if ("notFound" in answer) throw new Error(JSON.stringify(answer));
  return answer;
}
const HERE = { about: "placement", daemonSet: "kube-system/agent", node: "n1" } as const;

describe("what is not there is named, with what may be meant", () => {
  test.each([
    [
      { about: "node", node: "n3" },
      { notFound: "node", near: ["n1"] },
    ],
    [
      { about: "daemonSet", daemonSet: "kube-system/agnet" },
      { notFound: "DaemonSet", near: ["kube-system/agent"] },
    ],
    [{ about: "daemonSet", daemonSet: "agnet" }, { near: ["kube-system/agent"] }],
    [{ about: "daemonSet", daemonSet: "default/agent" }, { near: ["kube-system/agent"] }],
    [
      { about: "placement", daemonSet: "kube-system/agent", node: "zzzzzz" },
      { notFound: "node", near: [] },
    ],
    [
      { about: "placement", daemonSet: "zzzzzzzzzzzz", node: "n1" },
      { notFound: "DaemonSet", near: [] },
    ],
    [
      { about: "pod", pod: "kube-system/agent-n9" },
      { notFound: "pod", near: ["kube-system/agent-n1"] },
    ],
    [
      { about: "pod", pod: "default/web" },
      { notFound: "pod", why: "it is of no DaemonSet" },
    ],
    [{ about: "pod", pod: "kube-system/agent-n7" }, { why: "its node is not in the cluster" }],
    [
      { about: "pod", pod: "agent-n1" },
      { kind: "PlacementExplanation", node: "n1" },
    ],
    [{ about: "pod", pod: "agent-n9" }, { near: ["kube-system/agent-n1"] }],
    [
      { about: "pod", pod: "zzzzzz" },
      { near: [], known: ["kube-system/agent-n1", "kube-system/agent-n7"] },
    ],
  ] as const)("%j", (question, answer) => {
    const Pod = [daemonPod(agent, "n1"), daemonPod(agent, "n7"), pod("web")];
    expect(ask(question, { Pod })).toMatchObject(answer);
  });

  test("a pod's name that several namespaces have must be told apart", () => {
    const Pod = [pod("web"), pod("web", { namespace: "other" })];
    expect(ask({ about: "pod", pod: "web" }, { Pod })).toMatchObject({
      near: ["default/web", "other/web"],
      why: "several namespaces have one of this name",
    });
  });
  test("a name that several namespaces have must be told apart", () => {
    const answer = ask({ about: "daemonSet", daemonSet: "agent" }, { DaemonSet: [agent, twin] });
    expect(answer).toMatchObject({
      near: ["kube-system/agent", "logging/agent"],
      why: expect.stringContaining("several") as string,
    });
  });
});

describe("is it wanted there", () => {
  const wanted = (parts: Partial<Cluster>, set = agent) => {
    const answer = told(HERE, { DaemonSet: [set], ...parts });
    const [, second = ""] =
      /WANTED THERE\? {3}(.*)\n/.exec(renderExplanation(answer, { color: false, width: 200 })) ??
      [];
    return [
      answer.kind === "PlacementExplanation"
        ? answer.wanted.map(({ holds, says }) => [holds, says])
        : [],
      second,
    ];
  };
  const ANY = [true, "asks for no particular node"];

  test("a passing taint does not take the wish away", () => {
    const Node = [node("n1", { taints: [taint("ebs.csi.aws.com/agent-not-ready", "NoExecute")] })];
    expect(wanted({ Node })).toEqual([
      [ANY, [false, "not tolerated; passes when the node is set up"]],
      "yes, once passing taints are gone; not now",
    ]);
  });
  test("a taint that stays does", () => {
    const Node = [node("n1", { taints: [taint("team", "NoExecute")] })];
    expect(wanted({ Node })).toEqual([[ANY, [false, "not tolerated"]], "no"]);
  });
  test("under NoSchedule a pod that is there may stay", () => {
    const Node = [node("n1", { taints: [taint("team")] })];
    expect(wanted({ Node })[1]).toBe("no, but a pod that is there may stay");
  });
  test("a taint that is tolerated, and a wish that is no rule", () => {
    const Node = [node("n1", { taints: [taint("team"), taint("soft", "PreferNoSchedule")] })];
    const set = daemonSet("agent", { template: { tolerations: [tolerate("team")] } });
    expect(wanted({ Node }, set)).toEqual([[ANY, [true, "tolerated"]], "yes"]);
  });
  test("an effect that nobody knows cannot be told", () => {
    const Node = [node("n1", { taints: [taint("team", "NoFun")] })];
    expect(wanted({ Node })).toEqual([[ANY, [null, "not tolerated"]], "cannot be told"]);
  });
  test("on Fargate the controller makes one that can never run", () => {
    const Node = [node("n1", { labels: new Map([["eks.amazonaws.com/compute-type", "fargate"]]) })];
    expect(wanted({ Node })).toEqual([
      [ANY, [false, "Fargate runs no daemon pods"]],
      "no, though the controller makes one",
    ]);
  });
  test("a node selector that does not match", () => {
    const set = daemonSet("agent", { template: { nodeSelector: new Map([["disk", "ssd"]]) } });
    expect(wanted({}, set)).toEqual([[[false, "nodeSelector disk=ssd does not match"]], "no"]);
  });
  test("a template that names another node", () => {
    const set = daemonSet("agent", { template: { nodeName: "n2" } });
    expect(wanted({}, set)[0]).toEqual([[false, "its template names node n2"]]);
  });
});

describe("would it fit", () => {
  const big = (name: string, memory: string) =>
    pod(name, {
      owners: [{ kind: "ReplicaSet", name: "r", uid: "r", controller: true }],
      spec: { nodeName: "n1", containers: [container({ requests: resources({ memory }) })] },
    });
  const fitting = (parts: Partial<Cluster>) => {
    const answer = told(HERE, parts);
    if (answer.kind !== "PlacementExplanation") throw new Error(answer.kind);
    return answer;
  };

  test("its own pod is not in its own way", () => {
    const answer = fitting({ Pod: [daemonPod(agent, "n1")] });
    expect(answer.arithmetic).toEqual([
      {
        resource: "pods",
        requested: "1",
        allocatable: "110",
        used: "0",
        free: "110",
        missing: "0",
      },
      {
        resource: "cpu",
        requested: "100",
        allocatable: "4000",
        used: "0",
        free: "4000",
        missing: "0",
      },
      {
        resource: "memory",
        requested: String(128 << 20),
        allocatable: String(16n << 30n),
        used: "0",
        free: String(16n << 30n),
        missing: "0",
      },
    ]);
    expect(answer.wouldFit).toEqual([]);
    expect(answer.holders).toEqual([]);
  });

  test("who holds most stands first, and the cheapest that would do is named", () => {
    const waiting = daemonPod(agent, "n1", { spec: { nodeName: "" }, status: unscheduled() });
    const answer = fitting({ Pod: [big("small", "100Mi"), big("large", "16200Mi"), waiting] });
    const memory = answer.arithmetic.find(({ resource }) => resource === "memory");
    expect(memory).toMatchObject({ free: String(84n << 20n), missing: String(44n << 20n) });
    expect(answer.holders.map((holder) => holder.pod)).toEqual(["default/large", "default/small"]);
    expect(answer.wouldFit).toEqual(["its memory request were at most 84Mi", "default/small went"]);
  });

  test("before there is a pod, the template is asked, with what the API server fills in", () => {
    const set = daemonSet("agent", {
      template: {
        containers: [container({ requests: resources(), limits: resources({ memory: "20Gi" }) })],
      },
    });
    const answer = fitting({ DaemonSet: [set] });
    expect(answer.arithmetic.find(({ resource }) => resource === "memory")).toMatchObject({
      missing: String(4n << 30n),
    });
    expect(answer.pods).toEqual([]);
  });
});

test("a DaemonSet known from its pods only: where it should run is not told", () => {
  const parts = { DaemonSet: [{ ...agent, inferred: true }], Pod: [daemonPod(agent, "n1")] };
  const answer = told({ about: "daemonSet", daemonSet: "kube-system/agent" }, parts);
  expect(renderExplanation(answer, { color: false, width: 100 })).toContain(
    "Known from its pods only",
  );
  expect(told(HERE, parts)).toMatchObject({ wanted: [{ holds: null }] });
  const elsewhere = { about: "placement", daemonSet: "kube-system/agent", node: "n2" } as const;
  expect(told(elsewhere, parts)).toMatchObject({ arithmetic: [], verdict: "unknown" });
});

test("nodes are grouped by cause or reason, gaps first", () => {
  const Node = [
    node("n1"),
    node("n2", { taints: [taint("team")] }),
    node("n3", { taints: [taint("team")] }),
  ];
  const answer = told(
    { about: "daemonSet", daemonSet: "kube-system/agent" },
    { Node, DaemonSet: [agent] },
  );
  if (answer.kind !== "DaemonSetExplanation") throw new Error(answer.kind);
  expect(
    answer.groups.map(({ verdict, nodes, sameReason }) => [verdict, nodes, sameReason]),
  ).toEqual([
    ["gap", ["n1"], true],
    ["excluded", ["n2", "n3"], true],
  ]);
});

test("True is trouble for most conditions, and well for those that say Ready", () => {
  const conditions = [
    condition("Ready", "True"),
    condition("NetworkingReady", "True"),
    condition("StorageReady", "False"),
    condition("DiskPressure", "True"),
    condition("MemoryPressure", "False"),
    condition("Odd", "Maybe"),
  ];
  const answer = told({ about: "node", node: "n1" }, { Node: [node("n1", { conditions })] });
  if (answer.kind !== "NodeExplanation") throw new Error(answer.kind);
  expect(answer.conditions.map(({ type }) => type)).toEqual([
    "StorageReady",
    "DiskPressure",
    "Odd",
  ]);
});

test("hostile names and messages steer no terminal", () => {
  const evil = "\u001b]0;x\u0007\u202e";
  const waiting = daemonPod(agent, "n1", {
    name: `agent${evil}`,
    spec: { nodeName: "" },
    status: {
      ...unscheduled(),
      conditions: [condition("PodScheduled", "False", { message: evil })],
    },
  });
  const Node = [
    node("n1", {
      taints: [taint(`t${evil}`)],
      conditions: [condition("Ready", "False", { message: evil })],
    }),
  ];
  for (const question of [
    HERE,
    { about: "node", node: "n1" },
    { about: "daemonSet", daemonSet: "kube-system/agent" },
  ] as const) {
    const text = renderExplanation(told(question, { Node, Pod: [waiting] }), {
      color: false,
      width: 80,
    });
    for (const character of evil.slice(0, 1) + evil.slice(-2))
      expect(text).not.toContain(character);
  }
});
