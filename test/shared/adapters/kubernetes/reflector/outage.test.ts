import { expect, test } from "vitest";
import { reflected } from "../../../../fixtures/reflected.ts";
import { reflect } from "#shared/adapters/kubernetes/reflector/reflector.ts";
import { follower, named } from "../../../../fixtures/follower.ts";
import { seeded, virtualClock } from "../../../../fixtures/virtual-clock.ts";
import { inMemory } from "../../../../fixtures/watched-source.ts";
import { statusJson, watchedStore, type Trouble } from "../../../../fixtures/watched-store.ts";

const error = (code: number): string =>
  `${JSON.stringify({ type: "ERROR", object: statusJson(code) })}\n`;

test.each([
  ["fails", { status: 503 }],
  ["is slow to fail", { status: 504 }],
  ["refuses the credentials", { status: 401 }],
  ["refuses the request", { status: 400 }],
  ["has too much to do", { status: 429, headers: { "retry-after": "1" } }],
  ["forbids", { status: 403 }],
  ["serves no such kind", { status: 404 }],
  ["says that everything has expired", { status: 410 }],
  ["closes each answer at once", { text: "", ends: "close" }],
  ["cuts each answer off", { text: "", ends: "cut" }],
  ["answers with a page for people", { text: "<html>", ends: "close" }],
  ["says in each stream that it fails", { text: error(500), ends: "close" }],
  ["says in each stream that everything has expired", { text: error(410), ends: "silent" }],
  ["sends lines that are none", { text: "{]\n", ends: "silent" }],
  ["is silent", "silent"],
  ["is silent behind its headers", { text: "", ends: "silent" }],
] as const satisfies readonly (readonly [string, Trouble])[])(
  "a server that %s for half an hour is asked at most 10 times in the first minute, and then less than every 4 seconds",
  async (_how, trouble) => {
    for (const watchList of [true, false]) {
      const { clock, store, seen, one } = reflected({ seed: 3, watchList });
      await clock.pass(10_000);
      const began = clock.now();
      const times: number[] = [];
      store.trouble = () => {
        times.push(clock.now() - began);
        return trouble;
      };
      store.inject({ ends: "cut" });
      store.put("n1", "b");
      await clock.pass(1_800_000);
      expect(times.filter((time) => time < 60_000).length).toBeLessThanOrEqual(10);
      expect(times.filter((time) => time >= 60_000).length).toBeLessThanOrEqual(0.25 * 1740);
      expect(times.length).toBeGreaterThan(15);

      store.trouble = () => undefined;
      await clock.pass(trouble === "silent" || "ends" in trouble ? 135_000 : 60_000);
      expect(seen.view()).toEqual(store.names());
      await one.stop();
    }
  },
);

test.each([
  ["its versions expire", (store: ReturnType<typeof watchedStore>) => store.compact()],
  ["connections are cut", () => undefined],
])("when %s for fifty that watch, no second sees more than ten lists", async (_what, act) => {
  const clock = virtualClock(seeded(11));
  const store = watchedStore(clock);
  store.put("n1", "a");
  const seen = Array.from({ length: 50 }, follower);
  const all = seen.map((one, i) =>
    reflect({
      kind: "Node",
      source: inMemory(store, seeded(i)),
      clock: { ...clock, random: seeded(100 + i) },
      keep: named,
      take: (changes) => one.take(changes),
    }),
  );
  await clock.pass(30_000);
  const lists = new Map<number, number>();
  store.trouble = ({ what }) => {
    const second = Math.floor(clock.now() / 1000);
    if (what !== "watch") lists.set(second, (lists.get(second) ?? 0) + 1);
    return undefined;
  };
  act(store);
  store.inject({ ends: "cut" });
  store.put("n2", "b");
  await clock.pass(60_000);
  expect(Math.max(0, ...lists.values())).toBeLessThanOrEqual(10);
  for (const one of seen) expect(one.view()).toEqual(store.names());
  await Promise.all(all.map((one) => one.stop()));
});
