import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digest, digestOf, hash64 } from "#shared/states/digest.ts";

const rows = fc.uniqueArray(
  fc.tuple(fc.stringMatching(/^Node\/[a-f0-9]{1,6}$/), fc.stringMatching(/^[a-f0-9]{16}$/)),
  { selector: ([key]) => key, maxLength: 40 },
);

describe("the digest of rows", () => {
  test("is the same in whatever order they came", () => {
    fc.assert(
      fc.property(
        rows.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, shuffled]) => {
          expect(digestOf(shuffled)).toBe(digestOf(all));
        },
      ),
    );
  });

  test("is that of the rows that are left, once others are taken out", () => {
    fc.assert(
      fc.property(rows, rows, (stay, go) => {
        const keys = new Set(stay.map(([key]) => key));
        const sum = digest();
        const others = go.filter(([key]) => !keys.has(key));
        for (const [key, hash] of [...others, ...stay]) sum.add(key, hash);
        for (const [key, hash] of others) sum.remove(key, hash);

        expect(sum.text()).toBe(digestOf(stay));
      }),
    );
  });

  test("is another without any one of them, and with any one of them in another state", () => {
    fc.assert(
      fc.property(
        rows.filter(({ length }) => length > 0),
        fc.nat(),
        (all, pick) => {
          const at = pick % all.length;
          const changed = all.map(([key, hash], index) =>
            index === at ? ([key, `${hash}x`] as const) : ([key, hash] as const),
          );

          expect(digestOf(all.filter((_, index) => index !== at))).not.toBe(digestOf(all));
          expect(digestOf(changed)).not.toBe(digestOf(all));
        },
      ),
    );
  });

  test("tells rows whose states were exchanged, and a row that is there twice from none", () => {
    const [a, b] = ["1111111111111111", "2222222222222222"];
    expect(
      digestOf([
        ["Node/a", a],
        ["Node/b", b],
      ]),
    ).not.toBe(
      digestOf([
        ["Node/a", b],
        ["Node/b", a],
      ]),
    );
    expect(
      digestOf([
        ["Node/a", a],
        ["Node/a", a],
      ]),
    ).not.toBe(digestOf([]));
    expect(digestOf([])).toBe("0000000000000000");
  });
});

const STORED = ["819268aa2e3539e3", "e85bb9ef2dca1297", "ca134fcd19bf0aee", "9105c58b7437809a"];

describe("the hash of a text", () => {
  test("is 16 hex digits, the same on every machine and in every version", () => {
    expect(["", "a", "Node/n1", "ü€😀"].map(hash64)).toEqual(STORED);
  });

  test("differs for 200,000 texts that are nearly the same", () => {
    const all = new Set<string>();
    for (let at = 0; at < 50_000; at += 1)
      for (const text of [
        `${at}`,
        `node-${at}-ready`,
        `{"n":${at}}`,
        `x${"y".repeat(at % 97)}${at}z`,
      ])
        all.add(hash64(text));
    expect(all.size).toBe(200_000);
  });

  test("turns each of its bits about every second time, whichever bit of the text is turned", () => {
    const turned = Array.from({ length: 64 }, () => 0);
    let tries = 0;
    for (let text = 0; text < 400; text += 1)
      for (let bit = 0; bit < 16; bit += 1) {
        const words = Array.from(`node-${text}-has-a-state`, (one) => one.charCodeAt(0));
        const before = BigInt(`0x${hash64(String.fromCharCode(...words))}`);
        words[text % words.length] = (words[text % words.length] ?? 0) ^ (1 << bit);
        const after = BigInt(`0x${hash64(String.fromCharCode(...words))}`);
        tries += 1;
        for (let at = 0; at < 64; at += 1)
          if ((((before ^ after) >> BigInt(at)) & 1n) === 1n) turned[at] = (turned[at] ?? 0) + 1;
      }
    for (const times of turned) expect(Math.abs(times / tries - 0.5)).toBeLessThan(0.03);
  });
});
