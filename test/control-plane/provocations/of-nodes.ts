import { healthyAgent, nodeAt, nodePath, setTaints } from "../stage.ts";
import { quiet, type Provocation } from "./provocation.ts";

const TOLERATES_ALL = { spec: { tolerations: [{ operator: "Exists" }] } };

type Reported = Readonly<Record<string, string>>;

const nodeState = (
  told: Pick<Provocation, "code" | "how" | "facts">,
  reported: Reported,
  back: Reported,
): Provocation => ({
  ...told,
  hollow: true,
  subject: "Node/1",
  at: [1],
  aged: true,
  prepare: (stage) => healthyAgent(stage, TOLERATES_ALL),
  provoke: (stage) => stage.world.hollow.report(nodeAt(stage, 1), reported),
  repair: (stage) => stage.world.hollow.report(nodeAt(stage, 1), back),
});

export const OF_NODES: readonly Provocation[] = [
  nodeState(
    {
      code: "node-not-ready",
      how: "the kubelet reports NotReady",
      facts: { reason: "KubeletNotReady" },
    },
    { Ready: "False" },
    { Ready: "True" },
  ),
  nodeState(
    {
      code: "node-pressure",
      how: "the kubelet reports pressure of memory",
      facts: { conditions: ["MemoryPressure"] },
    },
    { MemoryPressure: "True" },
    { MemoryPressure: "False" },
  ),
  {
    code: "node-unreachable",
    how: "the kubelet falls silent",
    hollow: true,
    subject: "Node/1",
    at: [1],
    aged: true,
    facts: (stage) => ({ node: nodeAt(stage, 1) }),
    prepare: (stage) => healthyAgent(stage),
    provoke: async (stage) => stage.world.hollow.silence(nodeAt(stage, 1)),
    repair: (stage) => stage.world.hollow.wake(nodeAt(stage, 1)),
  },
  {
    code: "node-never-ready",
    how: "a new node that is NotReady from its birth",
    hollow: true,
    subject: "Node/late",
    at: ["late"],
    facts: { status: "False" },
    prepare: quiet,
    provoke: (stage) =>
      stage.world.hollow.addNodes([
        {
          name: `${stage.name}-late`,
          labels: { pool: stage.name },
          conditions: { Ready: "False" },
        },
      ]),
    repair: (stage) => stage.world.hollow.report(`${stage.name}-late`, { Ready: "True" }),
  },
  {
    code: "node-stuck-leaving",
    how: "a scale-down taint that an autoscaler set two hours ago",
    hollow: false,
    subject: "Node/1",
    at: [1],
    facts: { onlyTainted: true },
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) =>
      setTaints(stage, 1, [
        {
          key: "ToBeDeletedByClusterAutoscaler",
          value: String(Math.floor(Date.now() / 1000) - 7200),
          effect: "NoSchedule",
        },
      ]),
    repair: (stage) => setTaints(stage, 1, null),
  },
  {
    code: "clock-skew",
    how: "the clock of one node is two minutes ahead",
    hollow: true,
    subject: "Node/1",
    at: [1],
    facts: { direction: "ahead", proof: "lease-and-others" },
    prepare: quiet,
    provoke: async (stage) => stage.world.hollow.shiftClock(nodeAt(stage, 1), 120),
    repair: async (stage) => stage.world.hollow.shiftClock(nodeAt(stage, 1), 0),
  },
  {
    code: "stuck-startup-taint",
    how: "a CSI driver's taint on a node on which the driver is ready",
    hollow: false,
    subject: "Node/1",
    at: [1],
    facts: (stage) => ({
      gates: [{ key: "ebs.csi.aws.com/agent-not-ready", owner: `${stage.name}/ebs-csi-node` }],
    }),
    prepare: (stage) => healthyAgent(stage, { ...TOLERATES_ALL, name: "ebs-csi-node" }),
    provoke: (stage) =>
      setTaints(stage, 1, [{ key: "ebs.csi.aws.com/agent-not-ready", effect: "NoExecute" }]),
    repair: (stage) => setTaints(stage, 1, null),
  },
  {
    code: "ineligible-but-targeted",
    how: "a Fargate node and a daemon that tolerates all",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [1],
    facts: { compute: "fargate", nodes: 1 },
    prepare: (stage) => healthyAgent(stage, TOLERATES_ALL),
    provoke: (stage) =>
      stage.world.patch(nodePath(nodeAt(stage, 1)), {
        metadata: { labels: { "eks.amazonaws.com/compute-type": "fargate" } },
      }),
    repair: (stage) =>
      stage.world.patch(nodePath(nodeAt(stage, 1)), {
        metadata: { labels: { "eks.amazonaws.com/compute-type": null } },
      }),
  },
];
