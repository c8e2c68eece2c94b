import { countsForNomination } from "#shared/cluster/room.ts";
import type { ClusterFacts } from "#shared/audit/facts.ts";
import { preempt, type PreemptionOutcome } from "#shared/cluster/preemption.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import type { HollowNode } from "./hollow-node.ts";
import { diceOf, type Dice } from "./random-cluster.ts";
import type { ApiObject } from "./world.ts";

/** One node, the pods on it, their budgets, and a daemon that wants to be there. */
export type PreemptionCase = {
  readonly name: string;
  readonly node: HollowNode;
  readonly budgets: readonly ApiObject[];
  readonly pods: readonly ApiObject[];
  readonly daemonSet: ApiObject;
  readonly priority: number;
};

export const CLASSES = [
  ["case-low", -10, "PreemptLowerPriority"],
  ["case-middle", 1000, "PreemptLowerPriority"],
  ["case-high", 100_000, "PreemptLowerPriority"],
  ["case-polite", 100_000, "Never"],
] as const;

const requestsOf = (dice: Dice): object => ({
  cpu: dice.pick(["0", "100m", "300m", "500m", "700m"]),
  memory: dice.pick(["0", "100Mi", "0.3Gi", "400M", "700Mi"]),
});

/** No two pods of a node get the same port: their kubelet would have refused the second one. */
function containerOf(dice: Dice, hostPort: number): object {
  const ports = [{ containerPort: 80, hostPort }];
  return {
    name: "c",
    image: "registry.example/agent:1",
    resources: {
      requests: requestsOf(dice),
      ...(dice.chance(0.2) ? { limits: { "example.com/device": "1" } } : {}),
    },
    ...(dice.chance(0.3) ? { ports } : {}),
  };
}

/** Apart by hostname from pods of the other label: rules that only some victims' going fulfils. */
const keepsOff = (team: string): object => ({
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { team } }, topologyKey: "kubernetes.io/hostname" },
    ],
  },
});

function podOf(dice: Dice, { name, i }: { name: string; i: number }): ApiObject {
  const priorityClassName = dice.pick(["", "case-low", "case-low", "case-middle", "case-high"]);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `p${i}`,
      namespace: name,
      labels: { team: dice.pick(["a", "b", "c"]), part: dice.pick(["x", "y"]) },
      // No two of one age: of equals upstream takes any.
      annotations: { "hollow/age": String(100 + 10 * ((i * 7) % 11)) },
    },
    spec: {
      nodeName: `${name}-node`,
      terminationGracePeriodSeconds: 0,
      ...(priorityClassName === "" ? {} : { priorityClassName }),
      ...(dice.chance(0.1) ? { affinity: keepsOff("agent") } : {}),
      containers: [containerOf(dice, 8080 + i)],
    },
  };
}

const budgetOf = (dice: Dice, { name, i }: { name: string; i: number }): ApiObject => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: `b${i}`, namespace: name },
  spec: {
    minAvailable: dice.pick([0, 1, 2]),
    selector: {
      matchLabels: dice.chance(0.5) ? { team: dice.pick(["a", "b"]) } : { part: "x" },
    },
  },
});

function daemonSetOf(dice: Dice, name: string): ApiObject {
  const labels = { app: "agent", team: "agent" };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "agent", namespace: name },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          nodeSelector: { pool: name },
          priorityClassName: dice.pick([
            "case-middle",
            "case-high",
            "case-high",
            "case-high",
            "case-polite",
          ]),
          ...(dice.chance(0.15) ? { affinity: keepsOff(dice.pick(["a", "b"])) } : {}),
          containers: [containerOf(dice, 8080 + dice.upTo(2))],
        },
      },
    },
  };
}

export function preemptionCase(seed: number): PreemptionCase {
  const dice = diceOf(seed * 31 + 7);
  const name = `case-${seed}`;
  const daemonSet = daemonSetOf(dice, name);
  const template = (daemonSet["spec"] as { template: { spec: { priorityClassName: string } } })
    .template.spec;
  return {
    name,
    node: {
      name: `${name}-node`,
      labels: { pool: name },
      allocatable: {
        cpu: dice.pick(["1", "2", "3"]),
        memory: dice.pick(["1Gi", "2Gi", "3G"]),
        pods: dice.pick(["3", "6", "110"]),
        "example.com/device": "2",
      },
    },
    budgets: Array.from({ length: dice.upTo(2) }, (_, i) => budgetOf(dice, { name, i })),
    pods: Array.from({ length: 1 + dice.upTo(5) }, (_, i) => podOf(dice, { name, i })),
    daemonSet,
    priority: CLASSES.find(([called]) => called === template.priorityClassName)?.[1] ?? 0,
  };
}

/** What we say before the DaemonSet is there; `made` is it as the API server took it. */
export function predicted(
  facts: ClusterFacts,
  { node, name, priority }: PreemptionCase,
  made: ApiObject,
): PreemptionOutcome {
  const view = facts.node(node.name);
  if (view === undefined) throw new Error(`${node.name} was not read`);
  const set = readAs("DaemonSet", made);
  const policy = facts.cluster.PriorityClass.find(
    (one) => one.name === set.template.priorityClassName,
  );
  return preempt({
    spec: { ...set.template, preemptionPolicy: policy?.preemptionPolicy ?? "" },
    priority,
    node: view.node,
    podsOnNode: view.pods,
    pdbs: facts.cluster.PodDisruptionBudget,
    version: facts.cluster.version,
    self: { namespace: name, labels: set.templateLabels },
    nominated: facts.nominatedFor(node.name).filter((pod) => countsForNomination(pod, priority)),
  });
}
