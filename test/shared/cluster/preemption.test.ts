import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shortages } from "#shared/cluster/fit.ts";
import { hostPortsOf, portConflicts } from "#shared/cluster/host-ports.ts";
import type { Pod, PodAffinityTerm, PodSpec } from "#shared/cluster/pod.ts";
import type { PodDisruptionBudget } from "#shared/cluster/policy.ts";
import { preempt, type PreemptionQuestion } from "#shared/cluster/preemption.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { roomOf } from "#shared/cluster/room.ts";
import { matchesLabelSelector } from "#shared/cluster/selector.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import {
  ago,
  condition,
  container,
  labels,
  metadata,
  node,
  pod,
  podSpec,
  resources,
  taint,
  tolerate,
} from "../../fixtures/build.ts";

const V134 = parseVersion("v1.34.2");
const asks = (cpu: string, extra: Readonly<Record<string, string>> = {}) => [
  container({ requests: resources({ cpu, ...extra }) }),
];
const SELF = { namespace: "kube-system", labels: labels({ app: "agent" }) };

type Parts = Partial<Pick<Pod, "labels" | "deletionAt" | "namespace">> & {
  readonly cpu?: string;
  readonly started?: number;
  readonly spec?: Partial<PodSpec>;
  readonly status?: Partial<Pod["status"]>;
};

/** A pod on the node: 1 cpu, started an hour ago, unless told otherwise. */
function held(name: string, priority: number | undefined, parts: Parts = {}): Pod {
  const { cpu = "1", started = 3600, spec, status, ...rest } = parts;
  return pod(name, {
    ...rest,
    spec: { nodeName: "n1", priority, containers: asks(cpu), ...spec },
    status: { startedAt: ago(started), ...status },
  });
}

/** The agent asks for 1 cpu at priority 5 on a node of 4 cpu. */
const ask = (podsOnNode: readonly Pod[], parts: Partial<PreemptionQuestion> = {}) =>
  preempt({
    spec: podSpec({ containers: asks("1") }),
    priority: 5,
    node: node("n1"),
    podsOnNode,
    pdbs: [],
    version: V134,
    self: SELF,
    ...parts,
  });

const names = (outcome: ReturnType<typeof ask>): readonly string[] | string =>
  outcome.possible ? outcome.victims.map(({ name }) => name) : outcome.why;

const budget = (
  app: string,
  disruptionsAllowed: number,
  parts: Partial<PodDisruptionBudget> = {},
): PodDisruptionBudget => ({
  ...metadata({ name: `keep-${app}`, namespace: "default" }),
  selector: { matchLabels: labels({ app }), matchExpressions: [] },
  disruptionsAllowed,
  disruptedPods: new Set(),
  ...parts,
});

