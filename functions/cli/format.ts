import { extname } from "node:path";
import type { OutputFormat } from "#shared/report/render.ts";
import type { OutputOptions } from "./options.ts";

const BY_ENDING: ReadonlyMap<string, OutputFormat> = new Map([
  [".json", "json"],
  [".yaml", "yaml"],
  [".yml", "yaml"],
  [".csv", "csv"],
  [".md", "markdown"],
  [".html", "html"],
  [".htm", "html"],
  [".xml", "junit"],
  [".sarif", "sarif"],
]);

/** What -o says; without it, what the ending of --out means; else a table. */
export function formatOf({ output, out = "" }: OutputOptions): OutputFormat {
  if (output !== undefined) return output;
  return out.endsWith(".sarif.json")
    ? "sarif"
    : (BY_ENDING.get(extname(out).toLowerCase()) ?? "table");
}
