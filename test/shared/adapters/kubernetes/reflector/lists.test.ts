import { describe, expect, test } from "vitest";
import { EXPIRED, reflected, type Reflected } from "../../../../fixtures/reflected.ts";
import { seeded } from "../../../../fixtures/virtual-clock.ts";
import type { Trouble } from "../../../../fixtures/watched-store.ts";

/** What was told gone, one by one or by a list without it. */
function goneIn({ seen }: Reflected): readonly string[] {
  const there = new Map<string, string>();
  const gone: string[] = [];
  for (const change of seen.told) {
    if (change.is === "gone") {
      gone.push(change.name);
      there.delete(change.uid);
    }
    if (change.is === "put") there.set(change.object.uid, change.object.name);
    if (change.is !== "reset") continue;
    const uids = new Set(change.objects.map(({ uid }) => uid));
    for (const [uid, name] of there) if (!uids.has(uid)) gone.push(name);
    there.clear();
    for (const { uid, name } of change.objects) there.set(uid, name);
  }
  return gone;
}

describe("a list that is not whole is never the truth", () => {
  const pages = Array.from({ length: 20 }, (_, page) => page);
  test.each([
    ["fails", { status: 500 }],
    ["has expired", { status: 410 }],
    ["is cut off", { text: '{"kind":"NodeList","metadata":{"resour', ends: "cut" }],
    ["ends too early", { text: '{"kind":"NodeList","items":[', ends: "close" }],
    ["is for people", { text: "<html>log in</html>", ends: "close" }],
    ["never comes", "silent"],
  ] as const satisfies readonly (readonly [string, Trouble])[])(
    "when a page %s, whichever of twenty, nothing is told gone",
    async (_how, trouble) => {
      for (const page of pages) {
        const world = reflected({ seed: page + 1, nodes: 100, watchList: false, page: 5 });
        const { clock, store, seen, one } = world;
        await clock.pass(1000);
        let left = 1;
        store.trouble = ({ what, path }) => {
          const at = Number(/continue=\d+%3A(\d+)/.exec(path)?.[1] ?? 0) / 5;
          if (what !== "list" || at !== page || left === 0) return undefined;
          left = 0;
          return trouble;
        };
        store.inject({ raw: EXPIRED, ends: "close" });
        store.put("n7", "b");
        await clock.pass(140_000);
        expect([page, left, goneIn(world)]).toEqual([page, 0, []]);
        expect(seen.view()).toEqual(store.names());
        await one.stop();
      }
    },
  );

  test.each([
    ["nothing", 0],
    ["a fifth", 0.2],
    ["two of five", 0.4],
  ])("a list that tells of %s as if it were all is asked for again first", async (_what, share) => {
    for (const watchList of [true, false]) {
      const world = reflected({ nodes: 100, watchList });
      const { clock, store, seen, one } = world;
      await clock.pass(1000);
      let left = 1;
      store.trouble = ({ what }) => {
        if (what === "watch" || left === 0) return undefined;
        left = 0;
        return { share };
      };
      store.inject({ raw: EXPIRED, ends: "close" });
      store.put("n7", "b");
      await clock.pass(60_000);
      expect(one.health().lists.get("confirm")).toBe(1);
      expect(goneIn(world)).toEqual([]);
      expect(seen.view()).toEqual(store.names());
      await one.stop();
    }
  });
});

test("a node that is made again under its name, 500 times, is each time another, and never two", async () => {
  const world = reflected();
  const { clock, store, seen, one } = world;
  const random = seeded(9);
  await clock.pass(100);
  for (let i = 0; i < 500; i += 1) {
    const name = `n${Math.floor(random() * 5)}`;
    if (i % 25 === 0) store.inject({ raw: EXPIRED, ends: "close" });
    store.remove(name);
    store.put(name, `${i}`);
    if (random() < 0.5) await clock.pass(random() * 20_000);
    const names = seen.view().map((text) => text.split(" ", 1)[0]);
    expect(new Set(names).size).toBe(names.length);
  }
  await clock.pass(60_000);
  expect(seen.view()).toEqual(store.names());
  // Two rebirths between two lists are seen as one.
  expect(goneIn(world).length).toBeGreaterThan(450);
  await one.stop();
});

/** The slow suite of faults lives a thousand. */
const LAGS = process.env["DSAUDIT_FAULTS_SEEDS"] === undefined ? 100 : 1000;

test("a server that lags behind makes nothing that was gone be there again", async () => {
  for (let seed = 1; seed <= LAGS; seed += 1) {
    const random = seeded(seed);
    const world = reflected({ seed, nodes: 12, watchList: seed % 2 === 0 });
    const { clock, store, seen, one } = world;
    await clock.pass(100);
    for (let i = 0; i < 12; i += 1) {
      const name = `n${Math.floor(random() * 14)}`;
      if (random() < 0.4) store.remove(name);
      else store.put(name, `${i}`);
      if (random() < 0.3) store.lag(Math.floor(random() * 10));
      if (random() < 0.3) store.inject({ raw: EXPIRED, ends: "close" });
      if (random() < 0.3) store.inject({ ends: "cut" });
      await clock.pass(random() * 30_000);
    }
    store.lag(0);
    await clock.pass(60_000);
    expect([seed, ...seen.view()]).toEqual([seed, ...store.names()]);
    const gone = new Set<string>();
    let there = new Set<string>();
    for (const change of seen.told) {
      const before = there;
      if (change.is === "reset") there = new Set(change.objects.map(({ uid }) => uid));
      if (change.is === "put") there = new Set([...there, change.object.uid]);
      if (change.is === "gone") there = new Set([...there].filter((uid) => uid !== change.uid));
      for (const uid of before) if (!there.has(uid)) gone.add(uid);
      expect([seed, ...there].filter((uid) => gone.has(String(uid)))).toEqual([]);
    }
    await one.stop();
  }
}, 120_000);
