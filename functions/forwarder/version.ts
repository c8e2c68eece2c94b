import { readFileSync } from "node:fs";

/** The bundle has it written in (infra/package); a checkout reads it. */
export const VERSION = process.env["DSAUDIT_FORWARDER_VERSION"] ?? ofCheckout();

function ofCheckout(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  const fields = new Map<string, unknown>(Object.entries(manifest ?? {}));
  return String(fields.get("version"));
}
