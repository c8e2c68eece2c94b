import {
  placerOf,
  traitsOf,
  type NodeTraits,
  type Placer,
} from "#shared/audit/engine/eligibility.ts";
import { classify } from "#shared/audit/engine/node-classes.ts";
import { roleOf } from "#shared/audit/roles.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { transientTaint } from "#shared/cluster/transient-taint.ts";
import {
  ago,
  cluster,
  condition,
  container,
  daemonPod,
  daemonSet,
  node,
  pod,
  podStatus,
  resources,
  taint,
} from "../fixtures/build.ts";
import { crashing, notUp, unscheduled } from "../fixtures/placement.ts";
import { AGENT, POOLS, SHAPES, ZONES, type Pool } from "./fleet-shapes.ts";
import { seeded, type Random } from "./random.ts";

export type FleetSize = {
  readonly nodes: number;
  readonly daemonSets: number;
  /** Daemon pods and others together; the others fill up what is left. 0: none at all, for who asks only about nodes. */
  readonly pods: number;
};
export const FLEET: FleetSize = { nodes: 5000, daemonSets: 30, pods: 150_000 };
/** Three times the nodes, twice the DaemonSets, as many pods a placement. */
export const LARGE_FLEET: FleetSize = { nodes: 15_000, daemonSets: 60, pods: 900_000 };

/** A large cluster in memory, in which a little is wrong, as in any; the same for the same seed. */
export function fleet({ nodes, daemonSets, pods }: FleetSize, seed = 1): Cluster {
  const random = seeded(seed);
  const Node = Array.from({ length: nodes }, (_, index) => fleetNode(index, random));
  const DaemonSet = Array.from({ length: daemonSets }, (_, index) => fleetSet(index));
  const daemons = pods === 0 ? [] : daemonPods({ Node, DaemonSet }, random);
  const others = Array.from({ length: Math.max(0, pods - daemons.length) }, (_, index) =>
    otherPod(index, random.pick(Node).name),
  );
  return cluster({ Node, DaemonSet, Pod: [...daemons, ...others] });
}

function poolFor(random: Random): Pool {
  let left = random.whole(100);
  return POOLS.find(({ share }) => (left -= share) < 0) ?? random.pick(POOLS);
}

const ALLOCATABLE = resources({
  cpu: "16",
  memory: "64Gi",
  "ephemeral-storage": "200Gi",
  pods: "250",
});
const NOT_READY = condition("Ready", "False", {
  reason: "KubeletNotReady",
  message: "container runtime is down",
  transitionAt: ago(1800),
});
const NOT_READY_TAINT = taint("node.kubernetes.io/not-ready", "NoExecute");

function fleetNode(index: number, random: Random): Node {
  const pool = poolFor(random);
  const name = `ip-10-${index >> 8}-${index & 255}-7.eu-central-1.compute.internal`;
  const broken = random.chance(0.003);
  const os = pool.labels["kubernetes.io/os"] ?? "linux";
  return node(name, {
    os,
    arch: pool.labels["kubernetes.io/arch"] ?? "amd64",
    allocatable: ALLOCATABLE,
    providerId: `aws:///${ZONES[index % 3] ?? ""}/i-${index.toString(16).padStart(17, "0")}`,
    labels: new Map([
      ...Object.entries(pool.labels),
      ["topology.kubernetes.io/zone", random.pick(ZONES)],
      ["topology.kubernetes.io/region", "eu-central-1"],
      ["node.kubernetes.io/instance-type", "m7i.4xlarge"],
      ["eks.amazonaws.com/nodegroup", pool.name],
    ]),
    taints: broken ? [...pool.taints, NOT_READY_TAINT] : pool.taints,
    ...(broken ? { conditions: [NOT_READY] } : {}),
  });
}

export function fleetSet(index: number): DaemonSet {
  const shape = SHAPES[index % SHAPES.length];
  return daemonSet(`agent-${index}`, {
    template: { ...shape, containers: [AGENT], priority: 0, terminationGracePeriodSeconds: 30 },
  });
}

const HEALTHY = podStatus();
const CRASHING = podStatus(notUp({ containers: [crashing()] }));
const PENDING = podStatus(unscheduled("0/5000 nodes are available: 1 Insufficient memory."));

/** What eligibility is asked of: each node and each DaemonSet, as the engine prepares them. */
export function askedOf({ Node, DaemonSet }: Pick<Cluster, "Node" | "DaemonSet">): {
  readonly placers: readonly Placer[];
  readonly traits: readonly NodeTraits[];
} {
  const { version } = cluster();
  return {
    placers: DaemonSet.map((set) => placerOf(set, roleOf(set, DEFAULT_POLICY), { version })),
    traits: Node.map((one) => traitsOf(one, (of) => transientTaint(of) !== undefined)),
  };
}

/** Where the controller would make one there is one, but for a few that are missing, wait or crash. */
function daemonPods(of: Pick<Cluster, "Node" | "DaemonSet">, random: Random): readonly Pod[] {
  const { placers, traits } = askedOf(of);
  const { classes, ofNodes } = classify(placers, traits);
  return traits.flatMap((one, at) => {
    const ofNode = ofNodes[at];
    if (ofNode === undefined) return [];
    return placers.flatMap(({ set }, index) =>
      classes.eligibility(index, one, ofNode).intended === "yes"
        ? onNode(set, one.node.name, random)
        : [],
    );
  });
}

function onNode(set: DaemonSet, name: string, random: Random): readonly Pod[] {
  const dice = random.whole(2000);
  if (dice === 0) return [];
  if (dice === 1) return [{ ...daemonPod(set, name, { spec: { nodeName: "" } }), status: PENDING }];
  return [{ ...daemonPod(set, name), status: dice === 2 ? CRASHING : HEALTHY }];
}

const WORKLOAD = [container({ requests: resources({ cpu: "100m", memory: "256Mi" }) })];

const otherPod = (index: number, nodeName: string): Pod => ({
  ...pod(`web-${index}`, { spec: { nodeName, containers: WORKLOAD, priority: 0 } }),
  status: HEALTHY,
});
