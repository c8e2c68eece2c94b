import { PassThrough, Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { piecesOf } from "#shared/adapters/kubernetes/pieces.ts";

const PIECE = 256 * 1024;

async function lengthsOf(from: Readable): Promise<readonly number[]> {
  const lengths: number[] = [];
  for await (const piece of piecesOf(from)) lengths.push(piece.length);
  return lengths;
}

test("every piece comes, in order, also to a reader that is slower than the connection", async () => {
  const from = new PassThrough({ highWaterMark: 64 * 1024 });
  const pieces = piecesOf(from);
  const first = pieces.next();
  let pauses = 0;
  from.on("pause", () => void (pauses += 1));
  for (let n = 0; n < 40; n += 1) from.write(Buffer.alloc(PIECE, n));
  from.end();
  const seen = [(await first).value?.[0]];
  await turn();
  for await (const piece of pieces) seen.push(piece[0]);

  expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n));
  expect(pauses).toBeGreaterThan(0);
});

test("an answer without a body has no piece", async () => {
  expect(await lengthsOf(Readable.from([]))).toEqual([]);
});

test("what came before an error is given, and then the error", async () => {
  const from = new PassThrough();
  const pieces = piecesOf(from);
  const first = pieces.next();
  from.write("one");
  expect(Buffer.from((await first).value ?? []).toString()).toBe("one");
  from.destroy(new Error("reset"));
  await expect(pieces.next()).rejects.toThrow("reset");
});

test("a connection that closes before the end is no end", async () => {
  const from = new PassThrough();
  const pieces = piecesOf(from);
  const first = pieces.next();
  from.destroy();
  await expect(first).rejects.toThrow("the answer was cut off");
  await expect(lengthsOf(from)).rejects.toThrow("the answer was cut off");
});

test("whoever stops early leaves nothing open", async () => {
  const from = new PassThrough();
  from.write("one");
  for await (const piece of piecesOf(from)) if (piece.length > 0) break;
  expect(from.destroyed).toBe(true);
});
