import * as fc from "fast-check";
import { expect, test } from "vitest";
import { reflect } from "#shared/adapters/kubernetes/reflector/reflector.ts";
import { follower, named } from "../../../../fixtures/follower.ts";
import { seeded, virtualClock, type VirtualClock } from "../../../../fixtures/virtual-clock.ts";
import { inMemory } from "../../../../fixtures/watched-source.ts";
import {
  statusJson,
  watchedStore,
  type Injection,
  type Store,
  type Trouble,
} from "../../../../fixtures/watched-store.ts";

const error = (code: number): string =>
  `${JSON.stringify({ type: "ERROR", object: statusJson(code) })}\n`;
const older = { kind: "Node", metadata: { name: "n1", uid: "u", resourceVersion: "7" } };

const name = fc.constantFrom("n1", "n2", "n3", "constructor", "n5");
const raw = fc.constantFrom(
  "",
  "{",
  "x\n",
  error(410),
  error(500),
  '{"type":"ERROR","object":null}\n',
  '{"type":"MODIFIED","object":{"kind":"Node"}}\n',
  '{"type":"WAT","object":{}}\n',
  `${JSON.stringify({ type: "MODIFIED", object: older })}\n`,
);
const injection: fc.Arbitrary<Injection> = fc.record({
  raw,
  // What is broken ends: a stream of which some bytes are not whole cannot go on.
  ends: fc.constantFrom("close", "cut", "silent"),
});
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  fc.constantFrom(400, 401, 403, 404, 410, 422, 429, 500, 503, 504).map((status) => ({ status })),
  fc.record({
    text: raw,
    ends: fc.constantFrom("close" as const, "cut" as const, "silent" as const),
  }),
  fc.constant("silent" as const),
);

type Step =
  | { readonly do: "put"; readonly name: string }
  | { readonly do: "remove"; readonly name: string }
  | { readonly do: "many"; readonly count: number }
  | { readonly do: "clear" }
  | { readonly do: "compact" }
  | { readonly do: "throw" }
  | { readonly do: "inject"; readonly injection: Injection }
  | { readonly do: "trouble"; readonly troubles: readonly Trouble[] }
  | { readonly do: "pass"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("put" as const), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
  fc.record({ do: fc.constant("many" as const), count: fc.integer({ min: 5, max: 40 }) }),
  fc.record({ do: fc.constant("clear" as const) }),
  fc.record({ do: fc.constant("compact" as const) }),
  fc.record({ do: fc.constant("throw" as const) }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant("inject" as const), injection }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("trouble" as const),
      troubles: fc.array(trouble, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.oneof(fc.nat(50), fc.nat(3000), fc.nat(200_000)),
    }),
  },
);

type World = { readonly store: Store; readonly clock: VirtualClock; throws: number; value: number };

async function act(world: World, one: Step): Promise<void> {
  const { store, clock } = world;
  switch (one.do) {
    case "put":
      return store.put(one.name, `${(world.value += 1)}`);
    case "remove":
      return store.remove(one.name);
    case "many":
      for (let i = 0; i < one.count; i += 1) store.put(`m${i}`, `${(world.value += 1)}`);
      return undefined;
    case "clear":
      for (const text of store.names()) store.remove(text.split(" ", 1)[0] ?? "");
      return undefined;
    case "compact":
      return store.compact();
    case "throw":
      world.throws += 1;
      return undefined;
    case "inject":
      return store.inject(one.injection);
    case "trouble": {
      const waiting = [...one.troubles];
      store.trouble = () => waiting.shift();
      return undefined;
    }
    case "pass":
      return clock.pass(one.ms);
  }
}

async function live(seed: number, watchList: boolean, steps: readonly Step[]): Promise<void> {
  const random = seeded(seed);
  const clock = virtualClock(random);
  const store = watchedStore(clock);
  store.watchList = watchList;
  const world: World = { store, clock, throws: 0, value: 0 };
  const seen = follower();
  const one = reflect({
    kind: "Node",
    source: inMemory(store, random),
    clock,
    keep: named,
    limits: { page: 7 },
    take(changes) {
      if (world.throws > 0) {
        world.throws -= 1;
        throw new Error("the consumer is not well");
      }
      seen.take(changes);
    },
  });
  for (const next of steps) await act(world, next);
  store.trouble = () => undefined;
  world.throws = 0;
  // 75 s until silence is noticed, 30 s of back-off, 55 s for what was forbidden; and lists that are confirmed.
  await clock.pass(240_000);
  expect(seen.view()).toEqual(store.names());
  expect(one.health().inSight).toBe(true);

  const [requests, told] = [store.requests.length, seen.told.length];
  store.put("n1", "in a quiet hour");
  await clock.pass(1000);
  expect(seen.view()).toEqual(store.names());
  expect(store.requests.length).toBe(requests);
  expect(seen.told.length).toBe(told + 1);
  expect(store.mostOpen()).toBe(1);
  await one.stop();
  await clock.pass(200_000);
  expect(store.requests.length).toBe(requests);
  expect(store.open()).toBe(0);
}

