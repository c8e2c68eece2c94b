import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";
import { licensesText, thirdParties } from "./third-party.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export type BundleOptions = {
  /** The program, from the root of the checkout. */
  readonly entry: string;
  /** Folder of dsaudit.js and THIRD_PARTY_LICENSES. */
  readonly outdir: string;
};

/** Some packages are CommonJS, and ask for Node's own modules by `require`, which an ES module has not. */
const REQUIRE =
  'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';

/**
 * One file that needs nothing but Node 22. Names stay as they were written, so that a stack trace from somebody's laptop can be read.
 * Only what is in the file counts for licences: what esbuild could leave out, we do not hand on.
 */
export async function bundle({ entry, outdir }: BundleOptions): Promise<void> {
  await mkdir(outdir, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: join(outdir, "dsaudit.js"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node22",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "eof",
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: "warning",
  });
  const parties = await thirdParties(ROOT, filesIn(metafile));
  await writeFile(join(outdir, "THIRD_PARTY_LICENSES"), licensesText(parties));
}

const filesIn = ({ outputs }: Metafile): readonly string[] =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [file] : [],
    ),
  );

if (import.meta.main) {
  const [entry = "functions/cli/main.ts", outdir = join(ROOT, "dist")] = process.argv.slice(2);
  await bundle({ entry, outdir: resolve(outdir) });
}
