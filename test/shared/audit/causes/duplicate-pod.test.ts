import { expect, test } from "vitest";
import { duplicatePod } from "#shared/audit/causes/duplicate-pod.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { ago, daemonPod, daemonSet, labels, node, taint } from "../../../fixtures/build.ts";
import { askSet, setOf } from "../../../fixtures/ask-cause.ts";
import { notUp, unscheduled } from "../../../fixtures/placement.ts";
import { rolling } from "../../../fixtures/rollout.ts";

const plain = daemonSet("agent");
const surging = daemonSet("agent", { updateStrategy: rolling(0, 1) });
type Parts = Parameters<typeof daemonPod>[2];
const twins = (set: typeof plain, ...parts: readonly Parts[]): readonly Pod[] =>
  parts.map((one, at) =>
    daemonPod(set, "n1", { createdAt: ago(5000), ...one, name: `agent-${at}` }),
  );
const found = (pods: readonly Pod[], set = plain, nodes = [node("n1"), node("n2")]) =>
  askSet(duplicatePod, setOf({ Node: nodes, DaemonSet: [set], Pod: pods }));

test("two pods that run side by side for longer than a start takes are a warning", () => {
  expect(found(twins(plain, {}, { createdAt: ago(181) }))).toEqual([
    {
      since: ago(181),
      nodes: ["n1"],
      severity: "warning",
      evidence: {
        daemonSet: "kube-system/agent",
        places: [{ node: "n1", pods: ["agent-0", "agent-1"] }],
        nodes: 1,
        running: 1,
        seconds: 181,
      },
      says: "more than one live pod on node n1: agent-0 and agent-1, for 3 min",
      remedies: [
        {
          action: "look",
          command: [
            "kubectl",
            "-n",
            "kube-system",
            "get",
            "pods",
            "-o",
            "wide",
            "--field-selector=spec.nodeName=n1",
          ],
          why: "the controller should have deleted one of them: see whether it is alive and may delete",
        },
        {
          action: "touch-daemon-set",
          daemonSet: "kube-system/agent",
          why: "a sync deletes the extra pod, if the controller works",
        },
      ],
    },
  ]);
});

test("where only one of them runs it is information; several nodes are one finding", () => {
  const pods = [
    ...twins(plain, {}, { spec: { nodeName: "" }, status: unscheduled() }),
    daemonPod(plain, "n2", { name: "x", createdAt: ago(900) }),
    daemonPod(plain, "n2", { name: "y", createdAt: ago(900), status: { phase: "Pending" } }),
  ];
  const [hit] = found(pods);
  expect(hit).toMatchObject({ severity: "info", nodes: ["n1", "n2"], since: ago(5000) });
  expect(hit?.says).toBe(
    "more than one live pod on 2 nodes, on n1: agent-0 and agent-1, for 83 min; no two of them run",
  );
});

const OLD = {
  labels: labels({ "controller-revision-hash": "r0", "pod-template-generation": "0" }),
};

test.each([
  ["the younger one has just come", twins(plain, {}, { createdAt: ago(179) }), plain],
  ["one is on its way out", twins(plain, {}, { deletionAt: ago(5) }), plain],
  ["one has ended", twins(plain, {}, { status: { phase: "Failed" } }), plain],
  ["the new one of a surge is not up", twins(surging, OLD, { status: notUp({}) }), surging],
  [
    "no pod may stay there",
    twins(plain, {}, {}),
    plain,
    [node("n1", { taints: [taint("x", "NoExecute")] })],
  ],
  [
    "the DaemonSet is being deleted",
    twins(plain, {}, {}),
    daemonSet("agent", { deletionAt: ago(9) }),
  ],
  ["each has its own node", [daemonPod(plain, "n1"), daemonPod(plain, "n2")], plain],
] as const)("silent: %s", (_rule, pods, set, nodes?) => {
  expect(found(pods, set, nodes === undefined ? undefined : [...nodes])).toEqual([]);
});

test.each([
  ["both are of one revision", [{}, {}]],
  ["the new one has been available all the while", [OLD, {}]],
  ["the old one is not ready", [{ ...OLD, status: notUp({}) }, { status: notUp({}) }]],
  ["a third one is there", [OLD, { status: notUp({}) }, OLD]],
] as const)("with surge too: %s", (_rule, parts) => {
  expect(found(twins(surging, ...parts), surging)).toHaveLength(1);
});

test("without revisions the two of a surge cannot be told apart, two of a plain update need not be", () => {
  const asked = (set: typeof plain) =>
    duplicatePod.find(
      setOf({
        Node: [node("n1")],
        DaemonSet: [set],
        Pod: twins(set, OLD, {}),
        ControllerRevision: [],
      }),
    );
  expect(asked(surging)).toEqual({
    cannotTell: "which of two pods on a node is the new one cannot be told",
  });
  expect(asked(plain)).toHaveLength(1);
});
