import { expect, test } from "vitest";
import { FORWARDER_SILENT_AFTER, forwarderSilent } from "#shared/audit/causes/forwarder-silent.ts";
import { ago } from "../../../fixtures/build.ts";
import { factsOf } from "../../../fixtures/node-view.ts";

const heard = (seconds: number) => ({
  ...factsOf({}),
  forwarder: { lastHeardAt: ago(seconds), silentAfter: FORWARDER_SILENT_AFTER },
});

test("a cluster that is silent for longer than two heartbeats and a half is an outage of the audit", () => {
  const facts = heard(720);
  const hits = forwarderSilent.find(facts);
  expect(hits).toEqual([
    { since: ago(720), evidence: { silentFor: 720_000, silentAfter: 150_000 } },
  ]);
  expect(forwarderSilent.severity).toBe("critical");
  const evidence = { silentFor: 720_000, silentAfter: 150_000 };
  expect(forwarderSilent.explain(evidence)).toBe(
    "nothing was heard of the cluster for 12 min: all that is shown of it is at least as old",
  );
  expect(forwarderSilent.remedies(evidence, { facts, nodes: [], daemonSets: [] })).toMatchObject([
    { action: "look" },
  ]);
});

test.each([
  ["to the second it may be late", heard(150), 0],
  ["and no longer", heard(151), 1],
  ["a dump has no forwarder", factsOf({}), 0],
] as const)("%s", (_rule, facts, count) => {
  expect(forwarderSilent.find(facts)).toHaveLength(count);
});
