import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PodClass, PodRow } from "#shared/events/pod-rows.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { newReading } from "#shared/cluster/read/json.ts";
import { roomOf } from "#shared/cluster/room.ts";
import { LIMITS } from "#shared/states/tell/pack.ts";
import { rowKey } from "#shared/states/row.ts";
import { rowSource } from "#shared/states/rows/row-source.ts";
import { knownPod } from "#shared/states/rows/known-pod.ts";
import { podPiecesOf } from "#shared/states/rows/pod-pieces.ts";
import { classList } from "#shared/states/rows/row-text.ts";
import { readPodRow } from "#shared/states/rows/told-pod.ts";
import {
  ago,
  container,
  daemonPod,
  daemonSet,
  labels,
  pod,
  podStatus,
  resources,
  taint,
} from "../../../fixtures/build.ts";
import { service } from "../../../fixtures/ask-cause.ts";
import { notUp, unscheduled } from "../../../fixtures/placement.ts";
import { managedNode, some } from "../../../fixtures/pools.ts";
import { anyCluster } from "../../../fixtures/random-cluster.ts";
import { asServed, throughStates, viewOf } from "../../../fixtures/through-states.ts";
import { fleet, workload } from "../../../scenarios/fleet.ts";

const agent = daemonSet("agent", {
  template: { containers: [container({ requests: resources({ memory: "64Mi" }) })] },
});
const [node = managedNode("w-1"), other = managedNode("w-2")] = some(2, "w", managedNode);
const web = [1, 2, 3].map((at) => workload(`web-${at}`, node.name, { memory: "100Mi" }));
const well = (parts: Partial<Parameters<typeof fleet>[0]> = {}): Cluster =>
  fleet({ nodes: [node, other], sets: [agent], pods: web, ...parts });

type State = {
  readonly pods: readonly object[];
  readonly others: {
    readonly listed: readonly { name: string }[];
    readonly grouped: readonly [number, number][];
  };
  readonly cut?: string;
};
const rowOf = (cluster: Cluster) => {
  const row = rowSource(viewOf(asServed(cluster))).row(rowKey("Node", node.uid));
  if (row === undefined) throw new Error("there is no such row");
  return row;
};
const stateOf = (cluster: Cluster): State => {
  const row = rowOf(cluster);
  return JSON.parse(row.json(row.classes.map((_, at) => at))) as State;
};
/** Names of those that are listed, and how many others there are. */
const othersIn = (cluster: Cluster) => {
  const { listed, grouped } = stateOf(cluster).others;
  return [listed.map(({ name }) => name), grouped.map(([, count]) => count)];
};
const NAMES = ["web-1", "web-2", "web-3"];
const insteadOn = (parts: Parameters<typeof daemonPod>[2]) => ({
  there: (set: typeof agent, on: typeof node) =>
    on === node ? [daemonPod(set, on.name, parts)] : undefined,
});

