import { expect, test } from "vitest";
import { EXPIRED, reflected, type Reflected } from "../../../../fixtures/reflected.ts";

const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

/** Into the open watch; and what comes of it, beside a view that equals the server's objects in the end. */
async function fed(raw: string): Promise<Reflected> {
  const world = reflected();
  await world.clock.pass(1000);
  world.store.inject({ raw, ends: "open" });
  world.store.put("n1", "b");
  await world.clock.pass(30_000);
  expect(world.seen.view()).toEqual(world.store.names());
  await world.one.stop();
  return world;
}

/** What the stream of an API server must not be able to do, by the ids of the open list of hostile inputs. */
test.each([
  ["W01", "a corrupt line", '{"type":"ADDED","object":{bad\n', { "bad-line": 1 }, 1],
  ["W02", "an error of nothing", line("ERROR", null), { "server-error": 1 }, 0],
  ["W05", "an object without metadata", line("MODIFIED", { kind: "Pod" }), { "bad-line": 1 }, 1],
])("%s: %s reads everything again, once, and is counted", async (_id, _what, raw, lists, bad) => {
  const { one } = await fed(raw);
  expect(Object.fromEntries(one.health().lists)).toEqual({ start: 1, ...lists });
  expect(one.health().badLines).toBe(bad);
});

const n9 = (version: number): string =>
  line("ADDED", {
    kind: "Node",
    metadata: { name: "n9", uid: "u9", resourceVersion: `${version}` },
  });

test("W06: an event of an unknown type is passed over, and counted", async () => {
  const { one } = await fed(line("WAT", { metadata: { name: "x" } }));
  expect([Object.fromEntries(one.health().lists), one.health().ignored]).toEqual([{ start: 1 }, 1]);
});

test("W09: U+2028 inside a string ends no line", async () => {
  const { clock, store, seen, one } = reflected();
  await clock.pass(1000);
  store.put("n1", "one\u2028event");
  await clock.pass(1000);
  expect(seen.view()).toEqual(store.names());
  expect([one.health().badLines, seen.told.length]).toEqual([0, 2]);
  await one.stop();
});

test("W14: what was told is not told again with the same version", async () => {
  const { clock, store, seen, one } = reflected();
  await clock.pass(1000);
  store.inject({ raw: n9(store.version() + 5).repeat(2), ends: "open" });
  await clock.pass(1000);
  expect(seen.told.map(({ is }) => is)).toEqual(["reset", "put"]);
  expect(one.health().ignored).toBe(1);
  await one.stop();
});

test("W17: a second page that has expired begins the list anew, and half a list is told to nobody", async () => {
  const { clock, store, seen, one } = reflected({ nodes: 6, watchList: false, page: 3 });
  let left = 1;
  store.trouble = ({ path }) =>
    path.includes("continue=") && (left -= 1) === 0 ? { status: 410 } : undefined;
  await clock.pass(30_000);
  expect(seen.told.map((one) => (one.is === "reset" ? one.objects.length : one.is))).toEqual([6]);
  expect(one.health().lists.get("expired")).toBe(1);
  await one.stop();
});

test("W19: a list without a version is a failure", async () => {
  const { clock, store, seen, one } = reflected({ watchList: false });
  await clock.pass(1000);
  let left = 1;
  const text = '{"kind":"NodeList","apiVersion":"v1","metadata":{},"items":[]}';
  store.trouble = ({ what }) =>
    what === "list" && (left -= 1) === 0 ? { text, ends: "close" } : undefined;
  store.inject({ raw: EXPIRED, ends: "close" });
  await clock.pass(40_000);
  expect(one.health().lists.get("failed")).toBe(1);
  expect(seen.told.map((one) => (one.is === "reset" ? one.objects.length : one.is))).toEqual([
    5, 5,
  ]);
  await one.stop();
});
