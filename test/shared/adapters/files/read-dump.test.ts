import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { readDump } from "#shared/adapters/files/read-dump.ts";
import type { AuditorError } from "#shared/auditor-error.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import {
  daemonPodJson,
  daemonSetJson,
  namespaceJson,
  nodeJson,
  podJson,
} from "../../../fixtures/kubernetes-json.ts";

type Json = Readonly<Record<string, unknown>>;
const OBJECTS: readonly Json[] = [
  nodeJson("n1"),
  daemonSetJson("agent"),
  daemonPodJson("agent", "n1"),
  podJson("web"),
  namespaceJson("kube-system", "the-cluster"),
];
const LIST = { apiVersion: "v1", items: OBJECTS, kind: "List", metadata: { resourceVersion: "" } };
const bare = ({ kind: _kind, apiVersion: _version, ...rest }: Json): Json => rest;
const typed = (kind: string, apiVersion = "v1"): Json => ({
  kind: `${kind}List`,
  apiVersion,
  items: OBJECTS.filter((one) => one["kind"] === kind).map(bare),
});
const json = (value: unknown, indent = 0): string => JSON.stringify(value, null, indent);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** What every form of the same dump must come to. */
const summary = (cluster: Cluster) => ({
  nodes: cluster.Node.map(({ name }) => name),
  pods: cluster.Pod.map(({ namespace, name }) => `${namespace}/${name}`).toSorted(),
  daemonSets: cluster.DaemonSet.map(({ name, inferred }) => (inferred ? `${name}?` : name)),
  name: cluster.name,
  problems: cluster.problems.map(({ code }) => code),
});
const WHOLE = {
  nodes: ["n1"],
  pods: ["default/web", "kube-system/agent-n1"],
  daemonSets: ["agent"],
  name: "the-cluster",
  problems: [],
};

const utf16 = (text: string, order: "le" | "be"): Uint8Array => {
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
  return order === "le" ? bytes : bytes.swap16();
};

async function tarOf(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) archive.entry({ name }, text);
  archive.finalize();
  return Buffer.concat((await Readable.from(archive).toArray()) as Uint8Array[]);
}

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0]);
const yamlList = stringify(LIST);
const SEVERAL = ["Node", "Pod", "Namespace"].map((kind) => typed(kind));
const MUST_GATHER = {
  "cluster-scoped-resources/core/nodes/n1.yaml": `---\n${stringify(OBJECTS[0])}`,
  "cluster-scoped-resources/core/namespaces.yaml": stringify(typed("Namespace")),
  "namespaces/kube-system/apps/daemonsets.yaml": stringify(typed("DaemonSet", "apps/v1")),
  "namespaces/kube-system/core/pods.yaml": stringify(typed("Pod")),
  "namespaces/default/pods/web/web.yaml": stringify(OBJECTS[3]),
  "namespaces/default/pods/web/logs/current.log": '{"kind":"Pod","metadata":{"name":"a-lie"}}',
};
const CLUSTER_INFO = {
  "nodes.json": json(typed("Node"), 4),
  "kube-system/pods.json": json(typed("Pod"), 4),
  "kube-system/daemonsets.json": json(typed("DaemonSet", "apps/v1"), 4),
  "kube-system/services.json": json({ kind: "ServiceList", apiVersion: "v1", items: null }),
  "kube-system/agent-n1/logs.txt": "{ some log",
  "namespaces.json": json(typed("Namespace")),
};
/** As sonobuoy writes: no kind anywhere, only the file's name tells. */
const BY_NAME = {
  "resources/cluster/core_v1_nodes.json": json([OBJECTS[0]].map((one) => bare(one ?? {}))),
  "resources/ns/kube-system/core_v1_pods.json": json({
    items: OBJECTS.filter(({ kind }) => kind === "Pod").map(bare),
  }),
  "resources/ns/kube-system/apps_v1_daemonsets.json": json({ items: [bare(OBJECTS[1] ?? {})] }),
  "cluster-resources/namespaces/all.json": json({ items: [bare(OBJECTS[4] ?? {})] }),
};

