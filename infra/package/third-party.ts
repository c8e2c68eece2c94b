import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A package of others of which something is in the bundle. */
export type ThirdParty = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Licence and notice files, whole. Empty where the package brings none. */
  readonly texts: readonly string[];
};

/** May be handed on with software under Apache-2.0, as long as the text goes with it. */
const FINE = new Set([
  "MIT",
  "MIT-0",
  "ISC",
  "0BSD",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "Python-2.0",
  "Unlicense",
]);

/** "node_modules/a/node_modules/@b/c/lib/x.js" is of node_modules/a/node_modules/@b/c. */
export const packageFolder = (file: string): string | undefined =>
  /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];

/** The packages of these files, by name; throws for one that may not be handed on. */
export async function thirdParties(
  root: string,
  files: readonly string[],
): Promise<readonly ThirdParty[]> {
  const folders = new Set(files.flatMap((file) => packageFolder(file) ?? []));
  const found = await Promise.all([...folders].map((folder) => readPackage(join(root, folder))));
  return found.toSorted((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

async function readPackage(folder: string): Promise<ThirdParty> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const fields = new Map<string, unknown>(Object.entries(manifest ?? {}));
  const told = (key: string): string => String(fields.get(key));
  const [name, license] = [told("name"), told("license")];
  if (!FINE.has(license))
    throw new Error(`${name} is in the bundle, and its licence "${license}" is not on our list`);
  const names = await readdir(folder);
  const texts = names.filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).toSorted();
  return {
    name,
    version: told("version"),
    license,
    texts: await Promise.all(texts.map((file) => readFile(join(folder, file), "utf8"))),
  };
}

const RULE = `\n${"-".repeat(80)}\n\n`;

/** The text that goes with the bundle. */
export function licensesText(parties: readonly ThirdParty[]): string {
  const each = parties.map(({ name, version, license, texts }) => {
    const none = `The package brings no licence text; its package.json says ${license}.\n`;
    const whole = texts.map((text) => `${text.replaceAll("\r\n", "\n").trim()}\n`);
    return `${name} ${version} (${license})\n\n${texts.length === 0 ? none : whole.join("\n")}`;
  });
  return ["dsaudit holds code of these packages, under these licences.\n", ...each].join(RULE);
}
