import { describe, expect, test } from "vitest";
import type { Pod } from "#shared/cluster/pod.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import { groupOf } from "#shared/states/rows/grouped.ts";
import { knownPod, requestsOf } from "#shared/states/rows/known-pod.ts";
import { podPiecesOf } from "#shared/states/rows/pod-pieces.ts";
import { classList } from "#shared/states/rows/row-text.ts";
import {
  ago,
  condition,
  container,
  daemonPod,
  daemonSet,
  labels,
  pod,
  podStatus,
  resources,
} from "../../../fixtures/build.ts";
import { fullObject } from "../../../fixtures/full-objects.ts";

const ON = "w-1";
/** What is remembered goes by the identity of the set. */
const APP = new Set(["app"]);
const EARLIER = parseVersion("v1.32.0");

/** All that is remembered of a pod, as text: what is told of it, its group, and what it asks for. */
function told(one: Pod, version = parseVersion("v1.34.0"), keys = APP) {
  const known = knownPod(one, ON);
  const classes = classList();
  const pieces = podPiecesOf(known, { node: ON, classes, cut: undefined });
  const group = groupOf(known, { version, keys });
  return [pieces.join(""), classes.all, group, requestsOf(known, version)];
}

/** No part of it was ever seen before, so nothing is remembered of it. */
const neverSeen = (one: Pod): Pod => structuredClone(one);

const bound = { nodeName: ON };
const full: Pod = {
  ...readAs("Pod", fullObject("Pod")),
  deletionAt: undefined,
  status: podStatus({ startedAt: ago(60) }),
};
const base: Pod = { ...full, spec: { ...full.spec, ...bound } };
const bare = readAs("Pod", { metadata: { name: "bare" } });

const keysOf = <T extends object>(of: T): readonly (keyof T & string)[] =>
  // The keys that it has.
  Object.keys(of) as (keyof T & string)[];

describe("what is told of a pod is its own", () => {
  const others: readonly (readonly [what: string, other: Pod])[] = [
    ...keysOf(full.spec).map(
      (field) =>
        [`spec.${field}`, { ...base, spec: { ...base.spec, [field]: bare.spec[field] } }] as const,
    ),
    ...(["namespace", "annotations", "owners", "generation", "doNotDisrupt"] as const).map(
      (field) => [field, { ...base, [field]: bare[field] }] as const,
    ),
    ["labels", { ...base, labels: labels({ app: "other" }) }],
    ["name", { ...base, name: "other" }],
    ["uid", { ...base, uid: "other" }],
    ["createdAt", { ...base, createdAt: ago(5) }],
    ["deletionAt", { ...base, deletionAt: ago(5) }],
  ];

  test.each(others)("when its %s is another than that of its like", (_what, other) => {
    told(base);

    expect(told(other)).toEqual(told(neverSeen(other)));
    expect(told(other)).not.toEqual(told(base));
  });

  const up = podStatus();
  const [first = { ...up.containers[0] }] = up.containers;
  const withContainer = (parts: object) =>
    podStatus({ containers: [{ ...first, ...parts } as (typeof up.containers)[number]] });
  test.each([
    ["phase", podStatus({ phase: "Succeeded" })],
    ["reason", podStatus({ reason: "Evicted" })],
    ["message", podStatus({ message: "no" })],
    ["start", podStatus({ startedAt: ago(9) })],
    ["lack of a start", podStatus({ startedAt: undefined })],
    ["conditions", podStatus({ conditions: [condition("Ready", "False")] })],
    ["promised node", podStatus({ nominatedNodeName: "w-2" })],
    ["lack of an address", podStatus({ hasIP: false })],
    ["restarts", withContainer({ restarts: 3 })],
    ["readiness", withContainer({ ready: false })],
    ["state", withContainer({ state: { type: "waiting", reason: "x", message: "" } })],
    ["amounts", withContainer({ allocated: resources({ cpu: "9" }), hasResources: true })],
    ["amounts as a whole", podStatus({ actual: resources({ cpu: "7" }) })],
  ] as const)("when its %s in the status is another", (_what, status) => {
    const usual = pod("web", { spec: { ...bound, containers: [container()] }, status: up });
    told(usual);
    const other = { ...usual, status };

    expect(told(other)).toEqual(told(neverSeen(other)));
    expect(told(other)).not.toEqual(told(usual));
  });

  test("when it stands in the row of another node", () => {
    told(base);
    const classes = classList();
    const there = (one: Pod) =>
      podPiecesOf(knownPod(one, "w-2"), { node: "w-2", classes, cut: undefined });

    expect(there(base)).toEqual(there(neverSeen(base)));
    expect(classes.all).toHaveLength(1);
    expect(classes.all[0]?.text).toContain(`"nodeName":"${ON}"`);
  });
});

