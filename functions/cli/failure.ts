import { CommanderError } from "commander";
import { AuditorError, type ErrorCode } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { Io } from "./io.ts";

/** 2: what was asked or given is wrong. 3: the cluster could not be audited; so a failure of ours is, too. */
const EXIT: Readonly<Record<ErrorCode, 2 | 3>> = {
  usage: 2,
  "config.not-found": 2,
  "config.invalid": 2,
  "input.not-found": 2,
  "input.unreadable": 2,
  "input.too-large": 2,
  "input.no-nodes": 2,
  "kubeconfig.invalid": 2,
  "cluster.unreachable": 3,
  "cluster.forbidden": 3,
  internal: 3,
};

export const usage = (message: string, hint?: string): AuditorError =>
  new AuditorError("usage", message, hint === undefined ? {} : { hint });

/** Tells on stderr what went wrong and what to do; the answer is the exit code. Help that was asked for is no failure. `help`: where there is more. */
export function report(error: unknown, { stderr, env }: Io, help: string): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const known = knownError(error, help);
  stderr.write(`${lines(`dsaudit: ${known.message}`)}\n`);
  if (known.hint !== undefined) stderr.write(`${lines(known.hint, "  ")}\n`);
  if (env["DSAUDIT_DEBUG"] === "1") stderr.write(`${stackOf(error)}\n`);
  return EXIT[known.code];
}

/** A message may have lines of its own; what it quotes may not. */
const lines = (text: string, indent = ""): string =>
  text
    .split("\n")
    .map((line) => indent + printable(line))
    .join("\n");

function knownError(error: unknown, help: string): AuditorError {
  if (error instanceof AuditorError) return error;
  if (error instanceof CommanderError) {
    const hint =
      error.code === "commander.excessArguments" && error.message.includes("for 'audit'")
        ? `a dump is read with -f; ${help}`
        : help;
    return usage(ofCommander(error.message), hint);
  }
  const said = error instanceof Error ? error.message : String(error);
  return new AuditorError("internal", `it failed for a reason of its own: ${said}`, {
    hint: "this is a fault of dsaudit: DSAUDIT_DEBUG=1 shows where, please report it",
  });
}

/** commander's words without its prefix: "error: unknown option '--fial-on'\n(Did you mean --fail-on?)". */
const ofCommander = (message: string): string =>
  message.replace(/^error: /, "").replace(/\n\((.*)\)$/s, ". $1");

const stackOf = (error: unknown): string => {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  return lines(cause === undefined ? stack : `${stack}\ncaused by ${cause.stack ?? cause.message}`);
};
