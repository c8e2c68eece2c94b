import type { AuditReport } from "./report.ts";

/** What JSON.stringify leaves raw although a terminal or an editor would act on it. */
const RAW = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;
/** An escape of JSON.stringify. Only half a surrogate pair is written as \ud…; strict readers refuse the whole document for it. */
const ESCAPE = /\\(?:ud[89a-f][0-9a-f]{2}|.)/g;

/** Each unit of UTF-16 as its escape: what a JSON reader gets back is the value itself, half a surrogate pair apart. */
export const escapeUnseen = (json: string): string =>
  wellFormed(json).replace(RAW, (character) =>
    Array.from({ length: character.length }, (_, at) => unit(character.charCodeAt(at))).join(""),
  );

const wellFormed = (json: string): string =>
  json.includes("\\ud")
    ? json.replace(ESCAPE, (escape) => (escape.length > 2 ? "\ufffd" : escape))
    : json;

const unit = (code: number): string => `\\u${code.toString(16).padStart(4, "0")}`;

export const renderJson = (report: AuditReport): string =>
  `${escapeUnseen(JSON.stringify(report, undefined, 2))}\n`;
