import { afterAll, beforeAll, expect, test } from "vitest";
import { absorb } from "./absorb.ts";
import { footprint } from "./footprint.ts";
import { oneshot } from "./oneshot.ts";
import { newReaders, type Readers } from "./readings.ts";
import { sync } from "./sync.ts";

const SIZE = { nodes: 20, pods: 300, daemonSets: 4 };
const SMALL = { size: SIZE, rounds: 1, flood: 200, real: false };

let readers: Readers;
beforeAll(() => {
  readers = newReaders();
});
afterAll(async () => readers.close());

const names = (figures: readonly { readonly figure: string }[]) =>
  figures.map(({ figure }) => figure);

test("everybody reads the whole of a cluster, and the slow ones only once", async () => {
  const figures = [
    ...(await sync({ ...SMALL, readers })),
    ...(await absorb({ ...SMALL, readers })),
    ...(await footprint({ ...SMALL, readers })),
  ];

  expect(names(figures).filter((name) => name.startsWith("fake server: "))).toHaveLength(6);
  expect(new Set(names(figures)).size).toBe(figures.length);
  expect(
    figures.flatMap(({ values }) => values).filter((value) => !Number.isFinite(value)),
  ).toEqual([]);
}, 60_000);

test("one shot reads a file and a server", async () => {
  const figures = await oneshot({ pods: 300, rounds: 1 });

  expect(figures.map(({ values }) => values.length)).toEqual([1, 1, 1, 1, 1]);
  expect(names(figures).filter((name) => name.startsWith("fake server: "))).toHaveLength(3);
}, 30_000);
