import { escapeUnseen } from "./json.ts";
import type { AuditReport } from "./report.ts";

/** Words that YAML 1.1 readers, kubectl's among them, take for something else than text. */
const WORDS = /^(?:true|false|yes|no|on|off|null|y|n|~)$/i;
/** Starts with a letter or a slash, holds nothing that ends a plain scalar, and is no number or date. */
const PLAIN = /^[A-Za-z/][\w/.()%=+, -]*$/;

/** The same value as renderJson; a subset of YAML 1.2 that YAML 1.1 reads alike. */
export const renderYaml = (report: AuditReport): string => `${block(report, "").trimStart()}\n`;

function block(value: unknown, indent: string): string {
  if (Array.isArray(value)) return value.length === 0 ? " []" : list(value, indent);
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return fields.length === 0 ? " {}" : map(fields, indent);
  }
  return ` ${scalar(value)}`;
}

const map = (fields: readonly (readonly [string, unknown])[], indent: string): string =>
  fields.map(([key, value]) => `\n${indent}${text(key)}:${block(value, `${indent}  `)}`).join("");

/** The first field of a map stands on the line of its dash. */
const list = (items: readonly unknown[], indent: string): string =>
  items
    .map((item) => {
      const inner = block(item, `${indent}  `);
      return `\n${indent}-${inner.startsWith("\n") ? ` ${inner.trimStart()}` : inner}`;
    })
    .join("");

const scalar = (value: unknown): string =>
  typeof value === "string" ? text(value) : (JSON.stringify(value) ?? "null");

/** JSON's escapes are YAML's too, inside double quotes; half a surrogate pair is not. */
const text = (value: string): string =>
  PLAIN.test(value) && !WORDS.test(value) && !/[ ,]$|: | #/.test(value)
    ? value
    : escapeUnseen(JSON.stringify(value.toWellFormed()));
