import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { opened } from "#shared/adapters/kubernetes/protobuf/envelope.ts";
import { protobufFormat } from "#shared/adapters/kubernetes/protobuf/format.ts";
import { readMessage } from "#shared/adapters/kubernetes/protobuf/message.ts";
import { podReader } from "#shared/adapters/kubernetes/protobuf/pods.ts";
import { BadWire, wireOf } from "#shared/adapters/kubernetes/protobuf/wire.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import { fullObject } from "../../../../fixtures/full-objects.ts";
import { daemonPodJson, podJson } from "../../../../fixtures/kubernetes-json.ts";
import { manyPod } from "../../../../fixtures/many-pods.ts";
import { manyPodBytes } from "../../../../fixtures/many-pods-protobuf.ts";
import { bytesField, messageBytes, messageOf } from "../../../../fixtures/protobuf.ts";
import { anyObject } from "../../../../fixtures/protobuf-objects.ts";

type Json = Readonly<Record<string, unknown>>;

const bytesOf = (json: Json): Uint8Array => messageBytes(messageOf("Pod"), json);
const read = (reader: ReturnType<typeof podReader>, json: Json) =>
  reader.read(wireOf(bytesOf(json)))?.object;

test("pods of a rollout are read here, each with what is its own", () => {
  const reader = podReader();
  for (let i = 0; i < 200; i += 1)
    expect(reader.read(wireOf(manyPodBytes(i * 7, 100)))).toEqual({
      object: readAs("Pod", manyPod(i * 7, 100)),
      version: String(1_000_000 + i * 7),
    });
});

test("what they have in common is one object, until it is forgotten", () => {
  const reader = podReader();
  const one = (node: string) => read(reader, daemonPodJson("agent", node, { status: {} }));
  const [first, second] = [one("n1"), one("n2")];
  expect(second?.spec.containers).toBe(first?.spec.containers);
  expect(second?.labels).toBe(first?.labels);
  reader.forget();
  expect(one("n1")).toEqual(first);
  expect(one("n1")?.labels).not.toBe(first?.labels);
});

/** The pod as its own encoder wrote it. */
const written = (() => {
  const file = new URL("../../../../fixtures/protobuf-frames.json", import.meta.url);
  const frames = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, string>>;
  return Buffer.from(frames["Pod"] ?? "", "base64");
})();

test("a pod with everything, as Kubernetes writes it, is read here", () => {
  const from = written.indexOf("k8s\0");
  const found = podReader().read(wireOf(opened(written.subarray(from)).raw));
  expect(found?.object).toEqual(readAs("Pod", fullObject("Pod")));
});

type Path = readonly (string | number)[];

function leavesOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, one]) =>
    leavesOf(one, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...below];
}

