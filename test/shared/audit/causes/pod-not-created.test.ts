import { describe, expect, test } from "vitest";
import { podNotCreated } from "#shared/audit/causes/pod-not-created.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Event } from "#shared/cluster/policy.ts";
import {
  ago,
  cluster,
  condition,
  daemonPod,
  daemonSet,
  node,
  notSeen,
  taint,
} from "../../../fixtures/build.ts";
import { event, placementOf } from "../../../fixtures/placement.ts";

const failed = (set: DaemonSet): readonly Event[] => [
  event(set, {
    reason: "FailedDaemonPod",
    message: "Found failed daemon pod kube-system/agent-x on node n1, will try to kill it",
    count: 3,
  }),
];

const { status } = daemonSet("agent");

test.each([
  [
    "the controller is behind",
    daemonSet("agent", { generation: 2 }),
    false,
    "no pod is there: the controller has acted on generation 1 and not yet on 2",
    ["look"],
  ],
  [
    "the controller has never looked",
    daemonSet("agent", { status: { ...status, observedGeneration: undefined } }),
    false,
    "no pod is there: the controller has not acted on the DaemonSet yet",
    ["look"],
  ],
  [
    "it backs off",
    daemonSet("agent"),
    true,
    "no pod is there: 3 pods failed on the node before, and the controller waits up to 15 minutes before the next",
    ["touch-daemon-set"],
  ],
  [
    "nothing says why",
    daemonSet("agent"),
    false,
    "no pod is there, and no event says why",
    ["look", "touch-daemon-set"],
  ],
  [
    "the DaemonSet goes",
    daemonSet("agent", { deletionAt: ago(5) }),
    false,
    "no pod is made, because the DaemonSet is being deleted",
    ["wait"],
  ],
] as const)("%s", (_rule, set, backOff, sentence, actions) => {
  const view = placementOf(
    cluster({ Node: [node("n1")], DaemonSet: [set], Event: backOff ? failed(set) : [] }),
  );
  const hit = podNotCreated.find(view);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(podNotCreated.explain(hit.evidence)).toBe(sentence);
  expect(
    podNotCreated
      .remedies(hit.evidence, { facts: view.facts, nodes: ["n1"], daemonSets: [] })
      .map(({ action }) => action),
  ).toEqual(actions);
});

test("the back-off is kept by generation, so only a change of the spec ends it", () => {
  const set = daemonSet("agent");
  const view = placementOf(cluster({ Node: [node("n1")], DaemonSet: [set], Event: failed(set) }));
  const hit = podNotCreated.find(view);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  const around = { facts: view.facts, nodes: ["n1"], daemonSets: [] };
  expect(podNotCreated.remedies(hit.evidence, around)).toMatchObject([
    { action: "touch-daemon-set", generation: true },
  ]);
});

test("a pod that waits in Pending was created; a node that is not eligible gets none", () => {
  const set = daemonSet("agent");
  const parts = { Node: [node("n1")], DaemonSet: [set] };
  const pod = daemonPod(set, "n1", { spec: { nodeName: "" } });
  expect(podNotCreated.find(placementOf(cluster({ ...parts, Pod: [pod] })))).toBeUndefined();
  expect(podNotCreated.find(placementOf(cluster(parts), { eligible: "no" }))).toBeUndefined();
});

describe("a taint that should have passed keeps it out of a node that is Ready", () => {
  const behind = (key: string, parts: Parameters<typeof node>[1] = {}, effect = "NoSchedule") =>
    placementOf(
      cluster({
        Node: [node("n1", { taints: [taint(key, effect)], ...parts })],
        DaemonSet: [daemonSet("agent")],
      }),
      { eligible: "no" },
    );

  test.each([
    [
      "our own: take it off, or tolerate it",
      "dsaudit.dev/quarantine",
      ["remove-taint", "add-toleration"],
    ],
    [
      "one of the node controller's: look whether that acts",
      "node.kubernetes.io/not-ready",
      ["look"],
    ],
  ])("%s", (_rule, key, actions) => {
    const view = behind(key);
    const hit = podNotCreated.find(view);
    if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");

    expect(hit.evidence).toMatchObject({ why: "kept-out", taint: { key, effect: "NoSchedule" } });
    expect(podNotCreated.explain(hit.evidence)).toBe(
      `no pod is there: taint ${key}:NoSchedule keeps it off a node that is Ready`,
    );
    const calls = podNotCreated.remedies(hit.evidence, {
      facts: view.facts,
      nodes: ["n1"],
      daemonSets: [],
    });
    expect(calls.map(({ action }) => action)).toEqual(actions);
  });

  test.each([
    ["a start-up taint is told of the node", behind("node.cilium.io/agent-not-ready")],
    ["a lasting taint is no gap", behind("example.com/gpu")],
    ["a mere preference keeps nobody out", behind("dsaudit.dev/x", {}, "PreferNoSchedule")],
    [
      "a node that is not Ready is told itself",
      behind("node.kubernetes.io/not-ready", { conditions: [condition("Ready", "False")] }),
    ],
    ["every daemon tolerates a cordon", behind("node.kubernetes.io/unschedulable")],
  ])("silent: %s", (_rule, view) => {
    expect(podNotCreated.find(view)).toBeUndefined();
  });
});

test("without all pods it cannot be told", () => {
  const view = placementOf(
    cluster({ Node: [node("n1")], DaemonSet: [daemonSet("agent")], notSeen: notSeen("Pod") }),
  );
  expect(podNotCreated.find(view)).toEqual({
    cannotTell: "not all pods were read, so a pod may well be there",
  });
});
