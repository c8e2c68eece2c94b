import { expect, test } from "vitest";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { ago, daemonSet } from "../fixtures/build.ts";
import { managedNode, some } from "../fixtures/pools.ts";
import { lastKnown, unreachable } from "./ailing.ts";
import { fleet, healthy, USUAL } from "./fleet.ts";
import { alarms, audited, heard, saidOf } from "./heard.ts";
import { rolled, changed, ending, newPod, oldPod } from "./rolling.ts";

const DAY = 86_400;
const agentWith = (parts: Parameters<typeof daemonSet>[1] = {}): DaemonSet =>
  changed(daemonSet("agent", { namespace: "monitoring", ...parts }));

const numberOf = ({ name }: Node): number => Number(name.split("-")[1]);

const twelve = some(12, "worker", managedNode);

const PORTION = 37;
const drift = (updateStrategy: DaemonSet["updateStrategy"]): Cluster => {
  const set = agentWith({ updateStrategy });
  const dead = unreachable(managedNode("dead-50"), ago(20 * DAY));
  const fifty = [...some(49, "worker", managedNode), dead];
  return rolled(set, ago(9 * DAY), {
    nodes: fifty,
    own: (node) => {
      if (node === dead)
        return [
          ending(
            { ...oldPod(set, node), status: lastKnown(set, node, ago(20 * DAY)).status },
            ago(9 * DAY),
          ),
        ];
      return numberOf(node) <= PORTION ? [oldPod(set, node)] : [newPod(set, node, ago(9 * DAY))];
    },
    usual: (one, node) => (node === dead ? [lastKnown(one, node, ago(20 * DAY))] : undefined),
    silent: { "dead-50": 20 * DAY },
  });
};

/** Fifty nodes, one of them dead for long and silent; nothing else is wrong. */
const driftAlarms = ["warning node-unreachable Node dead-50"];

test("A10 OnDelete is drift, however long updated differs from desired: only the dead node is told", () => {
  const cluster = drift({ type: "OnDelete" });

  expect(alarms(cluster)).toEqual(driftAlarms);
  expect(saidOf(cluster, "ondelete-drift").map(({ severity }) => severity)).toEqual(["info"]);
});

test("A10 its near miss: the same pods under RollingUpdate are a rollout that the dead node holds up", () => {
  expect(alarms(drift({ type: "RollingUpdate", maxUnavailable: 1, maxSurge: 0 }))).toEqual([
    "warning rollout-stuck DaemonSet monitoring/agent",
  ]);
});

/** Admission changed the pod (VPA, an injected sidecar), so that it differs from the template; its hash does not. */
const mutated = (set: DaemonSet, node: Node): Pod => {
  const pod = healthy(set, node);
  const [first] = pod.spec.containers;
  const containers = first
    ? [
        { ...first, requests: new Map(), limits: new Map() },
        { ...first, name: "injected" },
      ]
    : [];
  return { ...pod, spec: { ...pod.spec, containers, priority: 1000 } };
};

test("A25 a pod that admission changed is of the current revision: the hash decides, not a comparison of specs", () => {
  const set = daemonSet("agent", { namespace: "monitoring" });
  const cluster = fleet({
    nodes: twelve,
    sets: [...USUAL, set],
    there: (one, node) => (one === set ? [mutated(set, node)] : undefined),
  });

  expect(heard(cluster).filter(({ severity }) => severity !== "info")).toEqual([]);
  const view = audited(cluster).facts.daemonSet("monitoring/agent");
  expect(view?.pods.map((pod) => view.isUpdated(pod))).toEqual(twelve.map(() => "yes"));
});

test("A25 its near miss: equal specs under an older hash are outdated, and a dead node holds up their rollout", () => {
  const set = agentWith();
  const dead = unreachable(managedNode("dead-1"), ago(DAY));
  const cluster = rolled(set, ago(3600), {
    nodes: [...twelve, dead],
    own: (node) =>
      node === dead
        ? [
            ending(
              { ...oldPod(set, node), status: lastKnown(set, node, ago(DAY)).status },
              ago(3500),
            ),
          ]
        : [oldPod(set, node)],
    usual: (one, node) => (node === dead ? [lastKnown(one, node, ago(DAY))] : undefined),
    silent: { "dead-1": DAY },
  });

  expect(alarms(cluster)).toEqual(["warning rollout-stuck DaemonSet monitoring/agent"]);
});
