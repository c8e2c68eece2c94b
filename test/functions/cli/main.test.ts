import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** The program itself, as a process of its own: what no in-process test can show. */
const MAIN = fileURLToPath(new URL("../../../functions/cli/main.ts", import.meta.url));

async function start(file: string, argv: readonly string[], readOn: boolean) {
  const child = spawn(process.execPath, [file, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    if (!readOn) child.stdout.destroy();
  });
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

test("a reader who has seen enough ends it quietly", async () => {
  const { code, err } = await start(MAIN, ["demo", "-o", "json", "--placements"], false);
  expect([code, err]).toEqual([0, ""]);
});

test("an exit code leaves the process", async () => {
  expect((await start(MAIN, ["demo", "--fail-on", "info"], true)).code).toBe(1);
  expect((await start(MAIN, ["nothing"], true)).code).toBe(2);
});

test("started as kubectl-dsaudit it is a plugin of kubectl", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
  const plugin = join(folder, "kubectl-dsaudit.ts");
  await symlink(MAIN, plugin);
  expect((await start(plugin, ["--help"], true)).out).toContain("Usage: kubectl dsaudit");
  await rm(folder, { recursive: true });
});
