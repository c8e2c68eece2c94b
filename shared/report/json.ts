import type { AuditReport } from "./report.ts";

/** What JSON.stringify leaves raw although a terminal or an editor would act on it. */
const RAW = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Each unit of UTF-16 as its escape: what a JSON reader gets back is the value itself. */
export const escapeUnseen = (json: string): string =>
  json.replace(RAW, (character) =>
    Array.from({ length: character.length }, (_, at) => unit(character.charCodeAt(at))).join(""),
  );

const unit = (code: number): string => `\\u${code.toString(16).padStart(4, "0")}`;

export const renderJson = (report: AuditReport): string =>
  `${escapeUnseen(JSON.stringify(report, undefined, 2))}\n`;
