import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { bundle } from "../../infra/package/bundle.ts";

/** One program that ends by itself and prints one line of JSON. */
export async function lineOfJson<T>(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(program, [...args], { env, maxBuffer: 1 << 24 });
  return JSON.parse(stdout) as T;
}

export type Child<T> = { readonly said: T; stop(): Promise<void> };

/** A script that prints one line of JSON when it is ready, and runs until its input closes. */
export async function childOf<T>(script: string, args: readonly string[]): Promise<Child<T>> {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const first = once(lines, "line") as Promise<[string]>;
  const [line] = await Promise.race([
    first,
    exited.then(() => {
      throw new Error(`${script} ended at its start`);
    }),
  ]);
  return {
    said: JSON.parse(line) as T,
    async stop() {
      child.stdin.end();
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await exited;
      clearTimeout(late);
    },
  };
}

/** A script as it would ship, in one file: memory and start are those of a bundle, not of TypeScript. */
export async function bundled(entry: string) {
  const outdir = await mkdtemp(join(tmpdir(), "dsaudit-bench-"));
  await bundle({ entry, outdir, target: "node24" });
  return {
    file: join(outdir, "dsaudit.js"),
    remove: () => rm(outdir, { recursive: true, force: true }),
  };
}
