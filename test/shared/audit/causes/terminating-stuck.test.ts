import { expect, test } from "vitest";
import { terminatingStuck } from "#shared/audit/causes/terminating-stuck.ts";
import type { NodeView } from "#shared/audit/facts.ts";
import { ago, cluster, daemonPod, daemonSet, node } from "../../../fixtures/build.ts";
import { placementOf, terminated, waitingContainer } from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
const deleted = (seconds: number, phase: NodeView["phase"]["name"] = "steady", ended = false) =>
  placementOf(
    cluster({
      Node: [node("n1")],
      DaemonSet: [set],
      Pod: [
        daemonPod(set, "n1", {
          deletionAt: ago(seconds),
          status: ended ? { containers: [{ ...waitingContainer(""), state: terminated() }] } : {},
        }),
      ],
    }),
    { phase },
  );

test.each([
  [
    "its process runs on",
    false,
    "kube-system/agent-n1 should have been gone 40 min ago, and no new pod is made before it goes",
  ],
  [
    "its process has ended",
    true,
    "kube-system/agent-n1 should have been gone 40 min ago, though its containers have ended, and no new pod is made before it goes",
  ],
] as const)("%s", (_rule, ended, sentence) => {
  const hit = terminatingStuck.find(deleted(2400, "steady", ended));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(hit.since).toBe(ago(2400));
  expect(terminatingStuck.explain(hit.evidence)).toBe(sentence);
});

test("on a node that fell silent no force is advised: the process may run on", () => {
  const actions = (phase: NodeView["phase"]["name"]): readonly string[] => {
    const view = deleted(2400, phase);
    const hit = terminatingStuck.find(view);
    if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
    return terminatingStuck
      .remedies(hit.evidence, { facts: view.facts, nodes: ["n1"], daemonSets: [] })
      .map(({ action }) => action);
  };
  expect(actions("dark")).toEqual(["look"]);
  expect(actions("steady")).toEqual(["look", "force-delete-pod"]);
});

test("to the second it may take its grace", () => {
  expect(terminatingStuck.find(deleted(300))).toBeUndefined();
  expect(terminatingStuck.find(deleted(301))).toMatchObject({ evidence: { overdueSeconds: 301 } });
  expect(terminatingStuck.find(deleted(-30))).toBeUndefined();
});
