import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loadKubeconfig } from "#shared/adapters/kubernetes/kubeconfig.ts";
import { systemClock, type Clock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import type { Limits } from "#shared/adapters/kubernetes/reflector/limits.ts";
import {
  reflect,
  type Reflector,
  type ReflectorOptions,
} from "#shared/adapters/kubernetes/reflector/reflector.ts";
import { apiSource, type ApiSource } from "#shared/adapters/kubernetes/reflector/source.ts";
import { startApiServer, type ApiServer } from "../../../../fixtures/api-server.ts";
import { follower, named, type Follower, type Named } from "../../../../fixtures/follower.ts";
import { overHttp, type Written } from "../../../../fixtures/watched-source.ts";
import {
  statusJson,
  watchedStore,
  type Asking,
  type Store,
  type Trouble,
} from "../../../../fixtures/watched-store.ts";

/** Everything is 250 times as fast as it will be. */
const SHORT: Partial<Limits> = {
  idle: 300,
  backOff: [4, 120],
  goodAfter: 500,
  refused: 150,
  retryAfter: 200,
  expired: 8,
  shortWatch: 60,
};
const BOOKMARKS = 100;

let folder: string;
let server: ApiServer;
let store: Store;
let source: ApiSource;
let seen: Follower;
let waits: number[];
let running: Reflector[];
/** Whatever rejects and nobody hears ends the process. */
let unheard: unknown[];
let written: Written = "json";

const clock: Clock = {
  ...systemClock,
  wait: async (milliseconds, signal) => {
    waits.push(milliseconds);
    return systemClock.wait(milliseconds, signal);
  },
};
const onUnheard = (reason: unknown): void => void unheard.push(reason);

beforeEach(async () => {
  [waits, running, unheard] = [[], [], []];
  process.on("unhandledRejection", onUnheard);
  folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
  store = watchedStore(systemClock, BOOKMARKS);
  server = await startApiServer({
    objects: {},
    handle: ({ path }, response) => overHttp(store, written)(path, response),
  });
  await writeFile(join(folder, "config"), server.kubeconfig);
  // The first time loads client-node, which takes longer than these tests allow a server.
  await loadKubeconfig({ kubeconfig: join(folder, "config") });
  source = apiSource(async () => loadKubeconfig({ kubeconfig: join(folder, "config") }));
  seen = follower();
  for (const name of ["n1", "n2", "n3"]) store.put(name, "a");
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()));
  source.close();
  await server.close();
  await rm(folder, { recursive: true });
  process.off("unhandledRejection", onUnheard);
  if (unheard.length > 0) throw new Error("a rejection was heard by nobody", { cause: unheard });
  if (store.mostOpen() > 1) throw new Error(`${store.mostOpen()} watches were open at once`);
});

type Parts = {
  readonly keep?: ReflectorOptions<"Node", Named>["keep"];
  readonly limits?: Partial<Limits>;
  readonly take?: ReflectorOptions<"Node", Named>["take"];
};

function start({
  limits,
  keep = named,
  take = (changes) => seen.take(changes),
}: Parts = {}): Reflector {
  const one = reflect({
    kind: "Node",
    source,
    clock,
    keep,
    take,
    limits: { ...SHORT, ...limits },
  });
  running.push(one);
  return one;
}

/** Healed within this, or not. */
const soon = { timeout: 5000, interval: 4 };
const converged = async (): Promise<void> =>
  vi.waitFor(() => expect(seen.view()).toEqual(store.names()), soon);
const opened = async (): Promise<void> => expect.poll(() => store.open(), soon).toBe(1);
const pause = async (milliseconds: number): Promise<void> =>
  systemClock.wait(milliseconds, new AbortController().signal);

/** Started, in step with the server, and one watch open. */
async function following(parts: Parts = {}): Promise<Reflector> {
  const one = start(parts);
  await converged();
  await opened();
  return one;
}

/** The next requests of this sort meet this trouble. */
function next(what: Asking["what"] | "any", ...troubles: readonly Trouble[]): void {
  const waiting = [...troubles];
  const before = store.trouble;
  store.trouble = (asking) =>
    what === "any" || asking.what === what ? (waiting.shift() ?? before(asking)) : before(asking);
}

