#!/usr/bin/env node
import { once } from "node:events";
import { hostname } from "node:os";
import { run } from "./run.ts";

const { env, argv, stdout, stderr } = process;

const stop = new AbortController();
const end = (): void => {
  // A second one ends it at once, as it ends any program.
  process.off("SIGTERM", end).off("SIGINT", end);
  stop.abort(new Error("asked to stop"));
};
process.on("SIGTERM", end).on("SIGINT", end);

// Whoever reads has seen enough (`| head`), or is gone: there is nobody left to tell.
stdout.on("error", end);
stderr.on("error", () => undefined);

// A rejection that nobody handles ends the process, as Node does by itself: a crash is better than a loop that has lost a part.
const code = await run(argv.slice(2), {
  out: async (text) => {
    if (!stdout.write(text)) await once(stdout, "drain", { signal: stop.signal }).catch(() => 0);
  },
  err: (text) => void stderr.write(text),
  environment: env,
  hostname: hostname(),
  stop: stop.signal,
});
// Nothing may hold a program that has said that it is done: an idle connection of an SDK, a timer of a metric.
process.exit(code);
