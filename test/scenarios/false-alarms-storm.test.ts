import { expect, test } from "vitest";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Node } from "#shared/cluster/node.ts";
import { ago, NOW, READY, taint } from "../fixtures/build.ts";
import { karpenterNode, managedNode, some } from "../fixtures/pools.ts";
import { lastKnown, unreachable } from "./ailing.ts";
import { falseAlarms } from "./false-alarm.ts";
import { fleet, fluentBit, USUAL } from "./fleet.ts";
import { alarms, alarmsAmong, heard } from "./heard.ts";

const steady = some(8, "worker", managedNode);

/** Spot capacity is taken back all at once, and replaced at once. */
const storm = (lost: (name: string) => Node, silent: boolean): Cluster => {
  const gone = some(30, "lost", lost);
  return fleet({
    nodes: [
      ...some(70, "spot", (name) => karpenterNode(name, { pool: "spot" })),
      ...gone,
      ...some(30, "fresh", (name) =>
        karpenterNode(name, {
          pool: "spot",
          createdAt: ago(50),
          conditions: [{ ...READY, transitionAt: ago(20) }],
        }),
      ),
    ],
    sets: USUAL,
    there: (set, node) => {
      if (node.name.startsWith("fresh")) return set === fluentBit ? [] : undefined;
      if (!gone.includes(node)) return undefined;
      return silent ? [lastKnown(set, node, ago(720))] : [];
    },
    silent: silent ? Object.fromEntries(gone.map(({ name }) => [name, 760])) : {},
  });
};

const interrupted = (name: string): Node =>
  karpenterNode(name, {
    pool: "spot",
    taints: [{ ...taint("aws-node-termination-handler/spot-itn"), timeAdded: ago(60) }],
  });

falseAlarms([
  [
    "A28 30 spot nodes are taken back and 30 others start: nobody is called; when they just go dark it is one trouble of the pool",
    () => storm(interrupted, false),
    () => storm((name) => unreachable(karpenterNode(name, { pool: "spot" }), ago(720)), true),
    ["warning node-unreachable Cluster test (spot)"],
  ],
]);

test("A28 the pool's finding names all thirty nodes", () => {
  const dark = storm((name) => unreachable(karpenterNode(name, { pool: "spot" }), ago(720)), true);

  expect(alarmsAmong(heard(dark))[0]?.nodes).toHaveLength(30);
});

const asleep = (marks: Readonly<Record<string, string>>): Cluster => {
  const node = unreachable(managedNode("desktop", { labels: marks }), ago(9 * 3600));
  return fleet({
    nodes: [...steady, node],
    sets: USUAL,
    there: (set, on) => (on === node ? [lastKnown(set, node, ago(9 * 3600))] : undefined),
    silent: { desktop: 9 * 3600 },
  });
};

falseAlarms([
  [
    "A29 a desktop that sleeps and is labelled so",
    () => asleep({ "dsaudit.dev/ignore": "true" }),
    () => asleep({}),
    ["warning node-unreachable Node desktop"],
  ],
]);

/** A schedule proper (nights, weekends) is a matter of alerts; the core knows rules that end. */
test.each([
  ["while the rule holds nobody is called", NOW + 1, []],
  ["a rule that has run out hides nothing", NOW, ["warning node-unreachable Node desktop"]],
] as const)("A29 an ignore rule for a machine that is away: %s", (_when, until, hears) => {
  const rule = { cause: "node-*", daemonSet: "*", node: "desk*", reason: "holidays", until };

  expect(alarms(asleep({}), { ...DEFAULT_POLICY, ignore: [rule] })).toEqual(hears);
});
