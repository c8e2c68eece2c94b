import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FrameTooLong, lineFrames } from "#shared/adapters/kubernetes/reflector/lines.ts";

/** Bytes in which line ends are frequent, and so are the characters that are none. */
const text = fc
  .array(fc.constantFrom("\n", "\r", "\u2028", "\u0085", "{", '"', "é", "😀", "x".repeat(20)))
  .map((pieces) => pieces.join(""));

/** The same bytes in other pieces. */
function cutAt(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  const sorted = places.toSorted((a, b) => a - b);
  return sorted.slice(1).map((to, i) => bytes.subarray(sorted[i], to));
}

test("lines are the same however the bytes arrive, and end at line feeds only", () => {
  fc.assert(
    fc.property(text, fc.array(fc.nat(500)), (whole, cuts) => {
      const frames = lineFrames(1_000_000);
      const lines = cutAt(Buffer.from(whole), cuts).flatMap((chunk) => {
        const found = frames.write(chunk).map((line) => Buffer.from(line).toString());
        // Whoever reads into one buffer again and again may.
        chunk.fill(0);
        return found;
      });
      const expected = whole.split("\n").slice(0, -1);
      expect(lines).toEqual(expected.filter((line) => line !== ""));
    }),
    { seed: 5, numRuns: 500 },
  );
});

test.each([
  ["in one piece", [`${"x".repeat(11)}\n`]],
  ["in many", ["xxxxx", "xxxxx", "x"]],
  ["behind others", ["a\nb\nxxxxxxxxxxx\n"]],
])("a line over the limit is refused %s, before it ends", (_how, chunks) => {
  const frames = lineFrames(10);
  const write = (): void => chunks.forEach((chunk) => void frames.write(Buffer.from(chunk)));
  expect(write).toThrow(FrameTooLong);
});

test("a line of just the limit is taken", () => {
  expect(lineFrames(10).write(Buffer.from("xxxxxxxxxx\n"))).toHaveLength(1);
});
