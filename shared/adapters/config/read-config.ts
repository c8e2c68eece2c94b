import { readFile, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { AuditorError } from "#shared/auditor-error.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import { printable } from "#shared/cluster/printable.ts";
import { parseConfig, type Config } from "./parse-config.ts";

export const CONFIG_NAMES = [".dsaudit.yaml", ".dsaudit.yml"] as const;
const LARGEST = 1 << 20;

export type ReadConfigOptions = {
  /** --config; without it the file is looked for in `from` and the folders above. */
  readonly path?: string | undefined;
  readonly from: string;
  /** Codes of the catalogue. */
  readonly causes: readonly string[];
};

/** The team's decisions, or the defaults where there is no file. Throws AuditorError "config.not-found" or "config.invalid". */
export async function readConfig(options: ReadConfigOptions): Promise<Config> {
  const path = options.path ?? (await findUpward(options.from));
  if (path === undefined) return { policy: DEFAULT_POLICY, failOn: undefined, notes: [] };
  // As the user wrote it; one that was found, from where the user stands.
  const file = printable(options.path ?? relative(options.from, path));
  return parseConfig(await textOf(resolve(options.from, path), file), {
    file,
    causes: options.causes,
  });
}

async function findUpward(from: string): Promise<string | undefined> {
  let folder = resolve(from);
  for (;;) {
    for (const name of CONFIG_NAMES) {
      const path = join(folder, name);
      if (await isFile(path)) return path;
    }
    const above = dirname(folder);
    if (above === folder) return undefined;
    folder = above;
  }
}

const isFile = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** A device or a pipe has no size to check first, and no end. */
async function textOf(path: string, file: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new AuditorError("config.not-found", `cannot read ${file}`, {
      hint: "name an existing file with --config, or leave it away",
      cause,
    });
  });
  if (!found.isFile()) throw new AuditorError("config.invalid", `${file} is no ordinary file`);
  if (found.size > LARGEST) {
    throw new AuditorError("config.invalid", `${file} is larger than 1 MiB`, {
      hint: "a configuration is a page or two; is this a dump? then use -f",
    });
  }
  return readFile(path, "utf8");
}
