import { describe, expect, test } from "vitest";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { recomputeStatus } from "#shared/cluster/daemon-controller/status.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { PodSpec } from "#shared/cluster/pod.ts";
import { makeReport } from "#shared/report/make-report.ts";
import { rolloutOf } from "#shared/audit/evidence/rollout.ts";
import {
  ago,
  condition,
  container,
  daemonPod,
  daemonSet,
  resources,
  taint,
} from "../fixtures/build.ts";
import { event, unscheduled } from "../fixtures/placement.ts";
import { managedNode, some } from "../fixtures/pools.ts";
import { failed, lastKnown, notReady, unreachable } from "./ailing.ts";
import { fleet, workload } from "./fleet.ts";
import { alarms, audited, factsOf, heard, onlyAlarm, saidOf, verdictOn } from "./heard.ts";
import { changed, ending, oldPod, revisionsOf } from "./rolling.ts";

/** The ten rules that most auditors get wrong, each on whole placements. */
const agent = daemonSet("agent", { namespace: "monitoring" });
const KEY = "monitoring/agent";
const five = some(5, "worker", managedNode);

const placing = (template: Partial<PodSpec>): DaemonSet =>
  daemonSet("agent", { namespace: "monitoring", template });

function controllers(cluster: Cluster): object {
  const view = audited(cluster).facts.daemonSet(KEY);
  if (view?.currentHash === undefined) throw new Error("no agent with a revision");
  const { observedGeneration: _seen, ...counters } = recomputeStatus({
    set: view.daemonSet,
    nodes: cluster.Node,
    pods: view.pods,
    now: cluster.at,
    version: cluster.version,
    updatedHash: view.currentHash,
  });
  return counters;
}

describe("rule 1: NotReady lowers desired and does not raise unavailable", () => {
  const since = ago(720);
  const cluster = (kind: typeof notReady): Cluster => {
    const dead = kind(managedNode("worker-5"), since);
    return fleet({
      nodes: [...five.slice(0, 4), dead],
      sets: [agent],
      there: (set, on) => (on === dead ? [lastKnown(set, on, since)] : undefined),
      silent: kind === unreachable ? { "worker-5": 750 } : {},
    });
  };

  test.each([
    ["NotReady", notReady, { gaps: 1, unknown: 0 }],
    ["silent", unreachable, { gaps: 0, unknown: 1 }],
  ] as const)(
    "five nodes, one of them %s: the controller counts 4 of 4, we 4 of 5",
    (_how, kind, rest) => {
      const found = cluster(kind);

      expect(controllers(found)).toEqual({
        desired: 4,
        current: 4,
        ready: 4,
        available: 4,
        updated: 4,
        misscheduled: 1,
        unavailable: 0,
      });
      const [row] = makeReport(audited(found).facts, heard(found)).daemonSets;
      expect(row).toMatchObject({ eligible: 4, intended: 5, covered: 4, misplaced: 0, ...rest });
    },
  );
});

test("rule 2: a Pending daemon pod is currently scheduled, so desired minus current never tells of it", () => {
  const hungry = placing({ containers: [container({ requests: resources({ cpu: "2" }) })] });
  const cluster = fleet({
    nodes: [managedNode("worker-1")],
    sets: [hungry],
    there: (set, { name }) => [
      daemonPod(set, name, {
        createdAt: ago(900),
        spec: { nodeName: "" },
        status: unscheduled(),
      }),
    ],
    pods: [workload("batch-1", "worker-1", { cpu: "3" })],
  });

  expect(controllers(cluster)).toMatchObject({ desired: 1, current: 1, ready: 0 });
  expect(verdictOn(cluster, KEY, "worker-1")).toMatchObject({
    says: "gap",
    cause: "insufficient-cpu",
  });
});

test("rule 3: a pod that is ending still counts as ready and available, but is neither covered nor in the rollout", () => {
  const set = changed(agent);
  const cluster = fleet({
    nodes: five,
    sets: [set],
    there: (one, on) => [
      on.name === "worker-2" ? ending(oldPod(one, on), ago(-20)) : oldPod(one, on),
    ],
    ControllerRevision: revisionsOf(set, ago(60)),
  });

  expect(controllers(cluster)).toMatchObject({ desired: 5, ready: 5, available: 5 });
  expect(verdictOn(cluster, KEY, "worker-2").says).toBe("starting");
  const view = audited(cluster).facts.daemonSet(KEY);
  expect(view && rolloutOf(view)).toMatchObject({
    update: { maxUnavailable: 1, delete: [], deleteFromCandidates: 0 },
  });
});

