import { auditCluster as judge } from "#shared/audit/audit-cluster.ts";
import type { ClusterFacts } from "#shared/audit/facts.ts";
import type { AuditPolicy } from "#shared/audit/policy.ts";
import { AuditorError } from "#shared/auditor-error.ts";
import { didYouMean } from "#shared/cluster/nearest-name.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";
import type { ReadCluster } from "#shared/ports.ts";
import { makeReport } from "#shared/report/make-report.ts";
import type { AuditReport } from "#shared/report/report.ts";
import { scopedFacts, scopedFindings, type Scope } from "#shared/report/scope.ts";

export type AuditRequest = {
  readonly policy: AuditPolicy;
  /** All DaemonSets when left away. */
  readonly scope?: Scope | undefined;
  /** A row for each DaemonSet on each node. */
  readonly placements?: boolean;
};

/** A cluster in, a report out: what should run where, what does not, why, since when, and what to change. */
export const auditCluster =
  (read: ReadCluster) =>
  async ({ policy, scope, placements = false }: AuditRequest): Promise<AuditReport> => {
    const audit = judge(await read(), policy);
    const findings = findingsOf(audit);
    if (scope === undefined) return makeReport(audit.facts, findings, { placements });
    const facts = scopedFacts(audit.facts, scope);
    refuseNothing(facts, audit.facts, scope);
    return makeReport(facts, scopedFindings(findings, facts), { placements });
  };

/** A mistyped namespace would read as "all is well". */
function refuseNothing(chosen: ClusterFacts, all: ClusterFacts, scope: Scope): void {
  if (chosen.daemonSets.length > 0) return;
  const { namespace } = scope;
  const known = new Set(all.daemonSets.map(({ daemonSet }) => daemonSet.namespace));
  if (namespace !== undefined && !known.has(namespace))
    throw new AuditorError(
      "usage",
      `there is no DaemonSet in namespace ${namespace}.${didYouMean(namespace, known)}`,
      { hint: `there are some in: ${[...known].toSorted().join(", ")}` },
    );
  throw new AuditorError("usage", "no DaemonSet has these labels", {
    hint: "kubectl get daemonsets -A --show-labels tells which there are",
  });
}