test.each([
  ["bound to its node", ON],
  ["not bound yet", ""],
])(
  "a daemon pod that is %s is told in the row of another node by what it says there",
  (_, nodeName) => {
    const daemon = daemonPod(daemonSet("agent"), ON, { spec: { nodeName } });
    const row = (one: Pod, node: string) => {
      const classes = classList();
      const pieces = podPiecesOf(knownPod(one, node), { node, classes, cut: undefined });
      return [pieces.join(""), classes.all];
    };
    for (const node of [ON, "w-2", ON, "", ON])
      expect(row(daemon, node)).toEqual(row(neverSeen(daemon), node));
  },
);

describe("the group of a pod", () => {
  const resized = withResources();
  function withResources(): Pod {
    const asked = pod("web", { spec: bound, labels: labels({ app: "web", tier: "front" }) });
    const actual = resources({ cpu: "2" });
    const [first] = asked.status.containers;
    return {
      ...asked,
      status: {
        ...asked.status,
        containers: first ? [{ ...first, actual, allocated: actual }] : [],
      },
    };
  }

  test("is another once other labels count, or requests are summed up otherwise", () => {
    const asked: readonly Parameters<typeof told>[] = [
      [resized],
      [resized, EARLIER],
      [resized, EARLIER, new Set(["tier"])],
      [resized, EARLIER, APP],
    ];
    for (const [one, version, keys] of asked)
      expect(told(one, version, keys)).toEqual(told(neverSeen(one), version, keys));
    expect(told(resized, EARLIER)).not.toEqual(told(resized));
    expect(told(resized, EARLIER, new Set(["tier"]))).not.toEqual(told(resized, EARLIER));
  });
});

test("pods that differ by name, node, times and restarts only are remembered as one", () => {
  const set = daemonSet("agent");
  const parts = { labels: labels({ app: "agent" }) };
  const [one, other] = [daemonPod(set, ON, parts), daemonPod(set, "w-2", parts)];
  const { labels: shared, owners, annotations, spec, status } = one;
  const [container] = status.containers;
  const like: Pod = {
    ...other,
    labels: shared,
    owners,
    annotations,
    spec: { ...spec, nodeName: "w-2", requiredNodeAffinity: other.spec.requiredNodeAffinity },
    createdAt: ago(7),
    status: {
      ...status,
      startedAt: ago(3),
      containers: container ? [{ ...container, restarts: 4 }] : [],
    },
  };

  expect(knownPod(like, "w-2").shape).toBe(knownPod(one, ON).shape);
});

test("of ever new statuses only the last few are remembered", () => {
  const shapes = Array.from({ length: 40 }, (_, at) => {
    const status = podStatus({ message: `back-off ${at}` });
    return knownPod({ ...base, status }, ON).shared.shapes.length;
  });

  expect(Math.max(...shapes)).toBeLessThan(20);
});

test("pods of more kinds than are remembered are told as they are", () => {
  const many = Array.from({ length: 40 }, (_, at) => ({
    ...base,
    spec: { ...base.spec, priority: at },
  }));
  for (const one of [...many, ...many]) expect(told(one)).toEqual(told(neverSeen(one)));
});
