import { describe, expect, test } from "vitest";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { assemble } from "#shared/cluster/read/cluster.ts";
import { jsonStream } from "#shared/cluster/read/json-stream.ts";
import { daemonSetJson, nodeJson, podJson } from "../../../fixtures/kubernetes-json.ts";

type Json = Readonly<Record<string, unknown>>;

/** Through the bytes, as a file or a server would bring it. */
function readText(text: string): Cluster {
  const assembly = assemble();
  const stream = jsonStream({
    object: (json) => assembly.add(json),
    list() {},
    broken() {},
  });
  stream.write(new TextEncoder().encode(text));
  stream.end();
  return assembly.finish({});
}
const read = (...objects: readonly Json[]): Cluster => readText(JSON.stringify(objects));

const told = ({ problems }: Cluster) =>
  problems.map(({ code, object, field }) => `${code} ${object} ${field}`);
const BASE = new Map([
  ["Node", nodeJson],
  ["Pod", podJson],
  ["DaemonSet", daemonSetJson],
]);

const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const merge = (base: Json, over: Json): Json =>
  Object.entries(over).reduce<Json>((sum, [key, value]) => {
    const before = sum[key];
    return { ...sum, [key]: isJson(value) && isJson(before) ? merge(before, value) : value };
  }, base);
const made = (input: Json): Json => merge(BASE.get(String(input["kind"]))?.("x") ?? {}, input);

const firstTolerations = ({ Pod }: Cluster) => Pod[0]?.spec.tolerations;

/** Each case by what the reading must make of it. Object.prototype is looked at after each. */
const OBJECTS: readonly (readonly [string, Json, (cluster: Cluster) => unknown, unknown])[] = [
  [
    "taints: null is no taint",
    { kind: "Node", spec: { taints: null } },
    (c) => [c.Node[0]?.taints, told(c)],
    [[], []],
  ],
  [
    "an effect of tomorrow is kept",
    { kind: "Node", spec: { taints: [{ key: "k", effect: "EatSchedule" }] } },
    (c) => [c.Node[0]?.taints[0]?.effect, told(c)],
    ["EatSchedule", []],
  ],
  [
    "Exists without a key",
    { kind: "Pod", spec: { tolerations: [{ operator: "Exists" }] } },
    (c) => [firstTolerations(c)?.[0]?.operator, told(c)],
    ["Exists", []],
  ],
  [
    "an operator of tomorrow is kept",
    { kind: "Pod", spec: { tolerations: [{ key: "a", operator: "Gt", value: "5" }] } },
    (c) => [firstTolerations(c)?.[0]?.operator, told(c)],
    ["Gt", []],
  ],
  [
    "Equal without a key gets a note",
    { kind: "Pod", spec: { tolerations: [{ operator: "Equal" }] } },
    (c) => [firstTolerations(c)?.length, told(c)],
    [1, ["toleration.empty_key Pod/default/x spec.tolerations"]],
  ],
  [
    "a phase nobody knows is kept",
    { kind: "Pod", status: { phase: "Zombie" } },
    (c) => [c.Pod[0]?.status.phase, told(c)],
    ["Zombie", []],
  ],
  [
    "an owner without uid or controller is told",
    { kind: "Pod", metadata: { ownerReferences: [{ kind: "DaemonSet", name: "a" }] } },
    (c) => [c.Pod[0]?.owners, told(c)],
    [
      [{ kind: "DaemonSet", name: "a", uid: "", controller: false }],
      ["owner.incomplete Pod/default/x metadata.ownerReferences"],
    ],
  ],
  [
    "the right labels alone make no owner",
    { kind: "Pod", metadata: { labels: { app: "agent" }, ownerReferences: [] } },
    (c) => [c.Pod[0]?.owners, c.DaemonSet],
    [[], []],
  ],
  [
    "more than every node is every node",
    { kind: "DaemonSet", spec: { updateStrategy: { rollingUpdate: { maxUnavailable: "1000%" } } } },
    (c) => [c.DaemonSet[0]?.updateStrategy, told(c)],
    [
      { type: "RollingUpdate", maxUnavailable: "100%", maxSurge: 0 },
      [
        "percent.out_of_range DaemonSet/kube-system/x spec.updateStrategy.rollingUpdate.maxUnavailable",
      ],
    ],
  ],
  [
    "a counter below zero is evidence",
    { kind: "DaemonSet", status: { desiredNumberScheduled: -1 } },
    (c) => [c.DaemonSet[0]?.status.desired, told(c)],
    [-1, []],
  ],
  [
    "a resource named like nothing is refused",
    { kind: "Node", status: { allocatable: { "evil.io/__proto__": "1" } } },
    (c) => [c.Node[0]?.allocatable.has("evil.io/__proto__"), told(c)],
    [false, ["name.syntax Node/x status.allocatable.evil.io/__proto__"]],
  ],
  [
    "an amount below zero is refused",
    { kind: "Node", status: { allocatable: { cpu: "-1" } } },
    (c) => [c.Node[0]?.allocatable.has("cpu"), told(c)],
    [false, ["quantity.negative Node/x status.allocatable.cpu"]],
  ],
  [
    "arguments are not kept",
    { kind: "Pod", spec: { containers: [{ name: "c", args: ["--token=S3CRET"] }] } },
    (c) => show(c).includes("S3CRET"),
    false,
  ],
  [
    "annotations of others are not kept",
    {
      kind: "Pod",
      metadata: {
        annotations: {
          "kubectl.kubernetes.io/last-applied-configuration": '{"env":"S3CRET=1"}',
          other: "S3CRET",
          "dsaudit.dev/role": "logs",
        },
      },
    },
    (c) => [show(c).includes("S3CRET"), c.Pod[0]?.annotations],
    [false, new Map([["role", "logs"]])],
  ],
  [
    "a day that no month has is no moment",
    { kind: "Node", metadata: { creationTimestamp: "2026-02-30T00:00:00Z" } },
    (c) => [c.Node[0]?.createdAt, told(c)],
    [undefined, ["time.syntax Node/x metadata.creationTimestamp"]],
  ],
  [
    "a leap day is one",
    { kind: "Node", metadata: { creationTimestamp: "2028-02-29T23:59:59.5+01:00" } },
    (c) => [c.Node[0]?.createdAt, told(c)],
    [Date.UTC(2028, 1, 29, 22, 59, 59, 500), []],
  ],
  [
    "a list where an object belongs",
    { kind: "Pod", spec: { affinity: [] }, status: "up" },
    (c) => told(c),
    ["object.shape Pod/default/x spec.affinity", "object.shape Pod/default/x status"],
  ],
];

