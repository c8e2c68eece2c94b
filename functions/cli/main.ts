#!/usr/bin/env node
import { basename } from "node:path";
import type { Io, Output } from "./io.ts";
import { run } from "./run.ts";

const { env, argv, stdin, stdout, stderr } = process;

/** `npm run dsaudit` starts in the project's folder; paths are meant from where the user stands. */
if (env["npm_package_name"] === "dsaudit" && env["INIT_CWD"] !== undefined)
  process.chdir(env["INIT_CWD"]);

/** `| head` closes the pipe: whoever reads has seen enough, which is no error. */
function output(stream: NodeJS.WriteStream): Output {
  let open = true;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    open = false;
    if (error.code === "EPIPE") return;
    process.exitCode = 2;
    if (stream !== stderr) stderr.write(`dsaudit: cannot write: ${error.message}\n`);
  });
  return {
    write: (text) => void (open && stream.write(text)),
    isTerminal: stream.isTTY,
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
  };
}

const io: Io = {
  stdin: () => stdin,
  stdout: output(stdout),
  stderr: output(stderr),
  env,
  cwd: process.cwd(),
  // kubectl runs the executable kubectl-dsaudit for `kubectl dsaudit`.
  name: basename(argv[1] ?? "").startsWith("kubectl-") ? "kubectl dsaudit" : "dsaudit",
  clock: {
    now: () => performance.now(),
    after(milliseconds, then) {
      const timer = setTimeout(then, milliseconds);
      return () => clearTimeout(timer);
    },
  },
};

const code = await run(argv.slice(2), io);
process.exitCode ??= code;
