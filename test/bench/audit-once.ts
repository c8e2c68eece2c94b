import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";
import { fleet, FLEET, LARGE_FLEET } from "./fleet.ts";

/** One audit in a process of its own, cold and with all memory to itself: `audit-once.ts usual|large`. One line of JSON. */
const cpuMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;
const size = process.argv[2] === "large" ? LARGE_FLEET : FLEET;
const cluster = fleet(size);
const before = cpuMs(process.threadCpuUsage());
const findings = findingsOf(auditCluster(cluster, DEFAULT_POLICY)).length;
console.log(JSON.stringify({ findings, cpu: cpuMs(process.threadCpuUsage()) - before }));