describe("one cluster, in every form that people have", () => {
  test.each([
    ["kubectl's List", { "a.json": json(LIST, 4) }],
    ["… without white space", { "a.json": json(LIST) }],
    ["… as YAML", { "a.yaml": yamlList }],
    ["… as YAML with Windows line ends", { "a.yaml": yamlList.replaceAll("\n", "\r\n") }],
    ["… as YAML with items further in", { "a.yaml": stringify(LIST, { indentSeq: true }) }],
    [
      "… as YAML with its items in JSON",
      { "a.yaml": `kind: List\napiVersion: v1\nitems: ${json(OBJECTS)}\n` },
    ],
    ["… with a name that tells nothing", { dump: yamlList }],
    ["JSON in a file called YAML", { "a.yaml": json(LIST) }],
    ["documents one after another", { "a.json": OBJECTS.map((one) => json(one, 2)).join("\n") }],
    ["YAML documents", { "a.yaml": OBJECTS.map((one) => stringify(one)).join("---\n") }],
    [
      "typed lists in several files",
      {
        "n.json": json(SEVERAL[0]),
        "p.json": json(SEVERAL[1]),
        "ns.json": json(SEVERAL[2]),
        "d.json": json(typed("DaemonSet", "apps/v1")),
      },
    ],
    [
      "DaemonSets of extensions/v1beta1",
      {
        "a.json": json([
          typed("Node"),
          typed("Pod"),
          typed("DaemonSet", "extensions/v1beta1"),
          typed("Namespace"),
        ]),
      },
    ],
    [
      "cluster-info dump on standard output",
      {
        "a.json": [...SEVERAL, typed("DaemonSet", "apps/v1")]
          .map((one) => json(one, 4))
          .join('\n==== START logs for container x ====\n{"msg":"hi"}\n[INFO] {\n==== END ====\n'),
      },
    ],
    ["a stray brace in front", { "a.json": `}\n${json(LIST)}` }],
    ["UTF-16 of PowerShell", { "a.json": utf16(json(LIST, 4), "le") }],
    ["UTF-16 of the other byte order", { "a.json": utf16(json(LIST), "be") }],
    ["UTF-16 YAML", { "a.yaml": utf16(yamlList, "le") }],
    ["UTF-8 with a mark", { "a.yaml": `\uFEFF${yamlList}` }],
    ["gzip", { "a.json.gz": gzipSync(json(LIST)) }],
    ["gzip under any name", { a: gzipSync(yamlList) }],
    ["a must-gather", MUST_GATHER],
    ["a cluster-info dump", CLUSTER_INFO],
    ["files whose names alone tell the kind", BY_NAME],
  ] as const)("%s", async (_form, files) => {
    const path = await put(files);
    const names = Object.keys(files);
    const [only] = names;
    const cluster = await readDump([names.length === 1 && only ? join(path, only) : path]);
    expect(summary(cluster)).toEqual(WHOLE);
  });

  test.each([
    ["tar.gz", true],
    ["tar", false],
  ] as const)("a support bundle as %s", async (ending, zipped) => {
    const tar = await tarOf({
      "bundle/cluster-resources/nodes.json": json(typed("Node")),
      "bundle/cluster-resources/pods/all.json": json(typed("Pod")),
      "bundle/cluster-resources/daemonsets/kube-system.json": json(typed("DaemonSet", "apps/v1")),
      "bundle/cluster-resources/namespaces.json": json(typed("Namespace")),
      "bundle/cluster-resources/pods-errors.json": '["forbidden"]',
      "bundle/cluster-info/cluster_version.json": json({
        info: { gitVersion: "v1.31.9+k3s1" },
        string: "x",
      }),
      "bundle/logs/x.log": "{ log",
    });
    await put({ [`b.${ending}`]: zipped ? gzipSync(tar) : tar });
    const cluster = await readDump([join(folder, `b.${ending}`)]);
    expect(summary(cluster)).toEqual(WHOLE);
    expect(cluster.version?.text).toBe("v1.31.9+k3s1");
  });

  test("standard input", async () => {
    const stdin = Readable.from([
      Buffer.from(json(LIST).slice(0, 900)),
      Buffer.from(json(LIST).slice(900)),
    ]);
    expect(summary(await readDump(["-"], { stdin }))).toEqual(WHOLE);
  });

  test("a folder of archives, links left alone", async () => {
    await put({ "in/a.json.gz": gzipSync(json(LIST)) });
    await symlink(folder, join(folder, "in", "loop"));
    expect(summary(await readDump([join(folder, "in")]))).toEqual(WHOLE);
  });
});

