import {
  deletePods,
  healthyAgent,
  nodeAt,
  patchSet,
  pinnedPod,
  podsPath,
  template,
  type AgentParts,
  type Stage,
} from "../stage.ts";
import type { Provocation } from "./provocation.ts";

const HOST_PORT = { ports: [{ containerPort: 80, hostPort: 9300 }] };
const ON_DELETE: AgentParts = { strategy: { type: "OnDelete" } };
const rolling = (maxUnavailable: number, maxSurge: number): object => ({
  type: "RollingUpdate",
  rollingUpdate: { maxUnavailable, maxSurge },
});
const newRevision = (stage: Stage): Promise<void> =>
  patchSet(stage, template({}, { version: "2" }));

const servicePath = (stage: Stage): string => `/api/v1/namespaces/${stage.name}/services/agent`;
const service = (stage: Stage, app: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "agent", namespace: stage.name },
  spec: {
    selector: { app },
    internalTrafficPolicy: "Local",
    ports: [{ port: 80, protocol: "TCP" }],
  },
});

const rollouts: readonly Provocation[] = [
  {
    code: "rollout-stuck",
    how: "an update that comes to a node which was dark before",
    hollow: true,
    subject: "DaemonSet/agent",
    at: [2],
    count: 5,
    aged: true,
    facts: (stage) => ({
      limitedBy: "maxUnavailable",
      budget: 1,
      users: [{ node: nodeAt(stage, 2), order: "before" }],
    }),
    async prepare(stage) {
      await healthyAgent(stage, { spec: { terminationGracePeriodSeconds: 1 } });
      stage.world.hollow.silence(nodeAt(stage, 2));
    },
    provoke: newRevision,
    repair: (stage) => stage.world.hollow.wake(nodeAt(stage, 2)),
  },
  {
    code: "rollout-suspect-revision",
    how: "a new revision whose pods crash while the old ones are fine",
    hollow: true,
    subject: "DaemonSet/agent",
    count: 5,
    facts: { causes: ["crash-loop"], well: 0, surge: false },
    prepare: (stage) => healthyAgent(stage, { strategy: rolling(2, 0) }),
    provoke: (stage) => patchSet(stage, template({}, { "hollow/play": "crash" })),
    repair: (stage) => patchSet(stage, template({}, { "hollow/play": null })),
  },
  {
    code: "rollout-impossible",
    how: "maxSurge and a host port: the new pod waits for the port of the old one",
    hollow: false,
    subject: "DaemonSet/agent",
    facts: { maxSurge: 1, ports: ["TCP 9300"], trapped: 3, pods: 4 },
    at: [0, 1, 2],
    prepare: (stage) => healthyAgent(stage, { strategy: rolling(0, 1), container: HOST_PORT }),
    provoke: newRevision,
    repair: (stage) => patchSet(stage, { spec: { updateStrategy: rolling(1, 0) } }),
  },
  {
    code: "ondelete-drift",
    how: "a new template under OnDelete",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [0, 1, 2],
    facts: { outdated: 3, pods: 3 },
    prepare: (stage) => healthyAgent(stage, ON_DELETE),
    provoke: newRevision,
    repair: (stage) => deletePods(stage),
  },
  {
    code: "near-starvation",
    how: "a larger request under OnDelete, and a filler of higher priority on one node",
    hollow: false,
    subject: "DaemonSet/agent",
    at: [1],
    facts: { nodeCount: 1, byUpdate: 1 },
    async prepare(stage) {
      await healthyAgent(stage, ON_DELETE);
      const resources = { requests: { cpu: "3" } };
      await stage.world.create(
        pinnedPod(
          stage,
          { name: "filler", node: nodeAt(stage, 1) },
          { containers: [{ name: "c", image: "registry.example/filler", resources }] },
        ),
      );
    },
    provoke: (stage) => {
      const resources = { requests: { cpu: "2", memory: "16Mi" } };
      const containers = [{ name: "agent", image: "registry.example/agent:1", resources }];
      return patchSet(stage, template({ containers }));
    },
    repair: (stage) => stage.world.remove(`${podsPath(stage)}/filler`),
  },
];

const traffic: readonly Provocation[] = [
  {
    code: "service-selects-no-daemon",
    how: "a Service whose selector is one letter off",
    hollow: false,
    subject: "Service/agent",
    facts: { sign: "slip", wanted: { key: "app", value: "agents" } },
    prepare: (stage) => healthyAgent(stage),
    provoke: (stage) => stage.world.create(service(stage, "agents")),
    repair: (stage) =>
      stage.world.patch(servicePath(stage), { spec: { selector: { app: "agent" } } }),
  },
  {
    code: "local-traffic-black-hole",
    how: "internalTrafficPolicy Local while the daemon is ready nowhere",
    hollow: true,
    subject: "Service/agent",
    at: [0, 1, 2],
    facts: { traffic: "internal", nodes: 3, intended: 3 },
    // Pods of other stages are clients too, where the daemon is not meant to be: that is told, as an info.
    ignored: { intended: 0 },
    async prepare(stage) {
      await healthyAgent(stage, ON_DELETE);
      await stage.world.create(service(stage, "agent"));
      for (const node of stage.nodes)
        await stage.world.create(pinnedPod(stage, { name: `client-${node}`, node }, {}));
    },
    async provoke(stage) {
      await patchSet(stage, template({}, { "hollow/play": "unready" }));
      await deletePods(stage);
    },
    async repair(stage) {
      await patchSet(stage, template({}, { "hollow/play": null }));
      await deletePods(stage);
    },
  },
];

export const OF_ROLLOUTS: readonly Provocation[] = [...rollouts, ...traffic];
