import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { yamlStream } from "#shared/adapters/files/yaml-items.ts";

/** Feeds `text` in pieces that end at `cuts` and tells all that came out. */
function read(text: string, cuts: readonly number[] = []) {
  const bytes = new TextEncoder().encode(text);
  const objects: unknown[] = [];
  const lists: string[] = [];
  const broken: string[] = [];
  const stream = yamlStream({
    object: (json, list) => void objects.push([json, list?.kind ?? "alone"]),
    list: ({ kind }) => void lists.push(kind),
    broken: (what, line) => void broken.push(`${what} at ${line}`),
  });
  let from = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    const to = Math.max(from, Math.min(cut, bytes.length));
    stream.write(bytes.slice(from, to));
    from = to;
  }
  stream.end();
  return { objects, lists, broken };
}

const POD = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } };

describe("a list is split before it is parsed", () => {
  test.each([
    [
      "kubectl's form",
      "apiVersion: v1\nitems:\n- kind: Pod\n  a: 1\n- kind: Pod\n  a: 2\nkind: List\n",
      ["", ""],
    ],
    [
      "items further in",
      "kind: List\nitems:\n  - kind: Pod\n    a: 1\n  - kind: Pod\n    a: 2\n",
      ["", ""],
    ],
    [
      "a dash alone on its line",
      "kind: List\nitems:\n-\n  kind: Pod\n  a: 1\n-\n  kind: Pod\n  a: 2\n",
      ["", ""],
    ],
    [
      "comments and blank lines between",
      "kind: List\n# x\nitems: # y\n# z\n- kind: Pod\n\n  a: 1\n# w\n- kind: Pod\n  a: 2\n",
      ["", ""],
    ],
    [
      "an item that names no kind",
      "items:\n- a: 1\n- a: 2\nkind: PodList\n",
      ["PodList", "PodList"],
    ],
  ] as const)("%s", (_form, text, kinds) => {
    const { objects, broken } = read(text);
    const found = objects as [{ a: number }, string][];
    expect(found.map(([{ a }, kind]) => [a, kind])).toEqual(kinds.map((kind, i) => [i + 1, kind]));
    expect(broken).toEqual([]);
  });

  test("lists and dashes inside of an item are its own", () => {
    const item = { kind: "Pod", list: [1, [2]], text: "- a\n- b\n\nitems:\n", items: [{ a: 1 }] };
    expect(read(stringify({ items: [item], kind: "List" })).objects).toEqual([[item, ""]]);
  });
});

describe("what is broken is told, and the rest is read", () => {
  test("one item", () => {
    const { objects, broken } = read("kind: List\nitems:\n- a: [1\n- kind: Pod\n");
    expect(objects).toEqual([[{ kind: "Pod" }, ""]]);
    expect(broken).toEqual(["syntax at 2"]);
  });

  test("one document", () => {
    const { objects, broken } = read(`a: [1\n---\n${stringify(POD)}`);
    expect(objects).toEqual([[POD, "alone"]]);
    expect(broken).toEqual(["syntax at 0"]);
  });

  test("a list that ends before it says its kind", () => {
    expect(read("apiVersion: v1\nitems:\n- kind: Pod\n").broken).toEqual(["cut-off at 4"]);
  });

  test("aliases beyond reason", () => {
    const ten = (name: string): string => Array.from({ length: 10 }, () => `*${name}`).join(",");
    const bomb = `a: &a [1,1]\nb: &b [${ten("a")}]\nc: &c [${ten("b")}]\nd: &d [${ten("c")}]\ne: [${ten("d")}]\n`;
    expect(read(bomb)).toEqual({ objects: [], lists: [], broken: ["syntax at 0"] });
  });

  test("__proto__ is a key like any other", () => {
    const { objects } = read("kind: Pod\n__proto__:\n  evil: 1\n");
    expect(JSON.stringify(objects)).toBe('[[{"kind":"Pod","__proto__":{"evil":1}},"alone"]]');
    expect(({} as Record<string, unknown>)["evil"]).toBeUndefined();
  });
});

test("any objects in any pieces come out as the parser alone would read them", () => {
  const object = fc.dictionary(
    fc.string({ unit: "grapheme-ascii", minLength: 1 }),
    fc.jsonValue({ maxDepth: 2 }),
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(
      fc.array(object, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(500)),
      (made, cuts) => {
        const items = made.map((one) => ({ ...one, kind: "Pod" }));
        const text = stringify({ apiVersion: "v1", items, kind: "List" });
        const expected = (parse(text) as { items: unknown[] }).items.map((item) => [item, ""]);
        expect(read(text, cuts)).toEqual({ objects: expected, lists: ["List"], broken: [] });
      },
    ),
    { numRuns: 200 },
  );
});
