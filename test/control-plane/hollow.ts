import { setTimeout as sleep } from "node:timers/promises";
import {
  newNode,
  nodeBody,
  nodeStatus,
  precise,
  reportedReady,
  setCondition,
  type HollowNode,
  type NodeState,
} from "./hollow-node.ts";
import { refused, type Client } from "./client.ts";
import { startPods } from "./hollow-pods.ts";

export type HollowOptions = {
  /** Seconds between renewals of a node's Lease. */
  readonly leaseSeconds: number;
};

export type Hollow = {
  addNodes(nodes: readonly HollowNode[]): Promise<void>;
  /** The machine and its Node object go; pods that are left on it are pod GC's. */
  removeNode(node: string): Promise<void>;
  /** Stops the heartbeat and all pod work of a node; the machine seems dead. */
  silence(node: string): void;
  wake(node: string): Promise<void>;
  /** Shifts the clock of one node, for reports whose times come from the kubelet. */
  shiftClock(node: string, seconds: number): void;
  /** Sets conditions of a node, as a kubelet under pressure would. */
  report(node: string, conditions: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
};

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

/**
 * A kubelet for many nodes at once, without containers. `work` and `pulse` are two clients on purpose: heartbeats behind
 * ten thousand pod patches make nodes seem dead.
 */
export function startHollow(work: Client, pulse: Client, options: HollowOptions): Hollow {
  const nodes = new Map<string, NodeState>();
  const pods = startPods(work, (name) => nodes.get(name));
  let stopped = false;

  async function postStatus(state: NodeState): Promise<void> {
    const path = `/api/v1/nodes/${state.spec.name}/status`;
    await pulse.call(
      "PATCH",
      path,
      { status: nodeStatus(state) },
      "application/strategic-merge-patch+json",
    );
  }

  async function renewLease(state: NodeState): Promise<void> {
    const { name } = state.spec;
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: 40,
      renewTime: precise(state),
    };
    const patched = await pulse.call(
      "PATCH",
      `${LEASES}/${name}`,
      { spec },
      "application/merge-patch+json",
    );
    if (patched.status !== 404) return;
    await pulse.call("POST", LEASES, {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name },
      spec,
    });
  }

  async function register(spec: HollowNode): Promise<void> {
    const state = newNode(spec);
    nodes.set(spec.name, state);
    const made = await work.call("POST", "/api/v1/nodes", nodeBody(spec));
    if (made.status !== 201 && made.status !== 409) throw refused(made, `node ${spec.name}`);
    await renewLease(state);
    await postStatus(state);
  }

  /** The lease each period; the status again when the control plane has declared a living node dead. */
  async function pulseLoop(): Promise<void> {
    for (let round = 0; !stopped; round += 1) {
      const living = [...nodes.values()].filter((state) => !state.silent);
      for (let i = 0; i < living.length && !stopped; i += 8) {
        await Promise.all(
          living.slice(i, i + 8).map(async (state) => {
            await renewLease(state);
            if (round % 5 === 0) await repairNode(state);
          }),
        ).catch(() => undefined);
      }
      await sleep(options.leaseSeconds * 1000);
    }
  }

  async function repairNode(state: NodeState): Promise<void> {
    const answer = await pulse.call("GET", `/api/v1/nodes/${state.spec.name}`);
    const node = answer.body as {
      status?: { conditions?: readonly { type: string; status: string }[] };
    };
    const ready = node.status?.conditions?.find(({ type }) => type === "Ready")?.status;
    if (answer.status === 200 && ready !== reportedReady(state)) await postStatus(state);
  }

  const known = (name: string): NodeState => {
    const state = nodes.get(name);
    if (!state) throw new Error(`hollow: no node ${name}`);
    return state;
  };

  pulseLoop().catch((error: unknown) => {
    if (!stopped) process.stderr.write(`hollow: ${String(error)}\n`);
  });
  return {
    async addNodes(specs) {
      for (let i = 0; i < specs.length; i += 16)
        await Promise.all(specs.slice(i, i + 16).map(register));
    },
    async removeNode(name) {
      nodes.delete(name);
      await work.call("DELETE", `/api/v1/nodes/${name}`);
      await work.call("DELETE", `${LEASES}/${name}`);
    },
    silence: (name) => {
      known(name).silent = true;
    },
    async wake(name) {
      const state = known(name);
      state.silent = false;
      await renewLease(state);
      await postStatus(state);
      await pods.relist(name);
    },
    shiftClock: (name, by) => {
      known(name).skew = by;
    },
    async report(name, conditions) {
      const state = known(name);
      for (const [type, status] of Object.entries(conditions)) setCondition(state, type, status);
      await postStatus(state);
    },
    async stop() {
      stopped = true;
      pods.stop();
      work.close();
      pulse.close();
    },
  };
}
