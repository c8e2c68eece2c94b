import { parseArgs } from "node:util";
import { runSuites } from "../run-suites.ts";
import { closingLine } from "../closing-line.ts";
import { goVersion } from "./build.ts";

const USAGE = `npm run -s test:control-plane -- [--long] [--from SEED] [--only TEXT] [--record] [NAME…]

  --long        all clusters and a million questions instead of the short form
  --from SEED   begin at this seed (a failed run prints its own)
  --only TEXT   only tests whose name matches: a cause code, a scenario
  --record      write the table of provoked causes to test/control-plane/RUN.md
  NAME          only suites whose file name contains it: oracle, random, causes, scenarios, preemption, unsure, reader,
                older (with --long), view, forwarder
`;

const OPTIONS = {
  long: { type: "boolean" },
  from: { type: "string" },
  only: { type: "string" },
  record: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

function parsed() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return undefined;
  }
}

async function main(): Promise<number> {
  const args = parsed();
  if (args === undefined) return 2;
  const { values, positionals } = args;
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
  return runSuites({
    folder: import.meta.dirname,
    names: positionals,
    only: values.only,
    environment: {
      ...(values.long ? { DSAUDIT_LONG: "1" } : {}),
      ...(values.record ? { DSAUDIT_RECORD: "1" } : {}),
      ...(values.from === undefined ? {} : { DSAUDIT_SEED: values.from }),
    },
  });
}

process.exitCode = await main();
