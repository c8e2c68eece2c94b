import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { closingLine } from "../closing-line.ts";
import { goVersion } from "./build.ts";

const USAGE = `npm run -s test:control-plane -- [--long] [--from SEED] [NAME…]

  --long        all clusters and a million questions instead of the short form
  --from SEED   begin at this seed (a failed run prints its own)
  NAME          only suites whose file name contains it: oracle, random, causes, scenarios, preemption
`;

const ROOT = join(import.meta.dirname, "../..");

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      long: { type: "boolean" },
      from: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if ((await goVersion()) === undefined) {
    const needed = process.env["CI"] !== undefined;
    process.stdout.write("control plane: skipped, Go is not installed (go.dev/doc/install)\n");
    process.stdout.write(`${closingLine(0, needed ? 1 : 0, needed ? 0 : 1)}\n`);
    return needed ? 1 : 0;
  }
  const config = join(import.meta.dirname, "vitest.config.ts");
  const { status } = spawnSync("vitest", ["run", "--config", config, ...positionals], {
    cwd: ROOT,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`,
      ...(values.long ? { DSAUDIT_LONG: "1" } : {}),
      ...(values.from === undefined ? {} : { DSAUDIT_SEED: values.from }),
    },
  });
  return status ?? 1;
}

process.exitCode = await main();