const state = (one: Reflector) => () => ({
  lists: Object.fromEntries(one.health().lists),
  open: store.open(),
  view: seen.view(),
});
/** In step with the server, after these lists and no others. */
const inStep = (lists: Readonly<Record<string, number>>) => ({
  lists,
  open: 1,
  view: store.names(),
});
const event = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
const raw = (json: unknown): string => `${JSON.stringify(json)}\n`;
const asked = (): readonly string[] => store.requests.map(({ what }) => what);

/** The slow suite of faults asks for both; the format itself has quick tests of its own. */
const FORMATS: readonly Written[] =
  process.env["DSAUDIT_FAULTS_SEEDS"] === undefined ? ["json"] : ["json", "protobuf"];

describe.each(FORMATS)("the faults that a watch meets, in %s", (format) => {
  beforeEach(() => void (written = format));
  afterEach(() => void (written = "json"));

  test.each([
    [500, { start: 1 }],
    [401, { start: 1 }],
    [504, { start: 1 }],
    [503, { start: 1 }],
    [403, { start: 1, "not-seen": 1 }],
  ])("T1: a watch that is answered %d is asked for again", async (status, asked) => {
    const one = await following();
    // Of 401 the source makes two of one.
    next("watch", { status }, { status }, ...(status === 401 ? [{ status }, { status }] : []));
    store.inject({ ends: "close" });
    store.put("n4", "a");
    await converged();
    await opened();
    store.put("n5", "a");
    await expect.poll(state(one), soon).toEqual(inStep(asked));
  });

  test("T2: 429 waits as long as the server asks, and lists nothing again", async () => {
    const one = await following();
    next("watch", { status: 429, headers: { "retry-after": "1" } });
    store.inject({ ends: "cut" });
    store.put("n4", "a");
    await converged();
    expect(waits.filter((wait) => wait === 200)).toHaveLength(1);
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1 }));
  });

  test("T3: a connection that is reset goes on where it was", async () => {
    const one = await following();
    store.inject({ ends: "cut" });
    store.put("n4", "a");
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1 }));
    expect(one.health().failures).toBe(1);
  });

  test("T4: a stream that is cut in the middle of a line goes on behind the line before", async () => {
    const one = await following();
    store.inject({ raw: '{"type":"ADDED","object":{"kind":"No', ends: "cut" });
    store.put("n4", "a");
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1 }));
    expect(one.health().badLines).toBe(0);
  });

  test("T5: a list after 410 that fails is asked for until it is there", async () => {
    const one = await following();
    next("watch-list", { status: 500 }, { status: 500 }, { status: 500 });
    store.compact();
    store.inject({ ends: "cut" });
    store.put("n4", "a");
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, expired: 1, failed: 3 }));
  });

  test("T6: 410 as an answer lists again", async () => {
    const one = await following();
    next("watch", { status: 410 });
    store.inject({ ends: "cut" });
    store.put("n4", "a");
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, expired: 1 }));
  });

  test.each([
    ["T6: 410 inside a stream that closes", "close"],
    ["T7: 410 inside a stream that stays open", "silent"],
  ] as const)("%s lists again at once", async (_rule, ends) => {
    const one = await following({ limits: { idle: 60_000 } });
    store.inject({ raw: event("ERROR", statusJson(410)), ends });
    store.put("n4", "a");
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, expired: 1 }));
  });

  test("T8: an error inside the stream lists again, each time later", async () => {
    const one = await following();
    const error = { text: event("ERROR", statusJson(500, "boom")), ends: "silent" } as const;
    next("any", ...Array.from({ length: 5 }, () => error));
    store.inject({ raw: event("ERROR", statusJson(500, "boom")), ends: "silent" });
    store.put("n4", "a");
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, "server-error": 6 }));
    expect(one.health().lastFailure).toBe("500 boom");
    expect(Math.max(...waits.filter((wait) => wait < 121))).toBeGreaterThan(40);
  });

  test("T9: a watch that is closed at once and brought nothing lists again after the first", async () => {
    const one = await following();
    next("watch", { text: "", ends: "close" });
    store.inject({ ends: "cut" });
    store.put("n4", "a");
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, "short-watch": 1 }));
  });

  test.each([
    ["T10: an error with nothing in it", event("ERROR", null), "server-error"],
    ["T11: an object without metadata", event("MODIFIED", { kind: "Node" }), "bad-line"],
    [
      "T11: an object without a version",
      event("ADDED", { kind: "Node", metadata: {} }),
      "bad-line",
    ],
    ["T15: a corrupt line", '{"type":"ADDED","object":{bad\n', "bad-line"],
    ["T15: a line that is no object", "[]\n", "bad-line"],
    ["T15: an event without a type", raw({ object: {} }), "bad-line"],
    ["T15: a bookmark without a version", event("BOOKMARK", { kind: "Node" }), "bad-line"],
    [
      "T15: an object of another kind",
      event("ADDED", { kind: "Table", metadata: { name: "x", resourceVersion: "9999" } }),
      "bad-line",
    ],
    ["T15: a line without an end", `"${"x".repeat(3000)}`, "bad-line"],
  ])("%s lists again, once, and is counted", async (_rule, text, why) => {
    const one = await following({ limits: { lineBytes: 2000 } });
    store.inject({ raw: text, ends: "open" });
    store.put("n4", "a");
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, [why]: 1 }));
    expect(one.health().badLines).toBe(why === "bad-line" ? 1 : 0);
  });

  test.each([
    ["T12: an event", "put"],
    ["T13: a list", "reset"],
  ] as const)("%s that the consumer throws at is told again in a list", async (_rule, is) => {
    let throws = 1;
    const one = start({
      take(changes) {
        if (changes.some((change) => change.is === is) && (throws -= 1) >= 0) throw new Error("!");
        seen.take(changes);
      },
    });
    await opened();
    store.put("n4", "a");
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, "consumer-threw": 1 }));
    expect(one.health().consumerThrew).toBe(1);
  });

  test("T14: credentials that cannot be had are asked for until they can", async () => {
    const one = await following();
    next("watch", { status: 401 });
    await rm(join(folder, "config"));
    store.inject({ ends: "cut" });
    await expect.poll(() => one.health().failures, soon).toBeGreaterThan(2);
    expect(one.health().lastFailure).toMatch(/there is no kubeconfig/);
    store.put("n4", "a");
    await writeFile(join(folder, "config"), server.kubeconfig);
    await converged();
  });

  test("T16: U+2028 inside a string ends no line", async () => {
    const one = await following();
    store.put("n4", "a\u2028b\u2029c\u0085d");
    await converged();
    expect(seen.view().join()).toContain("\u2028");
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1 }));
  });

  test("T17: after a stop nothing is asked and nothing told", async () => {
    const one = await following();
    const [requests, told] = [store.requests.length, seen.told.length];
    await one.stop();
    store.put("n4", "a");
    await pause(250);
    expect([store.requests.length, seen.told.length, store.open()]).toEqual([requests, told, 0]);
    await one.stop();
  });

  test.each([
    ["a list inside a watch", true, "watch-list"],
    ["a page", false, "list"],
  ] as const)("T18: a stop while %s runs opens no watch", async (_when, watchList, what) => {
    store.watchList = watchList;
    next(what, "silent");
    const one = start();
    await expect.poll(() => asked().at(-1), soon).toBe(what);
    const requests = store.requests.length;
    await one.stop();
    await pause(150);
    expect([store.requests.length, store.open(), seen.told]).toEqual([requests, 0, []]);
  });

  test("T19: errors that come together leave one watch open", async () => {
    const one = await following();
    for (let i = 0; i < 5; i += 1) {
      store.inject({ raw: event("ERROR", statusJson(410)).repeat(3), ends: "cut" });
      store.put("n4", `${i}`);
      await converged();
      await opened();
    }
    expect(store.mostOpen()).toBe(1);
    expect(Object.keys(one).toSorted()).toEqual(["done", "health", "stop"]);
  });

  test("T20: a node that was made again under its name is another, in a stream and across a list", async () => {
    await following();
    store.remove("n1");
    store.put("n1", "b");
    await converged();
    const [gone, put] = seen.told.slice(-2);
    expect(gone).toEqual({ is: "gone", namespace: "", name: "n1", uid: "uid-1" });
    expect(put).toMatchObject({ is: "put", object: { text: "n1 uid-4 b" } });

    next("watch", { status: 410 });
    store.inject({ ends: "cut" });
    store.remove("n2");
    store.put("n2", "b");
    await converged();
    expect(seen.view()).toEqual(["n1 uid-4 b", "n2 uid-5 b", "n3 uid-3 a"]);
  });

  test("T21: an older version after a newer one is not told, and lists again", async () => {
    const one = await following();
    const older = { kind: "Node", apiVersion: "v1" };
    const metadata = { name: "n1", uid: "uid-1", labels: { v: "old" }, resourceVersion: "50" };
    store.inject({ raw: event("MODIFIED", { ...older, metadata }), ends: "open" });
    store.put("n4", "a");
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, "out-of-order": 1 }));
    expect(JSON.stringify(seen.told)).not.toContain("old");
  });

  test("T22: a quiet kind keeps one watch, and its bookmarks move the version on", async () => {
    const one = await following();
    await pause(900);
    expect(asked()).toEqual(["watch-list"]);
    expect(one.health().failures).toBe(0);
    store.inject({
      raw: event("BOOKMARK", { kind: "Node", metadata: { resourceVersion: "5000" } }),
      ends: "open",
    });
    await expect.poll(() => one.health().version, soon).toBe("5000");
  });

  test("T23: silence behind the headers is noticed in time", async () => {
    await following();
    next("watch", { text: "", ends: "silent" });
    const began = systemClock.now();
    store.inject({ ends: "cut" });
    store.put("n4", "a");
    await converged();
    expect(systemClock.now() - began).toBeGreaterThan(290);
    expect(systemClock.now() - began).toBeLessThan(900);
  });

  test.each([
    // Perhaps it fell silent because it does not know how to list inside a watch.
    ["watch-list", "watch-list,list,watch"],
    ["list", "watch-list,list,list,watch"],
    ["watch", "watch-list,watch,watch"],
  ] as const)("T23: no answer to a %s is noticed in time", async (what, ways) => {
    store.watchList = what !== "list";
    next(what, "silent");
    const one = start();
    if (what === "watch") {
      await converged();
      store.inject({ ends: "cut" });
    }
    await expect.poll(() => one.health().lastFailure, soon).toMatch(/no byte for 0 s/);
    store.put("n4", "a");
    await converged();
    await expect.poll(() => asked().join(), soon).toBe(ways);
  });

  test("T24: a slow consumer holds the stream back, and is not taken for silence", async () => {
    let release = (): void => {};
    const blocked = new Promise<void>((resolve) => (release = resolve));
    let slow = false;
    const one = start({
      async take(changes) {
        seen.take(changes);
        if (slow) await blocked;
      },
    });
    await converged();
    await opened();
    slow = true;
    const sent = 120;
    for (let i = 0; i < sent; i += 1) store.put("big", `${i}-${"x".repeat(50_000)}`);
    await pause(700);
    expect(seen.told.length).toBeLessThan(sent / 2);
    expect(one.health().failures).toBe(0);
    slow = false;
    release();
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1 }));
    expect(one.health().failures).toBe(0);
  });
});

