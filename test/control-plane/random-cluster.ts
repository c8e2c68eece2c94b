import type { HollowNode } from "./hollow-node.ts";
import type { ApiObject } from "./world.ts";

/** mulberry32: the same clusters for the same seed, on every machine. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type Dice = {
  /** true with this chance. */
  chance(of: number): boolean;
  pick<T>(from: readonly T[]): T;
  upTo(most: number): number;
};

export function diceOf(seed: number): Dice {
  const random = randomOf(seed);
  return {
    chance: (of) => random() < of,
    upTo: (most) => Math.floor(random() * (most + 1)),
    pick: (from) => {
      const chosen = from[Math.floor(random() * from.length)];
      if (chosen === undefined) throw new Error("nothing to pick from");
      return chosen;
    },
  };
}

export type RandomCluster = {
  /** Label pool=… of its nodes, and the namespace of everything else. */
  readonly pool: string;
  readonly nodes: readonly HollowNode[];
  /** Pods that are on the nodes before any DaemonSet comes. */
  readonly fillers: readonly ApiObject[];
  readonly daemonSets: readonly ApiObject[];
};

export const PRIORITIES = [
  ["suite-low", -10],
  ["suite-middle", 1000],
  ["suite-high", 100_000],
] as const;

const TAINTS = ["team", "gpu", "example.com/edge"] as const;
const ZONES = ["a", "b", "c"] as const;

function randomNode(dice: Dice, pool: string, i: number): HollowNode {
  const taints = Array.from({ length: dice.chance(0.6) ? 0 : 1 + dice.upTo(1) }, () => ({
    key: dice.pick(TAINTS),
    value: dice.pick(["", "x", "5"]),
    effect: dice.pick(["NoSchedule", "NoSchedule", "NoExecute", "PreferNoSchedule"]),
  }));
  const unique = new Map(taints.map((taint) => [`${taint.key}:${taint.effect}`, taint]));
  return {
    name: `${pool}-n${i}`,
    labels: {
      pool,
      zone: dice.pick(ZONES),
      ...(dice.chance(0.4) ? { size: String(dice.upTo(9)) } : {}),
      ...(dice.chance(0.2) ? { gpu: "true" } : {}),
    },
    taints: [...unique.values()],
    allocatable: {
      cpu: dice.pick(["500m", "1", "2", "4"]),
      memory: dice.pick(["512Mi", "1Gi", "4Gi"]),
      pods: dice.pick(["3", "6", "20", "110"]),
      "ephemeral-storage": "10Gi",
      ...(dice.chance(0.3) ? { "example.com/device": String(dice.upTo(2)) } : {}),
    },
  };
}

const CPU = ["0", "50m", "100m", "300m", "0.7", "1500m"] as const;
const MEMORY = ["0", "64Mi", "100M", "300Mi", "0.9Gi", "2Gi"] as const;

/** On the host's network both ports must be the same, and one that is left away is filled in. */
function portsOf(dice: Dice, onHost: boolean): readonly object[] {
  const port = dice.pick([8080, 8081]);
  const protocol = dice.pick(["TCP", "UDP"]);
  if (onHost) return [{ containerPort: port, hostPort: port, protocol }];
  return dice.chance(0.15) ? [{ containerPort: port, protocol }] : [];
}

const container = (dice: Dice, name: string, hostPort: boolean): object => ({
  name,
  image: "registry.example/agent:1",
  resources: {
    requests: {
      ...(dice.chance(0.8) ? { cpu: dice.pick(CPU) } : {}),
      ...(dice.chance(0.8) ? { memory: dice.pick(MEMORY) } : {}),
    },
    ...(dice.chance(0.1)
      ? { limits: { "example.com/device": "1" } }
      : dice.chance(0.1)
        ? { limits: { "ephemeral-storage": "6Gi" } }
        : {}),
  },
  ports: portsOf(dice, hostPort),
});

function affinity(dice: Dice): object | undefined {
  if (dice.chance(0.5)) return undefined;
  const expression = (): object => {
    const kind = dice.upTo(4);
    if (kind === 0) return { key: "zone", operator: "In", values: [dice.pick(ZONES)] };
    if (kind === 1) return { key: "zone", operator: "NotIn", values: [dice.pick(ZONES)] };
    if (kind === 2) return { key: "gpu", operator: dice.pick(["Exists", "DoesNotExist"]) };
    return { key: "size", operator: dice.pick(["Gt", "Lt"]), values: [String(dice.upTo(9))] };
  };
  const term = (): object => ({
    matchExpressions: Array.from({ length: 1 + dice.upTo(1) }, expression),
  });
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: Array.from({ length: 1 + dice.upTo(1) }, term),
      },
    },
  };
}

function tolerations(dice: Dice): readonly object[] {
  if (dice.chance(0.2)) return [{ operator: "Exists" }];
  return TAINTS.filter(() => dice.chance(0.4)).map((key) =>
    dice.chance(0.6)
      ? { key, operator: "Exists", ...(dice.chance(0.5) ? { effect: "NoSchedule" } : {}) }
      : { key, operator: "Equal", value: dice.pick(["", "x"]) },
  );
}

export function randomDaemonSet(dice: Dice, pool: string, name: string): ApiObject {
  const sidecar = { ...container(dice, "side", false), restartPolicy: "Always" };
  const placing = affinity(dice);
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace: pool },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: dice.chance(0.2) ? { type: "OnDelete" } : { type: "RollingUpdate" },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          nodeSelector: { pool, ...(dice.chance(0.2) ? { zone: dice.pick(ZONES) } : {}) },
          ...(placing === undefined ? {} : { affinity: placing }),
          tolerations: tolerations(dice),
          ...(dice.chance(0.7)
            ? { priorityClassName: dice.pick(PRIORITIES.map(([called]) => called)) }
            : {}),
          containers: [
            container(dice, "agent", dice.chance(0.25)),
            ...(dice.chance(0.2) ? [container(dice, "second", false)] : []),
          ],
          ...(dice.chance(0.3)
            ? {
                initContainers: [
                  container(dice, "init", false),
                  ...(dice.chance(0.5) ? [sidecar] : []),
                ],
              }
            : {}),
        },
      },
    },
  };
}

const filler = (dice: Dice, pool: string, node: string, i: number): ApiObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: `filler-${node}-${i}`, namespace: pool },
  spec: {
    nodeName: node,
    terminationGracePeriodSeconds: 0,
    tolerations: [{ operator: "Exists" }],
    ...(dice.chance(0.6)
      ? { priorityClassName: dice.pick(PRIORITIES.map(([called]) => called)) }
      : {}),
    containers: [
      {
        name: "c",
        image: "registry.example/filler",
        resources: {
          requests: {
            cpu: dice.pick(["50m", "100m", "200m"]),
            memory: dice.pick(["50Mi", "120Mi"]),
          },
        },
      },
    ],
  },
});

/** At least 20 nodes and 8 DaemonSets that know nothing of any other cluster on the same bed. */
export function randomCluster(seed: number): RandomCluster {
  const dice = diceOf(seed);
  const pool = `c${seed}`;
  const nodes = Array.from({ length: 20 + dice.upTo(4) }, (_, i) => randomNode(dice, pool, i));
  const fillers = nodes.flatMap((node) =>
    Array.from({ length: dice.upTo(2) }, (_, i) => filler(dice, pool, node.name, i)),
  );
  const daemonSets = Array.from({ length: 8 + dice.upTo(2) }, (_, i) =>
    randomDaemonSet(dice, pool, `ds-${i}`),
  );
  return { pool, nodes, fillers, daemonSets };
}
