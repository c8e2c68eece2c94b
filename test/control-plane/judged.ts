import { setTimeout as sleep } from "node:timers/promises";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import type { Audit } from "#shared/audit/audit.ts";
import { DEFAULT_POLICY, type AuditPolicy } from "#shared/audit/policy.ts";
import { readLive } from "#shared/adapters/kubernetes/read-live.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { World } from "./world.ts";

/** The rules as they are, with the waiting cut short: a minute of a suite stands for the hour of an operator. */
export const HURRIED: AuditPolicy = {
  ...DEFAULT_POLICY,
  grace: {
    nodeStart: 3,
    windowsNodeStart: 3,
    podStart: 3,
    nodeNotReady: 3,
    nodeNeverReady: 6,
    leaving: 5,
    startupTaint: 3,
    rolloutStuck: 6,
    terminating: 3,
    steadyMisplaced: 1,
  },
};

/** The bed, read by the product's own reader with the administrator's kubeconfig, and judged at the server's clock. */
export async function judged(
  world: World,
  policy: AuditPolicy = HURRIED,
  laterSeconds = 0,
): Promise<Audit> {
  const cluster = await readLive({ kubeconfig: world.kubeconfig });
  return auditCluster({ ...cluster, at: cluster.at + laterSeconds * 1000 }, policy);
}

/** A reader that many watch through: each gets a view that was read after it asked, and those who ask together get one. */
export function sharedReader(world: World): () => Promise<Cluster> {
  let next: Promise<Cluster> | undefined;
  const read = async (): Promise<Cluster> => {
    await sleep(500);
    next = undefined;
    return readLive({ kubeconfig: world.kubeconfig });
  };
  return () => (next ??= read());
}
