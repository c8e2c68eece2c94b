import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonStream, type ListHead } from "#shared/cluster/read/json-stream.ts";

type Told = {
  readonly objects: readonly (readonly [unknown, string])[];
  readonly lists: readonly string[];
  readonly broken: readonly string[];
};

/** Feeds `text` in pieces that end at `cuts` and tells all that came out. */
function read(text: string | Uint8Array, cuts: readonly number[] = []): Told {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const objects: [unknown, string][] = [];
  const lists: string[] = [];
  const broken: string[] = [];
  const name = (list: ListHead | undefined): string => list?.kind ?? "alone";
  const stream = jsonStream({
    object: (json, list) => void objects.push([json, name(list)]),
    list: (head) => void lists.push(head.continue === "" ? head.kind : `${head.kind} …`),
    broken: (what, offset) => void broken.push(`${what} at ${offset}`),
  });
  let from = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    stream.write(bytes.slice(from, Math.max(from, Math.min(cut, bytes.length))));
    from = Math.max(from, Math.min(cut, bytes.length));
  }
  stream.end();
  return { objects, lists, broken };
}

const A = { kind: "Pod", metadata: { name: "a" } };
const B = { kind: "Node", metadata: { name: "b" } };
const json = JSON.stringify;

test.each([
  ["one object", json(A), [[A, "alone"]], []],
  [
    "one object after another",
    `${json(A)}\n${json(B)}`,
    [
      [A, "alone"],
      [B, "alone"],
    ],
    [],
  ],
  [
    "… without a line end between them",
    `${json(A)}${json(B)}`,
    [
      [A, "alone"],
      [B, "alone"],
    ],
    [],
  ],
  [
    "a List says its kind behind its items",
    `{"items":[${json(A)}],"kind":"List"}`,
    [[A, ""]],
    ["List"],
  ],
  [
    "a typed list names items that do not",
    `{"kind":"PodList","items":[{"a":1}]}`,
    [[{ a: 1 }, "PodList"]],
    ["PodList"],
  ],
  [
    "… even when it says so last",
    `{"items":[{"a":1}],"kind":"PodList"}`,
    [[{ a: 1 }, "PodList"]],
    ["PodList"],
  ],
  [
    "an array of objects",
    json([A, B]),
    [
      [A, ""],
      [B, ""],
    ],
    [""],
  ],
  ["items: null is an empty list", `{"kind":"PodList","items":null}`, [], ["PodList"]],
  ["no items in a list", `{"kind":"NodeList","items":[]}`, [], ["NodeList"]],
  [
    "null among items",
    `{"kind":"PodList","items":[null,${json(A)}]}`,
    [[A, "PodList"]],
    ["PodList"],
  ],
  [
    "one page of more",
    `{"kind":"PodList","metadata":{"continue":"x"},"items":[]}`,
    [],
    ["PodList …"],
  ],
  [
    "… said behind the items",
    `{"items":[],"kind":"PodList","metadata":{"continue":"x"}}`,
    [],
    ["PodList …"],
  ],
  [
    "logs between documents",
    `==== START {logs} ====\n[INFO] a {"x"\n${json(A)}\nbye`,
    [[A, "alone"]],
    [],
  ],
  ["the mark of UTF-8 in front", `\uFEFF${json(A)}`, [[A, "alone"]], []],
  [
    "a closing brace too many",
    `${json(A)}}\n}\n${json(B)}`,
    [
      [A, "alone"],
      [B, "alone"],
    ],
    [],
  ],
  [
    "a comma between documents",
    `${json(A)},\n${json(B)}`,
    [
      [A, "alone"],
      [B, "alone"],
    ],
    [],
  ],
  ["nothing", "", [], []],
] as const)("%s", (_when, text, objects, lists) => {
  expect(read(text)).toEqual({ objects, lists, broken: [] });
});

