import { auditCluster } from "#shared/audit/audit-cluster.ts";
import type { Audit } from "#shared/audit/audit.ts";
import type { AuditPolicy } from "#shared/audit/policy.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { readEvent } from "#shared/events/envelope.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";
import { merge, type Merge } from "#shared/states/hear/merge.ts";
import { clusterOf } from "#shared/states/hear/rebuild.ts";
import { REGION } from "../fixtures/aws-json-server.ts";
import type { EventBridgeServer } from "../fixtures/event-bridge-server.ts";
import { SOURCE } from "./forwarders.ts";

const ACCOUNT = "123456789012";

/** Whoever reads the bus: its rows, and what they make of the cluster. */
export type CloudSide = {
  readonly merge: Merge;
  /** Takes what has come since the last time. Throws where an event is not what the contract says. */
  catchUp(): void;
  /** Events of an epoch that was over. */
  fenced(): number;
  audit(at: Instant, policy: AuditPolicy): Audit;
};

export function cloudSide(bus: EventBridgeServer, cluster: string): CloudSide {
  const rows = merge();
  let fenced = 0;
  let taken = 0;
  return {
    merge: rows,
    catchUp() {
      for (; taken < bus.stored.length; taken += 1) {
        const event = bus.stored[taken];
        if (event === undefined) return;
        const delivered = {
          version: "0",
          id: `event-${taken}`,
          "detail-type": event.detailType,
          source: event.source,
          account: ACCOUNT,
          time: "2026-11-20T12:00:00Z",
          region: REGION,
          resources: [],
          detail: JSON.parse(event.detail) as unknown,
        };
        const read = readEvent(delivered, [
          { source: SOURCE, account: ACCOUNT, region: REGION, cluster },
        ]);
        if (!read.ok) throw new Error(`${event.detailType}: ${JSON.stringify(read)}`);
        const { refused } = rows.receive(read.event, performance.now());
        if (refused === "older-epoch") fenced += 1;
      }
    },
    fenced: () => fenced,
    audit: (at, policy) =>
      auditCluster(clusterOf(rows.rows().values(), { name: cluster, at }), policy),
  };
}

/** Every placement's verdict and every finding, as lines that can be compared. */
export function judgements(audit: Audit): readonly string[] {
  const placements = audit.facts.daemonSets.flatMap((set) =>
    set.placements().map((one) => {
      const { says, cause = "", reason, since } = one.verdict();
      return `${set.key} on ${one.node.node.name}: ${says} ${cause} ${reason} ${since ?? ""}`;
    }),
  );
  const findings = findingsOf(audit).map(
    ({ cause, severity, subject, nodes, daemonSets, since }) =>
      `${severity} ${cause} ${subject.kind} ${subject.namespace ?? ""}/${subject.name} on ${nodes.join()} of ${daemonSets.join()} since ${since ?? ""}`,
  );
  return [...placements, ...findings].toSorted();
}
