import { readFileSync } from "node:fs";

/** Of the source tree, and of the package in which this is one bundled file. */
const MANIFESTS = ["../../package.json", "../package.json"] as const;

function read(): string {
  for (const path of MANIFESTS) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
      if (isOurs(manifest)) return manifest.version;
    } catch {
      // Not in this layout.
    }
  }
  return "0.0.0";
}

const isOurs = (manifest: unknown): manifest is { readonly version: string } =>
  typeof manifest === "object" &&
  manifest !== null &&
  "name" in manifest &&
  manifest.name === "dsaudit" &&
  "version" in manifest &&
  typeof manifest.version === "string";

export const VERSION = read();
