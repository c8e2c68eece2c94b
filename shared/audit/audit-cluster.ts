import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Audit } from "./audit.ts";
import { liveAudit } from "#shared/audit/engine/live-audit.ts";
import type { AuditPolicy } from "./policy.ts";

/** Judges a cluster at the moment that it carries: every placement a verdict, every cause that was found. */
export const auditCluster = (cluster: Cluster, policy: AuditPolicy): Audit =>
  liveAudit(cluster, policy).audit();
