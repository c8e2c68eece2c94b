import type { Command } from "commander";
import type { Io } from "./io.ts";
import { report } from "./failure.ts";
import { buildProgram, checkHelp } from "./program.ts";

/** A command line in, an exit code out. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let code = 0;
  const program = buildProgram(io, (answer) => void (code = answer));
  try {
    checkHelp(argv, program, io);
    // Like kubectl: who asks for nothing gets to see what there is.
    const forAll = argv.length === 0 || (argv[0] === "help" && argv[1] === "help");
    await program.parseAsync(forAll ? ["--help"] : [...argv], { from: "user" });
    return code;
  } catch (error) {
    return report(error, io, helpFor(argv, program.commands, io));
  }
}

function helpFor(argv: readonly string[], known: readonly Command[], { name }: Io): string {
  const word = argv.find((one) => !one.startsWith("-"));
  const command = known.find((one) => one.name() === word);
  return `${name}${command ? ` ${command.name()}` : ""} --help shows ${command ? "options" : "commands"} and examples`;
}
