import { parseArgs } from "node:util";
import { runSuites } from "../run-suites.ts";

const USAGE = `npm run -s test:faults -- [--seeds N] [--seed K] [--from SEED] [--long] [--only TEXT] [NAME…]

  --seeds N     so many random schedules (300; with --long 10,000)
  --seed K      only this schedule, which is printed (a failed one says how)
  --from SEED   begin at this seed: goes on where a run was ended
  --long        10,000 schedules instead of 300
  --only TEXT   only tests whose name matches
  NAME          only suites whose file name contains it: seeds, restarts, connections, large, reflector, lists
`;

const OPTIONS = {
  seeds: { type: "string" },
  seed: { type: "string" },
  from: { type: "string" },
  long: { type: "boolean" },
  only: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

function parsed() {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
    for (const name of ["seeds", "seed", "from"] as const)
      if (values[name] !== undefined && !/^\d{1,9}$/.test(values[name]))
        throw new Error(`--${name} takes a number`);
    if (values.seeds !== undefined && Number(values.seeds) < 2)
      throw new Error("--seeds takes at least 2; for one there is --seed");
    return { values, positionals };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return undefined;
  }
}

function main(): number {
  const args = parsed();
  if (args === undefined) return 2;
  const { values, positionals } = args;
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  return run(values, positionals);
}

type Values = NonNullable<ReturnType<typeof parsed>>["values"];

function run({ seed, seeds, from, long, only }: Values, names: readonly string[]): number {
  // Odd and even seeds have a file each, for a core each.
  const suites = seed === undefined ? names : [Number(seed) % 2 === 0 ? "seeds-even" : "seeds-odd"];
  const all = long ? "10000" : "300";
  const count = seed === undefined ? (seeds ?? all) : "1";
  return runSuites({
    folder: import.meta.dirname,
    names: suites,
    only,
    environment: {
      DSAUDIT_FAULTS_FROM: seed ?? from ?? "1",
      DSAUDIT_FAULTS_SEEDS: count,
      ...(seed === undefined ? {} : { DSAUDIT_FAULTS_PRINT: "1" }),
    },
  });
}

process.exitCode = main();
