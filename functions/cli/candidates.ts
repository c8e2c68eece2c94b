import type { Command, Option } from "commander";
import { CATALOGUE } from "#shared/audit/catalogue.ts";
import { SEVERITIES } from "#shared/events/audit-report.ts";
import { OUTPUT_FORMATS } from "#shared/report/render.ts";
import { SHELLS } from "./completion-scripts.ts";

/** What may stand at the end of a line that is being typed. None: the shell completes files. */
export type Candidate = { readonly value: string; readonly says: string };

/** `words`: all after the program's name, the last one unfinished and perhaps empty. */
export function candidates(program: Command, words: readonly string[]): readonly Candidate[] {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const command = program.commands.find((one) => before.includes(one.name())) ?? program;
  return offered(command, before, typed).filter(({ value }) => value.startsWith(typed));
}

function offered(command: Command, before: readonly string[], typed: string): readonly Candidate[] {
  const waiting = optionNamed(command, before.at(-1));
  if (waiting !== undefined && waiting.required) return valuesOf(command, waiting);
  if (typed.startsWith("-")) return optionsOf(command);
  if (command.parent === null) return commandsOf(command);
  return argumentsOf(command, before.slice(before.indexOf(command.name()) + 1));
}

const optionNamed = (command: Command, word: string | undefined): Option | undefined =>
  word === undefined
    ? undefined
    : command.options.find(({ long, short }) => long === word || short === word);

const visible = (command: Command): readonly Command[] =>
  command.createHelp().visibleCommands(command);

const commandsOf = (program: Command): readonly Candidate[] =>
  visible(program).map((one) => ({ value: one.name(), says: one.summary() }));

const optionsOf = (command: Command): readonly Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({
      value: option.long ?? option.short ?? "",
      says: option.description,
    }));

const listed = (words: readonly string[]): readonly Candidate[] =>
  words.map((value) => ({ value, says: "" }));

/** Of commands that share an option's name and not its words. */
const OUTPUTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["explain", ["text", "wide", "json"]],
  ["causes", ["text", "markdown", "json"]],
]);

function valuesOf(command: Command, { long }: Option): readonly Candidate[] {
  if (long === "--output") return listed(OUTPUTS.get(command.name()) ?? OUTPUT_FORMATS);
  return long === "--fail-on" ? listed(SEVERITIES) : [];
}

function argumentsOf(command: Command, typed: readonly string[]): readonly Candidate[] {
  switch (command.name()) {
    case "causes":
      return typed.some((word) => !word.startsWith("-"))
        ? []
        : CATALOGUE.map(({ code, doc }) => ({ value: code, says: doc.title }));
    case "completion":
      return listed(SHELLS);
    case "explain":
      return [
        { value: "ds/", says: "a DaemonSet: ds/NAMESPACE/NAME" },
        { value: "node/", says: "a node: node/NAME" },
        { value: "pod/", says: "a daemon pod: pod/NAMESPACE/NAME" },
      ];
    case "help":
      return command.parent === null ? [] : commandsOf(command.parent);
    default:
      return [];
  }
}
