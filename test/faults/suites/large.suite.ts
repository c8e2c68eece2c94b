import { expect, test } from "vitest";
import { jsonFormat } from "#shared/adapters/kubernetes/reflector/json-format.ts";
import { lineFrames } from "#shared/adapters/kubernetes/reflector/lines.ts";
import { LIMITS } from "#shared/adapters/kubernetes/reflector/limits.ts";
import { nodeJson, podJson } from "../../fixtures/kubernetes-json.ts";

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const event = (extra: string): Buffer =>
  Buffer.from(
    `{"type":"ADDED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","uid":"u","resourceVersion":"5"${extra}}}}\n`,
  );

/** Of our own work, the best of three: others may be at work on the machine, too. */
function milliseconds(work: () => void): number {
  work();
  return Math.min(
    ...[1, 2, 3].map(() => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    }),
  );
}

test.each([
  ["a depth of 100,000", `,"labels":${nested(100_000)}`],
  ["a depth of 100,000 where text should be", `,"name":${nested(100_000)}`],
  [
    "a thousand conditions",
    `},"status":{"conditions":[${Array(1000).fill('{"type":"x"}').join()}]`,
  ],
  ["a label of a megabyte", `,"labels":{"x":"${"y".repeat(1024 ** 2)}"}`],
  [
    "a hundred thousand labels",
    `,"labels":{${Array.from({ length: 1e5 }, (_, i) => `"k${i}":"v"`).join()}}`,
  ],
  ["a number of a megabyte", `,"generation":${"9".repeat(1024 ** 2)}`],
])("52: a line with %s is read or refused in 250 ms and in 64 MiB", (_what, extra) => {
  const line = event(extra);
  const format = jsonFormat("Node");
  const before = process.memoryUsage().heapUsed;
  const took = milliseconds(() => {
    const [frame = Buffer.alloc(0)] = lineFrames(LIMITS.lineBytes).write(line);
    expect(["put", "refused", "bad"]).toContain(format.event(frame).is);
  });
  expect(took).toBeLessThan(250);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 ** 2);
});

test("52: a line without an end is refused at its limit, and no more than that is held", () => {
  const frames = lineFrames(LIMITS.lineBytes);
  const piece = new Uint8Array(64 * 1024).fill(0x78);
  let held = 0;
  expect(() => {
    for (;;) {
      frames.write(piece);
      held += piece.length;
    }
  }).toThrow(/longer than/);
  expect(held).toBeLessThanOrEqual(LIMITS.lineBytes);
});

/** Ten times as much takes at most fifteen times as long, with room for a busy machine. */
test.each([
  [
    "a line in pieces of one byte",
    (size: number) => {
      const line = Buffer.from(`"${"x".repeat(size)}"\n`);
      return () => {
        const frames = lineFrames(LIMITS.lineBytes);
        for (let i = 0; i < line.length; i += 1) frames.write(line.subarray(i, i + 1));
      };
    },
    60_000,
  ],
  [
    "a page of many pods",
    (size: number) => {
      const items = Array.from({ length: size }, (_, i) => podJson(`p${i}`));
      const text = Buffer.from(
        JSON.stringify({
          kind: "PodList",
          apiVersion: "v1",
          metadata: { resourceVersion: "5" },
          items,
        }),
      );
      return () => {
        const page = jsonFormat("Pod").page(() => undefined);
        for (let at = 0; at < text.length; at += 65_536) page.write(text.subarray(at, at + 65_536));
        if (page.end() === undefined) throw new Error("it was read as no list");
      };
    },
    2000,
  ],
  [
    "a page in pieces of seven bytes",
    (size: number) => {
      const items = Array.from({ length: size }, (_, i) => nodeJson(`n${i}`));
      const text = Buffer.from(
        JSON.stringify({
          kind: "NodeList",
          apiVersion: "v1",
          metadata: { resourceVersion: "5" },
          items,
        }),
      );
      return () => {
        const page = jsonFormat("Node").page(() => undefined);
        for (let at = 0; at < text.length; at += 7) page.write(text.subarray(at, at + 7));
        if (page.end() === undefined) throw new Error("it was read as no list");
      };
    },
    300,
  ],
] as const)("51: %s takes time in proportion to its size", (_what, make, size) => {
  const one = milliseconds(make(size));
  const ten = milliseconds(make(size * 10));
  expect(ten).toBeLessThanOrEqual(15 * Math.max(one, 2));
});
