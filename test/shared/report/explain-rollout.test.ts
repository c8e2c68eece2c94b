import { expect, test } from "vitest";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { rolloutOf } from "#shared/report/explain-rollout.ts";
import {
  ago,
  cluster,
  condition,
  daemonPod,
  daemonSet,
  labels,
  node,
  notSeen,
  revision,
} from "../../fixtures/build.ts";

const set = (parts: Partial<Omit<DaemonSet, "template">> = {}): DaemonSet =>
  daemonSet("agent", {
    generation: 2,
    templateGeneration: "2",
    ...parts,
    status: { ...daemonSet("x").status, observedGeneration: 2, ...parts.status },
  });

const on = (name: string, hash: string, ready = true): Pod =>
  daemonPod(set(), name, {
    createdAt: ago(3600),
    labels: labels({
      "controller-revision-hash": hash,
      "pod-template-generation": hash === "new" ? "2" : "1",
    }),
    status: { conditions: [condition("Ready", ready ? "True" : "False")] },
  });

function rollout(pods: readonly Pod[], parts: Partial<Cluster> = {}, of = set()) {
  const { facts } = auditCluster(
    cluster({
      Node: ["n1", "n2", "n3"].map((name) => node(name)),
      DaemonSet: [of],
      Pod: [...pods],
      ControllerRevision: [revision(of, 1, "old"), revision(of, 2, "new")],
      ...parts,
    }),
    DEFAULT_POLICY,
  );
  const [view] = facts.daemonSets;
  if (view === undefined) throw new Error("no DaemonSet");
  return rolloutOf(view);
}

test("all are of the current revision", () => {
  const told = rollout([on("n1", "new"), on("n2", "new"), on("n3", "new")]);
  expect(told).toMatchObject({
    currentRevision: "new",
    updated: 3,
    outdated: 0,
    outdatedNodes: [],
  });
  expect(told.says).toEqual(["all 3 pods are of the current revision"]);
});

test("what uses up the budget is named, and that it stands still", () => {
  const told = rollout([on("n1", "new", false), on("n2", "old"), on("n3", "old")]);
  expect(told).toMatchObject({
    updated: 1,
    outdated: 2,
    outdatedNodes: ["n2", "n3"],
    budget: { maxUnavailable: 1, maxSurge: 0, usedBy: ["n1"] },
  });
  expect(told.says).toEqual([
    "1 of 3 pods are of the current revision, 2 of an older one",
    "its last step was 60m ago",
    "up to 1 may be down at once, and 1 is (n1), so no further pod is replaced",
  ]);
});

test("budget that is left lets it go on", () => {
  const of = set({ updateStrategy: { type: "RollingUpdate", maxUnavailable: 2, maxSurge: 0 } });
  const told = rollout([on("n1", "new", false), on("n2", "old"), on("n3", "old")], {}, of);
  expect(told.says.at(-1)).toBe("up to 2 may be down at once, and 1 is (n1)");
  const free = rollout([on("n1", "new"), on("n2", "old"), on("n3", "old")], {}, of);
  expect(free.says.at(-1)).toBe("up to 2 may be down at once, and none is");
});

test("with OnDelete old pods are no fault, and there is no budget", () => {
  const told = rollout(
    [on("n1", "new"), on("n2", "old")],
    {},
    set({ updateStrategy: { type: "OnDelete" } }),
  );
  expect(told.budget).toBeNull();
  expect(told.says.at(-1)).toBe(
    "with OnDelete the old pods stay until they are deleted, which is no fault",
  );
});

test("a strategy that we do not know is named, not judged", () => {
  const told = rollout(
    [on("n1", "old")],
    {},
    set({ updateStrategy: { type: "other", name: "Canary" } }),
  );
  expect(told).toMatchObject({ strategy: "Canary", budget: null });
});

test.each([
  [
    "revisions were not read",
    { ControllerRevision: [], notSeen: notSeen("ControllerRevision") },
    set({ templateGeneration: undefined }),
    "were not read",
  ],
  [
    "the controller has not seen the template",
    {},
    set({ generation: 3, templateGeneration: undefined }),
    "has not seen the newest template",
  ],
] as const)("which revision is current cannot be told: %s", (_why, parts, of, says) => {
  const told = rollout([on("n1", "old")], parts, of);
  expect(told).toMatchObject({ currentRevision: null, unknown: 1, budget: null });
  expect(told.says).toEqual([expect.stringContaining(says)]);
});

test("no pods", () => {
  expect(rollout([]).says).toEqual(["no pod is there to update"]);
});
