import { didYouMean } from "#shared/cluster/nearest-name.ts";
import { printable } from "#shared/cluster/printable.ts";
import { parseSelector } from "#shared/cluster/selector-text.ts";
import type { LabelSelector } from "#shared/cluster/selector.ts";
import { usage } from "./failure.ts";

/** Words of the command line become values, or the usage error that names the near match. */

const shown = (text: string): string => `"${printable(text, 60)}"`;

/** One of a few words. `what`: "output format". */
export const oneOf =
  <W extends string>(what: string, words: readonly W[]) =>
  (text: string): W => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw usage(
      `there is no ${what} ${shown(text)}.${didYouMean(text, words)}`,
      `there are: ${words.join(", ")}`,
    );
  };

const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Date.parse takes the 31st of February for the 3rd of March. */
const isDay = (day: string): boolean => {
  const at = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
};

export function instant(text: string): number {
  const day = RFC3339.exec(text)?.[1];
  const at = Date.parse(text.toUpperCase().replace(" ", "T"));
  if (day === undefined || !isDay(day) || Number.isNaN(at))
    throw usage(`${shown(text)} is no RFC 3339 time`, "write it as 2026-11-20T12:00:00Z");
  return at;
}

export function selector(text: string): LabelSelector {
  const parsed = parseSelector(text);
  if ("selector" in parsed) return parsed.selector;
  throw usage(
    `${shown(text)} is no label selector: ${printable(parsed.wrong, 200)}`,
    "labels of the DaemonSets are meant, as in: -l app=agent,tier!=test",
  );
}

/** For options that may be given several times. */
export const collected = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
];