describe("what is told beside the objects", () => {
  const read = async (text: string, options = {}) => {
    await put({ "a.json": text });
    return readDump([join(folder, "a.json")], options);
  };

  test("now is the newest moment in the dump, deadlines apart", async () => {
    const renewed = {
      kind: "Lease",
      apiVersion: "coordination.k8s.io/v1",
      metadata: { name: "n1", namespace: "kube-node-lease" },
      spec: { renewTime: "2026-11-20T11:59:58.123456Z" },
    };
    const leaving = podJson("x", {
      metadata: { namespace: "default", deletionTimestamp: "2030-01-01T00:00:00Z" },
    });
    const cluster = await read(json([...OBJECTS, renewed, leaving]));
    expect(new Date(cluster.at).toISOString()).toBe("2026-11-20T11:59:58.123Z");
  });

  test("a kubelet's heartbeat counts as well", async () => {
    const node = nodeJson("n2", {
      status: {
        conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "2026-11-20T11:30:00Z" }],
      },
    });
    const cluster = await read(json([...OBJECTS, node]));
    expect(new Date(cluster.at).toISOString()).toBe("2026-11-20T11:30:00.000Z");
  });

  test("what the user says goes before what the dump says", async () => {
    const cluster = await read(json(LIST), { now: 5, cluster: "prod" });
    expect([cluster.at, cluster.name]).toEqual([5, "prod"]);
  });

  test("an empty typed list was seen, a kind without one was not", async () => {
    const cluster = await read(
      `${json(LIST)}\n${json({ kind: "ServiceList", apiVersion: "v1", items: [] })}`,
    );
    const kinds = cluster.notSeen.map(({ kind }) => kind);
    expect(kinds).not.toContain("Service");
    expect(kinds).toContain("Event");
    expect(kinds).not.toContain("Node");
  });

  test("one page of more is a part", async () => {
    const page = { ...typed("Pod"), metadata: { continue: "token" } };
    const cluster = await read([json(typed("Node")), json(page)].join("\n"));
    expect(cluster.notSeen.find(({ kind }) => kind === "Pod")?.why).toBe("partial");
  });

  test("a file that was cut off is read as far as it goes, and is not whole", async () => {
    const text = json({ ...LIST, items: [...OBJECTS, podJson("late")] });
    const cluster = await read(text.slice(0, text.indexOf('"late"') + 3));
    expect(cluster.Pod).toHaveLength(2);
    expect(cluster.problems.map(({ code }) => code)).toEqual(["input.cut-off"]);
    expect(cluster.notSeen.slice(0, 3).map(({ kind, why }) => `${kind} ${why}`)).toEqual([
      "Node partial",
      "Pod partial",
      "DaemonSet partial",
    ]);
  });

  describe("what looks like a dump in a folder or an archive and cannot be read makes it incomplete", () => {
    const NODES = { "nodes.json": json(typed("Node")) };
    const partial = (cluster: Cluster) =>
      cluster.notSeen.filter(({ why }) => why === "partial").map(({ kind }) => kind);
    const ALL = ["Node", "Pod", "DaemonSet"];

    test.each<[string, Record<string, string | Uint8Array>, readonly string[], readonly string[]]>([
      [
        "a packed file that was cut off, whose name tells its kind",
        { "pods.json.gz": gzipSync(json(typed("Pod"))).subarray(0, 100) },
        ["Pod"],
        ["input.unreadable"],
      ],
      ["an image under the name of a dump", { "a.json": PNG }, ALL, ["input.unreadable"]],
      [
        "an archive that was cut off",
        { "a.tgz": gzipSync(PNG).subarray(0, 8) },
        ALL,
        ["input.unreadable"],
      ],
      [
        "a broken object of our own kinds",
        { "a.yaml": "kind: Pod\nmetadata: {name: [" },
        ["Pod"],
        ["input.syntax"],
      ],
      [
        "one that says only its version",
        { "a.yaml": "apiVersion: v1\nmetadata: {name: [" },
        ALL,
        ["input.syntax"],
      ],
      ["a broken object that no audit reads", { "a.yaml": "kind: ConfigMap\ndata: {a: [" }, [], []],
      [
        "a broken item of a list that no audit reads",
        { "a.json": '{"kind":"ConfigMapList","apiVersion":"v1","items":[{"data":{"a":01}}]}' },
        [],
        [],
      ],
      ["what is no object", { "values.yaml": "image: [" }, [], []],
      ["a log that was cut off", { "a.log.gz": gzipSync(PNG).subarray(0, 8) }, [], []],
    ])("%s", async (_what, files, kinds, codes) => {
      const cluster = await readDump([await put({ ...NODES, ...files })]);
      expect(cluster.Node).toHaveLength(1);
      expect([partial(cluster), cluster.problems.map(({ code }) => code)]).toEqual([kinds, codes]);
    });

    test("one bad file of an archive leaves the others in it", async () => {
      const tar = await tarOf({ "b/a.json": "\0\0\0\0\0\0", "b/nodes.json": json(typed("Node")) });
      await put({ "b.tar": tar });
      const cluster = await readDump([join(folder, "b.tar")]);
      expect([cluster.Node.length, partial(cluster)]).toEqual([1, ALL]);
      expect(cluster.problems[0]?.object).toBe(join(folder, "b.tar", "b/a.json"));
    });
  });

  test("DaemonSets are inferred from their pods where none was collected", async () => {
    const cluster = await read(json(OBJECTS.filter(({ kind }) => kind !== "DaemonSet")));
    expect(summary(cluster).daemonSets).toEqual(["agent?"]);
    expect(cluster.DaemonSet[0]).toMatchObject({
      uid: "uid-DaemonSet-agent",
      templateLabels: new Map([["app", "agent"]]),
      selector: undefined,
    });
  });

  test("the newest state of an object that was met twice wins, and it is told", async () => {
    const state = (resourceVersion: string, phase: string) =>
      podJson("twice", { metadata: { namespace: "default", resourceVersion }, status: { phase } });
    const cluster = await read(
      json([...OBJECTS, state("9", "Pending"), state("10", "Running"), state("8", "Failed")]),
    );
    expect(cluster.Pod.find(({ name }) => name === "twice")?.status.phase).toBe("Running");
    expect(cluster.problems).toMatchObject([{ code: "object.double", object: "Pod", value: "2" }]);
  });

  test("a later object of the same name replaces an earlier one", async () => {
    const born = (uid: string, creationTimestamp: string) =>
      podJson("again", { metadata: { namespace: "default", uid, creationTimestamp } });
    const cluster = await read(
      json([...OBJECTS, born("new", "2026-11-20T11:00:00Z"), born("old", "2026-11-20T10:00:00Z")]),
    );
    expect(cluster.Pod.find(({ name }) => name === "again")?.uid).toBe("new");
  });

  test("the same file twice is no news", async () => {
    await put({ "a.json": json(LIST), "b.json": json(LIST) });
    expect(summary(await readDump([folder]))).toEqual(WHOLE);
  });

  test("Kinds of others with our names are none of ours", async () => {
    const knative = {
      apiVersion: "serving.knative.dev/v1",
      kind: "Service",
      metadata: { name: "x", namespace: "default" },
    };
    expect((await read(json([...OBJECTS, knative]))).Service).toEqual([]);
  });

  test("progress is told", async () => {
    await put({ "a.json": json(LIST) });
    const told: number[] = [];
    await readDump([join(folder, "a.json")], { onProgress: ({ objects }) => told.push(objects) });
    expect(told).toEqual([5]);
  });
});