test("the view that follows the changes is what the server has, whatever went wrong before", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.boolean(), fc.array(step, { maxLength: 60 }), live),
    { seed: 20261124, numRuns: 300 },
  );
}, 120_000);

test("silence is found in 75 seconds; a server that fails is soon asked every 15 to 30, never in step", async () => {
  const clock = virtualClock(seeded(1));
  const store = watchedStore(clock);
  const seen = follower();
  const source = inMemory(store, seeded(2));
  const one = reflect({
    kind: "Node",
    source,
    clock,
    keep: named,
    take: (changes) => seen.take(changes),
  });
  store.put("n1", "a");
  await clock.pass(10_000);
  store.inject({ raw: '{"type":"WAT"}\n', ends: "silent" });
  await clock.pass(0);
  store.put("n1", "b");
  await clock.pass(74_900);
  expect(seen.view()).toEqual(["n1 uid-1 a"]);
  await clock.pass(1000);
  expect(seen.view()).toEqual(["n1 uid-1 b"]);

  const times: number[] = [];
  store.trouble = () => {
    times.push(clock.now());
    return { status: 503 };
  };
  store.inject({ ends: "cut" });
  await clock.pass(3_600_000);
  const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  const settled = waits.slice(6);
  expect(Math.min(...settled)).toBeGreaterThanOrEqual(15_000);
  expect(Math.max(...settled)).toBeLessThanOrEqual(30_000);
  expect(Math.max(...settled) - Math.min(...settled)).toBeGreaterThan(13_000);
  expect(Math.max(...waits.slice(0, 2))).toBeLessThanOrEqual(6400);
  expect(one.health().inSight).toBe(false);
  await one.stop();
});

test("events have no bookmarks to count on: they are read in pages, and a watch may be silent for its whole life", async () => {
  const clock = virtualClock(seeded(1));
  const store = watchedStore(clock, 1e9);
  const source = inMemory(store, seeded(2));
  const text = '{"kind":"EventList","metadata":{"resourceVersion":"100"},"items":[]}';
  store.trouble = ({ what }) =>
    what === "list" ? { text, ends: "close" } : { text: "", ends: "silent" };
  const one = reflect({ kind: "Event", source, clock, keep: () => "", take: () => undefined });
  await clock.pass(254_000);
  expect(store.requests.map(({ what }) => what)).toEqual(["list", "watch"]);
  await clock.pass(66_000);
  expect(store.requests.map(({ what }) => what)).toEqual(["list", "watch", "watch"]);
  await one.stop();
});

test("a quiet watch without bookmarks is opened anew at once, is no failure, and lists once an hour", async () => {
  const clock = virtualClock(seeded(1));
  const store = watchedStore(clock, 1e9);
  const seen = follower();
  const one = reflect({
    kind: "Node",
    source: inMemory(store, seeded(2)),
    clock,
    keep: named,
    take: (changes) => seen.take(changes),
  });
  await clock.pass(3_600_000);
  const { inSight, lists, failures, quietEnds, lastFailure } = one.health();
  expect({ inSight, failures, lastFailure }).toEqual({
    inSight: true,
    failures: 0,
    lastFailure: "",
  });
  expect([...lists]).toEqual([["start", 1]]);
  expect(quietEnds).toBe(48);
  expect(store.requests).toHaveLength(49);
  store.inject({ ends: "cut" });
  store.put("n1", "a");
  await clock.pass(1700);
  expect(seen.view()).toEqual(store.names());
  expect(seen.told).toHaveLength(2);
  await clock.pass(3_600_000);
  expect([...one.health().lists]).toEqual([
    ["start", 1],
    ["resync", 1],
  ]);
  await one.stop();
});

test("silence before an answer is a failure, however quiet the kind", async () => {
  const clock = virtualClock(seeded(1));
  const store = watchedStore(clock, 1e9);
  const source = inMemory(store, seeded(2));
  const one = reflect({ kind: "Node", source, clock, keep: named, take: () => undefined });
  await clock.pass(1000);
  store.trouble = () => "silent";
  await clock.pass(300_000);
  const { failures, quietEnds, inSight, lastFailure } = one.health();
  expect({ quietEnds, inSight, lastFailure }).toEqual({
    quietEnds: 1,
    inSight: false,
    lastFailure: "no byte for 75 s",
  });
  expect(failures).toBeGreaterThan(1);
  await one.stop();
});
