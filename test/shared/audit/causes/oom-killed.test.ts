import { expect, test } from "vitest";
import { CATALOGUE } from "#shared/audit/catalogue.ts";
import { oomKilled } from "#shared/audit/causes/oom-killed.ts";
import type { ContainerStatus } from "#shared/cluster/pod.ts";
import {
  ago,
  cluster,
  container,
  daemonPod,
  daemonSet,
  node,
  resources,
} from "../../../fixtures/build.ts";
import {
  crashing,
  notUp,
  placementOf,
  terminated,
  waitingContainer,
} from "../../../fixtures/placement.ts";

const limited = { memory: "200Mi" };
function killed(status: ContainerStatus, limits: Readonly<Record<string, string>> = limited) {
  const set = daemonSet("agent", {
    template: { containers: [container({ limits: resources(limits) })] },
  });
  return placementOf(
    cluster({
      Node: [node("n1"), node("n2")],
      DaemonSet: [set],
      Pod: [
        daemonPod(set, "n1", { status: notUp({ containers: [status] }) }),
        daemonPod(set, "n2"),
      ],
    }),
  );
}
const oom = { exitCode: 137, reason: "OOMKilled" };

test("the limit, the restarts and the nodes where it is fine are told", () => {
  const view = killed(crashing(oom));
  const hit = oomKilled.find(view);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(hit).toEqual({
    since: ago(60),
    evidence: {
      daemonSet: "kube-system/agent",
      node: "n1",
      container: "agent",
      init: false,
      limit: String(200n << 20n),
      requested: String(200n << 20n),
      restarts: 7,
      exitCode: 137,
      fineElsewhere: 1,
    },
  });
  expect(oomKilled.explain(hit.evidence)).toBe(
    "agent reached its memory limit of 200Mi and was killed, 7 restarts so far; the same daemon runs on 1 other node",
  );
  expect(
    oomKilled.remedies(hit.evidence, { facts: view.facts, nodes: ["n1"], daemonSets: [] }),
  ).toEqual([
    {
      action: "raise-limit",
      daemonSet: "kube-system/agent",
      container: "agent",
      resource: "memory",
      from: 200n << 20n,
      nodes: ["n1"],
    },
  ]);
});

test("without a limit it was the node that ran out", () => {
  const hit = oomKilled.find(killed(crashing(oom), {}));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(oomKilled.explain(hit.evidence)).toContain("though it has no limit of its own");
});

const running = { type: "running", startedAt: ago(30) } as const;
test.each([
  ["137 without the word is no proof", crashing({ exitCode: 137, reason: "Error" })],
  [
    "killed an hour ago and running since",
    {
      ...waitingContainer(""),
      restarts: 1,
      state: running,
      lastState: terminated({ ...oom, finishedAt: ago(3600) }),
    },
  ],
] as const)("silent: %s", (_rule, status) => {
  expect(oomKilled.find(killed(status))).toBeUndefined();
});

test("it is asked before crash-loop and not-ready, of which it is the reason", () => {
  const place = (code: string): number => CATALOGUE.findIndex((cause) => cause.code === code);
  expect(place("oom-killed")).toBeLessThan(
    Math.min(place("crash-loop"), place("init-failing"), place("not-ready")),
  );
});
