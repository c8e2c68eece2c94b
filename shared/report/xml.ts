import { printable } from "#shared/cluster/printable.ts";

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** For text and quoted attributes of XML and HTML. What XML 1.0 cannot hold at all, `printable` has already written out. */
export const escapeMarkup = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? "");
