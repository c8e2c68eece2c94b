import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

export type SuiteRun = {
  /** Where vitest.config.ts and the suites are. */
  readonly folder: string;
  /** Only suites whose file name contains one of these; all, where there is none. */
  readonly names: readonly string[];
  /** Only tests whose name matches. */
  readonly only: string | undefined;
  /** Beside what this process has. */
  readonly environment: Readonly<Record<string, string>>;
};

/** Runs slow suites with a configuration of their own; the exit code. */
export function runSuites({ folder, names, only, environment }: SuiteRun): number {
  const config = join(folder, "vitest.config.ts");
  const matching = only === undefined ? [] : ["-t", only];
  const { status } = spawnSync("vitest", ["run", "--config", config, ...matching, ...names], {
    cwd: ROOT,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`,
      ...environment,
    },
  });
  return status ?? 1;
}