const show = (cluster: Cluster): string =>
  JSON.stringify(cluster, (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value instanceof Map ? [...value] : value,
  );

describe("odd objects", () => {
  test.each(OBJECTS)("%s", (_rule, input, look, result) => {
    const cluster = read(made(input), nodeJson("other"));
    expect(look(cluster)).toEqual(result);
    expect(cluster.Node.map(({ name }) => name)).toContain("other");
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test("a selector that is not there, or empty, is told: such a DaemonSet does nothing", () => {
    const without = { ...daemonSetJson("a"), spec: {} };
    const empty = { ...daemonSetJson("b"), spec: { selector: {} } };
    expect(told(read(without, empty))).toEqual([
      "selector.empty DaemonSet/kube-system/a spec.selector",
      "selector.empty DaemonSet/kube-system/b spec.selector",
    ]);
  });

  test("each object with the same fault is named", () => {
    const bad = (name: string) =>
      podJson(name, {
        spec: { containers: [{ name: "c", resources: { requests: { cpu: "1GI" } } }] },
      });
    expect(told(read(bad("a"), bad("b"), bad("c")))).toEqual(
      ["a", "b", "c"].map(
        (name) => `quantity.syntax Pod/default/${name} spec.containers.resources.requests.cpu`,
      ),
    );
  });

  test("very many faults are counted, not kept", () => {
    const pods = Array.from({ length: 1500 }, (_, i) => podJson(`p${i}`, { status: { phase: 5 } }));
    const { problems } = read(...pods);
    expect(problems).toHaveLength(1001);
    expect(problems.at(-1)).toMatchObject({ code: "problems.more", value: "500" });
  });

  test("a request that no node can meet is not the same as none", () => {
    const cluster = read(
      podJson("x", {
        spec: {
          containers: [{ name: "c", resources: { requests: { cpu: "1e999", memory: "x" } } }],
        },
      }),
    );
    const requests = cluster.Pod[0]?.spec.containers[0]?.requests;
    expect(requests?.get("cpu")?.nano).toBeGreaterThan(10n ** 40n);
    expect(requests?.has("memory")).toBe(false);
  });
});

describe("names", () => {
  const LEGAL = ["valueof", "constructor", "hasownproperty", "a".repeat(253), "a.b-c.d0"];
  const ILLEGAL = [
    "__proto__",
    "..",
    "../../secrets",
    "node#x",
    "-a",
    "a..b",
    "n\u043ede-1",
    "",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "$(id)",
    "`id`",
    "A",
    "a".repeat(254),
    "a\u0000b",
  ];

  test.each(LEGAL)("%s is a node like any other", (name) => {
    const cluster = read(nodeJson(name), nodeJson("other"));
    expect(cluster.Node.map((node) => node.name)).toEqual([name, "other"]);
    expect(cluster.problems).toEqual([]);
  });

  test.each(ILLEGAL)("%j is no name: the object is refused, the others are read", (name) => {
    const cluster = read(nodeJson(name), nodeJson("other"));
    expect(cluster.Node.map((node) => node.name)).toEqual(["other"]);
    expect(cluster.problems).toMatchObject([{ code: "name.syntax", field: "metadata.name" }]);
    expect(JSON.stringify(cluster.problems)).not.toMatch(/\\u00/);
  });

  test("a namespace is checked as well", () => {
    const cluster = read(podJson("x", { metadata: { namespace: "../y" } }));
    expect(told(cluster)).toEqual(["name.syntax Pod/../y/x metadata.namespace"]);
    expect(cluster.Pod).toEqual([]);
  });

  test.each(["hasOwnProperty", "valueOf", "isPrototypeOf", "constructor"])(
    "%s is a label and a taint key like any other",
    (key) => {
      const node = nodeJson("n", {
        metadata: { labels: { [key]: "1" } },
        spec: { taints: [{ key, effect: "NoSchedule" }] },
      });
      const [read1] = read(node).Node;
      expect(read1?.labels).toEqual(new Map([[key, "1"]]));
      expect(read1?.taints[0]?.key).toBe(key);
    },
  );

  test("__proto__ is no label, and changes nobody's prototype", () => {
    const text = JSON.stringify([nodeJson("n")]).replace(
      '"metadata":{',
      '"metadata":{"labels":{"__proto__":"x","a":"b"},"__proto__":{"uid":"evil"},',
    );
    const cluster = readText(text);
    expect(cluster.Node[0]?.labels).toEqual(new Map([["a", "b"]]));
    expect(cluster.Node[0]?.uid).toBe("uid-Node-n");
    expect(told(cluster)).toEqual(["name.syntax Node/n metadata.labels.__proto__"]);
    expect(({} as Json)["uid"]).toBeUndefined();
  });

  test("a label's value stays text; one that Kubernetes would refuse is kept and told", () => {
    const cluster = read(nodeJson("n", { metadata: { labels: { a: "true", b: "1e3", c: "-1" } } }));
    expect(cluster.Node[0]?.labels).toEqual(
      new Map([
        ["a", "true"],
        ["b", "1e3"],
        ["c", "-1"],
      ]),
    );
    expect(told(cluster)).toEqual(["label.value Node/n metadata.labels.c"]);
  });

  test("a selector loses no key, or it would select more", () => {
    const set = daemonSetJson("a", { spec: { selector: { matchLabels: { "not legal": "x" } } } });
    expect(read(set).DaemonSet[0]?.selector?.matchLabels).toEqual(new Map([["not legal", "x"]]));
  });
});

describe("size", () => {
  const quickly = (make: () => Cluster): Cluster => {
    const started = performance.now();
    const cluster = make();
    expect(performance.now() - started).toBeLessThan(1000);
    return cluster;
  };

  test("fifty thousand labels", () => {
    const labels = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, "v"]));
    const cluster = quickly(() => read(nodeJson("n", { metadata: { labels } }), nodeJson("other")));
    expect(cluster.Node).toHaveLength(2);
  });

  test("depth without end is passed over, what follows it is read", () => {
    const deep = `{"kind":"Pod","metadata":${'{"a":'.repeat(100_000)}1${"}".repeat(100_001)}`;
    const cluster = quickly(() => readText(`${deep}\n${JSON.stringify(nodeJson("n"))}`));
    expect(cluster.Node.map(({ name }) => name)).toEqual(["n"]);
  });

  test("a name of a million characters", () => {
    const cluster = quickly(() => read(nodeJson("a".repeat(1_000_000)), nodeJson("n")));
    expect(cluster.problems[0]?.value.length).toBeLessThan(200);
    expect(cluster.problems[0]?.object.length).toBeLessThan(300);
  });
});

test("what is nested deeper than it can be written is refused with a problem, not with a crash", () => {
  const depth = 100_000;
  // As a watch gives it: JSON.parse has no limit of depth.
  const labels: unknown = JSON.parse("[".repeat(depth) + "]".repeat(depth));
  const assembly = assemble();
  assembly.add({ kind: "Node", apiVersion: "v1", metadata: { name: "n1", uid: "u", labels } });
  const { Node, problems } = assembly.finish({});
  expect(Node.map(({ name, labels }) => [name, labels.size])).toEqual([["n1", 0]]);
  expect(problems.map(({ field, value }) => [field, value])).toEqual([
    ["metadata.labels", "what is nested too deeply"],
  ]);
});
