import { readFile, writeFile } from "node:fs/promises";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { opened } from "#shared/adapters/kubernetes/protobuf/envelope.ts";
import { protobufFormat } from "#shared/adapters/kubernetes/protobuf/format.ts";
import { readMessage } from "#shared/adapters/kubernetes/protobuf/message.ts";
import { wireOf } from "#shared/adapters/kubernetes/protobuf/wire.ts";
import type { Kind } from "#shared/cluster/cluster.ts";
import { newReading } from "#shared/cluster/read/json.ts";
import { readObject } from "#shared/cluster/read/object.ts";
import { fullObject } from "../../fixtures/full-objects.ts";
import { messageOf } from "../../fixtures/protobuf.ts";
import { anyObject, PROTOBUF_KINDS, typeOf } from "../../fixtures/protobuf-objects.ts";
import { startOracle, type Oracle } from "../oracle-process.ts";
import { QUESTIONS } from "../questions/kinds.ts";

// What Kubernetes' own encoder writes is read as its JSON is, field by field.

const LONG = process.env["DSAUDIT_LONG"] !== undefined;
const RECORD = process.env["DSAUDIT_RECORD"] !== undefined;
const CASES = LONG ? 5000 : 200;
const SEED = Number(process.env["DSAUDIT_SEED"] ?? Date.now() % 1_000_000);
const WATCH = "application/vnd.kubernetes.protobuf;stream=watch";

type Json = Readonly<Record<string, unknown>>;
type Encoded = { readonly json: Json; readonly protobuf: string; readonly frame?: string };

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
}, 900_000);
afterAll(() => oracle.close());

const encoded = async (object: Json, type = ""): Promise<Encoded> =>
  (await oracle.ask("encode", { object, type })) as Encoded;

const decoded = (kind: Kind, protobuf: string): Json => {
  const { raw, ...said } = opened(Buffer.from(protobuf, "base64"));
  expect(said).toEqual(typeOf(kind));
  return { ...said, ...readMessage(messageOf(kind), wireOf(raw)) };
};

const read = (json: Json) => {
  const reading = newReading();
  return { read: readObject(json, reading), problems: reading.problems, newest: reading.newest };
};

/** What a reader makes of both. */
async function bothOf(kind: Kind, object: Json) {
  const { json, protobuf } = await encoded(object);
  return { ours: read(decoded(kind, protobuf)), theirs: read(json) };
}

async function expectSame(kind: Kind, objects: readonly Json[]): Promise<void> {
  const both = await Promise.all(objects.map(async (object) => bothOf(kind, object)));
  expect(both.map(({ ours }) => ours)).toEqual(both.map(({ theirs }) => theirs));
}

describe.each(PROTOBUF_KINDS)("%s", (kind) => {
  test("with all that a reader asks for is read from protobuf as from JSON", async () => {
    const { json } = await encoded(fullObject(kind));
    expect(read(json).read).toEqual(read(fullObject(kind)).read);
    await expectSame(kind, [fullObject(kind)]);
  });

  test("with anything is read from protobuf as from JSON", async () => {
    const objects = fc.sample(anyObject(kind), { seed: SEED, numRuns: CASES });
    await expectSame(kind, objects);
    expect(objects).toHaveLength(CASES);
    process.stdout.write(`${kind} as protobuf: ${objects.length} agree, from seed ${SEED}\n`);
  });

  test("in a watch comes behind its length, without a mark of its own", async () => {
    const { frame = "", json } = await encoded(fullObject(kind), "MODIFIED");
    const encoding = protobufFormat(kind).of(WATCH);
    const [bytes = Buffer.alloc(0), ...more] = encoding
      .frames(1e6)
      .write(Buffer.from(frame, "base64"));
    expect(more).toEqual([]);
    const { read: found, problems } = read(json);
    expect(encoding.event(bytes)).toEqual({
      is: "put",
      added: false,
      version: "12345678901",
      object: found?.object,
      problems,
    });
  });

  test("in a list is read item by item", async () => {
    const { apiVersion } = typeOf(kind);
    const items = fc.sample(anyObject(kind), { seed: SEED, numRuns: 20 });
    const list = {
      kind: `${kind}List`,
      apiVersion,
      metadata: { resourceVersion: "77", continue: "more" },
      items,
    };
    const { protobuf, json } = await encoded(list);
    const objects: unknown[] = [];
    const reader = protobufFormat(kind)
      .of(WATCH)
      .page((object) => objects.push(object));
    const bytes = Buffer.from(protobuf, "base64");
    for (let at = 0; at < bytes.length; at += 100) reader.write(bytes.subarray(at, at + 100));
    expect(reader.end()).toEqual({ version: "77", next: "more" });
    const theirs = (json["items"] as readonly Json[]).map(
      (item) => read({ ...typeOf(kind), ...item }).read?.object,
    );
    expect(objects).toEqual(theirs);
  });
});

test("the frames that the unit tests read are what Kubernetes writes", async () => {
  const frames: Record<string, string> = {};
  for (const kind of PROTOBUF_KINDS)
    frames[kind] = (await encoded(fullObject(kind), "ADDED")).frame ?? "";
  const file = new URL("../../fixtures/protobuf-frames.json", import.meta.url);
  if (RECORD) await writeFile(file, `${JSON.stringify(frames, null, 2)}\n`);
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual(frames);
});

test("pods and DaemonSets as the other questions make them are read from protobuf as from JSON", async () => {
  const cases = fc.sample(QUESTIONS.shouldRun.input, { seed: SEED, numRuns: CASES });
  const pods = fc.sample(QUESTIONS.fit.input, { seed: SEED, numRuns: CASES });
  const daemonSets = cases.map(({ daemonSet }) => ({ ...typeOf("DaemonSet"), ...daemonSet }));
  await expectSame("DaemonSet", daemonSets);
  await expectSame(
    "Node",
    cases.map(({ node }) => ({ ...typeOf("Node"), ...node })),
  );
  await expectSame(
    "Pod",
    pods.map(({ pod }) => ({ ...typeOf("Pod"), ...pod })),
  );
  expect([cases.length, pods.length]).toEqual([CASES, CASES]);
});

test("what a server says of an error and of the end of what there was is read", async () => {
  const encoding = protobufFormat("Pod").of(WATCH);
  const event = async (type: string, object: Json) => {
    const { frame = "" } = await encoded(object, type);
    return encoding
      .frames(1e6)
      .write(Buffer.from(frame, "base64"))
      .map((bytes) => encoding.event(bytes));
  };
  const status = {
    kind: "Status",
    apiVersion: "v1",
    message: "too old",
    reason: "Expired",
    code: 410,
  };
  expect(await event("ERROR", status)).toEqual([{ is: "error", code: 410, message: "too old" }]);
  const annotations = { "k8s.io/initial-events-end": "true" };
  const end = { ...typeOf("Pod"), metadata: { resourceVersion: "9", annotations } };
  expect(await event("BOOKMARK", end)).toEqual([
    { is: "bookmark", version: "9", endsInitial: true },
  ]);
});
