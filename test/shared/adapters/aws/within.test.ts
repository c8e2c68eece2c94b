import { getEventListeners } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { TookTooLong, within } from "#shared/adapters/aws/within.ts";

afterEach(() => void vi.useRealTimers());

const never = new Promise<never>(() => undefined);

test("work that ends leaves neither a timer nor a listener behind", async () => {
  vi.useFakeTimers();
  const { signal } = new AbortController();

  expect(await within(1000, signal, async () => 5)).toBe(5);
  await expect(within(1000, signal, async () => Promise.reject(new Error("no")))).rejects.toThrow(
    "no",
  );
  expect(vi.getTimerCount()).toBe(0);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("work that does not end is told to, and left, when its time is over", async () => {
  vi.useFakeTimers();
  let told: AbortSignal | undefined;
  const left = within(1000, new AbortController().signal, async (signal) => {
    told = signal;
    return never;
  }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(999);
  expect(told?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(told?.aborted).toBe(true);
  expect(await left).toEqual(new TookTooLong(1000));
});

test.each<readonly [string, unknown, string]>([
  ["as it is", new Error("enough"), "enough"],
  ["in an error, when it is none", "enough", "aborted"],
])("the caller's reason is handed on %s", async (_what, reason, words) => {
  const stop = new AbortController();
  const left = within(60_000, stop.signal, async () => never);
  stop.abort(reason);

  await expect(left).rejects.toThrow(words);
});
