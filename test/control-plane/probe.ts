import { roomOf } from "#shared/cluster/room.ts";
import { countsForNomination } from "#shared/cluster/room.ts";
import type { ClusterFacts } from "#shared/audit/facts.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import type { Dice } from "./random-cluster.ts";
import { refusals, saidBy } from "./random-run.ts";
import { each } from "./random-steps.ts";
import { until, type ApiObject, type World } from "./world.ts";

const PRIORITY = 500_000;

/** A pod for one node that asks for about as much as is left there, so that both answers come up. */
function probeFor(dice: Dice, node: string, namespace: string): ApiObject {
  const amounts = {
    cpu: dice.pick(["1m", "49m", "200m", "500m", "0.9", "1900m", "3"]),
    memory: dice.pick(["1", "60Mi", "200M", "0.4Gi", "900Mi", "3Gi"]),
  };
  const device = dice.chance(0.2) ? { limits: { "example.com/device": "1" } } : {};
  const ports = [{ containerPort: 80, hostPort: dice.pick([8080, 8081, 9999]), protocol: "TCP" }];
  const fields = [{ key: "metadata.name", operator: "In", values: [node] }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `probe-${node}`, namespace, labels: { app: "probe" } },
    spec: {
      terminationGracePeriodSeconds: 0,
      priorityClassName: "suite-probe",
      tolerations: [{ operator: "Exists" }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: fields }],
          },
        },
      },
      containers: [
        {
          name: "c",
          image: "registry.example/probe",
          resources: { requests: amounts, ...device },
          ...(dice.chance(0.3) ? { ports } : {}),
        },
      ],
    },
  };
}

type Prediction = {
  readonly made: Pod;
  readonly node: string;
  readonly refusals: readonly string[];
};

/** Of the pod as the API server took it: defaults filled in, priority resolved. */
function predict(facts: ClusterFacts, made: Pod, node: string): Prediction {
  const view = facts.node(node);
  if (view === undefined) throw new Error(`no node ${node} was read`);
  const { version } = facts.cluster;
  const nominated = facts.nominatedFor(node).filter((pod) => countsForNomination(pod, PRIORITY));
  const room = roomOf(view.node, view.pods, { version, nominated });
  return { made, node, refusals: refusals(made, room, version) };
}

/** What the real scheduler did with a probe; undefined while it has not decided. */
async function decided(world: World, { made }: Prediction): Promise<readonly string[] | undefined> {
  const found = await world.get(`/api/v1/namespaces/${made.namespace}/pods/${made.name}`);
  if (!found) return undefined;
  const pod = readAs("Pod", found);
  if (pod.spec.nodeName !== "") return [];
  const { message = "" } = pod.status.conditions.find(({ type }) => type === "PodScheduled") ?? {};
  return message === "" ? undefined : saidBy(message);
}

export type Probed = { fits: number; fitsNot: number; readonly differences: string[] };

/** One probe a node: what we say of it beforehand is what the scheduler then does. */
export async function probe(
  world: World,
  facts: ClusterFacts,
  { dice, pools, seen }: { dice: Dice; pools: readonly string[]; seen: Probed },
): Promise<void> {
  const nodes = facts.nodes.filter(({ node }) => pools.includes(node.labels.get("pool") ?? ""));
  const pods = nodes.map(({ node }) => probeFor(dice, node.name, node.labels.get("pool") ?? ""));
  const predictions: Prediction[] = [];
  await each(pods, async (pod) => {
    const made = readAs("Pod", await world.create(pod));
    predictions.push(predict(facts, made, pod.metadata.name.slice("probe-".length)));
  });
  for (const prediction of predictions) {
    const theirs = await until(`${prediction.made.name} is decided`, 60, () =>
      decided(world, prediction),
    );
    if (theirs.length === 0) seen.fits += 1;
    else seen.fitsNot += 1;
    if (theirs.join() !== prediction.refusals.join())
      seen.differences.push(
        `${prediction.node}: we say ${prediction.refusals.join() || "it fits"}, the scheduler ${theirs.join() || "it fits"}`,
      );
  }
  await each(predictions, ({ made }) =>
    world.remove(`/api/v1/namespaces/${made.namespace}/pods/${made.name}`),
  );
}
