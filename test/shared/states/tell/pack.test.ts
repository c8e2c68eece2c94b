import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, packer, type Load, type WrittenRow } from "#shared/states/tell/pack.ts";
import { rowKey, type RowKind } from "#shared/states/row.ts";

type Plain = { readonly id: number; readonly text: string; readonly classes: readonly string[] };

const written = (kind: RowKind, { id, text, classes }: Plain): WrittenRow => ({
  key: rowKey(kind, String(id)),
  hash: String(id),
  classes: classes.map((one) => JSON.stringify(one)),
  json: (numbers) => JSON.stringify({ id, text, of: numbers }),
});

function packed(kind: RowKind, rows: readonly WrittenRow[], limits = { many: 400, one: 1000 }) {
  const pack = packer(kind, limits);
  const loads: Load[] = [];
  const refused: string[] = [];
  for (const row of rows) {
    const { full, tooLarge } = pack.add(row);
    if (full) loads.push(full);
    if (tooLarge) refused.push(row.key);
  }
  const last = pack.end();
  if (last) loads.push(last);
  return { loads, refused };
}

type Body = { classes: string[]; nodes: { id: number; text: string; of: number[] }[] };
const opened = ({ body }: Load): Body => JSON.parse(`{${body}}`) as Body;

const plainRows = fc
  .array(
    fc.record({
      text: fc.string({ unit: "binary", maxLength: 120 }),
      classes: fc.uniqueArray(fc.constantFrom("red", "grün", "blue", "a".repeat(90)), {
        maxLength: 4,
      }),
    }),
    { maxLength: 20 },
  )
  .map((all) => all.map((one, id) => ({ ...one, id })));

describe("rows in events", () => {
  test("all arrive, in their order, with the classes that they had", () => {
    fc.assert(
      fc.property(plainRows, (rows) => {
        const { loads } = packed(
          "Node",
          rows.map((one) => written("Node", one)),
        );
        const arrived = loads.flatMap((load) => {
          const { classes, nodes } = opened(load);
          return nodes.map(({ id, text, of }) => ({
            id,
            text,
            classes: of.map((number) => classes[number]),
          }));
        });

        expect(arrived).toEqual(
          rows.map(({ id, text, classes }) => ({
            id,
            text: JSON.parse(JSON.stringify(text)) as string,
            classes,
          })),
        );
      }),
    );
  });

  test("fill no event beyond one billing unit, by the bytes and not the characters", () => {
    fc.assert(
      fc.property(plainRows, (rows) => {
        const { loads } = packed(
          "Node",
          rows.map((one) => written("Node", one)),
        );
        const shared = loads.filter(({ rows: held }) => held.length > 1);

        expect(shared.filter(({ body }) => bytesOf(body) > 400)).toEqual([]);
      }),
    );
  });

  test("share their classes: what two of them have travels once", () => {
    const rows = [0, 1].map((id) => written("Node", { id, text: "", classes: ["red"] }));
    const [load] = packed("Node", rows).loads;

    expect(load && opened(load).classes).toEqual(["red"]);
  });

  test.each([
    ["a row that fits beside others is put beside them", 100, [["0", "1"]], []],
    ["a row larger than one billing unit goes alone", 600, [["0"], ["1"]], []],
    ["a row that no event can hold is said to be too large", 1200, [["0"]], ["Node/1"]],
  ] as const)("%s", (_rule, size, events, tooLarge) => {
    const { loads, refused } = packed("Node", [
      written("Node", { id: 0, text: "small", classes: [] }),
      written("Node", { id: 1, text: "x".repeat(size), classes: [] }),
    ]);

    expect(loads.map(({ rows }) => rows.map(({ hash }) => hash))).toEqual(events);
    expect(refused).toEqual(tooLarge);
  });

  test("go under the name of their kind; objects have no classes", () => {
    const bodies = (["Node", "DaemonSet", "Object"] as const).map(
      (kind) => packed(kind, [written(kind, { id: 7, text: "t", classes: [] })]).loads[0]?.body,
    );
    const row = '{"id":7,"text":"t","of":[]}';

    expect(bodies).toEqual([
      `"classes":[],"nodes":[${row}]`,
      `"classes":[],"daemonSets":[${row}]`,
      `"objects":[${row}]`,
    ]);
  });
});
