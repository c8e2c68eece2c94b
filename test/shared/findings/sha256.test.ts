import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "#shared/findings/sha256.ts";

test.each([
  ["nothing", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["three letters", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
] as const)("FIPS 180-4 gives %s this digest", (_what, text, digest) => {
  expect(sha256(text)).toBe(digest);
});

test("any text has the digest that OpenSSL gives it, at every length around a block", () => {
  const node = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
  for (let length = 0; length < 200; length += 1) {
    expect(sha256("x".repeat(length))).toBe(node("x".repeat(length)));
  }
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 300 }),
      (text) => sha256(text) === node(text),
    ),
  );
});