// default_preemption.go, SelectVictimsOnNode
describe("who goes", () => {
  test("only as many of strictly lower priority as are needed, the later started of equals", () => {
    const pods = [
      held("a", 0, { cpu: "1", started: 60 }),
      held("b", 0, { cpu: "2", started: 3600 }),
      held("c", 10, { cpu: "1" }),
    ];
    expect(names(ask(pods))).toEqual(["a"]);
  });

  test.each([
    ["nobody, where it fits as things are", [held("a", 0, { cpu: "3" })], []],
    ["nobody, on an empty node", [], []],
    [
      "the one of the lowest priority",
      [held("a", 1, { cpu: "2" }), held("b", 0, { cpu: "2" })],
      ["b"],
    ],
    [
      "one large one, though two small ones of a lower priority are not enough",
      [
        held("a", 3, { cpu: "3500m" }),
        held("b", 1, { cpu: "250m" }),
        held("c", 0, { cpu: "250m" }),
      ],
      ["a"],
    ],
    ["a pod without a priority, which is 0", [held("a", undefined, { cpu: "4" })], ["a"]],
    ["one of a negative priority", [held("a", -10, { cpu: "4" })], ["a"]],
    [
      "one that has not started before one that has",
      [
        held("a", 0, { cpu: "2", status: { startedAt: undefined } }),
        held("b", 0, { cpu: "2", started: 1 }),
      ],
      ["a"],
    ],
    ["a terminating one too", [held("a", 0, { cpu: "4", deletionAt: ago(5) })], ["a"]],
    [
      "never one that has ended: it holds nothing",
      [held("a", 0, { cpu: "4", status: { phase: "Succeeded" } })],
      [],
    ],
    [
      "nothing about its owner protects it: daemons go too",
      [
        {
          ...held("a", 0, { cpu: "4" }),
          owners: [{ kind: "DaemonSet", name: "x", uid: "x", controller: true }],
        },
      ],
      ["a"],
    ],
  ] as const)("%s", (_rule, pods, says) => {
    expect(names(ask(pods))).toEqual(says);
  });

  test("they are told the most important first", () => {
    const pods = [held("a", 0), held("b", 2), held("c", 1), held("d", 9)];
    expect(names(ask(pods, { spec: podSpec({ containers: asks("3") }) }))).toEqual(["b", "c", "a"]);
  });

  test("a place among the pods counts like any resource", () => {
    const full = node("n1", { allocatable: resources({ cpu: "4", pods: "2" }) });
    const pods = [held("a", 1, { cpu: "0" }), held("b", 0, { cpu: "0" })];
    expect(names(ask(pods, { node: full }))).toEqual(["b"]);
  });

  test("a device counts like any resource", () => {
    const one = node("n1", {
      allocatable: resources({ cpu: "4", pods: "9", "nvidia.com/gpu": "1" }),
    });
    const spec = podSpec({ containers: asks("1", { "nvidia.com/gpu": "1" }) });
    const pods = [
      held("a", 0, { spec: { containers: asks("1", { "nvidia.com/gpu": "1" }) } }),
      held("b", -1),
    ];
    expect(names(ask(pods, { node: one, spec }))).toEqual(["a"]);
  });

  test("who holds its host port goes, however little he asks for", () => {
    const port = { containerPort: 9100, hostPort: 9100, hostIP: "", protocol: "TCP" };
    const holder = held("a", 4, { spec: { containers: [container({ ports: [port] })] } });
    const spec = podSpec({ containers: [container({ ports: [port] })] });
    expect(names(ask([holder, held("b", 0)], { spec }))).toEqual(["a"]);
  });

  test("a template's hostNetwork port and limit are what its pod asks for", () => {
    const port = { containerPort: 9100, hostPort: 0, hostIP: "", protocol: "TCP" };
    const taken = { ...port, hostPort: 9100 };
    const holder = held("a", 4, { spec: { containers: [container({ ports: [taken] })] } });
    const spec = podSpec({
      hostNetwork: true,
      containers: [container({ ports: [port], limits: resources({ cpu: "4" }) })],
    });
    expect(names(ask([holder, held("b", 0)], { spec }))).toEqual(["a", "b"]);
  });

  test("a RuntimeClass's overhead is asked for too", () => {
    const runtimeClass = {
      ...metadata({ name: "kata" }),
      nodeSelector: labels(),
      tolerations: [],
      overhead: resources({ cpu: "250m" }),
    };
    const pods = [held("a", 0, { cpu: "3" })];
    const spec = podSpec({ containers: asks("1"), runtimeClassName: "kata" });
    expect(names(ask(pods, { spec }))).toEqual([]);
    expect(names(ask(pods, { spec, runtimeClass }))).toEqual(["a"]);
  });
});