test("rule 4: a node that is not even desired eats the budget: its old pod ends for ever and no other is replaced", () => {
  const set = changed(agent);
  const dead = unreachable(managedNode("worker-5"), ago(7200));
  const cluster = fleet({
    nodes: [...five.slice(0, 4), dead],
    sets: [set],
    there: (one, on) =>
      on === dead
        ? [ending({ ...oldPod(one, on), status: lastKnown(one, on, ago(7200)).status }, ago(1800))]
        : [oldPod(one, on)],
    ControllerRevision: revisionsOf(set, ago(1830)),
    silent: { "worker-5": 7230 },
  });

  expect(controllers(cluster)).toMatchObject({ desired: 4, misscheduled: 1 });
  const alarm = onlyAlarm(cluster);
  expect([alarm.cause, alarm.nodes]).toEqual(["rollout-stuck", ["worker-5"]]);
});

describe("rule 5: all daemons tolerate the taint of pressure, and none the pressure itself", () => {
  const pressed: Node = managedNode("worker-5", {
    taints: [taint("node.kubernetes.io/disk-pressure")],
    conditions: [
      condition("Ready", "True"),
      condition("DiskPressure", "True", { transitionAt: ago(900) }),
    ],
  });
  const evicting = (set: DaemonSet): Cluster =>
    fleet({
      nodes: [...five.slice(0, 4), pressed],
      sets: [set],
      there: (one, on) =>
        on === pressed && (one.template.priority ?? 0) < 2_000_000_000
          ? [failed(one, on, "Evicted")]
          : undefined,
      Event: Array.from({ length: 6 }, (_, at) => ({
        ...event(set, {
          reason: "FailedDaemonPod",
          message: `Found failed daemon pod monitoring/agent-${at} on node worker-5, will try to kill it`,
        }),
        name: `agent.${at}`,
      })),
    });

  test("priority 0: eligible, scheduled, refused, deleted and made again", () => {
    const cluster = evicting(agent);

    expect(controllers(cluster)).toMatchObject({ desired: 5, current: 5, ready: 4 });
    expect(verdictOn(cluster, KEY, "worker-5")).toMatchObject({ says: "gap", cause: "evict-loop" });
  });

  test("priority 2000000000 and more: it stays", () => {
    const cluster = evicting(placing({ priority: 2_000_001_000 }));

    expect(alarms(cluster)).toEqual([]);
    expect(factsOf(saidOf(cluster, "node-pressure")[0] ?? onlyAlarm(cluster))).toMatchObject([
      { safe: [KEY], next: [] },
    ]);
  });
});

describe("rule 10: the absence of events and of pods proves nothing", () => {
  const refusal = event(agent, {
    reason: "FailedCreate",
    message:
      'Error creating: pods "agent-x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=10, limited: pods=10',
  });
  const none = (events: Cluster["Event"], more: Partial<Cluster> = {}): Cluster =>
    fleet({ nodes: five.slice(0, 3), sets: [agent], there: () => [], Event: events, ...more });

  test.each([
    ["while the event is there, the quota", none([refusal]), "create-refused"],
    ["an hour later it is gone, and the gap is not", none([]), "pod-not-created"],
  ] as const)("a quota refuses the pods: %s", (_when, cluster, cause) => {
    expect(onlyAlarm(cluster).cause).toBe(cause);
    expect(onlyAlarm(cluster).nodes).toHaveLength(3);
  });

  test("where events were not read the gap stays a gap", () => {
    const blind = none([], { notSeen: [{ kind: "Event", why: "forbidden", detail: "" }] });

    expect(verdictOn(blind, KEY, "worker-1").says).toBe("gap");
    expect(heard(blind).some(({ cause }) => cause === "create-refused")).toBe(false);
  });

  test("where pods were not read nothing is covered and nothing is a gap", () => {
    const blind = none([], { notSeen: [{ kind: "Pod", why: "forbidden", detail: "" }] });

    expect(verdictOn(blind, KEY, "worker-1").says).toBe("unknown");
  });
});