describe("the other pods of a node", () => {
  test("are told by their sums where all is well", () => {
    expect(othersIn(well())).toEqual([[], [3]]);
  });

  test.each([
    [
      "a daemon is missing",
      { there: (_: unknown, on: typeof node) => (on === node ? [] : undefined) },
    ],
    ["a daemon is ending", insteadOn({ deletionAt: ago(5) })],
    ["a daemon is not up", insteadOn({ status: notUp({}) })],
    ["a daemon waits for a place", insteadOn({ spec: { nodeName: "" }, status: unscheduled() })],
    [
      "the node is leaving",
      { nodes: [{ ...node, taints: [taint("karpenter.sh/disrupted")] }, other] },
    ],
    ["the node is being deleted", { nodes: [{ ...node, deletionAt: ago(5) }, other] }],
    [
      "its kubelet is silent",
      { nodes: [node, other, managedNode("w-3")], silent: { [node.name]: 900 } },
    ],
    [
      "a second daemon pod would find no room",
      {
        nodes: [
          { ...node, allocatable: resources({ cpu: "4", memory: "400Mi", pods: "110" }) },
          other,
        ],
      },
    ],
    [
      "all pod places are taken",
      {
        nodes: [
          { ...node, allocatable: resources({ cpu: "4", memory: "16Gi", pods: "4" }) },
          other,
        ],
      },
    ],
    [
      "somebody is promised a place",
      {
        pods: [
          ...web,
          pod("next", {
            spec: { nodeName: "" },
            status: podStatus({ phase: "Pending", nominatedNodeName: node.name }),
          }),
        ],
      },
    ],
  ] as const)("are listed where %s", (_why, parts) => {
    expect(othersIn(well(parts as object))).toEqual([NAMES, []]);
  });

  test("that have ended take no room", () => {
    const allocatable = resources({ cpu: "4", memory: "500Mi", pods: "110" });
    const alive = workload("ended", node.name, { memory: "100Mi" });
    const ended = { ...alive, status: podStatus({ phase: "Succeeded" }) };
    const nodes = [{ ...node, allocatable }, other];

    expect(othersIn(well({ nodes, pods: [...web, ended] }))).toEqual([[], [1, 3]]);
    expect(othersIn(well({ nodes, pods: [...web, alive] }))).toEqual([["ended", ...NAMES], []]);
  });

  test("of which one may be named by a rule are listed but for the rest", () => {
    const volumes = [{ name: "v", source: { type: "claim", claim: "shared" } }] as const;
    const claiming = daemonSet("agent", { template: { volumes } });
    const rival = pod("rival", {
      namespace: claiming.namespace,
      spec: { nodeName: node.name, volumes },
    });

    expect(othersIn(well({ sets: [claiming], pods: [...web, rival] }))).toEqual([["rival"], [3]]);
  });

  test("that are ending are told by name", () => {
    const ending = { ...workload("old", node.name, { memory: "100Mi" }), deletionAt: ago(5) };

    expect(othersIn(well({ pods: [...web, ending] }))).toEqual([["old"], [3]]);
  });

  test("keep the labels that Services of their namespace ask for, and no others", () => {
    const selecting = service("web", { namespace: "shop", ports: [] });
    const shop = daemonSet("shop-agent", { namespace: "shop" });
    const labelled = web.map((one) => ({
      ...one,
      labels: labels({ app: "web", secret: one.name }),
    }));
    const row = rowOf(well({ sets: [agent, shop], pods: labelled, Service: [selecting] }));

    expect(
      row.classes.filter((text) => text.includes('"namespace":"shop","labels":{"app":"web"}')),
    ).toHaveLength(1);
    expect(row.classes.join("")).not.toContain("secret");
  });

  test("take as much room when they are put together again", () => {
    fc.assert(
      fc.property(anyCluster, (given) => {
        const cluster = asServed(given);
        const arrived = throughStates(cluster);
        const { version } = cluster;
        const used = ({ Node, Pod }: Cluster) =>
          Node.map((one) => {
            const {
              used: sums,
              podCount,
              hostPorts,
            } = roomOf(
              one,
              Pod.filter(({ spec }) => spec.nodeName === one.name),
              { version },
            );
            return [one.name, sums, podCount, hostPorts.length];
          });

        expect(used(arrived)).toEqual(used(cluster));
      }),
      { numRuns: 50 },
    );
  });
});

/** What is told of a pod, in its two parts. */
function tellPod(one: Pod, on: string) {
  const classes = classList();
  const pieces = podPiecesOf(knownPod(one, on), { node: on, classes, cut: undefined });
  const { class: number, ...own } = JSON.parse(pieces.join("")) as PodRow;
  return { of: JSON.parse(classes.all[number]?.text ?? "") as PodClass, own };
}

describe("a pod in two parts", () => {
  test("is the same again, whatever its state", () => {
    fc.assert(
      fc.property(anyCluster, ({ Pod }) => {
        for (const one of Pod) {
          const on = one.spec.nodeName || "n0";
          const { of, own } = tellPod(one, on);

          expect(readPodRow(of, own, { node: on, reading: newReading() })).toEqual(one);
        }
        expect(Pod).toBeDefined();
      }),
      { numRuns: 50 },
    );
  });

  test("has one class with its like on other nodes, when only moments and restarts differ", () => {
    const up = podStatus();
    const later = {
      ...up,
      startedAt: ago(50.5),
      containers: up.containers.map((one) => ({ ...one, restarts: 3 })),
    };
    const a = tellPod(daemonPod(agent, "w-1"), "w-1");
    const b = tellPod(daemonPod(agent, "w-2", { status: later, createdAt: ago(60) }), "w-2");

    expect(b.of).toEqual(a.of);
    expect([a.own.restarts, b.own.restarts, b.own.moments?.[0]]).toEqual([undefined, [3], 9.5]);
  });

  test("has every moment and every restart in its place, be its containers many", () => {
    const up = podStatus();
    const [first] = up.containers;
    if (first === undefined) throw new Error("there is no container");
    const running = (name: string, at: number) =>
      ({ ...first, name, restarts: at, state: { type: "running", startedAt: ago(at) } }) as const;
    const done = {
      ...first,
      name: "done",
      ready: false,
      restarts: 7,
      state: {
        type: "terminated",
        reason: "Completed",
        message: "",
        exitCode: 0,
        startedAt: ago(90),
        finishedAt: ago(80),
      },
    } as const;
    const status = {
      ...up,
      startedAt: ago(99),
      conditions: up.conditions.map((one, at) => ({ ...one, transitionAt: ago(20 + at) })),
      containers: [running("a", 11), running("b", 12)],
      initContainers: [done, running("sidecar", 13)],
    };
    const one = daemonPod(agent, "w-1", { status, createdAt: ago(100) });
    const { of, own } = tellPod(one, "w-1");

    expect([own.status, own.restarts]).toEqual([undefined, [11, 12, 7, 13]]);
    expect(readPodRow(of, own, { node: "w-1", reading: newReading() })).toEqual(one);
  });
});