// filterPodsWithPDBViolation
describe("budgets are best effort", () => {
  const web = (name: string, priority = 0, parts: Parts = {}) =>
    held(name, priority, { cpu: "2", labels: labels({ app: "web" }), ...parts });
  const other = held("other", 4, { cpu: "2", namespace: "shop", labels: labels({ app: "other" }) });

  test.each([
    ["a pod that breaks one is spared before a more important one", [budget("web", 0)], ["other"]],
    ["one that is allowed to go is not", [budget("web", 1)], ["web"]],
    ["one without a budget is not", [], ["web"]],
    [
      "one whose disruption is paid for is not",
      [budget("web", 0, { disruptedPods: new Set(["web"]) })],
      ["web"],
    ],
    ["a budget of another namespace is none", [budget("web", 0, { namespace: "shop" })], ["web"]],
    [
      "an empty selector covers nothing",
      [budget("web", 0, { selector: { matchLabels: labels(), matchExpressions: [] } })],
      ["web"],
    ],
    ["an absent selector covers nothing", [budget("web", 0, { selector: undefined })], ["web"]],
    [
      "one that the scheduler cannot parse covers nothing",
      [
        budget("web", 0, {
          selector: {
            matchLabels: labels({ app: "web" }),
            matchExpressions: [{ key: "app", operator: "Like", values: [] }],
          },
        }),
      ],
      ["web"],
    ],
    [
      "one of several budgets is enough to be spared",
      [budget("web", 5), budget("web", 0)],
      ["other"],
    ],
  ] as const)("%s", (_rule, pdbs, says) => {
    expect(names(ask([web("web"), other], { pdbs }))).toEqual(says);
  });

  test("a pod without labels breaks no budget, whatever its selector says", () => {
    const notIn = { key: "app", operator: "NotIn", values: ["x"] };
    const all = budget("web", 0, {
      selector: { matchLabels: labels(), matchExpressions: [notIn] },
    });
    // Were it covered too, the more important of the two would be spared first: the bare one.
    const bare = held("bare", 4, { cpu: "2" });
    expect(names(ask([bare, web("web")], { pdbs: [all] }))).toEqual(["bare"]);
  });

  test("it is counted down per pod, the most important first", () => {
    const pods = [web("a", 3, { cpu: "2" }), web("b", 2, { cpu: "2" })];
    // One may go: the count falls on a, so b breaks the budget and is spared.
    expect(names(ask(pods, { pdbs: [budget("web", 1)] }))).toEqual(["a"]);
  });

  test("one that breaks it goes all the same where nothing else helps, and is named", () => {
    const outcome = ask([web("a", 0, { cpu: "4" })], { pdbs: [budget("web", 0)] });
    expect(outcome).toMatchObject({
      possible: true,
      victims: [{ name: "a" }],
      breaking: [{ name: "a" }],
    });
  });

  test("a victim that breaks none is not named so", () => {
    expect(ask([web("a", 0, { cpu: "4" })], { pdbs: [budget("web", 1)] })).toMatchObject({
      victims: [{ name: "a" }],
      breaking: [],
    });
  });
});

const FULL = [held("a", 0, { cpu: "4" })];
const NEVER = podSpec({ containers: asks("1"), preemptionPolicy: "Never" });