describe("what is broken is told, and the rest is read", () => {
  test.each([
    ["a stray brace in front", `{\n${json(A)}`, [[A, "alone"]], [], ["syntax at 0"]],
    [
      "a line of a log that begins like an object",
      `{ oh no\n${json(A)}`,
      [[A, "alone"]],
      [],
      ["syntax at 0"],
    ],
    [
      "one item that is no JSON",
      `{"kind":"PodList","items":[{"a":tru},${json(A)}]}`,
      [[A, "PodList"]],
      ["PodList"],
      ["syntax at 27"],
    ],
    [
      "the file ends in an item",
      `{"kind":"PodList","items":[${json(A)},{"kind"`,
      [[A, "PodList"]],
      [],
      ["cut-off at 66"],
    ],
    [
      "the file ends between items",
      `{"kind":"PodList","items":[${json(A)},`,
      [[A, "PodList"]],
      [],
      ["cut-off at 66"],
    ],
    ["the file ends in a document", `{"kind":"Pod","metadata":`, [], [], ["cut-off at 0"]],
    [
      "the next document follows one that was cut off",
      `{"kind":"PodList","items":[${json(A)},\n{"a":\n${json(B)}`,
      [
        [A, "PodList"],
        [B, "alone"],
      ],
      [],
      ["cut-off at 67"],
    ],
    ["depth without end", '[{"a":'.repeat(300), [], [], ["syntax at 1"]],
  ] as const)("%s", (_when, text, objects, lists, broken) => {
    expect(read(text)).toEqual({ objects, lists, broken });
  });

  test("items that waited for their list's kind are not lost with its end", () => {
    expect(read(`{"items":[{"a":1},{"b":`).objects).toEqual([[{ a: 1 }, ""]]);
  });

  test("kubectl's inner form of 1.9 and older is marked", () => {
    const heads: ListHead[] = [];
    const stream = jsonStream({ object() {}, list: (head) => void heads.push(head), broken() {} });
    stream.write(new TextEncoder().encode(`{"Items":[{"Name":"n"}],"ListMeta":{}}`));
    stream.end();
    expect(heads).toEqual([{ kind: "", apiVersion: "", continue: "", internal: true }]);
  });
});

test("what may hold secrets is not even parsed", () => {
  const pod = {
    kind: "Pod",
    metadata: {
      labels: { env: "prod", args: "x", data: "y" },
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "S3CRET", a: "b" },
      managedFields: [{ manager: "S3CRET" }],
    },
    spec: {
      nodeSelector: { env: "prod" },
      containers: [
        { name: "c", env: [{ value: "S3CRET" }], args: ["S3CRET"], command: ["S3CRET"] },
      ],
    },
    data: { password: "S3CRET" },
  };
  expect(read(json({ kind: "PodList", items: [pod] })).objects).toEqual([
    [
      {
        kind: "Pod",
        metadata: {
          labels: { env: "prod", args: "x", data: "y" },
          annotations: { "kubectl.kubernetes.io/last-applied-configuration": null, a: "b" },
          managedFields: null,
        },
        spec: {
          nodeSelector: { env: "prod" },
          containers: [{ name: "c", env: null, args: null, command: null }],
        },
        data: null,
      },
      "PodList",
    ],
  ]);
});

describe("what pods have in common is parsed once", () => {
  const pod = (name: string, image: string) => ({
    kind: "Pod",
    metadata: { name, labels: { app: "a" }, ownerReferences: [{ uid: "u" }] },
    spec: {
      nodeName: name,
      containers: [{ name: "c", image, env: [{ name: "A" }] }],
      tolerations: [{ operator: "Exists" }],
    },
  });
  const containersOf = (object: unknown): unknown =>
    (object as ReturnType<typeof pod>).spec.containers;

  test("equal containers are one value, others are not", () => {
    const [a, b, c] = read(json([pod("a", "x"), pod("b", "x"), pod("c", "y")])).objects.map(
      ([one]) => containersOf(one),
    );
    expect(a).toEqual([{ name: "c", image: "x", env: null }]);
    expect(b).toBe(a);
    expect(c).toEqual([{ name: "c", image: "y", env: null }]);
    expect(Object.isFrozen(a)).toBe(true);
  });

  test("only in its own place: a template's containers are nobody else's", () => {
    const set = { kind: "DaemonSet", spec: { template: { spec: pod("a", "x").spec } } };
    const [[one] = []] = read(json(set)).objects;
    expect(one).toMatchObject({
      spec: { template: { spec: { containers: [{ name: "c", image: "x" }] } } },
    });
  });

  test("a key that is written twice means its last value", () => {
    const text =
      '{"kind":"Pod","spec":{"containers":[{"a":1}],"containers":5},"metadata":{"labels":{}},"metadata":7}';
    expect(read(text).objects).toEqual([[JSON.parse(text), "alone"]]);
  });
});

