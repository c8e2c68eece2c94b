import { auditCluster } from "#shared/audit/audit-cluster.ts";
import type { AuditPolicy } from "#shared/audit/policy.ts";
import { AuditorError } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";
import type { ReadCluster } from "#shared/ports.ts";
import { explain, type NotFound, type Question } from "#shared/report/explain.ts";
import type { Explanation } from "#shared/report/explanation.ts";
import { some } from "#shared/report/text-layout.ts";

/** A cluster and a question in, the answer out: why this daemon is, or is not, on this node. */
export const explainSubject =
  (read: ReadCluster) =>
  async (question: Question, policy: AuditPolicy): Promise<Explanation> => {
    const audit = auditCluster(await read(), policy);
    const answer = explain({ facts: audit.facts, findings: findingsOf(audit) }, question);
    if ("notFound" in answer) throw refused(answer);
    return answer;
  };

const SHOWN = 5;

function refused({ notFound, name, near, known, why }: NotFound): AuditorError {
  const asked = `${notFound} ${printable(name, 300)}`;
  const message = why === "" ? `there is no ${asked}` : `${asked}: ${why}`;
  if (near.length > 0) {
    const names = near.slice(0, SHOWN).map((one) => `"${printable(one, 300)}"`);
    return new AuditorError("usage", `${message}. Did you mean ${names.join(" or ")}?`);
  }
  if (known.length === 0) return new AuditorError("usage", message);
  const hint = `there are: ${some(
    known.map((one) => printable(one, 100)),
    SHOWN,
  )}`;
  return new AuditorError("usage", message, { hint });
}
