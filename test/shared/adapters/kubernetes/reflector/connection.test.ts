import { expect, test } from "vitest";
import { withAnswer, wordsOf } from "#shared/adapters/kubernetes/reflector/connection.ts";
import type { Source } from "#shared/adapters/kubernetes/reflector/source.ts";
import { seeded, virtualClock } from "../../../../fixtures/virtual-clock.ts";

const clock = virtualClock(seeded(1));

type Fake = { readonly source: Source; readonly signals: AbortSignal[] };

/** A source that answers with these pieces and remembers what it was told to end. */
function fake(pieces: readonly string[], status = 200): Fake {
  const signals: AbortSignal[] = [];
  const body = async function* () {
    for (const piece of pieces) yield Buffer.from(piece);
  };
  const get: Source["get"] = async (_path, { signal }) => {
    signals.push(signal);
    return { status, headers: {}, body: body() };
  };
  return { source: { get }, signals };
}

const connecting = ({ source }: Fake, stop = new AbortController().signal) => ({
  source,
  clock,
  idle: 1000,
  accept: "application/json",
  endless: false,
  stop,
  onByte: () => undefined,
});

test("a connection whose answer was read to its end is left to others", async () => {
  const one = fake(["a", "b"]);
  let text = "";
  await withAnswer("/", connecting(one), async ({ body }) => {
    for await (const piece of body) text += Buffer.from(piece).toString();
  });
  expect(text).toBe("ab");
  expect(one.signals.map(({ aborted }) => aborted)).toEqual([false]);
});

test("one that was not is closed", async () => {
  const one = fake(["a", "b"]);
  await withAnswer("/", connecting(one), async ({ body }) => {
    for await (const piece of body) if (piece.length > 0) break;
  });
  expect(one.signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test("after a stop nothing is asked", async () => {
  const one = fake(["a"]);
  await expect(
    withAnswer("/", connecting(one, AbortSignal.abort()), async () => undefined),
  ).rejects.toThrow(/aborted/);
  expect(one.signals).toEqual([]);
});

test.each([
  ["its message", ['{"kind":"Status","mess', 'age":"say \\"no\\"","code":403}'], '403 say "no"'],
  ["its first words, when it is no Status", ["<html>\u001b[31m"], "403 <html>\\x1b[31m"],
  ["as much as is fit to read", ["x".repeat(70_000), "y"], "403 "],
  ["nothing, when there is none", [], "403 "],
])("what the server says is %s", async (_what, pieces, words) => {
  const found = await withAnswer("/", connecting(fake(pieces, 403)), wordsOf);
  expect(found).toBe(words);
});