describe("nobody goes", () => {
  test.each([
    [
      "equal priority is not lower",
      [held("a", 5, { cpu: "4" })],
      {},
      "none-lower",
      "no pod there has a priority below 5",
    ],
    [
      "the lower ones together hold too little",
      [held("a", 0, { cpu: "500m" }), held("b", 9, { cpu: "3500m" })],
      {},
      "not-enough",
      "without the pods below priority 5 it would still lack 500m cpu",
    ],
    [
      "more than the empty node has is unresolvable",
      FULL,
      { spec: podSpec({ containers: asks("5") }) },
      "too-large",
      "5 cpu is more than the 4 of the empty node",
    ],
    ["its class never preempts", FULL, { spec: NEVER }, "policy-never", "its class never preempts"],
    [
      "its spec names the node: no scheduler is asked",
      FULL,
      { spec: podSpec({ containers: asks("1"), nodeName: "n1" }) },
      "not-scheduled",
      "its spec names the node, so no scheduler makes room for it",
    ],
    [
      "a taint goes with nobody",
      FULL,
      { node: node("n1", { taints: [taint("gpu")] }) },
      "unresolvable",
      "taint gpu:NoSchedule is not tolerated",
    ],
    [
      "a label comes with nobody",
      FULL,
      { spec: podSpec({ containers: asks("1"), nodeSelector: labels({ gpu: "true" }) }) },
      "unresolvable",
      "nodeSelector gpu=true does not match the node",
    ],
    [
      "all places are taken by pods of its priority and above",
      [held("a", 5, { cpu: "0" }), held("b", 0, { cpu: "0" })],
      { node: node("n1", { allocatable: resources({ cpu: "4", pods: "1" }) }) },
      "not-enough",
      "without the pods below priority 5 it would still lack 1 pods",
    ],
  ] as const)("%s", (_rule, pods, parts, why, because) => {
    expect(ask(pods, parts)).toEqual({ possible: false, why, because });
  });

  test("a class that never preempts is no hurdle where it fits", () => {
    expect(names(ask([held("a", 0)], { spec: NEVER }))).toEqual([]);
  });

  test("a class that never preempts is told though nobody is lower", () => {
    expect(names(ask([held("a", 9, { cpu: "4" })], { spec: NEVER }))).toBe("policy-never");
  });

  test.each([
    ["cordon", [taint("node.kubernetes.io/unschedulable")]],
    ["memory pressure", [taint("node.kubernetes.io/memory-pressure")]],
    ["a preference", [taint("team", "PreferNoSchedule")]],
  ] as const)("%s is no hurdle: every daemon tolerates it", (_rule, taints) => {
    expect(names(ask(FULL, { node: node("n1", { taints }) }))).toEqual(["a"]);
  });

  test("who holds its host port at a priority that is not lower stays", () => {
    const port = { containerPort: 53, hostPort: 53, hostIP: "", protocol: "UDP" };
    const holder = held("dns", 5, { spec: { containers: [container({ ports: [port] })] } });
    const spec = podSpec({ containers: [container({ ports: [port] })] });
    expect(ask([holder, held("a", 0)], { spec })).toEqual({
      possible: false,
      why: "host-port",
      because: "UDP 53 is held by default/dns, whose priority is not lower",
    });
  });
});

describe("a promised place", () => {
  const promised = (priority: number, parts: Parts = {}) =>
    held("promised", priority, {
      cpu: "4",
      spec: { nodeName: "", priority, containers: asks("4") },
      status: { phase: "Pending", nominatedNodeName: "n1" },
      ...parts,
    });

  test.each([
    ["to a pod of equal priority is taken", promised(5), "not-enough"],
    ["to a lower one is not", promised(4), ["a"]],
    [
      "on another node is none of its business",
      promised(9, { status: { phase: "Pending", nominatedNodeName: "n2" } }),
      ["a"],
    ],
    ["that was taken since counts once", promised(9, { spec: { nodeName: "n1" } }), ["a"]],
  ] as const)("%s", (_rule, one, says) => {
    expect(names(ask(FULL, { nominated: [one] }))).toEqual(says);
  });

  test("to itself is free", () => {
    const own = promised(5);
    const self = { ...SELF, uid: own.uid };
    expect(names(ask(FULL, { nominated: [own], self }))).toEqual(["a"]);
  });

  // PodEligibleToPreemptOthers
  describe("whose holder is still ending", () => {
    const TARGET = condition("DisruptionTarget", "True", { reason: "PreemptionByScheduler" });
    const self = { ...SELF, status: promised(5).status };
    const ending = (priority: number, parts: Parts = {}) =>
      held("a", priority, {
        cpu: "4",
        deletionAt: ago(-20),
        status: { conditions: [TARGET] },
        ...parts,
      });

    test.each([
      ["by a preemption: it waits", ending(0), "waiting"],
      [
        "for another reason: it may preempt",
        ending(0, {
          status: {
            conditions: [
              condition("DisruptionTarget", "True", { reason: "EvictionByEvictionAPI" }),
            ],
          },
        }),
        ["a"],
      ],
      ["but was not told to go yet: it may preempt", ending(0, { deletionAt: undefined }), ["a"]],
      ["at a priority that is not lower: it could not have been its", ending(5), "none-lower"],
    ] as const)("%s", (_rule, one, says) => {
      expect(names(ask([one], { self }))).toEqual(says);
    });

    test("is no reason to wait for one that was promised nothing", () => {
      expect(names(ask([ending(0)]))).toEqual(["a"]);
    });
  });
});