/** The same with another value at a path; undefined takes it away. */
function altered(value: unknown, [key, ...rest]: Path, change: (old: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  if (Array.isArray(value))
    return value.flatMap((one: unknown, at) =>
      at === key ? (altered(one, rest, change) ?? []) : [one],
    );
  const record = value as Json;
  return { ...record, [key]: altered(record[key], rest, change) };
}

function another(old: unknown): unknown {
  if (typeof old === "boolean") return !old;
  if (typeof old === "number") return old + 1;
  if (typeof old !== "string") return undefined;
  return /^\d{4}-.*Z$/.test(old) ? "2031-01-01T00:00:00Z" : /^\d/.test(old) ? `1${old}` : `${old}x`;
}

test("whatever differs in a single place is another pod", () => {
  const full = fullObject("Pod");
  const reader = podReader();
  const same = readAs("Pod", full);
  const paths = leavesOf(full).filter(
    ([first]) => first === "metadata" || first === "spec" || first === "status",
  );
  expect(paths.length).toBeGreaterThan(400);
  expect(read(reader, full)).toEqual(same);
  const wrong: Path[] = [];
  let quick = 0;
  for (const path of paths) {
    for (const change of [another, () => undefined]) {
      const json = JSON.parse(JSON.stringify(altered(full, path, change))) as Json;
      // What is out of the ordinary is left to others; nothing is ever read wrong.
      const found = read(reader, json);
      if (found === undefined) continue;
      quick += 1;
      const slow = readAs("Pod", readMessage(messageOf("Pod"), wireOf(bytesOf(json))));
      if (!isDeepStrictEqual(found, slow)) wrong.push(path);
    }
  }
  expect(wrong).toEqual([]);
  expect(quick).toBeGreaterThan(paths.length);
});

test("any two pods are told apart", () => {
  const reader = podReader();
  fc.assert(
    fc.property(fc.array(anyObject("Pod"), { minLength: 1, maxLength: 4 }), (pods) => {
      const twice = [...pods, ...pods];
      const found = twice.map((json) => read(reader, json));
      // What is not read here is left to others.
      const expected = twice.map((json, at) => found[at] && readAs("Pod", json));
      expect(found).toEqual(expected);
    }),
    { seed: 5, numRuns: 200 },
  );
});

const T = "2026-11-20T12:00:00Z";
const parts = (bytes: Uint8Array): readonly Uint8Array[] => [bytes, bytes];

test.each<readonly [what: string, bytes: Uint8Array]>([
  [
    "a problem",
    bytesOf(
      podJson("p", {
        spec: { containers: [{ name: "c", resources: { requests: { cpu: "many" } } }] },
      }),
    ),
  ],
  ["an impossible name", bytesOf(podJson("P"))],
  ["an impossible namespace", bytesOf(podJson("p", { metadata: { namespace: "A" } }))],
  [
    "metadata in two parts",
    Buffer.concat([bytesOf(podJson("p")), bytesField(1, bytesField(1, "q"))]),
  ],
  ["a status in two parts", Buffer.concat(parts(bytesField(3, bytesField(1, "Running"))))],
  ["a name in two parts", bytesField(1, Buffer.concat(parts(bytesField(1, "q"))))],
  ["a time before 1970", bytesOf(podJson("p", { status: { startTime: "1969-01-01T00:00:00Z" } }))],
  [
    "fields in another order",
    Buffer.concat([
      bytesOf(podJson("p")).subarray(0, 0),
      bytesField(1, Buffer.concat([bytesField(5, "u"), bytesField(1, "p"), bytesField(6, "1")])),
    ]),
  ],
  [
    "two states at once",
    bytesOf(
      podJson("p", {
        status: {
          containerStatuses: [
            { name: "c", state: { running: { startedAt: T }, waiting: { reason: "x" } } },
          ],
        },
      }),
    ),
  ],
  ["no spec", bytesField(1, bytesField(1, "p"))],
  ["nothing", new Uint8Array(0)],
])("%s is left to the reader of all objects, each time", (_what, bytes) => {
  const reader = podReader();
  for (let i = 0; i < 3; i += 1) expect(reader.read(wireOf(bytes))).toBeUndefined();
});

test("an unread annotation of its own does not make a pod another, one that is read does", () => {
  const reader = podReader();
  const withNote = (annotations: Json) => read(reader, podJson("p", { metadata: { annotations } }));
  const note = { "cni.example/podIP": "10.0.0.1" };
  const first = withNote(note);
  expect(withNote({ ...note, ["x".repeat(140)]: "y" })?.labels).toBe(first?.labels);
  expect(withNote({ "dsaudit.dev/ack": "a" })?.annotations).toEqual(new Map([["ack", "a"]]));
  expect(withNote({ "dsaudit.dev/ack": "b" })?.annotations).toEqual(new Map([["ack", "b"]]));
  expect(withNote({ "karpenter.sh/do-not-disrupt": "true" })?.doNotDisrupt).toBe(true);
});

test("after a pod that breaks off in the middle the next is read as if there had been none", () => {
  const reader = podReader();
  const container = Buffer.concat([bytesField(1, "c"), Uint8Array.of(0xff)]);
  const broken = Buffer.concat([
    bytesField(1, Buffer.concat([bytesField(1, "a"), bytesField(2, "x".repeat(4000))])),
    bytesField(2, Buffer.concat([bytesField(2, container)])),
    bytesField(3, bytesField(1, "Running")),
  ]);
  for (const image of ["one", "two", "six", "ten"]) {
    expect(() => reader.read(wireOf(broken))).toThrow(BadWire);
    const json = podJson("p", { spec: { containers: [{ name: "c", image }] } });
    expect(read(reader, json)).toEqual(readAs("Pod", json));
  }
});

test("noise is refused or left to others", () => {
  const reader = podReader();
  const outcome = (bytes: Uint8Array): unknown => {
    try {
      return reader.read(wireOf(bytes));
    } catch (error) {
      return error instanceof BadWire ? undefined : error;
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(outcome(bytes)).toBeUndefined();
    }),
    { seed: 5, numRuns: 1000 },
  );
});

test("a problem is told of each pod that has it, though all are alike", () => {
  const encoding = protobufFormat("Pod").of("application/vnd.kubernetes.protobuf");
  const json = podJson("p", { spec: { tolerations: [{ value: "x" }] } });
  const told: string[] = [];
  const reader = encoding.page((_object, problems) =>
    told.push(...problems.map(({ code }) => code)),
  );
  const list = bytesField(
    2,
    Buffer.concat([bytesField(1, bytesField(2, "5")), ...parts(bytesField(2, bytesOf(json)))]),
  );
  reader.write(
    Buffer.concat([
      Buffer.from("k8s\0"),
      bytesField(1, Buffer.concat([bytesField(1, "v1"), bytesField(2, "PodList")])),
      list,
    ]),
  );
  expect(reader.end()).toEqual({ version: "5", next: "" });
  expect(told).toEqual(["toleration.empty_key", "toleration.empty_key"]);
});
