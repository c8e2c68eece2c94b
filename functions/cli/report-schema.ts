import { auditReportSchema } from "#shared/events/audit-report.ts";
import { generate } from "./generated.ts";

await generate(
  "shared/events/audit-report.schema.json",
  `${JSON.stringify(auditReportSchema(), undefined, 2)}\n`,
  "npm run causes",
);