describe("what is a list", () => {
  test("pages are read where the server does not list inside a watch, and it is not asked to again", async () => {
    store.watchList = false;
    for (let i = 0; i < 25; i += 1) store.put(`m${i}`, "a");
    const one = await following({ limits: { page: 10 } });
    expect(asked()).toEqual(["watch-list", "list", "list", "list", "watch"]);
    expect(store.requests.filter(({ path }) => path.includes("resourceVersion="))).toHaveLength(1);

    store.compact();
    store.inject({ ends: "cut" });
    await expect
      .poll(state(one), soon)
      .toEqual(inStep({ start: 1, "no-watch-list": 1, expired: 1 }));
    expect(asked().slice(5)).toEqual(["watch", "list", "list", "list", "watch"]);
  });

  test("a server that sends bookmarks but no end of the list is read in pages", async () => {
    const text = event("BOOKMARK", { kind: "Node", metadata: { resourceVersion: "100" } });
    next("watch-list", { text, ends: "silent" });
    const one = start();
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, "no-watch-list": 1 }));
  });

  test("a list inside a watch that is closed before its end is none", async () => {
    const object = { kind: "Node", metadata: { name: "x", uid: "u", resourceVersion: "5" } };
    next("watch-list", { text: event("ADDED", object), ends: "close" });
    const one = start();
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, failed: 1 }));
    expect(asked()).toEqual(["watch-list", "watch-list"]);
    expect(seen.told).toHaveLength(1);
  });

  test("changes before the end of the list are part of it", async () => {
    const json = (name: string, version: number, v = "a") => ({
      kind: "Node",
      apiVersion: "v1",
      metadata: { name, uid: `uid-${name}`, resourceVersion: `${version}`, labels: { v } },
    });
    const text =
      event("ADDED", json("x", 5)) +
      event("ADDED", json("y", 3)) +
      event("MODIFIED", json("y", 6, "b")) +
      event("DELETED", json("x", 7)) +
      event("BOOKMARK", {
        kind: "Node",
        metadata: { resourceVersion: "8", annotations: { "k8s.io/initial-events-end": "true" } },
      });
    next("watch-list", { text, ends: "silent" });
    start();
    await expect.poll(() => seen.view(), soon).toEqual(["y uid-y b"]);
  });

  test("a page that has expired begins the list anew, and nothing of it was told", async () => {
    store.watchList = false;
    let compacted = false;
    store.trouble = ({ path }) => {
      if (path.includes("continue=") && !compacted) {
        compacted = true;
        store.remove("n1");
        store.compact();
      }
      return undefined;
    };
    const one = await following({ limits: { page: 2 } });
    await expect
      .poll(state(one), soon)
      .toEqual(inStep({ start: 1, "no-watch-list": 1, expired: 1 }));
    expect(seen.told).toHaveLength(1);
  });

  test("the watch begins at the moment of the first page, whatever the others say", async () => {
    store.watchList = false;
    const page = (resourceVersion: string, more: string) =>
      raw({
        kind: "NodeList",
        apiVersion: "v1",
        metadata: { resourceVersion, continue: more },
        items: [],
      });
    next(
      "list",
      { text: page("100", "100:0"), ends: "close" },
      { text: page("9000", ""), ends: "close" },
    );
    start();
    await converged();
    expect(store.requests.at(-1)?.path).toContain("resourceVersion=100");
  });

  test.each([
    ["has no version", raw({ kind: "NodeList", apiVersion: "v1", metadata: {}, items: [] })],
    [
      "is of something else",
      raw({ kind: "PodList", metadata: { resourceVersion: "5" }, items: [] }),
    ],
    [
      "ends too early",
      '{"kind":"NodeList","metadata":{"resourceVersion":"5"},"items":[{"metadata":',
    ],
    ["is a page for people", "<html>log in</html>"],
    [
      "holds what is no JSON",
      '{"kind":"NodeList","metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"x",}}]}',
    ],
  ])("a list that %s is none", async (_what, text) => {
    store.watchList = false;
    next("list", { text, ends: "close" });
    const one = start();
    await expect
      .poll(state(one), soon)
      .toEqual(inStep({ start: 1, "no-watch-list": 1, failed: 1 }));
    expect(seen.told.map(({ is }) => is)).toEqual(["reset"]);
  });

  test("a page that is larger than a page can be is not read to its end", async () => {
    store.watchList = false;
    next("list", { text: `{"kind":"NodeList","items":[${" ".repeat(50_000)}`, ends: "silent" });
    const one = start({ limits: { pageBytes: 40_000 } });
    await expect
      .poll(state(one), soon)
      .toEqual(inStep({ start: 1, "no-watch-list": 1, failed: 1 }));
    expect(one.health().lastFailure).toBe("a page of Node is larger than 40000 bytes");
  });

  test.each([
    ["pages", false],
    ["a watch", true],
  ])("a list in %s that never ends is given up", async (_how, watchList) => {
    store.watchList = watchList;
    for (let i = 0; i < 30; i += 1) store.put(`m${i}`, "a");
    const one = start({ limits: { objects: 20, page: 10 } });
    await expect.poll(() => one.health().lastFailure, soon).toBe("a list of more than 20 objects");
    expect(seen.told).toEqual([]);
  });

  test("a list that is older than what was told is refused, until the store itself is old", async () => {
    const one = await following({ limits: { acceptOlder: 150 } });
    for (let i = 0; i < 5; i += 1) store.put("n1", `${i}`);
    await converged();
    const before = store.names();
    store.goBack(3);
    store.inject({ raw: event("ERROR", statusJson(410)), ends: "silent" });
    await expect.poll(() => one.health().olderLists, soon).toBeGreaterThan(2);
    expect(seen.view()).toEqual(before);
    await converged();
    expect(seen.told.filter(({ is }) => is === "reset")).toHaveLength(2);
  });

  test("a list that has lost over half is told only when a second one says the same", async () => {
    const one = await following();
    for (let i = 0; i < 20; i += 1) store.put(`m${i}`, "a");
    await converged();
    const end = { "k8s.io/initial-events-end": "true" };
    const metadata = { resourceVersion: `${store.version() + 1}`, annotations: end };
    next("watch-list", { text: event("BOOKMARK", { kind: "Node", metadata }), ends: "silent" });
    store.inject({ raw: event("ERROR", statusJson(410)), ends: "silent" });
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, expired: 1, confirm: 1 }));
    const told = () => seen.told.flatMap((one) => (one.is === "reset" ? [one.objects.length] : []));
    await expect.poll(told, soon).toEqual([3, 23]);

    for (let i = 0; i < 20; i += 1) store.remove(`m${i}`);
    await converged();
    store.inject({ raw: event("ERROR", statusJson(410)), ends: "silent" });
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, expired: 2, confirm: 1 }));

    for (let i = 0; i < 20; i += 1) store.put(`m${i}`, "b");
    await converged();
    metadata.resourceVersion = `${store.version() + 1}`;
    next("watch-list", { text: event("BOOKMARK", { kind: "Node", metadata }), ends: "silent" });
    store.inject({ raw: event("ERROR", statusJson(410)), ends: "silent" });
    await expect.poll(told, soon).toEqual([3, 23, 3, 23]);
    expect(Object.fromEntries(one.health().lists)).toEqual({ start: 1, expired: 3, confirm: 2 });
  });

  test("what was deleted while nobody watched is gone after a confirmed list", async () => {
    for (let i = 0; i < 20; i += 1) store.put(`m${i}`, "a");
    const one = await following();
    next("watch", { status: 500 }, { status: 500 }, { status: 410 });
    store.inject({ ends: "cut" });
    await expect.poll(() => store.open(), soon).toBe(0);
    for (let i = 0; i < 20; i += 1) store.remove(`m${i}`);
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, expired: 1, confirm: 1 }));
    expect(seen.view()).toHaveLength(3);
  });

  test("an hour after a list comes another", async () => {
    const one = await following({ limits: { resync: 100 } });
    await pause(150);
    store.inject({ ends: "close" });
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, resync: 1 }));
  });
});

