import {
  agent,
  deletePodOn,
  healthyAgent,
  nodeAt,
  patchSet,
  setPath,
  setTaints,
  template,
  type AgentParts,
} from "../stage.ts";
import { quiet, type Provocation } from "./provocation.ts";

const TEAM = { key: "team", value: "x" };

/** A risk that a DaemonSet carries from its birth; repaired by deleting it. */
const risky = (
  told: Pick<Provocation, "code" | "how" | "facts">,
  parts: AgentParts,
): Provocation => ({
  ...told,
  hollow: false,
  subject: "DaemonSet/agent",
  prepare: quiet,
  provoke: (stage) => stage.world.create(agent(stage, parts)),
  repair: (stage) => stage.world.remove(setPath(stage)),
});

const statusPatch = (counters: object): object => ({ status: counters });

export const OF_PLACING: readonly Provocation[] = [
  {
    code: "matches-no-node",
    how: "a nodeSelector that no node has",
    hollow: false,
    subject: "DaemonSet/agent",
    facts: { why: "absent" },
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) => patchSet(stage, template({ nodeSelector: { disk: "none" } })),
    repair: (stage) => patchSet(stage, template({ nodeSelector: { disk: null } })),
  },
  {
    code: "excluded-by-taint",
    how: "one node gets a taint that the daemon does not tolerate",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [1],
    facts: { taints: [TEAM], excluded: 1, intended: 2 },
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) => setTaints(stage, 1, [{ ...TEAM, effect: "NoExecute" }]),
    repair: (stage) => setTaints(stage, 1, null),
  },
  {
    code: "excluded-by-affinity",
    how: "affinity that leaves out one node which the policy says must be covered",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [1],
    facts: { excluded: 1, intended: 2, mustCover: true },
    policy: (stage) => ({
      mustCover: [{ daemonSet: `${stage.name}/agent`, nodes: `${stage.name}-*` }],
    }),
    prepare: (stage) => healthyAgent(stage),
    provoke(stage) {
      const rule = { key: "kubernetes.io/hostname", operator: "NotIn", values: [nodeAt(stage, 1)] };
      const required = { nodeSelectorTerms: [{ matchExpressions: [rule] }] };
      const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: required };
      return patchSet(stage, template({ affinity: { nodeAffinity } }));
    },
    repair: (stage) => patchSet(stage, template({ affinity: null })),
  },
  {
    code: "misplaced",
    how: "a NoSchedule taint under a daemon pod that already runs",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [1],
    facts: { taints: [TEAM], pods: 1, nodes: 1 },
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) => setTaints(stage, 1, [{ ...TEAM, effect: "NoSchedule" }]),
    repair: (stage) => setTaints(stage, 1, null),
  },
  risky(
    {
      code: "no-requests",
      how: "a container without requests",
      facts: { bestEffort: true },
    },
    { container: { resources: {} } },
  ),
  risky(
    {
      code: "no-priority",
      how: "a pod template without a priority class",
      facts: { priority: 0 },
    },
    { spec: { priorityClassName: null } },
  ),
  risky(
    {
      code: "surge-with-host-port",
      how: "maxSurge beside a host port",
      facts: { maxSurge: 1, ports: ["TCP 9200"] },
    },
    {
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      container: { ports: [{ containerPort: 80, hostPort: 9200 }] },
    },
  ),
  {
    ...risky(
      {
        code: "pinned-by-node-name",
        how: "a template that names one node",
        facts: (stage) => ({ node: nodeAt(stage, 1) }),
      },
      {},
    ),
    at: [1],
    provoke: (stage) => stage.world.create(agent(stage, { spec: { nodeName: nodeAt(stage, 1) } })),
  },
  {
    code: "pod-not-created",
    how: "a pod is deleted while the controller manager is down",
    hollow: false,
    unmanaged: true,
    subject: "DaemonSet/agent",
    at: [1],
    facts: { why: "silent", failedBefore: 0 },
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) => deletePodOn(stage, nodeAt(stage, 1)),
    repair: quiet,
  },
  {
    code: "duplicate-pod",
    how: "a second pod with the set's owner reference while the controller manager is down",
    hollow: false,
    unmanaged: true,
    subject: "DaemonSet/agent",
    at: [1],
    facts: { nodes: 1, running: 1 },
    prepare: (stage) => healthyAgent(stage),
    async provoke(stage) {
      const set = await stage.world.get(setPath(stage));
      const { apiVersion, kind, metadata } = agent(stage);
      const owner = { apiVersion, kind, name: metadata.name, uid: set?.metadata.uid };
      await stage.world.create({
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name: "twin",
          namespace: stage.name,
          labels: { app: "agent" },
          ownerReferences: [{ ...owner, controller: true }],
        },
        spec: {
          nodeName: nodeAt(stage, 1),
          tolerations: [{ operator: "Exists" }],
          terminationGracePeriodSeconds: 0,
          containers: [{ name: "agent", image: "registry.example/agent:1" }],
        },
      });
    },
    repair: quiet,
  },
  {
    code: "status-disagrees",
    how: "another program writes the status while the controller manager is down",
    hollow: false,
    unmanaged: true,
    later: 600,
    subject: "DaemonSet/agent",
    facts: { counters: [{ counter: "numberReady", status: 7, counted: 3 }] },
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) =>
      stage.world.patch(`${setPath(stage)}/status`, { ...statusPatch({ numberReady: 7 }) }),
    repair: (stage) => patchSet(stage, { metadata: { annotations: { touched: "yes" } } }),
  },
];
