import { expect, test } from "vitest";
import { amplify } from "./amplify.ts";
import { detect, quantile } from "./detect.ts";
import { storm } from "./storm.ts";

const valuesOf = (
  figures: readonly { readonly figure: string; readonly values: readonly number[] }[],
) => new Map(figures.map(({ figure, values }) => [figure, values]));

test("kubelets' heartbeats alone cause nothing, and what happens is told less often than it happened", () => {
  const values = valuesOf(
    amplify({ size: { nodes: 20, daemonSets: 2, others: 3 }, milliseconds: 1_800_000 }),
  );

  expect(values.get("bus events from heartbeats of kubelets alone")).toEqual([0]);
  const [share = 0] = values.get("bus events / watch events (without Leases)") ?? [];
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThan(1);
});

test("after a storm the other side believes what is true, and a relist tells nothing new", () => {
  const values = valuesOf(storm({ size: { nodes: 30, daemonSets: 2, others: 0 }, looks: 3 }));

  expect(values.get("gaps that never were, over there")).toEqual([0]);
  expect(values.get("verdicts that differ over there at the end")).toEqual([0]);
  expect(values.get("bus events after a relist that found nothing new")).toEqual([0]);
  expect(values.get("calls of the bus / nodes")?.[0]).toBeGreaterThan(0);
});

test("the end of a pod is told, in quiet and beside many changes", async () => {
  const figures = await detect({
    size: { nodes: 20, pods: 300, daemonSets: 4 },
    count: 1,
    rounds: 1,
  });

  expect(figures.flatMap(({ values }) => values).every((value) => value >= 0 && value < 1000)).toBe(
    true,
  );
  expect(valuesOf(figures).get("seconds until a pod's end is told, median")?.[0]).toBeGreaterThan(
    0.5,
  );
}, 60_000);

test.each([
  [0.5, 2],
  [0.99, 4],
  [0, 1],
])("quantile %d", (share, wanted) => {
  expect(quantile([4, 1, 2, 2], share)).toBe(wanted);
});
