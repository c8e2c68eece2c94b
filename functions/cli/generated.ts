import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/** Writes a generated file of this repository; with `--check` only says whether the committed one is fresh. */
export async function generate(path: string, content: string, remake: string): Promise<void> {
  const file = fileURLToPath(new URL(path, ROOT));
  const before = await readFile(file, "utf8").catch(() => undefined);
  if (before === content) {
    console.log(`${path} is fresh`);
    return;
  }
  if (process.argv.includes("--check")) {
    console.error(`${path} is stale: ${remake} writes it again`);
    process.exitCode = 1;
    return;
  }
  await writeFile(file, content);
  console.log(`${path} written`);
}
