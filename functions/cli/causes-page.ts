import { CATALOGUE } from "#shared/audit/catalogue.ts";
import { causesMarkdown } from "#shared/report/causes-markdown.ts";
import { generate } from "./generated.ts";

await generate("shared/audit/CAUSES.md", causesMarkdown(CATALOGUE), "npm run causes");
