import { expect } from "vitest";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import type { Audit } from "#shared/audit/audit.ts";
import { DEFAULT_POLICY, type AuditPolicy } from "#shared/audit/policy.ts";
import type { Verdict } from "#shared/audit/verdict.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Finding } from "#shared/findings/finding.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";
import { remedyOf, type Remedy } from "#shared/remediation/remedy.ts";

/** The findings of an audit in which no rule failed: a rule that throws would be silent, and silence proves nothing. */
export function findingsIn(audit: Audit): readonly Finding[] {
  const threw = audit.unanswered.flatMap(({ threw, code, why }) =>
    threw ? [`${code}: ${why}`] : [],
  );
  expect(threw).toEqual([]);
  return findingsOf(audit);
}

export const audited = (cluster: Cluster, policy: AuditPolicy = DEFAULT_POLICY): Audit =>
  auditCluster(cluster, policy);

export const heard = (cluster: Cluster, policy?: AuditPolicy): readonly Finding[] =>
  findingsIn(audited(cluster, policy));

/** What would wake or bother somebody: warning or critical, and not set aside. */
export const alarmsAmong = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ severity, ignored }) => severity !== "info" && ignored === undefined);

/** "warning insufficient-memory DaemonSet monitoring/agent": what is said, how loud, and of whom. */
export function told({ severity, cause, subject }: Finding): string {
  const { kind, namespace, name, part } = subject;
  const full = namespace === "" ? name : `${namespace}/${name}`;
  return `${severity} ${cause} ${kind} ${full}${part === undefined ? "" : ` (${part})`}`;
}

export const alarms = (cluster: Cluster, policy?: AuditPolicy): readonly string[] =>
  alarmsAmong(heard(cluster, policy)).map(told);

/** The one alarm of a cluster; a second one, or none, fails the test by its text. */
export function onlyAlarm(cluster: Cluster, policy?: AuditPolicy): Finding {
  const found = alarmsAmong(heard(cluster, policy));
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`one alarm expected, heard ${JSON.stringify(found.map(told))}`);
  return first;
}

/** Everything that is said of `cause` at any severity. */
export const saidOf = (cluster: Cluster, cause: string, policy?: AuditPolicy): readonly Finding[] =>
  heard(cluster, policy).filter((finding) => finding.cause === cause);

export const factsOf = (finding: Finding): readonly unknown[] =>
  finding.evidence.map(({ facts }) => facts);

export const actionsOf = ({ remedies }: Finding): readonly string[] =>
  remedies.map(({ action }) => action);

/** What a reader is told to do, with its price in this cluster. */
export function advised(cluster: Cluster, { remedies }: Finding): readonly Remedy[] {
  const { facts } = audited(cluster);
  return remedies.map((call) => remedyOf(call, facts));
}

/** What is said of one placement. */
export function verdictOn(cluster: Cluster, daemonSet: string, node: string): Verdict {
  const view = audited(cluster)
    .facts.daemonSet(daemonSet)
    ?.placements()
    .find((placement) => placement.node.node.name === node);
  if (view === undefined) throw new Error(`no placement of ${daemonSet} on ${node}`);
  return view.verdict();
}
