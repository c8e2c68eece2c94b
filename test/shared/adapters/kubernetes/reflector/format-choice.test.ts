import { afterEach, expect, test, vi } from "vitest";
import type { Answer } from "#shared/adapters/kubernetes/api-client.ts";
import type { Change } from "#shared/adapters/kubernetes/reflector/change.ts";
import { systemClock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import { reflect, type Reflector } from "#shared/adapters/kubernetes/reflector/reflector.ts";
import type { Source } from "#shared/adapters/kubernetes/reflector/source.ts";
import type { Kind } from "#shared/cluster/cluster.ts";
import { nodeJson } from "../../../../fixtures/kubernetes-json.ts";
import { eventBytes, frameBytes, listBytes } from "../../../../fixtures/protobuf.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const NODE = { kind: "Node", apiVersion: "v1" };
const END = { annotations: { "k8s.io/initial-events-end": "true" }, resourceVersion: "200" };

type Said = { readonly status?: number; readonly type: string; readonly bytes: Uint8Array };
type Asking = { readonly accept: string; readonly watchesList: boolean; readonly watches: boolean };

const running: Reflector[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (one) => one.stop()));
});

/** Follows what `answer` says; from "hold" on nothing comes any more. */
function following(answer: (asking: Asking) => Said | "hold", kind: Kind = "Node") {
  const asked: Asking[] = [];
  const told: Change<string>[] = [];
  const source: Source = {
    async get(path, { accept, signal }): Promise<Answer> {
      const query = new URLSearchParams(path.slice(path.indexOf("?")));
      const watches = query.get("watch") === "1";
      const asking = { accept, watches, watchesList: query.has("sendInitialEvents") };
      asked.push(asking);
      const said = answer(asking);
      if (said === "hold")
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
        });
      const { status = 200, type, bytes } = said;
      return { status, headers: { "content-type": type }, body: once(bytes) };
    },
  };
  const one = reflect({
    kind,
    source,
    clock: systemClock,
    keep: ({ name }) => name,
    take: (changes) => void told.push(...changes),
    limits: { backOff: [1, 4], shortWatch: 0 },
  });
  running.push(one);
  const reset = async () =>
    vi.waitFor(() => {
      const found = told.find((change) => change.is === "reset");
      expect(found).toBeDefined();
      return found?.is === "reset" ? found.objects : undefined;
    });
  return { asked, told, reset, health: () => one.health() };
}

async function* once(bytes: Uint8Array) {
  await Promise.resolve();
  yield bytes;
}

const lines = (...events: readonly (readonly [type: string, object: object])[]): Uint8Array =>
  Buffer.from(events.map(([type, object]) => `${JSON.stringify({ type, object })}\n`).join(""));
const inJson: Said = {
  type: "application/json",
  bytes: lines(["ADDED", nodeJson("n1")], ["BOOKMARK", { ...NODE, metadata: END }]),
};
const inProtobuf: Said = {
  type: `${PROTOBUF};stream=watch`,
  bytes: Buffer.concat([
    frameBytes(eventBytes("Node", "ADDED", nodeJson("n1"))),
    frameBytes(eventBytes("Node", "BOOKMARK", { ...NODE, metadata: END })),
  ]),
};
const pageOf = (name: string): Said => ({
  type: PROTOBUF,
  bytes: listBytes("Node", { apiVersion: "v1", resourceVersion: "5" }, [nodeJson(name)]),
});
const no = (status: number): Said => ({
  status,
  type: "application/json",
  bytes: Buffer.from('{"kind":"Status","message":"no"}'),
});
const asksProtobuf = ({ accept }: Asking): boolean => accept.startsWith(PROTOBUF);

test.each([
  ["protobuf", inProtobuf],
  ["JSON though protobuf was asked for", inJson],
])("a list inside a watch is read in %s", async (_what, said) => {
  const one = following(({ watchesList }) => (watchesList ? said : "hold"));

  expect(await one.reset()).toEqual(["n1"]);
  await vi.waitFor(() => expect(one.asked).toHaveLength(2));
  expect(one.asked.every(asksProtobuf)).toBe(true);
});

test("pages are read in protobuf", async () => {
  const one = following(({ watches, watchesList }) =>
    watchesList ? no(422) : watches ? "hold" : pageOf("n2"),
  );
  expect(await one.reset()).toEqual(["n2"]);
});

test.each([406, 415])("after a %i JSON is asked for at once, and from then on", async (status) => {
  const one = following((asking) =>
    asksProtobuf(asking) ? no(status) : asking.watchesList ? inJson : "hold",
  );

  expect(await one.reset()).toEqual(["n1"]);
  await vi.waitFor(() => expect(one.asked).toHaveLength(3));
  expect(one.asked.map(asksProtobuf)).toEqual([true, false, false]);
});

test("pages that are not to be had in protobuf are asked for in JSON", async () => {
  const list = {
    ...NODE,
    kind: "NodeList",
    metadata: { resourceVersion: "5" },
    items: [nodeJson("n3")],
  };
  const page: Said = { type: "application/json", bytes: Buffer.from(JSON.stringify(list)) };
  const one = following((asking) => {
    if (asking.watchesList) return no(422);
    if (asksProtobuf(asking)) return no(406);
    return asking.watches ? "hold" : page;
  });
  expect(await one.reset()).toEqual(["n3"]);
});

test("a watch that is not to be had in protobuf goes on in JSON, and nothing is listed again", async () => {
  const one = following((asking) => {
    if (asking.watchesList) return inProtobuf;
    return asksProtobuf(asking) ? no(415) : "hold";
  });
  await one.reset();
  await vi.waitFor(() => expect(one.asked).toHaveLength(3));
  expect(one.asked.map((asking) => [asksProtobuf(asking), asking.watchesList])).toEqual([
    [true, true],
    [true, false],
    [false, false],
  ]);
});

test("a server that has neither is asked ever more rarely, as after any failure", async () => {
  const one = following(() => no(406));
  await vi.waitFor(() => expect(one.asked.length).toBeGreaterThan(3));
  expect(one.asked.map(asksProtobuf).slice(0, 4)).toEqual([true, false, false, false]);
  expect(one.health().failures).toBeGreaterThan(1);
});

test.each([
  ["frames", `${PROTOBUF};stream=watch`, frameBytes(Buffer.from([10, 200, 1]))],
  ["frames too long", `${PROTOBUF};stream=watch`, Buffer.from([0xff, 0xff, 0xff, 0xff])],
])("when three %s could not be read, JSON is asked for", async (_what, type, bytes) => {
  const one = following((asking) =>
    asksProtobuf(asking) ? { type, bytes } : asking.watchesList ? inJson : "hold",
  );

  expect(await one.reset()).toEqual(["n1"]);
  expect(one.asked.map(asksProtobuf).slice(0, 4)).toEqual([true, true, true, false]);
  expect(one.health().badLines).toBe(3);
});

test("when three pages could not be read, JSON is asked for", async () => {
  const one = following((asking) => {
    if (asking.watchesList) return no(422);
    return asksProtobuf(asking) ? { type: PROTOBUF, bytes: Buffer.from("k8s\0junk") } : "hold";
  });
  await vi.waitFor(() => expect(one.asked.some((asking) => !asksProtobuf(asking))).toBe(true));
  expect(one.asked.filter((asking) => asksProtobuf(asking) && !asking.watchesList)).toHaveLength(3);
});

test("a custom resource is asked for in JSON only", async () => {
  const one = following(() => "hold", "NodePool");
  await vi.waitFor(() => expect(one.asked).toHaveLength(1));
  expect(one.asked[0]?.accept).toBe("application/json");
});