const TERM: PodAffinityTerm = {
  selector: { matchLabels: labels({ app: "agent" }), matchExpressions: [] },
  namespaces: ["kube-system"],
  namespaceSelector: undefined,
  topologyKey: "kubernetes.io/hostname",
  matchLabelKeys: [],
  mismatchLabelKeys: [],
};
const hostile = (priority: number, term: Partial<PodAffinityTerm> = {}) =>
  held("foe", priority, { cpu: "0", spec: { requiredPodAntiAffinity: [{ ...TERM, ...term }] } });

describe("rules about neighbours", () => {
  test.each([
    ["a lower pod that will not have it goes", hostile(0), ["foe"]],
    ["one of equal priority keeps it off", hostile(5), "affinity"],
    ["one that speaks of another namespace does not", hostile(9, { namespaces: ["shop"] }), []],
    [
      "without the topology's label there is no place to share",
      hostile(9, { topologyKey: "rack" }),
      [],
    ],
  ] as const)("%s", (_rule, foe, says) => {
    expect(names(ask([foe, held("low", 0, { cpu: "0" })]))).toEqual(says);
  });

  test("its own anti-affinity sends a lower one away", () => {
    const web = held("web", 0, { labels: labels({ app: "web" }) });
    const own = {
      ...TERM,
      namespaces: ["default"],
      selector: { matchLabels: labels({ app: "web" }), matchExpressions: [] },
    };
    const spec = podSpec({ requiredPodAntiAffinity: [own] });
    expect(names(ask([web, held("a", 0)], { spec }))).toEqual(["web"]);
  });
});

