import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RowKey } from "#shared/states/row.ts";
import { rowSource } from "#shared/states/rows/row-source.ts";
import type { RowSource } from "#shared/states/tell/outbox.ts";
import { view } from "#shared/states/view/view.ts";
import { anyStep, type AnyPut } from "../../../fixtures/any-change.ts";
import { NOW } from "../../../fixtures/build.ts";
import { anyCluster } from "../../../fixtures/random-cluster.ts";
import { asServed, viewOf } from "../../../fixtures/through-states.ts";

/** Hash and text of every row. */
function rowsOf(source: RowSource, keys: Iterable<RowKey>) {
  const rows = [...keys].map((key) => {
    const row = source.row(key);
    const numbers = row?.classes.map((_, at) => at) ?? [];
    return [key, [row?.hash, row?.json(numbers), row?.classes]] as const;
  });
  return new Map(rows);
}

/** A forwarder that has seen nothing before. */
function begun(puts: readonly AnyPut[]) {
  const shown = view(() => undefined);
  for (const { kind, object } of structuredClone(puts)) shown.put(kind, object);
  shown.tick(NOW);
  return rowsOf(rowSource(shown), [...shown.keys()].toReversed());
}

describe("equal content has equal rows", () => {
  test("whoever tells of it, in whatever order, and however often before", () => {
    fc.assert(
      fc.property(anyCluster, (given) => {
        const cluster = asServed(given);
        const old = viewOf(cluster);
        const source = rowSource(old);
        rowsOf(source, old.keys());
        const again = viewOf(structuredClone(cluster));
        const keys = [...again.keys()];

        const rows = rowsOf(source, keys);
        expect(rows).toEqual(rowsOf(rowSource(again), keys.toReversed()));
        expect(rows.size).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  test("whatever was there, and was told, before", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 5, maxLength: 40 }), (steps) => {
        const shown = view((key) => source.changed(key));
        const source: RowSource = rowSource(shown);
        const now = new Map<string, AnyPut>();
        for (const step of steps) {
          if (step.is !== "put") continue;
          const { kind, object } = step.put;
          const name = `${kind}/${object.namespace}/${object.name}`;
          const before = now.get(name)?.object;
          if (before !== undefined && before.uid !== object.uid) shown.gone(kind, before);
          now.delete(name);
          now.set(name, step.put);
          shown.put(kind, object);
          rowsOf(source, shown.keys());
        }
        shown.tick(NOW);

        expect(rowsOf(source, shown.keys())).toEqual(begun([...now.values()]));
      }),
      { numRuns: 100 },
    );
  });
});
