import { forwardedMarkdown } from "#shared/events/forwarded-markdown.ts";
import { generate } from "./generated.ts";

await generate("shared/events/FORWARDED.md", forwardedMarkdown(), "npm run causes");