describe("the hash of a row", () => {
  const labelled = (value: string) => ({
    there: (set: typeof agent, on: typeof node) => [
      daemonPod(set, on.name, { labels: labels({ team: value }) }),
    ],
  });
  const asking = (memory: string) => ({
    pods: web.map((_, at) => workload(`web-${at}`, node.name, { memory })),
  });
  const since = (seconds: number) => ({
    there: (set: typeof agent, on: typeof node) => [
      daemonPod(set, on.name, { createdAt: ago(seconds) }),
    ],
  });

  test.each([
    ["what its daemons have in common", labelled],
    ["what its other pods have in common", asking],
    ["what is a pod's own", (value: string) => since(Number.parseInt(value))],
    [
      "how many others there are",
      (value: string) => ({ pods: web.slice(Number.parseInt(value) - 1) }),
    ],
  ] as const)("is another where %s is, and the same where nothing is", (_what, parts) => {
    const hashOf = (value: string) => rowOf(well(parts(value))).hash;

    expect(hashOf("1Mi")).toBe(hashOf("1Mi"));
    expect(hashOf("1Mi")).not.toBe(hashOf("2Mi"));
  });
});

describe("a row too large for an event", () => {
  const loud = "no space left on device ".repeat(400);
  const crowd = (count: number): Cluster =>
    well({
      pods: Array.from({ length: count }, (_, at) =>
        workload(`web-${at}`, node.name, {
          spec: { serviceAccountName: `account-${at}`.padEnd(200, "x") },
        }),
      ),
      ...insteadOn({ status: notUp({ message: loud }) }),
    });

  test.each([
    ["says all while it fits", 10, undefined],
    ["tells the other pods by their sums", 600, "grouped"],
  ] as const)("%s", (_what, count, cut) => {
    const cluster = crowd(count);
    const { others, cut: said } = stateOf(cluster);

    expect([said, others.listed.length]).toEqual([cut, cut === undefined ? count : 0]);
  });

  test("shortens messages, and then leaves out events", () => {
    const many = Array.from({ length: 40 }, (_, at) => daemonSet(`set-${at}`));
    const cluster = well({
      sets: many,
      there: (set, on) =>
        on === node ? [daemonPod(set, on.name, { status: notUp({ message: loud }) })] : undefined,
    });
    const row = rowOf(cluster);
    const text = row.json(row.classes.map((_, at) => at));

    expect(stateOf(cluster).cut).toBe("messages");
    expect(text.length + row.classes.join("").length).toBeLessThan(LIMITS.one);
    expect(text).not.toContain(loud);
  });
});

describe("the rows of nodes", () => {
  test("that were told before anybody asked may be others as well", () => {
    const seen = viewOf(asServed(well()));
    const source = rowSource(seen);
    source.row(rowKey("Node", node.uid));
    seen.put("DaemonSet", daemonSet("more"));
    source.changed(rowKey("DaemonSet", daemonSet("more").uid));

    expect([...source.stale()]).toHaveLength(2);
  });

  test("may be others once a DaemonSet is, and are said to be so once", () => {
    const cluster = asServed(well());
    const seen = viewOf(cluster);
    const source = rowSource(seen);
    source.row(rowKey("Node", node.uid));
    source.changed(rowKey("Node", node.uid));
    expect([...source.stale()]).toEqual([]);

    const more = daemonSet("more");
    seen.put("DaemonSet", more);
    source.changed(rowKey("DaemonSet", more.uid));
    expect([...source.stale()].toSorted()).toEqual(
      [node, other].map(({ uid }) => rowKey("Node", uid)).toSorted(),
    );
    expect([...source.stale()]).toEqual([]);
  });
});
