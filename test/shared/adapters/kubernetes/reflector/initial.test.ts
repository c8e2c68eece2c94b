import * as fc from "fast-check";
import { expect, test } from "vitest";
import { initial } from "#shared/adapters/kubernetes/reflector/initial.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import { podJson } from "../../../../fixtures/kubernetes-json.ts";

const pod = (name: string, uid = `uid-${name}`) =>
  readAs("Pod", podJson(name, { metadata: { uid } }));
const problem = (object: string) => ({ code: "c", object, field: "", value: "", fix: "" });

test("what is sent is what there is, in whatever order it comes", () => {
  const names = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const steps = fc.array(fc.tuple(names, fc.nat(3), fc.constantFrom("put", "put", "put", "gone")));
  fc.assert(
    fc.property(steps, (all) => {
      const sent = initial<string>();
      const view = new Map<
        string,
        { readonly kept: string; readonly problems: readonly string[] }
      >();
      for (const [name, value, is] of all) {
        const problems = value === 0 ? [] : [`${name}${value}`];
        if (is === "gone") {
          sent.remove(pod(name));
          view.delete(name);
        } else {
          sent.put(pod(name), `${name}${value}`, problems.map(problem));
          view.set(name, { kept: `${name}${value}`, problems });
        }
      }
      const whole = sent.whole();
      expect(sent.size()).toBe(view.size);
      expect(whole.objects.toSorted()).toEqual(
        [...view.values()].map(({ kept }) => kept).toSorted(),
      );
      expect(whole.problems.map(({ object }) => object).toSorted()).toEqual(
        [...view.values()].flatMap(({ problems }) => problems).toSorted(),
      );
    }),
    { seed: 5, numRuns: 500 },
  );
});

test("a name that was taken away and is there again is there once", () => {
  const sent = initial<string>();
  sent.put(pod("a", "1"), "first", []);
  sent.remove(pod("a", "1"));
  sent.put(pod("a", "2"), "second", []);
  expect(sent.whole().objects).toEqual(["second"]);
});

test("objects without a uid are told apart by name", () => {
  const sent = initial<string>();
  sent.put(pod("b", ""), "b", []);
  sent.put(pod("a", ""), "a", []);
  sent.put(pod("b", ""), "b again", []);
  expect(sent.whole().objects).toEqual(["b again", "a"]);
});
