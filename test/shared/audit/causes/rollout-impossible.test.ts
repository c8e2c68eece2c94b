import { expect, test } from "vitest";
import { rolloutImpossible } from "#shared/audit/causes/rollout-impossible.ts";
import { rolloutStuck } from "#shared/audit/causes/rollout-stuck.ts";
import { rolloutSuspectRevision } from "#shared/audit/causes/rollout-suspect-revision.ts";
import { surgeWithHostPort } from "#shared/audit/causes/surge-with-host-port.ts";
import type { DaemonSetView } from "#shared/audit/facts.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { container, condition, node, taint } from "../../../fixtures/build.ts";
import { unscheduled } from "../../../fixtures/placement.ts";
import {
  CHANGED,
  changed,
  CRASHING,
  fresh,
  hitOf,
  names,
  old,
  remediesOf,
  rolling,
  sentenceOf,
  viewOf,
} from "../../../fixtures/rollout.ts";

const port = (
  hostPort: number,
  parts: { readonly protocol?: string; readonly hostIP?: string } = {},
) => [
  container({ ports: [{ containerPort: 9100, hostPort, hostIP: "", protocol: "TCP", ...parts }] }),
];
const SURGE = rolling(0, 2);
const set = changed({ updateStrategy: SURGE, template: { containers: port(54323) } });
const five = (of: typeof set, parts: Parameters<typeof viewOf>[1] = {}): DaemonSetView =>
  viewOf(of, {
    Node: names(5).map((n) => node(n)),
    Pod: names(5).map((n) => old(of, n)),
    ...parts,
  });

test("at the change itself, before any node is tried", () => {
  const view = five(set);
  expect(hitOf(rolloutImpossible, view)).toEqual({
    since: CHANGED,
    nodes: names(5),
    evidence: {
      daemonSet: "kube-system/agent",
      maxSurge: 2,
      ports: ["TCP 54323"],
      hostNetwork: false,
      trapped: 5,
      pods: 5,
    },
  });
  expect(sentenceOf(rolloutImpossible, view)).toBe(
    "5 of 5 pods cannot be replaced: with maxSurge 2 the new pod needs host port TCP 54323 while the old one still has it",
  );
  expect(remediesOf(rolloutImpossible, view)).toMatchObject([
    { action: "change-strategy", maxUnavailable: 2, maxSurge: 0 },
  ]);
  expect(surgeWithHostPort.find(view)).toEqual([]);
});

test("later, when new pods wait beside the old ones, it is still the only word about the rollout", () => {
  const waiting = (n: string): Pod =>
    fresh(set, n, { spec: { nodeName: "" }, status: unscheduled() });
  const view = five(set, {
    Pod: [...names(5).map((n) => old(set, n)), waiting("n1"), waiting("n2")],
  });
  expect(sentenceOf(rolloutImpossible, view)).toContain("5 of 7 pods");
  expect(rolloutStuck.find(view)).toEqual([]);
  expect(rolloutSuspectRevision.find(view)).toEqual([]);
});

test("with hostNetwork the template does not show its host ports", () => {
  const hidden = changed({
    updateStrategy: SURGE,
    template: { hostNetwork: true, containers: port(0) },
  });
  const held = names(5).map((n) => old(hidden, n, { spec: { containers: port(9100) } }));
  expect(hitOf(rolloutImpossible, five(hidden, { Pod: held })).evidence).toMatchObject({
    ports: ["TCP 9100"],
    hostNetwork: true,
  });
});

test("an address is told where the port is not taken on all of them", () => {
  const one = changed({
    updateStrategy: SURGE,
    template: { containers: port(53, { protocol: "UDP", hostIP: "169.254.20.10" }) },
  });
  expect(hitOf(rolloutImpossible, five(one)).evidence.ports).toEqual(["UDP 53 on 169.254.20.10"]);
});

test("of several ports those are told that the old pod has", () => {
  const two = changed({
    updateStrategy: SURGE,
    template: { containers: [...port(9100), ...port(9101)] },
  });
  const held = names(5).map((n) =>
    old(two, n, { spec: { containers: [...port(9999), ...port(9100)] } }),
  );
  expect(hitOf(rolloutImpossible, five(two, { Pod: held })).evidence.ports).toEqual(["TCP 9100"]);
});

const unready = names(5).map((n) => old(set, n, { status: CRASHING }));
const otherPort = names(5).map((n) => old(set, n, { spec: { containers: port(9999) } }));

test.each([
  ["every pod is of the newest template", set, { Pod: names(5).map((n) => fresh(set, n)) }],
  ["the change gives up the port that the old pods have", set, { Pod: otherPort }],
  ["an old pod that is not Ready goes as soon as the new one is made", set, { Pod: unready }],
  [
    "old pods that nobody bound hold no port",
    set,
    { Pod: names(5).map((n) => old(set, n, { spec: { nodeName: "" } })) },
  ],
  [
    "old pods are only on nodes that are no longer eligible",
    set,
    { Node: names(5).map((n) => node(n, { taints: [taint("pool")] })) },
  ],
] as const)("not yet, but the next update will not come through: %s", (_rule, of, parts) => {
  const view = five(of, parts);
  expect(rolloutImpossible.find(view)).toEqual([]);
  expect(surgeWithHostPort.find(view)).toHaveLength(1);
});

test.each([
  ["no host port", changed({ updateStrategy: SURGE, template: { containers: port(0) } })],
  ["no surge", changed({ updateStrategy: rolling(1), template: { containers: port(9100) } })],
  [
    "OnDelete",
    changed({ updateStrategy: { type: "OnDelete" }, template: { containers: port(9100) } }),
  ],
  ["known from its pods only", { ...set, inferred: true }],
] as const)("silent: %s", (_rule, of) => {
  expect(rolloutImpossible.find(five(of))).toEqual([]);
  expect(surgeWithHostPort.find(five(of))).toEqual([]);
});

test("a share of less than one node surges too", () => {
  const share = changed({ updateStrategy: rolling(0, "1%"), template: { containers: port(9100) } });
  expect(remediesOf(rolloutImpossible, five(share))).toMatchObject([{ maxUnavailable: "1%" }]);
});

test("without revisions it cannot be told, while the risk can", () => {
  const Pod = names(5).map((n) =>
    old(set, n, { status: { conditions: [condition("Ready", "True")] } }),
  );
  const view = five(set, { Pod, ControllerRevision: [] });
  expect(rolloutImpossible.find(view)).toHaveProperty("cannotTell");
  expect(surgeWithHostPort.find(view)).toHaveLength(1);
});