describe("what may not be seen", () => {
  test.each([
    [403, "forbidden"],
    [404, "not-served"],
  ] as const)(
    "%d is told once, asked again only after a while, and ends with a list",
    async (status, why) => {
      const trouble = { status, message: "nodes is forbidden\u001b[31m" };
      next("any", trouble, trouble, trouble);
      const one = start();
      await converged();
      expect(seen.told.map(({ is }) => is)).toEqual(["not-seen", "reset"]);
      expect(seen.told[0]).toEqual({
        is: "not-seen",
        why,
        detail: `${status} nodes is forbidden\\x1b[31m`,
      });
      expect(waits.filter((wait) => wait >= 150 && wait <= 165)).toHaveLength(3);
      expect(one.health().inSight).toBe(true);
    },
  );

  test("failures that last are told, and their end is a list though the watch could go on", async () => {
    const one = await following({ limits: { failedAfter: 100 } });
    store.trouble = () => ({ status: 500 });
    store.inject({ ends: "cut" });
    await expect.poll(() => one.health().inSight, soon).toBe(false);
    expect(seen.told.at(-1)).toEqual({ is: "not-seen", why: "failed", detail: "500 no" });
    store.trouble = () => undefined;
    store.put("n4", "a");
    await converged();
    expect(seen.told.slice(1).map(({ is }) => is)).toEqual(["not-seen", "reset"]);
    expect(one.health().inSight).toBe(true);
  });

  test("watches that end in their time are no failure that lasts", async () => {
    const one = await following({ limits: { failedAfter: 200 } });
    for (let i = 0; i < 3; i += 1) {
      await pause(150);
      store.inject({ ends: "close" });
      await expect.poll(() => one.health().watches, soon).toBe(i + 2);
      await opened();
    }
    expect(seen.told.map(({ is }) => is)).toEqual(["reset"]);
  });

  test("an event of an unknown type, one told twice and one with an impossible name change nothing", async () => {
    const one = await following();
    store.put("n4", "a");
    await converged();
    const metadata = { name: "../x", uid: "u", resourceVersion: `${store.version() + 1}` };
    const again = {
      kind: "Node",
      apiVersion: "v1",
      metadata: { name: "n4", resourceVersion: `${store.version()}` },
    };
    store.inject({
      raw:
        event("WAT", { metadata: { name: "x" } }) +
        event("ADDED", again) +
        event("ADDED", { kind: "Node", apiVersion: "v1", metadata }),
      ends: "open",
    });
    await expect.poll(() => one.health().refusedObjects, soon).toBe(1);
    expect(one.health().ignored).toBe(2);
    expect(seen.view()).toEqual(store.names());
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1 }));
  });

  test("a server whose versions are behind ours is listed again", async () => {
    const one = await following();
    next("watch", { status: 504, message: "Too large resource version: 9, current: 5" });
    store.inject({ ends: "cut" });
    await expect.poll(state(one), soon).toEqual(inStep({ start: 1, failed: 1 }));
  });
});

