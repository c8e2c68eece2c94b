import { Command } from "commander";
import { audit, auditOptions } from "./audit.ts";
import { causes, causesOptions } from "./causes.ts";
import { complete, completion } from "./completion.ts";
import { demo, demoOptions } from "./demo.ts";
import { explain, explainOptions } from "./explain.ts";
import { redact, redactOptions } from "./redact.ts";
import { shell } from "./completion-scripts.ts";
import { examples, type Shown } from "./examples.ts";
import { usage } from "./failure.ts";
import type { Io } from "./io.ts";
import { hasColor, widthOf } from "./screen.ts";
import { VERSION } from "./version.ts";
import { didYouMean } from "#shared/cluster/nearest-name.ts";
import { printable } from "#shared/cluster/printable.ts";

/** Parts of the plan that this version does not have: who asks is told so, not "unknown command". */
const LATER: ReadonlySet<string> = new Set(["what-if", "watch"]);

type Answer = (code: number) => void;

/** All commands. `answer` gets the exit code of the one that ran. */
export function buildProgram(io: Io, answer: Answer): Command {
  const program = speaking(new Command(io.name), io)
    .description("Tells which node lacks which daemon pod, since when, why, and what to change.")
    .version(`dsaudit ${VERSION}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help of a command")
    .addHelpText("after", () => examples(undefined, io.name));
  addReading(program, io, answer);
  addKnowing(program, io, answer);
  return program.on("command:*", ([word = ""]: readonly string[]) => {
    throw unknownCommand(word, program, io);
  });
}

/** Everything commander prints goes through Io, and nothing ends the process. */
const speaking = (program: Command, io: Io): Command =>
  program
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // Told by failure.ts, in our own form.
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(widthOf(io), 110),
      getOutHasColors: () => hasColor(io, { color: true }),
    })
    .configureHelp({
      styleTitle: (text) => `\u001b[1m${text}\u001b[0m`,
      sortSubcommands: false,
    });

function command(program: Command, name: Shown, io: Io): Command {
  return program.command(name).addHelpText("after", () => examples(name, io.name));
}

function addReading(program: Command, io: Io, answer: Answer): void {
  auditOptions(command(program, "audit", io))
    .summary("what is missing on which node, and why")
    .description(
      "Audits a cluster, live or saved: every node, every DaemonSet, every gap with its cause and its fix. It only reads.",
    )
    .addHelpText("after", EXIT_CODES)
    .action(async (options: Parameters<typeof audit>[0]) => answer(await audit(options, io)));
  explainOptions(command(program, "explain", io))
    .summary("a node, a DaemonSet, or one on the other")
    .description(
      "Explains a node, a DaemonSet, or one on the other: why, the proof, the arithmetic, what to do and what it costs.",
    )
    .argument("<subject...>", "node/NAME, ds/NAMESPACE/NAME, both, or pod/NAMESPACE/NAME")
    .action(async (words: readonly string[], options: Parameters<typeof explain>[1]) =>
      answer(await explain(words, options, io)),
    );
  demoOptions(command(program, "demo", io))
    .summary("audit a made-up cluster")
    .description(
      "Audits a made-up cluster of 42 nodes with ten troubles. Exits 0 unless --fail-on is given.",
    )
    .action(async (options: Parameters<typeof demo>[0]) => answer(await demo(options, io)));
}

function addKnowing(program: Command, io: Io, answer: Answer): void {
  causesOptions(command(program, "causes", io))
    .summary("what can be wrong, how to prove and fix it")
    .description("The catalogue of causes, or the page of one.")
    .argument("[code]", "code of a cause, as a finding shows it")
    .action(async (code: string | undefined, options: Parameters<typeof causes>[1]) =>
      answer(await causes(code, options, io)),
    );
  redactOptions(command(program, "redact", io))
    .summary("a dump that can be shown to others")
    .description(
      "Writes a dump with only what an audit reads: names and labels stay; env, arguments, annotations, ConfigMaps and Secrets go.",
    )
    .action(async (options: Parameters<typeof redact>[0]) => answer(await redact(options, io)));
  command(program, "completion", io)
    .summary("for bash, zsh, fish, or kubectl dsaudit")
    .description("Prints a script that completes commands, options and codes in your shell.")
    .argument("<shell>", "bash, zsh, fish or kubectl", shell)
    .action((name: Parameters<typeof completion>[0]) => answer(completion(name, io)));
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .allowUnknownOption()
    .helpOption(false)
    .action((words: readonly string[]) => answer(complete(words, program, io)));
}

const EXIT_CODES = `
Exit codes:
  0  nothing at or over --fail-on
  1  findings (--exit-zero makes it 0)
  2  usage, or input that cannot be read
  3  cluster unreachable, or audit incomplete; beats 1`;

/** commander answers `help nope` with the help of everything. */
export function checkHelp([word, of]: readonly string[], program: Command, io: Io): void {
  if (word !== "help" || of === undefined || of.startsWith("-") || of === "help") return;
  if (!program.commands.some((one) => one.name() === of)) throw unknownCommand(of, program, io);
}

function unknownCommand(word: string, program: Command, { name }: Io): Error {
  const known = program
    .createHelp()
    .visibleCommands(program)
    .map((one) => one.name());
  if (LATER.has(word))
    return usage(`${word} is not part of this version`, `${VERSION} has: ${known.join(", ")}`);
  return usage(
    `there is no command "${printable(word, 80)}".${didYouMean(word, known)}`,
    `${name} --help shows commands and examples`,
  );
}
