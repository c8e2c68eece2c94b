import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";
import { licensesText, thirdParties } from "./third-party.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export type BundleOptions = {
  /** The program, from the root of the checkout. */
  readonly entry: string;
  /** Folder of the file, and of the licences of what is in it. */
  readonly outdir: string;
  /** "dsaudit" makes dsaudit.js and THIRD_PARTY_LICENSES; another name stands before its licences, too. */
  readonly name?: string;
  /** The oldest Node that it runs on. */
  readonly target?: "node22" | "node24";
  /** Texts that stand in the place of variables of the environment. */
  readonly fixed?: Readonly<Record<string, string>>;
};

export const FORWARDER = {
  entry: "functions/forwarder/main.ts",
  name: "forwarder",
  target: "node24",
} as const;

/** Some packages are CommonJS, and ask for Node's own modules by `require`, which an ES module has not. */
const REQUIRE =
  'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';

/**
 * One file that needs nothing but Node. Names stay as they were written, so that a stack trace from somebody's laptop can be read.
 * Only what is in the file counts for licences: what esbuild could leave out, we do not hand on.
 */
export async function bundle(options: BundleOptions): Promise<void> {
  const { entry, outdir, name = "dsaudit", target = "node22", fixed = {} } = options;
  await mkdir(outdir, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: join(outdir, `${name}.js`),
    bundle: true,
    format: "esm",
    platform: "node",
    target,
    // As ES modules, of which what is not used can be left out: a third of the AWS SDK.
    mainFields: ["module", "main"],
    define: Object.fromEntries(
      Object.entries(fixed).map(([key, text]) => [`process.env.${key}`, JSON.stringify(text)]),
    ),
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "eof",
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: "warning",
  });
  const parties = await thirdParties(ROOT, filesIn(metafile));
  const licences = name === "dsaudit" ? "THIRD_PARTY_LICENSES" : `${name}.THIRD_PARTY_LICENSES`;
  await writeFile(join(outdir, licences), licensesText(parties));
}

const filesIn = ({ outputs }: Metafile): readonly string[] =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [file] : [],
    ),
  );

/** The forwarder, which has no package.json beside it to tell its version. */
export async function bundleForwarder(outdir: string): Promise<void> {
  const manifest: unknown = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const version = String(new Map<string, unknown>(Object.entries(manifest ?? {})).get("version"));
  await bundle({ ...FORWARDER, outdir, fixed: { DSAUDIT_FORWARDER_VERSION: version } });
}

if (import.meta.main) {
  const [entry, outdir = join(ROOT, "dist")] = process.argv.slice(2);
  if (entry === undefined || entry === "functions/cli/main.ts")
    await bundle({ entry: "functions/cli/main.ts", outdir: resolve(outdir) });
  if (entry === undefined || entry === FORWARDER.entry) await bundleForwarder(resolve(outdir));
}
