import { AuditorError } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";
import { redactText } from "#shared/cluster/redact-text.ts";

export const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

/** Never an object: what is in it would be written without anybody having looked. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Log = { readonly [K in Level]: (message: string, fields?: Fields) => void };

export type LogOptions = {
  readonly level: Level;
  readonly write: (line: string) => void;
  readonly now: () => number;
};

const LONGEST = 500;
/** The same words are said once in this time (milliseconds); how often they were left out is said with the next. */
const AGAIN_AFTER = 60_000;
/** Different words that are remembered. */
const REMEMBERED = 200;

/**
 * One line of JSON each. What comes from outside is cut, cleaned of what looks like a credential, and made printable. A fault
 * that goes on for an hour is told each minute, not at each try.
 */
export function jsonLog({ level, write, now }: LogOptions): Log {
  const from = LEVELS.indexOf(level);
  const said = new Map<string, { at: number; left: number }>();
  const say =
    (as: Level) =>
    (message: string, fields: Fields = {}): void => {
      if (LEVELS.indexOf(as) < from) return;
      const key = [as, message, ...Object.values(fields).filter(isText)].join("\0");
      const before = said.get(key);
      if (before && now() - before.at < AGAIN_AFTER) {
        before.left += 1;
        return;
      }
      if (said.size >= REMEMBERED) said.clear();
      said.set(key, { at: now(), left: 0 });
      const repeated = before && before.left > 0 ? { repeated: before.left } : {};
      const at = new Date(now()).toISOString();
      const line = { at, level: as, message: clean(message), ...cleanAll(fields), ...repeated };
      write(`${JSON.stringify(line)}\n`);
    };
  return { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
}

const isText = (value: Fields[string]): value is string => typeof value === "string";
const clean = (text: string): string => printable(redactText(text), LONGEST);
const cleanAll = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isText(value) ? clean(value) : value]),
  );

/** What was thrown, in its own words and with what helps. Its stack and its fields may hold anything. */
export function failed(log: Log, what: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  const hint = error instanceof AuditorError ? error.hint : undefined;
  log.warn(what, { why, hint });
}
