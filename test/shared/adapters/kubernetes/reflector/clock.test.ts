import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import {
  systemClock,
  untilAborted,
  watchdog,
} from "#shared/adapters/kubernetes/reflector/clock.ts";
import { seeded, virtualClock } from "../../../../fixtures/virtual-clock.ts";

test("work that ends leaves nothing behind at a signal that lives on", async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(Promise.resolve(5), signal)).toBe(5);
  await expect(untilAborted(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("work that never ends is left when the signal aborts, before or after", async () => {
  const abort = new AbortController();
  const left = untilAborted(new Promise(() => undefined), abort.signal);
  abort.abort(new Error("enough"));
  await expect(left).rejects.toThrow("enough");
  await expect(untilAborted(new Promise(() => undefined), abort.signal)).rejects.toThrow("enough");
});

test("silence counts from the last time that bytes were awaited, and not while we work", async () => {
  const clock = virtualClock(seeded(1));
  const silent: number[] = [];
  const dog = watchdog(clock, 100, () => silent.push(clock.now()));
  await clock.pass(60);
  dog.listen();
  await clock.pass(60);
  dog.pause();
  await clock.pass(500);
  dog.listen();
  await clock.pass(99);
  expect(silent).toEqual([]);
  await clock.pass(500);
  expect(silent).toEqual([720]);
});

test("a watchdog that was ended says nothing", async () => {
  const clock = virtualClock(seeded(1));
  const silent: number[] = [];
  watchdog(clock, 100, () => silent.push(clock.now())).end();
  await clock.pass(500);
  expect(silent).toEqual([]);
});

test("the system's clock goes forward, and a wait ends early when its signal aborts", async () => {
  const abort = new AbortController();
  const before = systemClock.now();
  const wait = systemClock.wait(60_000, abort.signal);
  abort.abort();
  await expect(wait).rejects.toThrow(/aborted/);
  await systemClock.wait(5, new AbortController().signal);
  expect(systemClock.now() - before).toBeGreaterThan(3);
  expect(systemClock.now() - before).toBeLessThan(30_000);
});
