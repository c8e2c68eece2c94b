import { expect, test } from "vitest";
import { auditDelta } from "./audit-delta.ts";
import { eligibilityFigures } from "./audit-full.ts";
import { byBits, byLookUp, cold, naive } from "./eligibility.ts";
import { classify } from "#shared/audit/engine/node-classes.ts";
import { daemonSet } from "../fixtures/build.ts";
import { askedOf, fleet } from "./fleet.ts";
import { timed } from "./timing.ts";

const SMALL = { nodes: 300, daemonSets: 10, pods: 4000 };

test("the same seed makes the same cluster, another one another", () => {
  const names = (seed: number) => fleet(SMALL, seed).Pod.map(({ name }) => name);

  expect(names(1)).toEqual(names(1));
  expect(names(1)).not.toEqual(names(2));
});

test("a fleet is as large as asked, and has about 24 kinds of node", () => {
  const { Node, DaemonSet, Pod } = fleet(SMALL);
  const { placers, traits } = askedOf({ Node, DaemonSet });

  expect([Node.length, DaemonSet.length, Pod.length]).toEqual([300, 10, 4000]);
  expect(classify(placers, traits).classes.size).toBeGreaterThanOrEqual(20);
  expect(classify(placers, traits).classes.size).toBeLessThanOrEqual(30);
});

test("all ways to count who is meant to run agree, also where one asks for a single host", () => {
  const { Node, DaemonSet } = fleet({ ...SMALL, pods: 0 });
  const [name = ""] = Node.map((one) => one.name);
  const picky = daemonSet("picky", {
    template: { nodeSelector: new Map([["kubernetes.io/hostname", name]]) },
  });
  const asked = askedOf({ Node, DaemonSet: [...DaemonSet, picky] });
  const known = classify(asked.placers, asked.traits);
  const count = naive(asked);

  expect(count).toBeGreaterThan(0);
  expect([cold(asked), byBits(asked, known), byLookUp(asked, known)]).toEqual([
    count,
    count,
    count,
  ]);
});

test("a time is that of one call, from as many as the clock can see", () => {
  let calls = 0;
  const ms = timed(() => {
    for (let at = 0; at < 1000; at += 1) calls += at & 1;
  }, 2);

  expect(calls).toBeGreaterThanOrEqual(500);
  expect(ms).toBeLessThan(2);
});

test("every figure has a value for each round, and a name of its own", () => {
  const size = { ...SMALL, nodes: 60, pods: 700 };
  const rounds = { rounds: 2, atLeast: 0 };
  const all = [
    ...eligibilityFigures({ ...rounds, usual: size, large: { ...size, nodes: 120 } }),
    ...auditDelta({ ...rounds, size }),
  ];

  expect(all.map(({ values }) => values.length)).toEqual(all.map(() => 2));
  expect(new Set(all.map(({ figure }) => figure)).size).toBe(all.length);
});
