import type { Severity } from "#shared/audit/cause.ts";
import { renderCsv } from "./csv.ts";
import { renderHtml } from "./html.ts";
import { renderJson } from "./json.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import type { AuditReport } from "./report.ts";
import { renderSarif } from "./sarif.ts";
import { renderTable } from "./table.ts";
import { renderYaml } from "./yaml.ts";

export const OUTPUT_FORMATS = [
  "table",
  "wide",
  "json",
  "yaml",
  "csv",
  "markdown",
  "html",
  "junit",
  "sarif",
] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export type RenderOptions = {
  /** For table and wide only: the other formats are for programs and files. */
  readonly color: boolean;
  readonly width: number;
  readonly failOn: Severity;
  /** Version of dsaudit. */
  readonly version: string;
  /** Half a line about a cause. */
  readonly titleOf: (cause: string) => string;
};

/** The report as a document; always ends with a newline. */
export function render(report: AuditReport, format: OutputFormat, options: RenderOptions): string {
  switch (format) {
    case "table":
      return renderTable(report, options);
    case "wide":
      return renderTable(report, { ...options, wide: true });
    case "json":
      return renderJson(report);
    case "yaml":
      return renderYaml(report);
    case "csv":
      return renderCsv(report);
    case "markdown":
      return renderMarkdown(report);
    case "html":
      return renderHtml(report);
    case "junit":
      return renderJunit(report, options.failOn);
    case "sarif":
      return renderSarif(report, options);
  }
}
