import type { Command } from "commander";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import { auditCluster } from "#shared/flow/audit-cluster.ts";
import { demoCluster } from "./demo/demo-cluster.ts";
import type { Io } from "./io.ts";
import { withColor, withGate, withOutput, withScope } from "./options.ts";
import { checkOut } from "./sink.ts";
import { present, scopeOf, type ReportOptions } from "./audit.ts";

export const demoOptions = (command: Command): Command =>
  withGate(withColor(withOutput(withScope(command))));

/** A show: its troubles are meant to be there, so it fails only where somebody asks from which severity on. */
export async function demo(options: ReportOptions, io: Io): Promise<number> {
  await checkOut(options.out);
  const report = await auditCluster(() => Promise.resolve(demoCluster()))({
    policy: DEFAULT_POLICY,
    scope: scopeOf(options),
    placements: options.placements ?? false,
  });
  const { failOn } = options;
  const code = await present(report, { ...options, failOn: failOn ?? "critical" }, io);
  return failOn === undefined ? 0 : code;
}
