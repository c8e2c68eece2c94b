import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDump } from "#shared/adapters/files/read-dump.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { demoCluster } from "../../../functions/cli/demo/demo-cluster.ts";
import { ago, daemonPod, daemonSet, labels, notSeen, taint } from "../../fixtures/build.ts";
import { said, saidOfStates } from "../../fixtures/equal-verdicts.ts";
import { managedNode, some } from "../../fixtures/pools.ts";
import { event, unscheduled } from "../../fixtures/placement.ts";
import { anyCluster } from "../../fixtures/random-cluster.ts";
import {
  agent,
  beside,
  creating,
  emptied,
  failed,
  killedNow,
  notReady,
  oneOf,
  steady,
  unreachable,
} from "../../scenarios/ailing.ts";
import { fleet, fluentBit, USUAL, workload } from "../../scenarios/fleet.ts";
import { changed, newPod, oldPod, rolled, unready } from "../../scenarios/rolling.ts";

/** The machines of the dumps are other people's: no part of the project. */
const folder = join(process.env["DSAUDIT_DATA"] ?? "", "clusters");
const isThere = process.env["DSAUDIT_DATA"] !== undefined && existsSync(folder);
const dumps = isThere ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];

const WAITS = unscheduled("0/6 nodes are available: 1 Insufficient memory.");
const waiting = oneOf((set, node) =>
  daemonPod(set, node.name, { spec: { nodeName: "" }, status: WAITS }),
);
const crowd = steady.flatMap(({ name }) => [
  workload(`web-1-${name}`, name, { cpu: "1500m", memory: "6Gi" }),
  workload(`web-2-${name}`, name, { cpu: "100m", memory: "100Mi" }),
]);
const [first = managedNode("worker-9")] = some(1, "sick", managedNode);

/** Told by an Event only, which is of ten minutes ago. */
const refusedPods: Cluster = fleet({
  nodes: steady,
  sets: [...USUAL, agent],
  there: (set) => (set === agent ? [] : undefined),
  Event: [
    event(agent, {
      reason: "FailedCreate",
      message: 'Error creating: pods "agent-x7k2p" is forbidden: exceeded quota: small',
      count: 9,
      lastAt: ago(600),
    }),
  ],
});

const CLUSTERS: readonly (readonly [says: string, cluster: Cluster])[] = [
  ["all is well", fleet({ nodes: steady, sets: USUAL, pods: crowd })],
  ["a daemon waits for a place among others", { ...waiting, Pod: [...waiting.Pod, ...crowd] }],
  ["a daemon was killed for its memory", oneOf(killedNow)],
  ["a daemon is being created", oneOf((set, node) => creating(set, node, ago(1800)))],
  ["a daemon was refused by the kubelet", oneOf((set, node) => failed(set, node, "OutOfcpu"))],
  ["the namespace refuses the pods", refusedPods],
  ["a node went dark", beside(unreachable(first, ago(900)))],
  ["a node is not ready", beside(notReady(first, ago(900)))],
  ["a daemon is missing", beside(first, { lacking: fluentBit })],
  ["a node is leaving and does not leave", emptied("karpenter.sh/disrupted", ago(90_000))],
  ["a kubelet fell silent", fleet({ nodes: steady, sets: USUAL, silent: { "worker-2": 400 } })],
  [
    "a taint keeps a daemon off",
    beside({ ...first, taints: [taint("team", "NoSchedule", "x")] }, { lacking: fluentBit }),
  ],
  [
    "a rollout is stuck",
    rolled(changed(agent), ago(7200), {
      nodes: steady,
      own: (node) =>
        node.name === "worker-1"
          ? [unready(newPod(changed(agent), node, ago(3600)))]
          : [oldPod(changed(agent), node)],
    }),
  ],
  [
    "nobody may read events, leases or classes",
    { ...oneOf(killedNow), notSeen: notSeen("Event", "PriorityClass", "Lease") },
  ],
  [
    "nobody may read DaemonSets",
    { ...oneOf(killedNow), DaemonSet: [], notSeen: notSeen("DaemonSet") },
  ],
  [
    "a pod is aimed at a node that there is not",
    {
      ...beside(first),
      Pod: [
        ...beside(first).Pod,
        daemonPod(daemonSet("fluent-bit", fluentBit), "gone-1", {
          name: "fluent-bit-stray",
          spec: { nodeName: "" },
          status: WAITS,
          labels: labels({ app: "fluent-bit" }),
        }),
      ],
    },
  ],
];

describe("what is said of what arrives equals what is said of what is there", () => {
  test.each(CLUSTERS)("%s", (_says, cluster) => {
    expect(saidOfStates(cluster)).toEqual(said(cluster));
  });

  test.each([-120, -45, -1, 1, 30, 60, 120])(
    "by a forwarder whose clock is wrong by %s minutes, which sees an hour's Events",
    (minutes) => {
      for (const [says, cluster] of CLUSTERS)
        expect([says, saidOfStates(cluster, minutes * 60_000)]).toEqual([says, said(cluster)]);
    },
  );

  test("in the demo cluster", () => {
    expect(saidOfStates(demoCluster())).toEqual(said(demoCluster()));
  });

  test("in random clusters", () => {
    fc.assert(
      fc.property(anyCluster, (cluster) => {
        expect(saidOfStates(cluster)).toEqual(said(cluster));
      }),
      { numRuns: 100 },
    );
  });

  describe.skipIf(!isThere)("in real dumps (DSAUDIT_DATA)", () => {
    test.each(dumps)("%s", async (name) => {
      const cluster = await readDump([join(folder, name)], {});

      expect(saidOfStates(cluster)).toEqual(said(cluster));
    });
  });
});

test("the comparison sees: a cluster that lost one pod of a daemon is told from the whole one", () => {
  const cluster = oneOf(killedNow);
  const without = { ...cluster, Pod: cluster.Pod.filter(({ name }) => !name.startsWith("agent")) };

  expect(saidOfStates(without)).not.toEqual(said(cluster));
});
