import type { Command } from "commander";
import { printable } from "#shared/cluster/printable.ts";
import { candidates } from "./candidates.ts";
import { completionScript, type Shell } from "./completion-scripts.ts";
import type { Io } from "./io.ts";

export function completion(name: Shell, { stdout }: Io): number {
  stdout.write(completionScript(name));
  return 0;
}

/** cobra's ShellCompDirectiveNoFileComp and …Default, which kubectl reads. */
const NO_FILES = 4;
const FILES = 0;

/** For the scripts above; not in help. */
export function complete(words: readonly string[], program: Command, { stdout }: Io): number {
  const found = candidates(program, words);
  const lines = found.map(({ value, says }) => `${value}\t${printable(says)}`);
  stdout.write([...lines, `:${found.length > 0 ? NO_FILES : FILES}`, ""].join("\n"));
  return 0;
}