describe("manners", () => {
  test("a server that is down is asked ever more rarely", async () => {
    await following();
    const before = store.requests.length;
    store.trouble = () => ({ status: 503 });
    store.inject({ ends: "cut" });
    await pause(1000);
    const failures = waits.filter((wait) => wait < 121);
    expect(store.requests.length - before).toBeLessThan(25);
    expect(Math.max(...failures)).toBeGreaterThan(40);
    expect(new Set(failures).size).toBeGreaterThan(5);
  });

  test("a long good watch makes the next wait a short one again", async () => {
    const one = await following({ limits: { goodAfter: 150 } });
    next("watch", ...Array.from({ length: 6 }, () => ({ status: 503 })));
    store.inject({ ends: "cut" });
    await expect.poll(() => one.health().failures, soon).toBe(7);
    await opened();
    await pause(200);
    waits = [];
    next("watch", { status: 503 });
    store.inject({ ends: "cut" });
    await expect.poll(() => one.health().failures, soon).toBe(9);
    await opened();
    expect(Math.max(...waits.filter((wait) => wait < 121))).toBeLessThanOrEqual(8);
  });

  test("many lists and watches go over few connections", async () => {
    store.watchList = false;
    const one = await following();
    for (let i = 0; i < 10; i += 1) {
      store.inject({ ends: "close" });
      store.put("n1", `${i}`);
      await converged();
      await opened();
    }
    expect(one.health().watches).toBeGreaterThan(10);
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  test("a watch asks for bookmarks, for an end, and for no packing", async () => {
    await following();
    const { path, headers } = server.requests[0] ?? { path: "", headers: {} };
    const query = new URL(path, "http://loopback").searchParams;
    expect(query.get("allowWatchBookmarks")).toBe("true");
    expect(Number(query.get("timeoutSeconds"))).toBeGreaterThanOrEqual(240);
    expect(Number(query.get("timeoutSeconds"))).toBeLessThanOrEqual(300);
    expect([headers.accept, headers["accept-encoding"]]).toEqual([
      "application/vnd.kubernetes.protobuf,application/json;q=0.9",
      "identity",
    ]);
  });

  test("a stop while the consumer is at work does not wait for it", async () => {
    const one = await following({
      take: async (changes) => {
        seen.take(changes);
        if (seen.told.length > 1) await new Promise(() => undefined);
      },
    });
    store.put("n4", "a");
    await expect.poll(() => seen.told.length, soon).toBe(2);
    await one.stop();
    expect(store.requests).toHaveLength(1);
  });

  test("a stop while an object is looked at tells nothing of it", async () => {
    const one: Reflector = start({
      keep(node) {
        void one.stop();
        return named(node);
      },
    });
    await one.done;
    expect(seen.told).toEqual([]);
  });

  test("a consumer may stop it from inside", async () => {
    const one: Reflector = start({
      async take(changes) {
        seen.take(changes);
        await one.stop();
      },
    });
    await one.done;
    expect(seen.told).toHaveLength(1);
  });
});
