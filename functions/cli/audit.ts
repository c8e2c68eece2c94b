import type { Command } from "commander";
import { readConfig } from "#shared/adapters/config/read-config.ts";
import { CATALOGUE, causeOf } from "#shared/audit/catalogue.ts";
import type { Severity } from "#shared/audit/cause.ts";
import { auditCluster } from "#shared/flow/audit-cluster.ts";
import { exitCodeOf } from "#shared/report/fail-on.ts";
import { render, type RenderOptions } from "#shared/report/render.ts";
import type { AuditReport } from "#shared/report/report.ts";
import type { Scope } from "#shared/report/scope.ts";
import { tellIncomplete } from "./incomplete.ts";
import type { Io } from "./io.ts";
import {
  withColor,
  withConfig,
  withGate,
  withInput,
  withOutput,
  withScope,
  type ColorOptions,
  type ConfigOptions,
  type GateOptions,
  type InputOptions,
  type OutputOptions,
  type ScopeOptions,
} from "./options.ts";
import { formatOf } from "./format.ts";
import { hasColor, widthOf } from "./screen.ts";
import { checkOut, deliver } from "./sink.ts";
import { sourceOf } from "./source.ts";
import { VERSION } from "./version.ts";

export type ReportOptions = OutputOptions & ScopeOptions & GateOptions & ColorOptions;
type AuditOptions = ReportOptions & InputOptions & ConfigOptions;

export const auditOptions = (command: Command): Command =>
  withGate(withColor(withOutput(withScope(withConfig(withInput(command))))));

/** The answer is the exit code. */
export async function audit(options: AuditOptions, io: Io): Promise<number> {
  const { policy, failOn } = await configured(options, io);
  await checkOut(options.out);
  const report = await auditCluster(sourceOf(options, io))({
    policy,
    scope: scopeOf(options),
    placements: options.placements ?? false,
  });
  return present(report, { ...options, failOn: options.failOn ?? failOn ?? "critical" }, io);
}

/** What a team has decided, with what it should hear of it. */
export async function configured(options: ConfigOptions, { cwd, stderr }: Io) {
  const causes = CATALOGUE.map(({ code }) => code);
  const config = await readConfig({ path: options.config, from: cwd, causes });
  for (const note of config.notes) stderr.write(`dsaudit: ${note}\n`);
  return config;
}

export function scopeOf({ namespace, selector, allNamespaces }: ScopeOptions): Scope | undefined {
  const wanted = allNamespaces === true ? undefined : namespace;
  return wanted === undefined && selector === undefined
    ? undefined
    : { namespace: wanted, selector };
}

/** Prints or writes the report. The answer is the exit code. */
export async function present(
  report: AuditReport,
  options: ReportOptions & Pick<InputOptions, "filename"> & { readonly failOn: Severity },
  io: Io,
): Promise<number> {
  const { out, failOn, exitZero = false } = options;
  await deliver(render(report, formatOf(options), renderOptions(options, io)), out, io);
  tellIncomplete(report, options.filename ?? [], io);
  return exitCodeOf(report, { failOn, exitZero });
}

function renderOptions(
  { out, color, failOn }: ReportOptions & { readonly failOn: Severity },
  io: Io,
): RenderOptions {
  const toFile = out !== undefined && out !== "-";
  return {
    color: hasColor(io, { color, toFile }),
    width: widthOf(io, toFile),
    failOn,
    version: VERSION,
    titleOf: (code: string): string => causeOf(code)?.doc.title ?? code,
  };
}