describe("cannot be told", () => {
  const claim = { name: "data", source: { type: "claim", claim: "data" } } as const;
  const spread = {
    topologyKey: "zone",
    maxSkew: 1,
    whenUnsatisfiable: "DoNotSchedule",
    selector: undefined,
    minDomains: undefined,
    nodeAffinityPolicy: "Honor",
    nodeTaintsPolicy: "Ignore",
    matchLabelKeys: [],
  };
  const strange = { key: "kubernetes.io/os", operator: "Like", values: ["lin"] };
  test.each([
    [
      "a Gt toleration decides, from 1.35 on",
      { tolerations: [{ ...tolerate("lvl"), operator: "Gt", value: "1" }] },
    ],
    [
      "an operator that we do not know decides",
      { requiredNodeAffinity: { terms: [{ matchExpressions: [strange], matchFields: [] }] } },
    ],
    ["it asks for a neighbour", { requiredPodAffinity: [TERM] }],
    [
      "its anti-affinity is wider than a node",
      { requiredPodAntiAffinity: [{ ...TERM, topologyKey: "zone" }] },
    ],
    ["a topology spread constraint forbids", { topologySpread: [spread] }],
    ["it uses a volume claim", { volumes: [claim] }],
  ] as const)("%s", (_rule, parts) => {
    const on = node("n1", {
      taints: "tolerations" in parts ? [taint("lvl", "NoSchedule", "7")] : [],
    });
    const spec = podSpec({ containers: asks("1"), ...parts });
    const version = parseVersion("v1.35.0");
    expect(names(ask(FULL, { spec, node: on, version }))).toBe("cannot-tell");
  });

  test("a Gt toleration cannot be on before 1.35", () => {
    const spec = podSpec({ tolerations: [{ ...tolerate("lvl"), operator: "Gt", value: "1" }] });
    const on = node("n1", { taints: [taint("lvl", "NoSchedule", "7")] });
    expect(names(ask(FULL, { spec, node: on }))).toBe("unresolvable");
  });

  test("a preference to spread forbids nothing", () => {
    const some = { ...spread, whenUnsatisfiable: "ScheduleAnyway" };
    const spec = podSpec({ containers: asks("1"), topologySpread: [some] });
    expect(names(ask(FULL, { spec }))).toEqual(["a"]);
  });

  test("a namespace's labels decide and were not read", () => {
    const byLabel = {
      namespaces: [],
      namespaceSelector: { matchLabels: labels({ team: "a" }), matchExpressions: [] },
    };
    const told = (namespaceLabels: PreemptionQuestion["namespaceLabels"]) =>
      names(ask([hostile(0, byLabel)], namespaceLabels ? { namespaceLabels } : {}));
    expect([
      told(undefined),
      told(() => labels({ team: "a" })),
      told(() => labels({ team: "b" })),
    ]).toEqual(["cannot-tell", ["foe"], []]);
  });

  test("who asks is not known, and a neighbour has rules", () => {
    const { self: _self, ...nobody } = { self: SELF, version: V134 };
    const anonymous = (pods: readonly Pod[]) =>
      names(
        preempt({
          ...nobody,
          spec: podSpec({ containers: asks("1") }),
          priority: 5,
          node: node("n1"),
          podsOnNode: pods,
          pdbs: [],
        }),
      );
    expect(anonymous([hostile(0)])).toBe("cannot-tell");
    expect(anonymous(FULL)).toEqual(["a"]);
  });

  test("a device of which the node has none may be claimed, from 1.36 on", () => {
    const spec = podSpec({ containers: asks("1", { "nvidia.com/gpu": "1" }) });
    const says = (version: string) => names(ask([], { spec, version: parseVersion(version) }));
    expect([says("v1.35.4"), says("v1.36.0")]).toEqual(["too-large", "cannot-tell"]);
  });

  test("what is sure decides first: too little room is no question of neighbours", () => {
    const spec = podSpec({ containers: asks("1"), requiredPodAffinity: [TERM] });
    expect(names(ask([held("a", 9, { cpu: "4" }), held("b", 0, { cpu: "0" })], { spec }))).toBe(
      "not-enough",
    );
  });
});

/** SelectVictimsOnNode once more, word for word and without any sums that are carried on. */
function naive({ spec, priority, node, podsOnNode, pdbs, version }: PreemptionQuestion) {
  const fits = (pods: readonly Pod[]): boolean => {
    const room = roomOf(node, pods, { version });
    return (
      shortages(podRequests({ spec }, version), room).length === 0 &&
      portConflicts(hostPortsOf(spec, version), room.hostPorts).length === 0
    );
  };
  const started = (one: Pod): number => one.status.startedAt ?? Infinity;
  const level = (one: Pod): number => one.spec.priority ?? 0;
  let there = podsOnNode.filter((one) => level(one) >= priority);
  if (!fits(there)) return undefined;
  const potential = podsOnNode
    .filter((one) => level(one) < priority)
    .toSorted((a, b) => level(b) - level(a) || started(a) - started(b));
  const allowed = pdbs.map((pdb) => pdb.disruptionsAllowed);
  const violating = potential.filter((one) => {
    const hits = pdbs.flatMap((pdb, i) =>
      matchesLabelSelector(pdb.selector, one.labels) === "yes" ? [i] : [],
    );
    for (const i of hits) allowed[i] = (allowed[i] ?? 0) - 1;
    return hits.some((i) => (allowed[i] ?? 0) < 0);
  });
  const victims: string[] = [];
  for (const one of [...violating, ...potential.filter((other) => !violating.includes(other))]) {
    if (fits([...there, one])) there = [...there, one];
    else victims.push(one.name);
  }
  return victims.toSorted();
}