describe("managed fields", () => {
  const withManager = (kind: string, manager: string) => ({
    kind,
    metadata: { managedFields: [{ manager, fieldsV1: { "f:a": {} } }], name: "n" },
    spec: { a: [1] },
  });

  test.each(["kubelet", "]", 'x],"evil":1', "[", "]}", '\\"],"', "[]]"])(
    "a manager called %j hides nothing behind it",
    (manager) => {
      const expected = {
        kind: "Pod",
        metadata: { managedFields: null, name: "n" },
        spec: { a: [1] },
      };
      expect(read(json([withManager("Pod", manager), A])).objects.map(([one]) => one)).toEqual([
        expected,
        A,
      ]);
    },
  );

  test("a DaemonSet keeps them, and so does what has not said its kind yet", () => {
    const set = withManager("DaemonSet", "argocd");
    const { kind: _kind, ...late } = set;
    expect(read(json([set, { ...late, kind: "Pod" }])).objects.map(([one]) => one)).toEqual([
      set,
      { ...late, kind: "Pod" },
    ]);
  });
});

const anyObject = fc
  .dictionary(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("x", "__proto__")),
    fc.jsonValue(),
    {
      noNullPrototype: true,
    },
  )
  .map((value) => ({ ...value, kind: "Thing" }));
const junk = fc.constantFrom(
  "",
  "\n",
  "\n==== log ====\n",
  "\n[ERROR] x\n",
  " \r\n\t",
  "\n{ oops\n",
);

/** The rules drop these keys only before an opening bracket; the property is about all the rest. */
const withoutDropped = (text: string): boolean =>
  !/"(?:env|envFrom|args|command|volumeMounts|volumeDevices|images|data|projected|lifecycle)":/.test(
    text,
  );

describe("for any objects", () => {
  test("any pieces give the same as one piece", () => {
    fc.assert(
      fc.property(
        fc.array(anyObject, { maxLength: 4 }),
        fc.boolean(),
        fc.array(fc.nat(400)),
        junk,
        (objects, asList, cuts, between) => {
          const text = asList
            ? json({ kind: "List", items: objects }, null, 2)
            : objects.map((one) => json(one)).join(between || "\n");
          expect(read(text, cuts)).toEqual(read(text));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("any JSON value comes out as it went in, whatever stands between", () => {
    fc.assert(
      fc.property(
        fc.array(anyObject, { maxLength: 5 }),
        junk,
        fc.nat(4),
        (objects, between, indent) => {
          const texts = objects.map((one) => json(one, null, indent));
          fc.pre(texts.every(withoutDropped));
          const { objects: found } = read(`${between}${texts.join(`\n${between}`)}`);
          expect(found.map(([one]) => json(one))).toEqual(
            texts.map((text) => json(JSON.parse(text))),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test("any bytes at all end in an answer, and leave no trace on Object.prototype", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc
            .array(
              fc.constantFrom(
                "{",
                "}",
                "[",
                "]",
                '"',
                ":",
                ",",
                "a",
                "1",
                "\n",
                "\\",
                '"items"',
                '"kind"',
                "null",
              ),
            )
            .map((parts) => new TextEncoder().encode(parts.join(""))),
        ),
        fc.array(fc.nat(300)),
        (bytes, cuts) => {
          expect(read(bytes, cuts)).toEqual(read(bytes));
          expect(Object.keys(Object.prototype)).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test("an item in very many pieces costs no more looks than bytes", () => {
  const big = json({ kind: "Pod", text: "x".repeat(2_000_000) });
  const started = performance.now();
  const cuts = Array.from({ length: 4000 }, (_, i) => i * 500);
  expect(read(`[${big}]`, cuts).objects).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(2000);
});
