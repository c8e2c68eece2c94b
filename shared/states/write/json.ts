import type { Instant, Labels } from "#shared/cluster/metadata.ts";
import { MOST_TEXT } from "#shared/events/shapes/limits.ts";

/** Without the fields that hold nothing: a reader fills them with what is usual. */
export function filled<T extends object>(fields: T): T {
  // What is added to an empty object leaves it quick to read, and to write as text; what is deleted from one does not.
  const made: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) made[key] = value;
  // The same fields without those that hold nothing, which `T` allows to be absent.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return made as T;
}

/** An object around nothing is left out too. */
export function unlessEmpty<T extends object>(fields: T): T | undefined {
  const made = filled(fields);
  for (const _ in made) return made;
  return undefined;
}

/** What a reader takes an absent value for is not written. */
export const unless = <T>(value: T, usual: NoInfer<T>): T | undefined =>
  value === usual ? undefined : value;

/** Nothing that Kubernetes itself writes is so long; a reader of events would refuse the whole row for it. */
const cutText = (value: string): string =>
  value.length > MOST_TEXT ? value.slice(0, MOST_TEXT) : value;

export const writeText = (value: string): string | undefined => unless(cutText(value), "");
export const writeFlag = (value: boolean): boolean | undefined => unless(value, false);

export const writeList = <T, J>(
  items: readonly T[],
  write: (item: T) => J,
): readonly J[] | undefined => (items.length === 0 ? undefined : items.map(write));
export const writeTexts = (items: readonly string[]): readonly string[] | undefined =>
  items.length === 0 ? undefined : items.map(cutText);

/** fromEntries defines keys and never assigns them: "__proto__" becomes a key like any other. */
export const writePairs = (map: Labels): Readonly<Record<string, string>> | undefined =>
  map.size === 0
    ? undefined
    : Object.fromEntries([...map].map(([key, value]) => [cutText(key), cutText(value)]));

const DAY = 24 * 60 * 60 * 1000 - 60_000;

/** To the millisecond, as far as Instants go. Years that have no four digits are told in the farthest zone. */
export function writeMoment(at: Instant | undefined): string | undefined {
  if (at === undefined) return undefined;
  const text = new Date(at).toISOString();
  if (text.length === 24) return text.replace(".000Z", "Z");
  const [shift, zone] = at < 0 ? [DAY, "+23:59"] : [-DAY, "-23:59"];
  return new Date(at + shift).toISOString().replace(/(?:\.000)?Z$/, zone);
}