const PORT = { containerPort: 80, hostPort: 80, hostIP: "", protocol: "TCP" };
const anyHeld = fc.record({
  priority: fc.integer({ min: -2, max: 9 }),
  milli: fc.integer({ min: 0, max: 30 }),
  gpu: fc.integer({ min: 0, max: 2 }),
  app: fc.constantFrom("web", "db", "x"),
  port: fc.boolean(),
});
type Made = typeof anyHeld extends fc.Arbitrary<infer T> ? T : never;
const made = ({ priority, milli, gpu, app, port }: Made, i: number): Pod =>
  held(`p${i}`, priority, {
    started: 1000 - i,
    labels: labels({ app }),
    spec: {
      containers: [
        container({
          requests: resources({ cpu: `${milli * 100}m`, "nvidia.com/gpu": String(gpu) }),
          ports: port && i % 4 === 0 ? [PORT] : [],
        }),
      ],
    },
  });
const anyQuestion = fc
  .record({
    pods: fc.array(anyHeld, { maxLength: 8 }).map((all) => all.map(made)),
    priority: fc.integer({ min: -1, max: 9 }),
    milli: fc.integer({ min: 0, max: 40 }),
    gpu: fc.integer({ min: 0, max: 2 }),
    port: fc.boolean(),
    places: fc.integer({ min: 1, max: 9 }),
    budgets: fc.array(fc.tuple(fc.constantFrom("web", "db"), fc.nat({ max: 2 })), { maxLength: 3 }),
  })
  .map(({ pods, priority, milli, gpu, port, places, budgets }): PreemptionQuestion => ({
    spec: podSpec({
      containers: [
        container({
          requests: resources({ cpu: `${milli * 100}m`, "nvidia.com/gpu": String(gpu) }),
          ports: port ? [PORT] : [],
        }),
      ],
    }),
    priority,
    node: node("n1", {
      allocatable: resources({ cpu: "4", pods: String(places), "nvidia.com/gpu": "2" }),
    }),
    podsOnNode: pods,
    pdbs: budgets.map(([app, allowed], i) => budget(app, allowed, { name: `b${i}` })),
    version: V134,
  }));

describe("for any pods, budgets and priorities", () => {
  test("the victims are those that upstream's steps give", () => {
    fc.assert(
      fc.property(anyQuestion, (question) => {
        const outcome = preempt(question);
        const says = outcome.possible
          ? outcome.victims.map(({ name }) => name).toSorted()
          : undefined;
        expect(says).toEqual(naive(question));
      }),
      { numRuns: 500 },
    );
  });

  test("it fits without the victims, and with any one of them back it does not", () => {
    fc.assert(
      fc.property(anyQuestion, (question) => {
        const outcome = preempt(question);
        fc.pre(outcome.possible);
        const without = (gone: readonly Pod[]) =>
          preempt({
            ...question,
            priority: -100,
            podsOnNode: question.podsOnNode.filter((one) => !gone.includes(one)),
          }).possible;

        expect(without(outcome.victims)).toBe(true);
        for (const back of outcome.victims)
          expect(without(outcome.victims.filter((one) => one !== back))).toBe(false);
      }),
    );
  });

  test("only pods of strictly lower priority go, the most important first", () => {
    fc.assert(
      fc.property(anyQuestion, (question) => {
        const outcome = preempt(question);
        const levels = outcome.possible
          ? outcome.victims.map(({ spec }) => spec.priority ?? 0)
          : [];
        expect(levels.filter((level) => level >= question.priority)).toEqual([]);
        expect(levels).toEqual(levels.toSorted((a, b) => b - a));
      }),
    );
  });

  test("a higher priority never makes it impossible, and the order of the pods never matters", () => {
    fc.assert(
      fc.property(anyQuestion, fc.integer({ min: 1, max: 5 }), (question, more) => {
        const outcome = preempt(question);
        const raised = preempt({ ...question, priority: question.priority + more });
        const reversed = preempt({ ...question, podsOnNode: question.podsOnNode.toReversed() });

        expect(raised.possible || !outcome.possible).toBe(true);
        expect(names(reversed)).toEqual(names(outcome));
      }),
    );
  });
});