describe("what cannot be audited is refused, with what to do", () => {
  const refusal = async (paths: readonly string[]): Promise<AuditorError> =>
    readDump(paths).then(
      () => expect.unreachable("it was accepted"),
      (error: AuditorError) => error,
    );

  test.each([
    ["an empty file", { "a.json": "" }, "input.unreadable", "is empty"],
    ["a text", { "a.txt": "hello" }, "input.unreadable", "no Kubernetes objects"],
    ["an image", { "a.json": PNG }, "input.unreadable", "is not text"],
    [
      "JSON of something else",
      { "a.json": '{"name":"x"}' },
      "input.unreadable",
      "no Kubernetes objects",
    ],
    ["pods without nodes", { "a.json": json(typed("Pod")) }, "input.no-nodes", "no nodes"],
    [
      "kubectl's inner form",
      { "a.json": '{"Items":[{"Name":"n1","Spec":{}}]}' },
      "input.unreadable",
      "inner form",
    ],
    [
      "a damaged archive",
      { "a.json.gz": gzipSync(json(LIST)).subarray(0, 200) },
      "input.unreadable",
      "unexpected end",
    ],
    [
      "a bomb",
      { "a.json.gz": gzipSync(Buffer.alloc(40 * 2 ** 20, 0x20)) },
      "input.too-large",
      "100 times",
    ],
    [
      "a bomb in an archive",
      { "b.gz": gzipSync(gzipSync(Buffer.alloc(40 * 2 ** 20, 0x20))) },
      "input.too-large",
      "100 times",
    ],
    [
      "YAML that grows",
      {
        "a.yaml": `kind: Node\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      },
      "input.unreadable",
      "no Kubernetes objects",
    ],
    [
      "a name that steers the terminal",
      { "\u001b[31m.json": "x" },
      "input.unreadable",
      "\\x1b[31m.json",
    ],
  ] as const)("%s", async (_what, files, code, message) => {
    await put(files);
    const error = await refusal([join(folder, Object.keys(files)[0] ?? "")]);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });

  test.each([
    ["a path that is not there", "/nowhere.json", "input.not-found"],
    ["a device without end", "/dev/zero", "input.unreadable"],
  ] as const)("%s", async (_what, path, code) => {
    expect((await refusal([path])).code).toBe(code);
  });

  test("a folder without dumps", async () => {
    expect((await refusal([folder])).message).toContain("no Kubernetes objects");
  });

  test("the hint collects what is missing", async () => {
    await put({ "a.json": json(typed("Pod")) });
    expect((await refusal([join(folder, "a.json")])).hint).toContain(
      "kubectl get nodes -A -o json > nodes.json",
    );
  });
});
