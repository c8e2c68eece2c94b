import type { Cause } from "#shared/audit/cause.ts";
import { byGroup, familyText } from "./causes-text.ts";

/** The catalogue as CAUSES.md, which lies beside `causes/`: links are meant from there. Our own texts: nothing to escape but "|". */
export function causesMarkdown(causes: readonly Cause[]): string {
  const groups = byGroup(causes);
  return [
    "# Causes",
    "Every code that a finding may carry. Codes are public: never renamed, only retired. This page is generated from the rules themselves: change them, then `npm run causes`.",
    "NODE, NS, DS and POD in commands stand for names.",
    ...groups.map(({ group, causes: members }) => overview(group, members)),
    ...groups.flatMap(({ causes: members }) => members.map(causeMarkdown)),
  ]
    .join("\n\n")
    .concat("\n");
}

const overview = (group: string, causes: readonly Cause[]): string =>
  [
    `**${group}**\n`,
    "| code | severity | what |",
    "|---|---|---|",
    ...causes.map(
      ({ code, severity, doc }) =>
        `| [\`${code}\`](#${anchor(code)}) | ${severity} | ${doc.title.replaceAll("|", "\\|")} |`,
    ),
  ].join("\n");

/** How GitHub makes an anchor of a heading. */
const anchor = (code: string): string => code.toLowerCase().replaceAll(/[^a-z0-9 _-]/g, "");

/** One cause as a section. */
export function causeMarkdown(cause: Cause): string {
  const { code, group, severity, doc } = cause;
  const file = ruleFile(code);
  const family = familyText(cause);
  return [
    `## ${code}`,
    `${doc.title.charAt(0).toUpperCase()}${doc.title.slice(1)}. Group: ${group}. Severity: ${severity}, before role and reach.${family === undefined ? "" : ` ${family}`}`,
    doc.what,
    ["**Proof**", "", "```sh", ...doc.proof, "```"].join("\n"),
    ["**Fix**", "", ...doc.fix.map((line) => `- ${line}`)].join("\n"),
    `**What the usual advice gets wrong.** ${doc.usualAdvice}`,
    `Sources: ${doc.sources.join("; ")}. Rule: [${file}](causes/${file}), test: [${file.replace(".ts", ".test.ts")}](../../test/shared/audit/causes/${file.replace(".ts", ".test.ts")}).`,
  ].join("\n\n");
}

/** A file is named after its code; the insufficient-* codes share one. */
export const ruleFile = (code: string): string =>
  code.startsWith("insufficient-") ? "insufficient.ts" : `${code}.ts`;
