import { expect, test } from "vitest";
import type { Reflector } from "#shared/adapters/kubernetes/reflector/reflector.ts";
import type { Source } from "#shared/adapters/kubernetes/reflector/source.ts";
import { named } from "../../../../fixtures/follower.ts";
import { EXPIRED, reflected } from "../../../../fixtures/reflected.ts";

/** Calls `at` each time the reflector waits for an answer or a piece of one. */
const counting =
  (at: () => void) =>
  (source: Source): Source => ({
    async get(path, asked) {
      at();
      const answer = await source.get(path, asked);
      at();
      const body = async function* () {
        for await (const piece of answer.body) {
          at();
          yield piece;
          at();
        }
      };
      return { ...answer, body: body() };
    },
  });

/** A life with lists in watches and in pages, waits, refusals and changes; it is stopped at the point of this number. */
async function stoppedAt(point: number): Promise<boolean> {
  let points = 0;
  let stopped: { readonly requests: number; readonly told: number } | undefined;
  // Not before it is there.
  let running: Reflector | undefined;
  const at = (): void => {
    points += 1;
    if (points !== point || !running) return;
    stopped = { requests: store.requests.length, told: seen.told.length };
    void running.stop();
  };
  const { clock, store, seen, one } = reflected({
    source: counting(at),
    page: 2,
    keep(node) {
      at();
      return named(node);
    },
    async take(changes, seen) {
      at();
      if (stopped) return;
      await Promise.resolve();
      seen.take(changes);
      at();
    },
  });
  running = one;
  const act = [
    () => store.put("n1", "b"),
    () => store.inject({ raw: '{"type":"MOD', ends: "cut" }),
    () => store.inject({ raw: EXPIRED, ends: "close" }),
    () => {
      store.watchList = false;
      store.inject({ raw: EXPIRED, ends: "close" });
    },
    () => {
      const refusals = [403, 500, 429].map((status) => ({ status }));
      store.trouble = () => refusals.shift();
      store.inject({ ends: "cut" });
    },
    () => store.remove("n2"),
  ];
  for (const next of act) {
    await clock.pass(20_000);
    if (!stopped) next();
  }
  await clock.pass(120_000);
  if (!stopped) {
    await one.stop();
    return false;
  }
  await one.done;
  expect([point, clock.waiting(), store.open()]).toEqual([point, 0, 0]);
  expect(store.requests.length).toBeLessThanOrEqual(stopped.requests + 1);
  expect(seen.told.length).toBeLessThanOrEqual(stopped.told + 1);
  return true;
}

test("a stop at whatever point it waits leaves no timer, no open watch, and is the end", async () => {
  let point = 2;
  while (await stoppedAt(point)) point += 1;
  expect(point).toBeGreaterThan(60);
});

test.each([
  ["what looks at an object", "keep"],
  ["what takes changes", "take"],
  ["what takes changes, later", "late"],
] as const)(
  "%s may throw a hundred times: each is counted, and nothing is lost",
  async (_what, where) => {
    let throws = 0;
    const fails = (): void => {
      if (throws <= 0) return;
      throws -= 1;
      throw new Error("not well");
    };
    const { clock, store, seen, one } = reflected({
      keep(node) {
        if (where === "keep") fails();
        return named(node);
      },
      take(changes, seen) {
        if (where === "take") fails();
        if (where !== "late") return seen.take(changes);
        return Promise.resolve().then(() => {
          fails();
          return seen.take(changes);
        });
      },
    });
    await clock.pass(10_000);
    throws = 100;
    store.put("n1", "b");
    await clock.pass(3_000_000);
    expect([throws, one.health().consumerThrew]).toEqual([0, 100]);
    expect(seen.view()).toEqual(store.names());
    expect(one.health().inSight).toBe(true);
    await one.stop();
  },
);
